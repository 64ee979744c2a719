"""What every source of meetings promises, whatever it reads: a suite to be bound to each of them.

A test class derives from CalendarContract and overrides `stand` with a fixture that gives a Stand: an account with one
calendar, into which events can be put that are written in neutral terms.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.base import Batch, Source
from connectors.records import Answer, Attendee, Malformed, MeetingRecord
from tests.connectors.calendars import AS_OF

ALICE, BOB, ROOM = "alice@example.org", "bob@example.net", "room-5@resource.calendar.google.com"
ZONE = "Europe/Berlin"


@dataclass(frozen=True)
class Happening:
    """An event: of an hour, in Berlin, Alice's, with guests by their answer. `day`: it has no time of day."""

    uid: str
    start: str
    title: str = "Coffee"
    guests: tuple[tuple[str, Answer], ...] = ((BOB, Answer.ACCEPTED),)
    rule: str = ""
    day: bool = False

    @property
    def begin(self) -> datetime:
        """Wall-clock time in Berlin."""
        return datetime.fromisoformat(self.start)

    @property
    def end(self) -> datetime:
        """An hour later; a day where it takes days."""
        return self.begin + (timedelta(days=1) if self.day else timedelta(hours=1))


class Stand(ABC):
    """An account with a calendar of its kind, and how to read it."""

    @abstractmethod
    def open(self) -> Source:
        """A fresh source on the account, as of AS_OF, for an owner in Berlin."""

    @abstractmethod
    def put(self, happening: Happening) -> None:
        """An event is made, or changed as a whole."""

    @abstractmethod
    def delete(self, uid: str) -> None:
        """An event is deleted with all its instances."""

    @abstractmethod
    def move(self, happening: Happening, original: str, to: str) -> None:
        """One instance of a recurring event is moved to another time; both are wall-clock times in Berlin."""

    @abstractmethod
    def drop(self, happening: Happening, original: str) -> None:
        """One instance of a recurring event is taken out."""

    @abstractmethod
    def forget(self) -> None:
        """The server no longer knows where anybody stopped."""


class Store:
    """The program's side: for every uid of a batch what is not in it is withdrawn, as the ledger does."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand
        self.held: dict[tuple[str, str], MeetingRecord] = {}
        self.bad: list[Malformed] = []
        self.cursors: dict[str, Any] = {}

    def poll(self, stop_after: int = 0) -> list[Batch]:
        """One poll, cut off after so many batches."""
        source = self.stand.open()
        seen: list[Batch] = []
        for batch in source.poll(dict(self.cursors)):
            seen.append(batch)
            meetings = [record for record in batch.records if isinstance(record, MeetingRecord)]
            self.bad += [record for record in batch.records if isinstance(record, Malformed)]
            told = {*batch.series, *(meeting.uid for meeting in meetings)}
            self.held = {key: one for key, one in self.held.items() if key[0] not in told}
            self.held |= {(meeting.uid, meeting.instance): meeting for meeting in meetings}
            self.cursors[batch.stream] = batch.cursor
            if len(seen) == stop_after:
                break
        source.close()
        return seen

    def starts(self, uid: str) -> list[str]:
        """When the meetings of a series begin, UTC."""
        return sorted(f"{one.start:%m-%d %H:%M}" for key, one in self.held.items() if key[0] == uid)


ONE = Happening("one@example.org", "2026-03-10T10:00", "One")
WEEKLY = Happening("weekly@example.org", "2026-03-18T10:00", "Weekly", rule="FREQ=WEEKLY;COUNT=4")
ANSWERS = tuple((f"{answer.value}@example.net", answer) for answer in Answer)
MANY = [
    ONE,
    WEEKLY,
    Happening("answers@example.org", "2026-03-11T10:00", "With «Ümlaut»", ANSWERS),
    Happening("room@example.org", "2026-03-12T10:00", guests=((BOB, Answer.ACCEPTED), (ROOM, Answer.ACCEPTED))),
    Happening("day@example.org", "2026-03-13T00:00", day=True),
    Happening("days@example.org", "2026-03-16T00:00", day=True, rule="FREQ=DAILY;COUNT=3"),
    Happening("past@example.org", "2024-03-13T10:00"),
]


class CalendarContract:
    """Every source of meetings passes these."""

    @pytest.fixture
    def stand(self) -> Stand:
        """An account with an empty calendar; to be overridden."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, stand: Stand) -> Store:
        """The program, which has seen nothing yet."""
        return Store(stand)

    def test_everything_is_read_once(self, stand: Stand, store: Store) -> None:
        stand.put(ONE)
        stand.put(WEEKLY)
        store.poll()
        assert store.starts("one@example.org") == ["03-10 09:00"]
        assert store.starts("weekly@example.org") == ["03-18 09:00", "03-25 09:00", "04-01 08:00", "04-08 08:00"]
        assert store.poll() == []

    def test_a_meeting_is_the_same_whoever_tells_of_it(self, stand: Stand, store: Store) -> None:
        for happening in MANY:
            stand.put(happening)
        stand.move(WEEKLY, "2026-03-25T10:00", "2026-03-26T15:00")
        store.poll()
        assert {key: plain(one) for key, one in store.held.items()} == EXPECTED

    def test_only_what_changed_is_told(self, stand: Stand, store: Store) -> None:
        stand.put(ONE)
        stand.put(WEEKLY)
        store.poll()
        stand.put(replace(ONE, start="2026-03-12T12:00"))
        (batch,) = store.poll()
        assert {record.uid for record in batch.records if isinstance(record, MeetingRecord)} == {"one@example.org"}
        assert store.starts("one@example.org") == ["03-12 11:00"]
        assert len(store.starts("weekly@example.org")) == 4

    def test_one_instance_moved_leaves_the_others_where_they_are(self, stand: Stand, store: Store) -> None:
        stand.put(WEEKLY)
        store.poll()
        stand.move(WEEKLY, "2026-03-25T10:00", "2026-03-26T15:00")
        store.poll()
        assert store.starts("weekly@example.org") == ["03-18 09:00", "03-26 14:00", "04-01 08:00", "04-08 08:00"]
        assert store.poll() == []

    def test_one_instance_taken_out_is_withdrawn_alone(self, stand: Stand, store: Store) -> None:
        stand.put(WEEKLY)
        store.poll()
        stand.drop(WEEKLY, "2026-03-25T10:00")
        store.poll()
        assert store.starts("weekly@example.org") == ["03-18 09:00", "04-01 08:00", "04-08 08:00"]

    def test_what_is_deleted_is_withdrawn(self, stand: Stand, store: Store) -> None:
        stand.put(ONE)
        stand.put(WEEKLY)
        store.poll()
        stand.delete("weekly@example.org")
        store.poll()
        assert {uid for uid, _ in store.held} == {"one@example.org"}
        stand.delete("one@example.org")
        store.poll()
        assert store.held == {}

    def test_a_server_that_forgot_us_is_read_anew(self, stand: Stand, store: Store) -> None:
        stand.put(ONE)
        stand.put(WEEKLY)
        store.poll()
        stand.forget()
        stand.delete("one@example.org")
        stand.move(WEEKLY, "2026-03-25T10:00", "2026-03-26T15:00")
        store.poll()
        assert store.starts("one@example.org") == []
        assert store.starts("weekly@example.org") == ["03-18 09:00", "03-26 14:00", "04-01 08:00", "04-08 08:00"]
        assert store.poll() == []

    def test_a_series_that_becomes_a_single_event_keeps_one(self, stand: Stand, store: Store) -> None:
        stand.put(WEEKLY)
        store.poll()
        stand.put(replace(WEEKLY, rule=""))
        store.poll()
        assert store.starts("weekly@example.org") == ["03-18 09:00"]

    def test_a_crash_between_batches_loses_nothing(self, stand: Stand, store: Store) -> None:
        for number in range(15):
            stand.put(Happening(f"daily-{number}@example.org", "2026-03-02T10:00", rule="FREQ=DAILY;COUNT=180"))
        store.poll(stop_after=1)
        assert 0 < len(store.held) < 15 * 180
        stand.delete("daily-0@example.org")
        store.poll()
        assert len(store.held) == 14 * 180
        assert store.poll() == []

    def test_check_shows_the_calendar(self, stand: Stand) -> None:
        source = stand.open()
        health = source.check()
        assert health.summary
        assert len([stream for stream in health.streams if not stream.skipped]) == 1
        source.close()
        source.close()


