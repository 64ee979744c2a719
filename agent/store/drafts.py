"""Drafts: made once a reason, moved by compare-and-swap, every step kept as an event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from agent.store.db import Connection, insert_ignore
from agent.store.schema import draft, draft_event
from agent.store.states import START, legal
from agent.types import DraftKind, DraftState


@dataclass(frozen=True, slots=True)
class New:
    """What is known of a draft before it is written.

    `since`: the last contact known when it was planned; a later one takes the reason away. `reply`: the mail it
    answers, as `{"rfc_id", "subject", "references"}`, or None for a new thread.
    """

    person_id: int
    kind: DraftKind
    reason_key: str
    name: str
    address: str
    reasons: tuple[str, ...]
    context: Mapping[str, Any]
    reply: Mapping[str, Any] | None = None
    since: datetime | None = None
    target_id: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft as stored. `recipients` is the exact set; `content` the bytes composed or, later, approved.

    `place` is where it was put: `{"folder", "ref", "epoch"}`. `not_before`: when the next step is tried.
    """

    id: int
    owner_id: int
    person_id: int
    kind: DraftKind
    reason_key: str
    reasons: tuple[str, ...]
    state: DraftState
    target_id: int | None
    name: str
    context: dict[str, Any]
    reply: dict[str, Any] | None
    thread: str
    since: datetime | None
    rfc_id: str
    token: str
    recipients: tuple[str, ...]
    subject: str
    content: bytes | None
    digest: str
    edited: bool
    place: dict[str, str] | None
    created_at: datetime
    changed_at: datetime
    missing_since: datetime | None
    approved_digest: str
    approved_by: str
    approved_at: datetime | None
    not_before: datetime | None
    attempts: int
    filed: bool
    note: str


@dataclass(frozen=True, slots=True)
class Event:
    """One step in the life of a draft; `before` is empty for the first."""

    at: datetime
    before: str
    after: str
    note: str


_COLUMNS = [draft.c[field.name] for field in fields(Draft)]


def create(connection: Connection, owner_id: int, new: New, at: datetime, *, refused: str = "") -> int | None:
    """Plan a draft, or keep it as refused with the reason; its id, or None where this reason already has one."""
    state = DraftState.REFUSED if refused else DraftState.PLANNED
    values = {"owner_id": owner_id, "state": state.value, "created_at": at, "changed_at": at, "note": refused}
    values |= {"person_id": new.person_id, "kind": new.kind.value, "reason_key": new.reason_key, **columns_of(new)}
    made: int | None = connection.scalar(insert_ignore(connection, draft).values(**values).returning(draft.c.id))
    if made is not None:
        _log(connection, made, at, START, state.value, refused)
    return made


def move(
    connection: Connection,
    draft_id: int,
    before: DraftState,
    after: DraftState,
    at: datetime,
    note: str = "",
    *,
    fence: int | None = None,
    **changes: Any,
) -> bool:
    """Take a draft from one state to another, if it still is where the caller believes; False for a lost race.

    `fence`: the value `attempts` must still have, so that a sender taken for dead cannot go on with an old attempt.
    `changes` are further columns. Raises ValueError for a step the table of states does not know.
    """
    if not legal(before, after):
        raise ValueError(f"no draft goes from {before} to {after}")
    swap = update(draft).where(draft.c.id == draft_id, draft.c.state == before.value)
    if fence is not None:
        swap = swap.where(draft.c.attempts == fence)
    done = connection.execute(swap.values(state=after.value, changed_at=at, note=note, **changes))
    if done.rowcount != 1:
        return False
    _log(connection, draft_id, at, before.value, after.value, note)
    return True


def change(connection: Connection, row: Draft, **changes: Any) -> bool:
    """Note something about a draft that stays where it is, without an event; False where it has moved."""
    same = update(draft).where(draft.c.id == row.id, draft.c.state == row.state.value)
    return connection.execute(same.values(**changes)).rowcount == 1


def get(connection: Connection, owner_id: int, draft_id: int) -> Draft | None:
    """One draft of this owner."""
    query = select(*_COLUMNS).where(draft.c.owner_id == owner_id, draft.c.id == draft_id)
    found = connection.execute(query).one_or_none()
    return None if found is None else _draft(found)


def existing(connection: Connection, owner_id: int, new: New) -> Draft | None:
    """The draft that was made for this very reason."""
    query = select(*_COLUMNS).where(
        draft.c.owner_id == owner_id,
        draft.c.person_id == new.person_id,
        draft.c.kind == new.kind.value,
        draft.c.reason_key == new.reason_key,
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else _draft(found)


def listed(
    connection: Connection,
    owner_id: int,
    states: Iterable[DraftState] | None = None,
    *,
    person_id: int | None = None,
    target_id: int | None = None,
    changed_since: datetime | None = None,
) -> list[Draft]:
    """Drafts by age, oldest first; all states unless some are named."""
    query = select(*_COLUMNS).where(draft.c.owner_id == owner_id).order_by(draft.c.created_at, draft.c.id)
    if states is not None:
        query = query.where(draft.c.state.in_([state.value for state in states]))
    if person_id is not None:
        query = query.where(draft.c.person_id == person_id)
    if target_id is not None:
        query = query.where(draft.c.target_id == target_id)
    if changed_since is not None:
        query = query.where(draft.c.changed_at > changed_since)
    return [_draft(row) for row in connection.execute(query)]


def events(connection: Connection, draft_id: int) -> list[Event]:
    """The life of a draft so far."""
    columns = (draft_event.c.at, draft_event.c.before, draft_event.c.after, draft_event.c.note)
    rows = connection.execute(select(*columns).where(draft_event.c.draft_id == draft_id).order_by(draft_event.c.id))
    return [Event(*row) for row in rows]


def columns_of(new: New) -> dict[str, Any]:
    """The columns a plan fills, apart from what makes it unique."""
    return {
        "reasons": list(new.reasons),
        "target_id": new.target_id,
        "name": new.name,
        "context": dict(new.context),
        "reply": None if new.reply is None else dict(new.reply),
        "since": new.since,
        "recipients": [new.address],
    }


def forget_approval() -> dict[str, Any]:
    """The columns of an approval, emptied: for every step that voids one."""
    return {"approved_digest": "", "approved_by": "", "approved_at": None, "not_before": None}


def _log(connection: Connection, draft_id: int, at: datetime, before: str, after: str, note: str) -> None:
    values = {"draft_id": draft_id, "at": at, "before": before, "after": after, "note": note}
    connection.execute(insert(draft_event).values(**values))


def _draft(row: Any) -> Draft:
    values = dict(row._mapping)  # noqa: SLF001 - the library's documented way to a row as a mapping
    values["kind"] = DraftKind(values["kind"])
    values["state"] = DraftState(values["state"])
    values["reasons"] = tuple(values["reasons"] or ())
    values["recipients"] = tuple(values["recipients"] or ())
    values["context"] = values["context"] or {}
    return Draft(**values)
