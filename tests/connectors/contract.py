"""What every source of mail promises, whatever it reads: a suite to be bound to each of them.

A test class derives from SourceContract and overrides `stand` with a fixture that gives a Stand: an empty mailbox of
its kind, into which letters can be put. Sources that are slow to fill may lower MANY.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import islice
from typing import Any

import pytest

from connectors.base import Batch, Cursors, Source
from connectors.records import MailRecord, Malformed, Record

FIRST_DAY = datetime(2020, 1, 1, 12, 0, tzinfo=UTC)


def letter(number: int, **fields: str) -> bytes:
    """A letter of day `number` from Bob to Alice; `fields` replace header fields (`_` stands for `-`)."""
    day = FIRST_DAY + timedelta(days=number)
    header = {
        "Received": f"from mx.example.net by mx.example.org; {format_datetime(day)}",
        "From": "Bob Baker <bob@example.net>",
        "To": "Alice Archer <alice@example.org>",
        "Subject": f"Letter {number}",
        "Date": format_datetime(day),
        "Message-ID": f"<letter.{number}@example.net>",
    } | {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"{name}: {value}" for name, value in header.items() if value]
    return ("\n".join(lines) + f"\n\nBody of {number}.\n").encode()


def letters(*numbers: int) -> list[bytes]:
    """Several letters."""
    return [letter(number) for number in numbers]


def mail_ids(records: list[Record]) -> list[str]:
    """The numbers of the letters among the records, in their order."""
    mails = [record for record in records if isinstance(record, MailRecord)]
    return [mail.message_id.removeprefix("letter.").removesuffix("@example.net") for mail in mails]


class Stand(ABC):
    """A mailbox of one kind, and how to read it."""

    @abstractmethod
    def open(self) -> Source:
        """A fresh source on the mailbox."""

    @abstractmethod
    def put(self, raws: list[bytes]) -> None:
        """Messages arrive, the oldest first."""

    @abstractmethod
    def put_unreadable(self) -> None:
        """A message arrives that nobody can make sense of."""


class Caller:
    """The program's side: stores a batch's records and its cursor together, or is killed in between."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.cursors: dict[str, Any] = {}
        self.records: list[Record] = []

    def poll(self, stop_after: int | None = None) -> list[Record]:
        """The records of one poll; with `stop_after` only that many batches are taken before the power fails."""
        source = self.stand.open()
        found: list[Record] = []
        for batch in islice(source.poll(self._given()), stop_after):
            found += batch.records
            self.records += batch.records
            self.cursors[batch.stream] = json.loads(json.dumps(batch.cursor))
        source.close()
        return found

    def batches(self) -> Iterator[Batch]:
        """The batches of one poll, nothing stored."""
        return self.stand.open().poll(self._given())

    def _given(self) -> Cursors:
        return dict(self.cursors)


class SourceContract:
    """Every source passes these."""

    MANY = 1_203

    @pytest.fixture
    def stand(self) -> Stand:
        """An empty mailbox; to be overridden."""
        raise NotImplementedError

    @pytest.fixture
    def caller(self, stand: Stand) -> Caller:
        """The program, which has seen nothing yet."""
        return Caller(stand)

    def test_an_empty_mailbox_gives_no_record(self, caller: Caller) -> None:
        assert caller.poll() == []

    def test_the_first_poll_gives_all(self, stand: Stand, caller: Caller) -> None:
        stand.put(letters(1, 2, 3))
        assert sorted(mail_ids(caller.poll())) == ["1", "2", "3"]

    def test_a_second_poll_gives_nothing(self, stand: Stand, caller: Caller) -> None:
        stand.put(letters(1, 2, 3))
        caller.poll()
        assert list(caller.batches()) == []

    def test_a_new_message_comes_alone(self, stand: Stand, caller: Caller) -> None:
        stand.put(letters(1, 2, 3))
        caller.poll()
        stand.put(letters(4))
        assert mail_ids(caller.poll()) == ["4"]
        stand.put(letters(5, 6))
        assert sorted(mail_ids(caller.poll())) == ["5", "6"]

    def test_the_newest_mail_comes_first(self, stand: Stand, caller: Caller) -> None:
        stand.put(letters(*range(9)))
        assert mail_ids(caller.poll()) == [str(number) for number in range(8, -1, -1)]

    def test_a_record_tells_what_the_letter_says(self, stand: Stand, caller: Caller) -> None:
        stand.put(letters(7))
        (mail,) = caller.poll()
        assert isinstance(mail, MailRecord)
        assert (mail.from_[0].address, mail.to[0].address) == ("bob@example.net", "alice@example.org")
        assert mail.date == FIRST_DAY + timedelta(days=7)
        assert mail.subject == "Letter 7"
        assert mail.defects == ()

    def test_a_bad_message_is_told_of_and_stops_nothing(self, stand: Stand, caller: Caller) -> None:
        stand.put(letters(1))
        stand.put_unreadable()
        stand.put(letters(2))
        found = caller.poll()
        assert sorted(mail_ids(found)) == ["1", "2"]
        (bad,) = [record for record in found if isinstance(record, Malformed)]
        assert bad.reason
        assert bad.ref
        assert caller.poll() == []

    def test_no_two_records_of_a_stream_have_one_ref(self, stand: Stand, caller: Caller) -> None:
        stand.put(letters(1, 2, 3))
        stand.put_unreadable()
        refs = [(record.folder, record.ref) for record in caller.poll() if isinstance(record, MailRecord | Malformed)]
        assert len(refs) == len(set(refs)) == 4

    @pytest.mark.parametrize("batches", [1, 2])
    def test_a_crash_between_batches_loses_and_repeats_nothing(
        self, stand: Stand, caller: Caller, batches: int
    ) -> None:
        stand.put(letters(*range(self.MANY)))
        first = caller.poll(stop_after=batches)
        assert 0 < len(first) < self.MANY
        stand.put(letters(self.MANY))
        caller.poll()
        assert sorted(map(int, mail_ids(caller.records))) == list(range(self.MANY + 1))

    def test_a_crash_before_the_cursor_is_stored_gives_the_same_batch_again(self, stand: Stand, caller: Caller) -> None:
        stand.put(letters(*range(self.MANY)))
        lost = next(iter(caller.batches()))
        again = next(iter(caller.batches()))
        assert lost == again
        assert lost.expected is None or lost.expected >= len(lost.records)

    def test_check_shows_the_streams_and_takes_nothing_away(self, stand: Stand, caller: Caller) -> None:
        stand.put(letters(1, 2))
        source = stand.open()
        health = source.check()
        assert health.summary
        assert any(stream.messages == 2 for stream in health.streams)
        source.close()
        source.close()
        assert len(caller.poll()) == 2

    def test_check_speaks_of_one_message_in_the_singular(self, stand: Stand) -> None:
        stand.put(letters(1))
        source = stand.open()
        health = source.check()
        source.close()
        assert not re.search(r"\b1 (messages|folders|files)\b", health.summary)
