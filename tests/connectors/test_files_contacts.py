"""Business cards and contact lists: what programs really write, and what must not spoil the rest."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import NotFound
from connectors.files import contacts_csv, vcard
from connectors.files.contacts import ContactsSource
from connectors.records import ContactRecord, Malformed
from tests.shared import shared

EVENING = datetime(2026, 3, 2, 21, 0, tzinfo=UTC)

BOB = """BEGIN:VCARD
VERSION:3.0
N:Okafor;Bob;;;
FN:Bob Okafor
item1.EMAIL;type=INTERNET;type=pref:bob@okafor.example.com
item1.X-ABLabel:_$!<Work>!$_
TEL;type=CELL:+44 20 7946 0958
URL:https\\://www.linkedin.com/in/bob-okafor
ORG:Okafor\\, Sons & Co.;Sales
TITLE:Partner
END:VCARD
"""


def read(content: str) -> list[ContactRecord | Malformed]:
    return list(vcard.cards(content.encode(), "cards.vcf"))


def test_a_card_from_a_phone() -> None:
    (card,) = read(BOB)
    assert card == ContactRecord(
        ref="1",
        name="Bob Okafor",
        addresses=("bob@okafor.example.com",),
        profiles=("https://www.linkedin.com/in/bob-okafor",),
        phones=("+44 20 7946 0958",),
        organization="Okafor, Sons & Co.",
        title="Partner",
    )


def test_a_card_says_itself_when_it_was_written() -> None:
    (card,) = read(BOB.replace("END:", "REV:20260302T183000Z\nEND:"))
    assert isinstance(card, ContactRecord)
    assert card.noted == datetime(2026, 3, 2, 18, 30, tzinfo=UTC)


def test_a_card_that_breaks_off_spoils_no_other() -> None:
    records = read(BOB + BOB.replace("END:VCARD\n", "") + BOB)
    assert [type(record).__name__ for record in records] == ["ContactRecord", "Malformed", "ContactRecord"]


def test_a_card_of_nobody_is_told() -> None:
    (card,) = read("BEGIN:VCARD\nVERSION:3.0\nN:;;;;\nORG:Acme\nEND:VCARD\n")
    assert card == Malformed("1", "cards.vcf", "The card names nobody: no name and no mail address.")


@given(st.text(max_size=300), st.integers(0, len(BOB)))
def test_whatever_stands_in_a_card_the_next_one_is_read(rubbish: str, at: int) -> None:
    spoilt = BOB[:at] + rubbish.replace("BEGIN:", "").replace("END:", "") + BOB[at:]
    records = list(vcard.cards((spoilt + "\n" + BOB).encode("utf-8", "replace"), "cards.vcf"))
    last = records[-1]
    assert isinstance(last, ContactRecord)
    assert last.addresses == ("bob@okafor.example.com",)


@pytest.mark.corpora
def test_every_card_of_the_corpora_is_read_or_told() -> None:
    read_well = unread = 0
    for file in sorted(shared("corpora", "vcf").rglob("*.vcf")):
        for batch in ContactsSource(file).poll({}):
            for record in batch.records:
                read_well += isinstance(record, ContactRecord)
                unread += isinstance(record, Malformed)
    assert (read_well, unread) == (52, 2)


@pytest.mark.corpora
@pytest.mark.parametrize("name", ["google_old.csv", "google_new_2024.csv", "outlook_classic_92col_cp1252.csv"])
def test_address_books_of_the_great_programs(name: str) -> None:
    (person,) = contacts_csv.rows(shared("fixtures", "csv", name).read_bytes(), name)
    assert isinstance(person, ContactRecord)
    assert person.name == "Zoë Brandt"
    assert person.addresses[0] == "zoe@woodgrove.example"
    assert (person.organization, person.title) == ("Woodgrove", "COO")
    assert person.phones[0].replace(" ", "") == "+46701234567"


def test_a_list_of_attendees() -> None:
    person = b"Bob Okafor;Okafor;bob@okafor.example.com;linkedin.com/in/bob-okafor"
    table = b"Attendee;Company;Email;LinkedIn\r\n%s\r\n;;;\r\n;x;;\r\n" % person
    bob, nobody = contacts_csv.rows(table, "guests.csv")
    assert isinstance(bob, ContactRecord)
    assert (bob.name, bob.addresses, bob.profiles) == (
        "Bob Okafor",
        ("bob@okafor.example.com",),
        ("linkedin.com/in/bob-okafor",),
    )
    assert nobody == Malformed("4", "guests.csv", "The row names nobody: no name and no mail address.")


def test_a_table_of_something_else_is_told() -> None:
    (bad,) = contacts_csv.rows(b"item,price\r\ntea,3\r\n", "till.csv")
    assert bad == Malformed("table", "till.csv", "The first row names no column with names or mail addresses.")


def dropped(folder: Path, name: str, content: str) -> Path:
    file = folder / name
    file.write_text(content, "utf-8")
    os.utime(file, (EVENING.timestamp(), EVENING.timestamp()))
    return file


def test_a_file_is_read_once_and_again_when_it_changed(tmp_path: Path) -> None:
    dropped(tmp_path, "bob.vcf", BOB)
    dropped(tmp_path, "notes.txt", "not for us")
    source = ContactsSource(tmp_path)
    (batch,) = source.poll({})
    (bob,) = batch.records
    assert isinstance(bob, ContactRecord)
    assert (batch.stream, bob.noted, batch.restart) == ("bob.vcf", EVENING, False)
    assert list(source.poll({batch.stream: batch.cursor})) == []
    dropped(tmp_path, "bob.vcf", BOB + BOB.replace("Bob", "Rob"))
    (again,) = source.poll({batch.stream: batch.cursor})
    assert (len(again.records), again.restart) == (2, True)
    assert source.check().warnings == ("1 file passed over: no vCard or CSV.",)


def test_what_a_card_says_of_its_time_is_believed_before_its_file(tmp_path: Path) -> None:
    dropped(tmp_path, "bob.vcf", BOB.replace("END:", "REV:20260101T120000Z\nEND:"))
    (batch,) = ContactsSource(tmp_path).poll({})
    (bob,) = batch.records
    assert isinstance(bob, ContactRecord)
    assert bob.noted == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="There is nothing at"):
        list(ContactsSource(tmp_path / "cards").poll({}))
