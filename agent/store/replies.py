"""Replies of the owner to reports: each is carried out once, and nothing of it is kept but the commands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from agent.store.bulk import among
from agent.store.db import Connection, insert_ignore
from agent.store.schema import copy, message, reply, report, source, stream

PLACED = "placed"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail in Sent that answers a report and was not looked at. `sources`: those that hold a copy, by name."""

    rfc_id: str
    report_id: int
    report_rfc_id: str
    people: tuple[int, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that was read: its commands as plain values, and the report it answers."""

    id: int
    report_at: datetime
    people: tuple[int, ...]
    handled_at: datetime
    orders: tuple[dict[str, Any], ...]
    stray: int


def waiting(connection: Connection, owner_id: int) -> list[Waiting]:
    """Mails in Sent whose thread begins with a report that reached this owner, not read yet, oldest first."""
    columns = (report.c.id, report.c.rfc_id, report.c.people)
    mine = select(*columns).where(report.c.owner_id == owner_id, report.c.state == PLACED)
    told = {row.rfc_id.strip("<>"): row for row in connection.execute(mine)}
    seen = select(reply.c.rfc_id).where(reply.c.owner_id == owner_id)
    answers = (
        select(message.c.at, message.c.id, message.c.rfc_id, message.c.thread)
        .where(message.c.owner_id == owner_id, message.c.sent, message.c.rfc_id != "")
        .where(message.c.rfc_id != message.c.thread, message.c.rfc_id.not_in(seen))
        .where(among(message.c.thread, told))
    )
    return [
        Waiting(
            rfc_id, told[thread].id, told[thread].rfc_id, tuple(told[thread].people or ()), _sources(connection, ident)
        )
        for _, ident, rfc_id, thread in sorted(connection.execute(answers))
    ]


def add(
    connection: Connection, owner_id: int, item: Waiting, at: datetime, orders: Iterable[dict[str, Any]], stray: int
) -> bool:
    """Note a reply as read; False when it was before, and then nothing of it may be carried out again."""
    listed = list(orders)
    values = {
        "owner_id": owner_id,
        "report_id": item.report_id,
        "rfc_id": item.rfc_id,
        "handled_at": at,
        "orders": listed,
        "stray": stray,
        "pending": any(order["state"] == "pending" for order in listed),
    }
    return connection.execute(insert_ignore(connection, reply).values(**values)).rowcount == 1


def pending(connection: Connection, owner_id: int) -> list[Reply]:
    """Replies with commands that are not carried out to their end, oldest first."""
    return _replies(connection, owner_id, reply.c.pending)


def since(connection: Connection, owner_id: int, after: datetime | None) -> list[Reply]:
    """Replies read at or after an instant (all, where there is none) that said anything."""
    found = _replies(connection, owner_id, reply.c.handled_at >= after if after else reply.c.id > 0)
    return [item for item in found if item.orders or item.stray]


def settle(connection: Connection, reply_id: int, orders: Iterable[dict[str, Any]]) -> None:
    """Note what came of the commands."""
    listed = list(orders)
    open_ = any(order["state"] == "pending" for order in listed)
    connection.execute(update(reply).where(reply.c.id == reply_id).values(orders=listed, pending=open_))


def _sources(connection: Connection, message_id: int) -> tuple[str, ...]:
    held = copy.join(stream, stream.c.id == copy.c.stream_id).join(source, source.c.id == stream.c.source_id)
    query = select(source.c.name).select_from(held).where(copy.c.message_id == message_id).distinct()
    return tuple(sorted(connection.scalars(query)))


def _replies(connection: Connection, owner_id: int, which: Any) -> list[Reply]:
    query = (
        select(reply.c.id, report.c.at, report.c.people, reply.c.handled_at, reply.c.orders, reply.c.stray)
        .select_from(reply)
        .join(report, report.c.id == reply.c.report_id)
        .where(reply.c.owner_id == owner_id, which)
        .order_by(reply.c.id)
    )
    return [
        Reply(ident, at, tuple(people or ()), handled, tuple(orders or ()), stray)
        for ident, at, people, handled, orders, stray in connection.execute(query)
    ]
