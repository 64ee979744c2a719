"""Sources, their streams with the cursor of each, their health, and what could not be read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, bindparam, cast, delete, func, insert, select, update

from agent.store.bulk import among
from agent.store.db import Connection, insert_ignore
from agent.store.schema import card, copy, message, quarantine, source, stream
from agent.types import Outcome

_ROWS = (
    select(source.c.id, source.c.name, source.c.kind, source.c.last_ok, source.c.last_error, source.c.failures)
    .where(source.c.owner_id == bindparam("owner"))
    .order_by(source.c.name)
)
_ROW = _ROWS.where(source.c.name == bindparam("name"))
_CURSORS = select(stream.c.name, cast(stream.c.cursor, Text)).where(
    stream.c.source_id == bindparam("source"), stream.c.cursor.is_not(None)
)
_SUCCEEDED = (
    update(source).where(source.c.id == bindparam("source")).values(last_ok=bindparam("at"), last_error="", failures=0)
)
_STREAM = select(stream.c.id).where(stream.c.source_id == bindparam("source"), stream.c.name == bindparam("name"))
_MOVE = update(stream).where(stream.c.id == bindparam("stream")).values(cursor=bindparam("cursor"))
_ASIDE = select(quarantine.c.ref).where(quarantine.c.stream_id == bindparam("stream"))
"""What every poll and batch asks and tells, put together once: that takes longer than for a database to answer it."""

CARD = "a card or an address book says who somebody is, and is no contact"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source and how it fares."""

    id: int
    name: str
    kind: str
    last_ok: datetime | None
    last_error: str
    failures: int


@dataclass(frozen=True, slots=True)
class Balance:
    """How the copies a source holds were accounted for."""

    interactions: int
    left_out: int
    quarantined: int


def ensure(connection: Connection, owner_id: int, name: str, kind: str) -> SourceRow:
    """The owner's source of this name, made when missing."""
    mine = {"owner": owner_id, "name": name}
    row = connection.execute(_ROW, mine).one_or_none()
    if row is None:
        connection.execute(insert_ignore(connection, source), [{"owner_id": owner_id, "name": name, "kind": kind}])
        row = connection.execute(_ROW, mine).one()
    return SourceRow(*row)


def listed(connection: Connection, owner_id: int) -> list[SourceRow]:
    """Every source of this owner, by name."""
    return [SourceRow(*row) for row in connection.execute(_ROWS, {"owner": owner_id})]


def cursors(connection: Connection, source_id: int) -> dict[str, Any]:
    """Stream → where we stopped in it."""
    rows = connection.execute(_CURSORS, {"source": source_id}).all()
    values = json.loads(f"[{','.join([row[1] for row in rows])}]")
    return dict(zip([row[0] for row in rows], values, strict=True))


def stream_id(connection: Connection, source_id: int, name: str) -> int:
    """The id of a stream, made when missing."""
    wanted = {"source": source_id, "name": name}
    if connection.scalar(_STREAM, wanted) is None:
        connection.execute(insert(stream).values(source_id=source_id, name=name))
    return int(connection.scalars(_STREAM, wanted).one())


def save_cursor(connection: Connection, stream_row: int, cursor: Any) -> None:
    """Move the cursor of a stream; belongs into the transaction that stored what lies before it."""
    connection.execute(_MOVE, {"stream": stream_row, "cursor": cursor})


def restart(connection: Connection, stream_row: int) -> None:
    """Forget where things lay in a stream that was started anew; messages and the ledger stay."""
    connection.execute(delete(copy).where(copy.c.stream_id == stream_row))
    connection.execute(delete(quarantine).where(quarantine.c.stream_id == stream_row))


def set_aside(connection: Connection, stream_row: int, bad: Iterable[tuple[str, str]], at: datetime) -> int:
    """Quarantine (ref, reason) pairs once each; returns how many were given."""
    rows = [{"stream_id": stream_row, "ref": ref, "reason": reason, "seen_at": at} for ref, reason in bad]
    if rows:
        connection.execute(insert_ignore(connection, quarantine), rows)
    return len(rows)


def readable(connection: Connection, stream_row: int, batch_refs: Iterable[str]) -> None:
    """What was set aside under one of these names could be read after all."""
    better = set(connection.scalars(_ASIDE, {"stream": stream_row})).intersection(batch_refs)
    if better:
        connection.execute(
            delete(quarantine).where(quarantine.c.stream_id == stream_row, among(quarantine.c.ref, better))
        )


def quarantined(connection: Connection, owner_id: int) -> list[tuple[str, str, str, str]]:
    """(source, stream, ref, reason) of everything that could not be read."""
    query = (
        select(source.c.name, stream.c.name, quarantine.c.ref, quarantine.c.reason)
        .join(stream, stream.c.source_id == source.c.id)
        .join(quarantine, quarantine.c.stream_id == stream.c.id)
        .where(source.c.owner_id == owner_id)
        .order_by(source.c.name, stream.c.name, quarantine.c.ref)
    )
    return [(str(a), str(b), str(c), str(d)) for a, b, c, d in connection.execute(query)]


def succeeded(connection: Connection, source_id: int, at: datetime) -> None:
    """A poll came to its end."""
    connection.execute(_SUCCEEDED, {"source": source_id, "at": at})


def failed(connection: Connection, source_id: int, error: str) -> None:
    """A poll broke off; the text is shown to the owner."""
    connection.execute(
        update(source).where(source.c.id == source_id).values(last_error=error, failures=source.c.failures + 1)
    )


def balance(connection: Connection, source_id: int) -> Balance:
    """Every copy of a source by what became of it."""
    query = (
        select(message.c.outcome, func.count())
        .join(copy, copy.c.message_id == message.c.id)
        .join(stream, stream.c.id == copy.c.stream_id)
        .where(stream.c.source_id == source_id)
        .group_by(message.c.outcome)
    )
    counts = {row[0]: row[1] for row in connection.execute(query)}
    bad = connection.scalar(
        select(func.count()).select_from(quarantine.join(stream)).where(stream.c.source_id == source_id)
    )
    return Balance(counts.get(Outcome.INTERACTION.value, 0), counts.get(Outcome.LEFT_OUT.value, 0), bad or 0)


def places(connection: Connection, source_id: int) -> dict[tuple[str, str], tuple[Outcome, str]]:
    """(stream, ref) of every copy this source was seen to hold → what became of the message, and why."""
    query = (
        select(stream.c.name, copy.c.ref, message.c.outcome, message.c.outcome_reason)
        .join(copy, copy.c.stream_id == stream.c.id)
        .join(message, message.c.id == copy.c.message_id)
        .where(stream.c.source_id == source_id)
    )
    found = {(name, ref): (Outcome(outcome), reason) for name, ref, outcome, reason in connection.execute(query)}
    entries = select(stream.c.name, card.c.ref).join(stream).where(stream.c.source_id == source_id)
    return found | dict.fromkeys(connection.execute(entries), (Outcome.LEFT_OUT, CARD))


def unreadable(connection: Connection, source_id: int) -> set[tuple[str, str]]:
    """(stream, ref) of everything of this source that was set aside."""
    query = (
        select(stream.c.name, quarantine.c.ref)
        .join(quarantine, quarantine.c.stream_id == stream.c.id)
        .where(stream.c.source_id == source_id)
    )
    return {(name, ref) for name, ref in connection.execute(query)}