def plain(meeting: MeetingRecord) -> Mapping[str, Any]:
    """What a meeting is, apart from the calendar it stood in."""
    people = sorted((one.address, one.answer.value, one.resource, one.organizer) for one in meeting.attendees)
    when = (meeting.start.isoformat(), meeting.end.isoformat())
    kind = (meeting.all_day, meeting.cancelled, meeting.floating, meeting.recurring)
    return {"ref": meeting.ref, "summary": meeting.summary, "people": people, "when": when, "kind": kind}


def _expected() -> dict[tuple[str, str], Mapping[str, Any]]:
    found = {}
    for happening in MANY:
        days = {"FREQ=DAILY;COUNT=3": 3, "FREQ=WEEKLY;COUNT=4": 4}.get(happening.rule, 1)
        for number in range(days):
            step = timedelta(days=number) if happening.day else timedelta(weeks=number)
            record = _record(happening, step)
            found[record.uid, record.instance] = plain(record)
    return found


def _record(happening: Happening, step: timedelta) -> MeetingRecord:
    from datetime import UTC
    from zoneinfo import ZoneInfo

    def utc(at: datetime) -> datetime:
        return at.replace(hour=12, tzinfo=UTC) if happening.day else at.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)

    planned, start, end = (utc(at + step) for at in (happening.begin, happening.begin, happening.end))
    if happening == WEEKLY and step == timedelta(weeks=1):
        start = datetime(2026, 3, 26, 14, tzinfo=UTC)
        end = start + timedelta(hours=1)
    guests = tuple(Attendee(who, "", answer, who == ROOM) for who, answer in happening.guests)
    people = (Attendee(ALICE, "", Answer.ACCEPTED, organizer=True), *guests)
    named = {"ref": f"{happening.uid}#{planned.isoformat()}", "uid": happening.uid, "instance": planned.isoformat()}
    kind = {"all_day": happening.day, "recurring": bool(happening.rule), "summary": happening.title}
    return MeetingRecord(**named, calendar="", start=start, end=end, attendees=people, **kind)  # type: ignore[arg-type]  # written apart


EXPECTED = _expected()
__all__ = ["AS_OF", "CalendarContract", "Happening", "Stand", "Store"]
