"""Reports: at most one an owner and ISO week, its way into the INBOX, and the figures it is made from.

A report is `placing` from before it is handed to the mailbox until it is known to lie there; then it is `placed`.
One that never got there in its own week ends as `missed`. Whoever works on one holds a claim that runs out by
itself, so that a crash is made good and two processes never place it twice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, distinct, func, or_, select, true, update

from agent.store.db import Connection, insert_ignore
from agent.store.schema import draft, identity, interaction, message, owner, person, report
from agent.types import Channel, Direction, DraftState, Outcome

PLACING = "placing"
PLACED = "placed"
MISSED = "missed"
FIRST = "first"
REGULAR = "weekly"
WEEKLY = (FIRST, REGULAR)
DAILY = "daily"
WAITING = (DraftState.DRAFTED.value, DraftState.HELD.value)


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report about to be delivered. `period`: ISO week in the owner's zone, `2025-W10`. `people`: ids by number."""

    kind: str
    period: str
    rfc_id: str
    token: str
    content: bytes
    people: tuple[int, ...] = ()
    tally: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report as the store has it. `content` is kept only while it is on its way."""

    id: int
    owner_id: int
    kind: str
    period: str
    state: str
    rfc_id: str
    token: str
    at: datetime
    people: tuple[int, ...]
    tally: dict[str, Any]
    content: bytes | None


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    """A draft that waits for the owner, and since when."""

    person_id: int
    name: str
    kind: str
    subject: str
    state: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened in a span of time. `people`: with how many there was contact; `left_out`: mail that was none."""

    sent: int
    received: int
    meetings: int
    people: int
    left_out: int


def add(connection: Connection, owner_id: int, new: NewReport, at: datetime) -> ReportRow:
    """The report of that owner and period: the new one, or the one that was there before."""
    values = {
        "owner_id": owner_id,
        "kind": new.kind,
        "period": new.period,
        "state": PLACING,
        "rfc_id": new.rfc_id,
        "token": new.token,
        "at": at,
        "people": list(new.people),
        "tally": new.tally,
        "content": new.content,
    }
    connection.execute(insert_ignore(connection, report), [values])
    found = of_period(connection, owner_id, new.period)
    assert found is not None  # noqa: S101 - inserted above in the same transaction, or there before
    return found


def of_period(connection: Connection, owner_id: int, period: str) -> ReportRow | None:
    """The report of one week, whatever its state."""
    return _one(connection, owner_id, report.c.period == period)


def of_id(connection: Connection, owner_id: int, report_id: int) -> ReportRow | None:
    """One report of this owner."""
    return _one(connection, owner_id, report.c.id == report_id)


def last(connection: Connection, owner_id: int) -> ReportRow | None:
    """The latest report that reached the owner."""
    return _one(connection, owner_id, and_(report.c.state == PLACED, report.c.kind.in_(WEEKLY)))


def namings(connection: Connection, owner_id: int, until: datetime) -> dict[int, tuple[datetime, ...]]:
    """Person → when reports that reached the owner before `until` named them, oldest first.

    The first report is a triage and reminds of nobody.
    """
    arrived = (report.c.owner_id == owner_id, report.c.state == PLACED, report.c.kind == REGULAR, report.c.at < until)
    found: dict[int, tuple[datetime, ...]] = {}
    for people, at in connection.execute(select(report.c.people, report.c.at).where(*arrived).order_by(report.c.at)):
        for who in people or ():
            found[who] = (*found.get(who, ()), at)
    return found


def named(connection: Connection, owner_id: int, kind: str, since: datetime) -> list[tuple[datetime, tuple[int, ...]]]:
    """(when, whom) of the mails of one kind since an instant, whether or not they arrived."""
    same = (report.c.owner_id == owner_id, report.c.kind == kind, report.c.at >= since)
    rows = connection.execute(select(report.c.at, report.c.people).where(*same).order_by(report.c.at))
    return [(at, tuple(people or ())) for at, people in rows]


def unplaced(connection: Connection, owner_id: int, kinds: Collection[str]) -> list[ReportRow]:
    """Reports of these kinds that are still on their way, oldest first."""
    on_its_way = (report.c.state == PLACING, report.c.kind.in_(kinds))
    query = _query(owner_id).where(*on_its_way).order_by(report.c.at, report.c.id)
    return [_row(found) for found in connection.execute(query)]


