"""The morning after an evening of people: one follow-up each to those whose cards came home."""

from __future__ import annotations

import os
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import at

DINNER = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Alice//EN
BEGIN:VEVENT
UID:dinner@lindqvist.example.com
DTSTAMP:20260301T090000Z
DTSTART:20260304T180000Z
DTEND:20260304T210000Z
SUMMARY:Harbour Forum dinner
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Alice on Monday, with her first report behind her and a dinner on Wednesday."""
    for name in ("Maildir/cur", "Maildir/new", "Maildir/tmp", "cards"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "calendar.ics").write_text(DINNER.replace("\n", "\r\n"))
    desk = Desk(
        tmp_path / "desk",
        f'[[sources]]\nname = "box"\nkind = "maildir"\npath = "{tmp_path}/Maildir"\n'
        f'[[sources]]\nname = "cards"\nkind = "contacts"\npath = "{tmp_path}/cards"\n'
        f'[[sources]]\nname = "calendar"\nkind = "ics"\npath = "{tmp_path}/calendar.ics"\n'
        '[report]\nmailbox = "box"\n[drafts]\nmailbox = "box"\n',
    )
    desk.exchange("Bob Okafor <bob@okafor.example>", "2026-02-03", "2026-02-20")
    tick(desk, clock, "2026-03-02 09:00")
    return desk


def tick(desk: Desk, clock: Clock, when: str) -> None:
    clock.move_to(at(when))
    ran = desk.weaktie("run", "--once")
    assert (ran.code, ran.err) == (0, "")


def drop(desk: Desk, name: str, content: str, when: str = "2026-03-04 22:30") -> None:
    file = desk.folder.parent / "cards" / name
    file.write_text(content, "utf-8")
    os.utime(file, (at(when).timestamp(),) * 2)


def card(name: str, address: str) -> str:
    return f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nEMAIL:{address}\nEND:VCARD\n"


def drafts(desk: Desk) -> dict[str, EmailMessage]:
    """Whom drafts in the Maildir are to → the draft."""
    found: dict[str, EmailMessage] = {}
    for file in (desk.folder.parent / "Maildir").rglob("*"):
        mail = message_from_bytes(file.read_bytes(), policy=default) if file.is_file() else None
        if isinstance(mail, EmailMessage) and "X-Weaktie-Report" not in mail:
            found[str(mail["To"])] = mail
    return found


def test_each_card_gets_one_follow_up_on_the_next_morning(desk: Desk, clock: Clock) -> None:
    drop(desk, "dana.vcf", card("Dana Reed", "dana@northwind.example"))
    drop(desk, "guests.csv", "Name,Company,Email\nErin Vale,Harbour,erin@harbour.example\n")
    tick(desk, clock, "2026-03-04 23:00")
    assert drafts(desk) == {}

    tick(desk, clock, "2026-03-05 09:00")
    tick(desk, clock, "2026-03-05 12:00")
    made = drafts(desk)
    assert set(made) == {"Dana Reed <dana@northwind.example>", "Erin Vale <erin@harbour.example>"}
    text = made["Dana Reed <dana@northwind.example>"].get_content()
    assert text.startswith("Hi Dana,\n")
    assert "It was good to meet you on Wednesday (“Harbour Forum dinner”)" in " ".join(text.split())


def test_whoever_was_written_to_that_night_needs_none(desk: Desk, clock: Clock) -> None:
    drop(desk, "bob.vcf", card("Bob Okafor", "bob@okafor.example"))
    desk.exchange("Bob Okafor <bob@okafor.example>", "2026-03-04")
    drop(desk, "mate.vcf", card("Cleo Lind", "cleo@lindqvist.example.com"))
    tick(desk, clock, "2026-03-05 09:00")
    assert drafts(desk) == {}
    assert desk.weaktie("drafts", "list", "--all", "--json").json["drafts"] == []


def test_after_a_week_it_is_too_late(desk: Desk, clock: Clock) -> None:
    drop(desk, "dana.vcf", card("Dana Reed", "dana@northwind.example"))
    tick(desk, clock, "2026-03-12 09:00")
    assert drafts(desk) == {}


def test_an_evening_before_the_first_report_is_left_alone(desk: Desk, clock: Clock) -> None:
    drop(desk, "dana.vcf", card("Dana Reed", "dana@northwind.example"), "2026-03-01 22:00")
    tick(desk, clock, "2026-03-03 10:00")
    assert drafts(desk) == {}


def test_an_address_book_is_nobodys_evening(desk: Desk, clock: Clock) -> None:
    rows = "".join(f"Person {n},p{n}@firm{n}.example\n" for n in range(41))
    drop(desk, "contacts.csv", f"Name,Email\n{rows}")
    tick(desk, clock, "2026-03-05 09:00")
    assert drafts(desk) == {}


def test_without_an_event_the_card_alone_is_reason_enough(desk: Desk, clock: Clock) -> None:
    drop(desk, "dana.vcf", card("Dana Reed", "dana@northwind.example"), "2026-03-06 19:00")  # a Friday
    tick(desk, clock, "2026-03-07 10:00")
    assert drafts(desk) == {}
    tick(desk, clock, "2026-03-09 10:00")
    (mail,) = drafts(desk).values()
    assert "“" not in mail.get_content()


def test_who_is_not_to_be_written_to_gets_none(desk: Desk, clock: Clock) -> None:
    desk.weaktie("suppress", "northwind.example")
    drop(desk, "dana.vcf", card("Dana Reed", "dana@northwind.example"))
    tick(desk, clock, "2026-03-05 09:00")
    assert drafts(desk) == {}
