"""What is tried again and what is left alone: messages a server owes, numbers it shows late, folders it renumbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import WHOLE, Batch
from connectors.imap import ImapSource, cursor, session
from connectors.imap.cursor import FIRST_RETRY, LATE, TRIES, Cursor, Owed, advanced, parse, wanted
from connectors.records import MailRecord, Malformed
from tests.letters import at
from tests.servers.imap_script import Script, scripted

NOW = at("2026-03-02 09:00")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    monkeypatch.setattr(session, "PAUSES", (0.0, 0.0))
    with scripted() as server:
        server.boxes["INBOX"].fill(*range(1, 12))
        yield server


class Reading:
    """Polls of one server, each going on from the last."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.cursors: dict[str, object] = {}
        self.now = NOW

    def poll(self, later: timedelta = timedelta(0)) -> list[Batch]:
        self.now += later
        account: dict[str, Any] = {
            "username": "alice",
            "password": lambda: "secret",
            "timeout": 60.0,
            "as_of": self.now,
        }
        with closing(ImapSource("127.0.0.1", self.script.port, "none", **account)) as source:
            batches = list(source.poll(self.cursors))
        self.cursors |= {batch.stream: batch.cursor for batch in batches}
        return batches

    def uids(self, later: timedelta = timedelta(0)) -> list[int]:
        """The messages read by a poll."""
        records = [record for batch in self.poll(later) for record in batch.records]
        return sorted(int(record.ref.split(":")[1]) for record in records if isinstance(record, MailRecord))


def spoil(script: Script, *uids: int, kind: str = "close") -> None:
    script.spoil = dict.fromkeys(uids, kind)
    script.stubborn = set(uids)


@pytest.mark.parametrize("kind", ["close", "no", "silent", "quote"])
def test_what_the_server_failed_to_deliver_is_asked_for_again_later(script: Script, kind: str) -> None:
    reading = Reading(script)
    spoil(script, 6, kind=kind)
    assert reading.uids() == [uid for uid in range(1, 12) if uid != 6]
    assert reading.uids(timedelta(minutes=5)) == []
    assert reading.uids(timedelta(minutes=11)) == []
    spoil(script)
    assert reading.uids(timedelta(minutes=50)) == []
    assert reading.uids(timedelta(minutes=11)) == [6]
    assert reading.cursors["INBOX"] == {"uidvalidity": 7, "high": 11, "low": 1}


def test_what_can_never_be_delivered_is_given_up_in_the_end(script: Script) -> None:
    reading = Reading(script)
    spoil(script, 6)
    asked = 0
    for _ in range(60):
        asked += any(isinstance(r, Malformed) for batch in reading.poll(timedelta(days=1)) for r in batch.records)
    assert asked == TRIES + 1
    assert reading.cursors["INBOX"] == {"uidvalidity": 7, "high": 11, "low": 1}


def test_a_message_that_is_no_mail_is_not_asked_for_again(script: Script) -> None:
    script.boxes["INBOX"].messages[6] = b"nothing that is a header\r\n\r\n"
    reading = Reading(script)
    assert 6 not in reading.uids()
    assert reading.cursors["INBOX"] == {"uidvalidity": 7, "high": 11, "low": 1}


def test_a_number_shown_late_is_read_when_it_is_there(script: Script) -> None:
    """Two writers: 13 can be seen before 12, and 5 was never there."""
    box = script.boxes["INBOX"]
    del box.messages[5]
    reading = Reading(script)
    reading.poll()
    box.fill(13)
    assert reading.uids() == [13]
    box.fill(12)
    box.fill(14)
    assert reading.uids() == [12, 14]
    box.fill(15)
    assert reading.uids() == [15]


@given(st.lists(st.sets(st.integers(1, 60), max_size=12), max_size=6), st.integers(1, 30))
def test_whatever_order_numbers_come_in_each_is_read_once(arrivals: list[set[int]], page: int) -> None:
    """As long as none is later than LATE below the newest."""
    here: set[int] = set()
    at_ = Cursor(7, 0, 1)
    read: list[int] = []
    for arrived in arrivals:
        here |= {uid for uid in arrived if uid > max(here, default=0) - LATE}
        newest = max(here, default=0)
        found = sorted(uid for uid in here if uid >= min((at_.high + 1, *at_.holes)))
        for start in range(0, len(found), page):
            uids = found[start : start + page]
            read += wanted(at_, uids, down=False)
            at_ = advanced(at_, uids, uids[-1] if start + page < len(found) else newest, down=False)
    assert sorted(read) == sorted(here)
    assert len(at_.holes) <= LATE


def test_a_folder_that_is_renumbered_all_the_time_is_set_aside_and_read_again_the_next_day(script: Script) -> None:
    reading = Reading(script)
    reading.poll()
    whole = list(range(1, 12))
    for _ in range(cursor.MOST_RENEWALS):
        script.boxes["INBOX"].uidvalidity += 1
        assert reading.uids(timedelta(hours=1)) == whole
    script.boxes["INBOX"].uidvalidity += 1
    for _ in range(3):
        (told,) = reading.poll(timedelta(hours=1))
        (record,) = told.records
        assert isinstance(record, Malformed)
        assert (record.ref, told.restart) == (WHOLE, False)
        assert "renumbered" in record.reason
    assert reading.uids(timedelta(hours=20)) == whole
    assert reading.uids(timedelta(hours=1)) == []


def test_a_folder_that_is_renumbered_once_a_day_is_read_each_time(script: Script) -> None:
    reading = Reading(script)
    for _ in range(12):
        script.boxes["INBOX"].uidvalidity += 1
        assert len(reading.uids(timedelta(hours=6))) == 11


def test_a_cursor_is_what_it_was_after_it_was_kept() -> None:
    kept = Cursor(7, 90, 1, holes=(88,), renewals=(5, 6), owed=(Owed(3, 1, FIRST_RETRY),))
    assert parse(kept.json()) == kept
    for value in ({"holes": "x"}, {"owed": [[1]]}, {"owed": 3}, {"renewals": [None]}):
        assert parse({**kept.json(), **value}) is None
