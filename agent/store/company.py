"""Who is seen together with whom: the co-recipient and co-attendee graph of one owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, Select, or_, select, type_coerce

from agent.store.bulk import among, portions
from agent.store.db import Connection
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


def gatherings(connection: Connection, owner_id: int, until: datetime, with_any: Iterable[int]) -> Iterator[Gathering]:
    """Messages of at most ten recipients written by people, on which at least one of these people is, with every
    person on them but private ties.
    """
    wanted = select(participant.c.message_id).join(identity).where(among(identity.c.person_id, with_any))
    query = _small(owner_id, until).where(message.c.id.in_(wanted)).add_columns(message.c.at, message.c.subject)
    for (ident, at, subject), theirs in groupby(portions(connection, query), key=itemgetter(0, 2, 3)):
        yield Gathering(ident, at, subject, frozenset([row[1] for row in theirs]))


def sights(connection: Connection, owner_id: int, until: datetime) -> list[tuple[int, frozenset[int]]]:
    """All of `gatherings`, with anybody: the second of each (since 1970), and the people on it."""
    query = _small(owner_id, until).where(message.c.owner_id == owner_id)
    query = query.add_columns(type_coerce(message.c.at, BigInteger))
    found = (list(theirs) for _, theirs in groupby(portions(connection, query), key=itemgetter(0)))
    return [(theirs[0][2], frozenset([row[1] for row in theirs])) for theirs in found]


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


def _small(owner_id: int, until: datetime) -> Select[Any]:
    """(message, person), one message after the other."""
    private = select(wish.c.person_id).where(wish.c.owner_id == owner_id, wish.c.standing == Standing.PRIVATE.value)
    return (
        select(message.c.id, identity.c.person_id)
        .join(participant, participant.c.message_id == message.c.id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .join(person, person.c.id == identity.c.person_id)
        .where(message.c.at <= until, message.c.recipients <= LARGEST)
        .where(message.c.kind.in_(BETWEEN_PEOPLE), participant.c.part.not_in(NOT_THERE), person.c.role == "person")
        .where(person.c.id.not_in(private))
        .order_by(message.c.id)
    )