def claim(connection: Connection, report_id: int, now: datetime, until: datetime) -> bool:
    """Take a report on, until then; False when another process has it or it is done."""
    free = or_(report.c.claimed_until.is_(None), report.c.claimed_until <= now)
    return _moved(connection, report_id, free, {"claimed_until": until})


def release(connection: Connection, report_id: int) -> None:
    """Give a claim back: nothing was done, and it may be tried again at once."""
    connection.execute(update(report).where(report.c.id == report_id).values(claimed_until=None))


def placed(connection: Connection, report_id: int, now: datetime) -> bool:
    """It lies in the INBOX; after the owner's first one drafts may begin. False when that was known already."""
    if not _moved(connection, report_id, true(), {"state": PLACED, "content": None, "claimed_until": None}):
        return False
    whose = select(report.c.owner_id).where(report.c.id == report_id, report.c.kind == FIRST).scalar_subquery()
    first = update(owner).where(owner.c.id == whose, owner.c.first_report_at.is_(None))
    connection.execute(first.values(first_report_at=now))
    return True


def missed(connection: Connection, report_id: int) -> bool:
    """Its week is over and it never got there. False when it did."""
    return _moved(connection, report_id, true(), {"state": MISSED, "content": None, "claimed_until": None})


def waiting_drafts(connection: Connection, owner_id: int, until: datetime) -> list[WaitingDraft]:
    """Drafts that lay before the owner at `until` and still do, the oldest first."""
    query = (
        select(draft.c.person_id, person.c.name, draft.c.kind, draft.c.subject, draft.c.state, draft.c.created_at)
        .join(person, person.c.id == draft.c.person_id)
        .where(draft.c.owner_id == owner_id, draft.c.state.in_(WAITING), draft.c.created_at <= until)
        .order_by(draft.c.created_at, draft.c.id)
    )
    return [WaitingDraft(*row) for row in connection.execute(query)]


def counts(connection: Connection, owner_id: int, since: datetime, until: datetime) -> Counts:
    """What happened from `since` (included) to `until` (not)."""
    mine = (interaction.c.owner_id == owner_id, interaction.c.at >= since, interaction.c.at < until)
    query = (
        select(interaction.c.channel, interaction.c.direction, func.count(distinct(interaction.c.message_id)))
        .where(*mine)
        .group_by(interaction.c.channel, interaction.c.direction)
    )
    found = {(channel, direction): number for channel, direction, number in connection.execute(query)}
    people = select(func.count(distinct(identity.c.person_id))).join(interaction).where(*mine)
    spared = (
        select(func.count())
        .select_from(message)
        .where(
            message.c.owner_id == owner_id,
            message.c.at >= since,
            message.c.at < until,
            message.c.outcome == Outcome.LEFT_OUT.value,
            message.c.channel == Channel.MAIL.value,
        )
    )
    return Counts(
        sent=found.get((Channel.MAIL.value, Direction.SENT.value), 0),
        received=found.get((Channel.MAIL.value, Direction.RECEIVED.value), 0),
        meetings=found.get((Channel.MEETING.value, Direction.MET.value), 0),
        people=connection.scalar(people) or 0,
        left_out=connection.scalar(spared) or 0,
    )


def _query(owner_id: int) -> Select[Any]:
    names = ("id", "owner_id", "kind", "period", "state", "rfc_id", "token", "at", "people", "tally", "content")
    return select(*(report.c[name] for name in names)).where(report.c.owner_id == owner_id)


def _one(connection: Connection, owner_id: int, which: ColumnElement[bool]) -> ReportRow | None:
    query = _query(owner_id).where(which).order_by(report.c.at.desc(), report.c.id.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    return None if found is None else _row(found)


def _row(found: Row[Any]) -> ReportRow:
    values = dict(found._mapping)  # noqa: SLF001 - the documented way to a row's names
    return ReportRow(**values | {"people": tuple(found.people or ()), "tally": dict(found.tally or {})})


def _moved(connection: Connection, report_id: int, free: ColumnElement[bool], values: dict[str, Any]) -> bool:
    """Compare and swap: only a report that is still on its way, and only if `free`."""
    statement = update(report).where(report.c.id == report_id, report.c.state == PLACING, free)
    return connection.execute(statement.values(**values)).rowcount == 1
