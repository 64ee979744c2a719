"""One mail is one message, whatever its Message-ID is worth, whoever's mailbox it lies in, wherever we run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, update

from agent.capture import ledger
from agent.capture.keys import mail_key, older_key
from agent.capture.ledger import Book
from agent.capture.records import of_mail
from agent.store import owners, people, sources
from agent.store.db import Store
from agent.store.schema import message
from agent.types import Outcome
from connectors.mime import parse_headers
from connectors.records import MailRecord, Role
from tests.letters import ALICE, BOB, DANA, at, batch, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

NOW = at("2026-03-02 09:00")


def test_two_mails_without_an_id_in_the_same_second_are_two() -> None:
    one = mail("1", "2026-02-01", DANA, ALICE)._replace(message_id="", subject="Lunch")
    other = one._replace(subject="Dinner", ref="9")
    assert mail_key(one) != mail_key(other)
    assert mail_key(one) == mail_key(one._replace(ref="7", folder="Archive"))


def test_keys_sort_as_the_days_of_the_mail() -> None:
    days = ["Thu, 1 Jan 1981 00:00:00 +0000", "Sun, 1 Feb 2026 23:59:00 +0000", "Mon, 2 Feb 2026 00:00:00 +0000"]
    keys = [mail_key(parsed("Message-ID: <1@x>", f"Date: {day}")) for day in days]
    assert keys == sorted(keys)
    assert {len(key) for key in keys} == {40}


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_a_day_beyond_reason_is_a_key_all_the_same(year: int) -> None:
    letter = mail("1", "2026-02-01", DANA, ALICE)._replace(message_id="", date=datetime(year, 1, 1, tzinfo=UTC))
    assert len(mail_key(letter)) == 40


def test_mail_stored_before_keys_had_days_is_the_same_mail(store: Store) -> None:
    letters = batch(mail("1", "2026-02-01", DANA, ALICE), mail("2", "2026-02-02", DANA, ALICE))
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
        row = sources.ensure(connection, owner.id, "mail", "imap")
        stream = sources.stream_id(connection, row.id, "INBOX")
        rules = Book(owner.id, frozenset({ALICE}), owner.salt, NOW)
        assert ledger.write(connection, rules, stream, letters).new == 2
        for key in connection.scalars(select(message.c.key)).all():
            connection.execute(update(message).where(message.c.key == key).values(key=older_key(key)))
        assert ledger.write(connection, rules, stream, letters).new == 0
        assert connection.scalar(select(func.count()).select_from(message)) == 2


@pytest.mark.parametrize("spelling", ["<a.b@x.example>", "\r\n <a.b@x.example>", " < a.b@x.example >", "a.b@x.example"])
def test_an_id_is_the_same_however_it_is_written(spelling: str) -> None:
    assert mail_key(parsed(f"Message-ID: {spelling}")) == mail_key(parsed("Message-ID: <a.b@x.example>"))


def parsed(*lines: str) -> MailRecord:
    raw = "\r\n".join([f"From: {DANA}", f"To: {ALICE}", *lines, "", ""]).encode()
    record = parse_headers(raw, ref="1", folder="INBOX", role=Role.INBOX, arrived=at("2026-02-01"))
    assert isinstance(record, MailRecord)
    return record


@pytest.fixture(params=["UTC", "America/St_Johns", "Pacific/Chatham"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The time zone this process believes to be in."""
    name = str(request.param)
    monkeypatch.setitem(os.environ, "TZ", name)
    time.tzset()
    yield name
    monkeypatch.undo()
    time.tzset()


def test_the_machines_time_zone_changes_nothing(zone: str) -> None:
    entry = of_mail(parsed("Message-ID: <1@x>", "Date: Sun, 1 Feb 2026 23:30:00 -0330"), frozenset({ALICE}), NOW)
    assert entry.at == at("2026-02-02 03:00")
    assert entry.key == mail_key(parsed("Message-ID: <1@x>", "Date: Mon, 2 Feb 2026 03:00:00 +0000"))


@pytest.mark.parametrize(
    "date",
    [
        *("garbage", "31 Jun 2026 10:00:00 +0000", "1 Jan 0000 00:00:00 +0000", "1 Jan 0001 00:00:00 +0000", ""),
        *("Thu, 1 Jan 1970 00:00:00 +0000", "1 Jan 2099 00:00:00 +0000", "1 Jan 99999 00:00:00 +0000"),
        "1 Feb 2026 10:00:00 +9999",
    ],
)
def test_a_date_nobody_believes_gives_way_to_the_time_of_arrival(date: str) -> None:
    assert of_mail(parsed("Message-ID: <1@x>", f"Date: {date}"), frozenset({ALICE}), NOW).at == at("2026-02-01")


def test_without_any_time_it_is_kept_as_of_now_and_counts_for_nobody() -> None:
    entry = of_mail(parsed("Message-ID: <1@x>")._replace(arrived=None), frozenset({ALICE}), NOW)
    assert (entry.at, entry.facts.kind.value) == (NOW, "unreadable")


def test_nul_bytes_stay_out_of_the_store() -> None:
    entry = of_mail(parsed("Subject: Lu\0nch", "Message-ID: <1\0@x>"), frozenset({ALICE}), NOW)
    assert "\0" not in str(entry)


def test_the_same_mail_is_contact_for_each_of_two_owners(store: Store) -> None:
    letter = mail("1", "2026-02-01", f"Dana Reed <{DANA}>", [ALICE, BOB])
    for name, own in (("Alice", ALICE), ("Bob", BOB)):
        with store.write() as connection:
            owner = owners.ensure(connection, name)
            row = sources.ensure(connection, owner.id, "mail", "imap")
            stream = sources.stream_id(connection, row.id, "INBOX")
            rules = Book(owner.id, frozenset({own}), owner.salt, NOW)
            assert ledger.write(connection, rules, stream, batch(letter)).interactions == 1
            assert sources.places(connection, row.id)["INBOX", "1"][0] is Outcome.INTERACTION
            assert people.search(connection, owner.id, DANA)
