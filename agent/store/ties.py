"""Ties as last computed: disposable, rebuilt from the ledger at any time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, bindparam, delete, func, select, type_coerce, union, update

from agent.store.bulk import among, insert_rows, portions
from agent.store.db import Connection
from agent.store.schema import identity, interaction, person, tie
from agent.store.upsert import upsert
from agent.types import Direction

DAY_SECONDS = 86_400
_STALE = "ON CONFLICT (owner_id, person_id) DO UPDATE SET stale = excluded.stale WHERE NOT tie.stale"


class DayRow(NamedTuple):
    """What happened with one person on one UTC day: numbers of messages sent, received, and of meetings held."""

    person_id: int
    day: int
    sent: int
    received: int
    met: int


@dataclass(frozen=True, slots=True)
class TieRow:
    """A tie as stored: the rhythm as plain values, None where there was no contact yet."""

    person_id: int
    rhythm: dict[str, Any] | None
    stale: bool


def load(connection: Connection, owner_id: int, people: Iterable[int]) -> dict[int, TieRow]:
    """Person → stored tie, for those that have one."""
    query = select(tie.c.person_id, tie.c.rhythm, tie.c.stale).where(
        tie.c.owner_id == owner_id, among(tie.c.person_id, people)
    )
    return {row.person_id: TieRow(*row) for row in connection.execute(query)}


def everyone(connection: Connection, owner_id: int) -> list[TieRow]:
    """Every tie of this owner with somebody who is a person."""
    query = (
        select(tie.c.person_id, tie.c.rhythm, tie.c.stale)
        .join(person, person.c.id == tie.c.person_id)
        .where(tie.c.owner_id == owner_id, person.c.role == "person")
    )
    return [TieRow(*row) for row in connection.execute(query)]


def save(
    connection: Connection, owner_id: int, rows: Iterable[tuple[int, dict[str, Any] | None, datetime | None]]
) -> None:
    """Store (person, rhythm, next contact that lies ahead) as fresh."""
    values = [
        {"owner_id": owner_id, "person_id": who, "rhythm": rhythm, "due": due, "stale": False}
        for who, rhythm, due in rows
    ]
    if values:
        statement = upsert(
            connection,
            tie,
            ("owner_id", "person_id"),
            lambda new: {"rhythm": new.rhythm, "due": new.due, "stale": new.stale},
        )
        connection.execute(statement, values)


def move(connection: Connection, owner_id: int, rows: Iterable[tuple[int, dict[str, Any] | None]]) -> None:
    """Replace the rhythms of ties that moved on in order."""
    values = [{"b_person": who, "b_rhythm": rhythm} for who, rhythm in rows]
    if values:
        same = (tie.c.owner_id == owner_id, tie.c.person_id == bindparam("b_person"))
        connection.execute(update(tie).where(*same).values(rhythm=bindparam("b_rhythm")), values)


def mark_stale(connection: Connection, owner_id: int, people: Iterable[int]) -> None:
    """Ask for these ties to be rebuilt from the ledger."""
    rows = [(owner_id, who, True) for who in people]
    insert_rows(connection, tie, ("owner_id", "person_id", "stale"), rows, _STALE)


def stale(connection: Connection, owner_id: int, now: datetime, limit: int) -> list[int]:
    """People whose tie must be rebuilt: marked, or a meeting ahead has begun."""
    mine = select(tie.c.person_id).where(tie.c.owner_id == owner_id)
    return list(connection.scalars(union(mine.where(tie.c.stale), mine.where(tie.c.due <= now)).limit(limit)))


def drop_all(connection: Connection, owner_id: int) -> None:
    """Throw every tie away and mark everybody in the ledger for a rebuild."""
    connection.execute(delete(tie).where(tie.c.owner_id == owner_id))
    query = select(identity.c.person_id).join(interaction).where(interaction.c.owner_id == owner_id).distinct()
    mark_stale(connection, owner_id, connection.scalars(query).all())


def contact_days(
    connection: Connection, owner_id: int, until: datetime, people: Iterable[int] | None = None
) -> Iterator[DayRow]:
    """The ledger day by day for one person after the other, up to an instant; of everybody, or of people of theirs."""
    day = (type_coerce(interaction.c.at, BigInteger) // DAY_SECONDS).label("day")
    query = (
        select(identity.c.person_id, day, *map(_times, (Direction.SENT, Direction.RECEIVED, Direction.MET)))
        .join(identity, identity.c.id == interaction.c.identity_id)
        .where(interaction.c.at <= until)
        .group_by(identity.c.person_id, "day")
        .order_by(identity.c.person_id, "day")
    )
    whose = interaction.c.owner_id == owner_id if people is None else among(identity.c.person_id, people)
    return map(DayRow._make, portions(connection, query.where(whose)))


def _times(direction: Direction) -> ColumnElement[int]:
    return func.count().filter(interaction.c.direction == direction.value)


def next_ahead(connection: Connection, owner_id: int, people: Iterable[int], now: datetime) -> dict[int, datetime]:
    """Person → the first contact that lies ahead of `now` (a meeting in the calendar)."""
    query = (
        select(identity.c.person_id, func.min(interaction.c.at))
        .join(identity, identity.c.id == interaction.c.identity_id)
        .where(interaction.c.owner_id == owner_id, interaction.c.at > now)
        .where(among(identity.c.person_id, people))
        .group_by(identity.c.person_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def last_contacts(connection: Connection, owner_id: int, until: datetime) -> dict[int, datetime]:
    """Person → the instant of the last contact, up to an instant."""
    query = (
        select(identity.c.person_id, func.max(interaction.c.at))
        .join(identity, identity.c.id == interaction.c.identity_id)
        .where(interaction.c.owner_id == owner_id, interaction.c.at <= until)
        .group_by(identity.c.person_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
