"""The shapes of a report: what goes in, and what comes out ready to be laid out. Plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from agent.report.capacity import UNKNOWN, Capacity
from agent.report.plain import whole
from agent.ties.view import Tie


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft that waits for the owner. `since` is when it was put there."""

    person_id: int
    kind: str
    subject: str
    state: str
    since: datetime
    name: str = ""


@dataclass(frozen=True, slots=True)
class Week:
    """Counts of the last seven days. `left_out`: mail that was seen and is nobody's contact with anybody."""

    sent: int = 0
    received: int = 0
    meetings: int = 0
    people: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SourceLine:
    """How a source fares. `last_ok` is None when it was never read."""

    name: str
    ok: bool
    last_ok: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many ties stand where. `ended`: the organizations with which an engagement has ended, told once each."""

    active: int = 0
    fading: int = 0
    dormant: int = 0
    new: int = 0
    ended: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Previous:
    """What the report before this one listed and counted."""

    people: tuple[int, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class Promise:
    """What weaktie is set to do, told in the first report."""

    drafts_a_week: int = 3
    sends: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of the owner's reply to a report of that day: commands done, and the others with the reason."""

    day: datetime
    done: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    stray: int = 0


@dataclass(frozen=True, slots=True)
class Inputs:
    """All a report is made from. `people` is the most it names; `zone` is the owner's.

    `tags`: days of the rhythm wanted of each tag. `unanswered`: after how many days of writing in vain nobody is
    asked about any more. `named`: person → when reports named them, oldest first. `capacity`: what the owner can keep
    up.
    """

    owner: str
    as_of: datetime
    zone: tzinfo
    ties: tuple[Tie, ...]
    drafts: tuple[DraftLine, ...] = ()
    week: Week = Week()
    sources: tuple[SourceLine, ...] = ()
    previous: Previous | None = None
    people: int = 10
    colleagues: bool = False
    promise: Promise = Promise()
    tags: Mapping[str, int] = field(default_factory=dict)
    unanswered: int = 3
    named: Mapping[int, tuple[datetime, ...]] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    capacity: Capacity = UNKNOWN


@dataclass(frozen=True, slots=True)
class Month:
    """One bar of the rhythm: contact days in a calendar month (UTC). `silent` months follow the last contact."""

    label: str
    count: int
    silent: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One person who is going quiet, or due by the owner's wish.

    All text is clean, in words and one line each; empty where there is none.

    `why`: the reasons of the reading, `rhythm` the first of them. `again`: the report before named them too.
    """

    number: int
    person_id: int
    name: str
    organization: str
    state: str
    again: bool
    why: str
    rhythm: str
    usual: str
    silent: str
    last: str
    months: tuple[Month, ...]
    days_in_touch: int
    draft: str
    bridge: str
    goal: str
    advice: str


@dataclass(frozen=True, slots=True)
class Paused:
    """Somebody who does not answer, and is named no more until the owner says so."""

    number: int
    person_id: int
    name: str
    organization: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A person or a source in one line."""

    name: str
    organization: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportData:
    """A report ready to be laid out. `kind` is `weekly` or `first`.

    `guide`: how to answer it. `answers`: what came of the answers to those before.
    """

    kind: str
    owner: str
    as_of: datetime
    period: str
    date: str
    subject: str
    preheader: str
    headline: str
    lead: str
    rows: tuple[Row, ...]
    more: str
    drafts: tuple[Note, ...]
    came_back: tuple[Note, ...]
    new: tuple[Note, ...]
    week: Week
    tally: Tally
    trend: str
    sources: tuple[Note, ...]
    alarms: tuple[Note, ...]
    ended: tuple[Note, ...] = ()
    promise: tuple[str, ...] = ()
    paused: tuple[Paused, ...] = ()
    answers: tuple[Note, ...] = ()
    guide: tuple[str, ...] = ()

    @property
    def people(self) -> tuple[int, ...]:
        """Who is named, in the order of their numbers."""
        return tuple(row.person_id for row in self.rows) + tuple(stop.person_id for stop in self.paused)

    def as_json(self) -> dict[str, Any]:
        """The stable form for `report --json` (version 1): everything shown, bars as counts, oldest month first."""
        table = asdict(self) | {"as_of": self.as_of.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        for row in table["rows"]:
            row["months"] = [month["count"] for month in row["months"]]
        return {"version": 1, **whole(table)}
