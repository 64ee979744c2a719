"""Who is seen together with whom: the co-recipient and co-attendee graph of one owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import or_, select

from agent.store.db import Connection
from agent.store.people import chunks
from agent.store.schema import identity, message, participant, person, wish
from agent.types import Kind, Part, Standing

LARGEST = 10
WRITTEN = (Kind.PERSON.value, Kind.LIST.value)
BETWEEN_PEOPLE = (*WRITTEN, Kind.MEETING.value)
NOT_THERE = (Part.DECLINED.value, Part.LIST.value, Part.DELIVERED.value)


@dataclass(frozen=True, slots=True)
class Gathering:
    """One small message or meeting, and the people on it."""

    message_id: int
    at: datetime
    subject: str
    people: frozenset[int]


def gatherings(
    connection: Connection, owner_id: int, until: datetime, with_any: Iterable[int] | None = None
) -> Iterator[Gathering]:
    """Messages of at most ten recipients written by people, with every person on them but private ties.

    `with_any` keeps those on which at least one of these people is.
    """
    if with_any is None:
        yield from _grouped(connection, owner_id, until, None)
        return
    wanted: set[int] = set()
    for part in chunks(with_any):
        query = select(participant.c.message_id).join(identity).where(identity.c.person_id.in_(part))
        wanted.update(connection.scalars(query))
    for ids in chunks(sorted(wanted)):
        yield from _grouped(connection, owner_id, until, ids)


def circulars(connection: Connection, owner_id: int, until: datetime) -> Iterator[tuple[datetime, int]]:
    """(when, person) of mails to more than ten: who wrote them, and to whom the owner did."""
    query = (
        select(message.c.at, identity.c.person_id)
        .join(participant, participant.c.message_id == message.c.id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .join(person, person.c.id == identity.c.person_id)
        .where(message.c.owner_id == owner_id, message.c.at <= until, message.c.recipients > LARGEST)
        .where(message.c.kind.in_(WRITTEN), person.c.role == "person", participant.c.part.not_in(NOT_THERE))
        .where(or_(participant.c.part == Part.FROM.value, message.c.sent))
    )
    yield from map(tuple, connection.execute(query))


def _grouped(connection: Connection, owner_id: int, until: datetime, ids: list[int] | None) -> Iterator[Gathering]:
    private = select(wish.c.person_id).where(wish.c.owner_id == owner_id, wish.c.standing == Standing.PRIVATE.value)
    query = (
        select(message.c.id, message.c.at, message.c.subject, identity.c.person_id)
        .join(participant, participant.c.message_id == message.c.id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .join(person, person.c.id == identity.c.person_id)
        .where(message.c.owner_id == owner_id, message.c.at <= until, message.c.recipients <= LARGEST)
        .where(message.c.kind.in_(BETWEEN_PEOPLE), participant.c.part.not_in(NOT_THERE), person.c.role == "person")
        .where(person.c.id.not_in(private))
        .order_by(message.c.id)
    )
    if ids is not None:
        query = query.where(message.c.id.in_(ids))
    for (ident, at, subject), rows in groupby(connection.execute(query), key=itemgetter(0, 1, 2)):
        yield Gathering(ident, at, subject, frozenset(row[3] for row in rows))
