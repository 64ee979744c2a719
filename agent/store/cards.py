"""Business cards and contact lists: who stands on which, by identity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, distinct, func, insert, select

from agent.store.db import Connection, insert_ignore
from agent.store.people import EMAIL, find
from agent.store.schema import card, identity, person

EVENING = 40
Identity = tuple[str, str]
"""(kind, value): `email`, `profile` or `phone`, spelt as the store keeps it."""


@dataclass(frozen=True, slots=True)
class CardRow:
    """What a card says of somebody, and when it was noted."""

    person_id: int
    name: str
    organization: str
    title: str
    noted: datetime


def holders(connection: Connection, owner_id: int, wanted: Iterable[Identity]) -> dict[Identity, tuple[int, int]]:
    """Identity → (identity id, person id) for those already known, of any kind."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for kind, value in wanted:
        kinds[kind].append(value)
    found = {kind: find(connection, owner_id, values, kind) for kind, values in kinds.items()}
    return {(kind, value): holder for kind, known in found.items() for value, holder in known.items()}


def attach(connection: Connection, owner_id: int, person_id: int, one: Identity) -> int:
    """A new identity of a person; its id."""
    values = {"owner_id": owner_id, "person_id": person_id, "kind": one[0], "value": one[1]}
    return int(connection.scalars(insert(identity).values(**values).returning(identity.c.id)).one())


def add(connection: Connection, owner_id: int, stream_row: int, ref: str, idents: Iterable[int], told: CardRow) -> None:
    """Note a card under every identity on it; once."""
    said = {"name": told.name, "organization": told.organization, "title": told.title, "noted": told.noted}
    place = {"stream_id": stream_row, "ref": ref, "owner_id": owner_id}
    rows = [{**place, "identity_id": ident, **said} for ident in sorted(set(idents))]
    if rows:
        connection.execute(insert_ignore(connection, card), rows)


def drop(connection: Connection, stream_row: int) -> None:
    """Forget the cards of a file that is read anew; the people stay."""
    connection.execute(delete(card).where(card.c.stream_id == stream_row))


def listed(connection: Connection, owner_id: int, person_id: int | None = None) -> list[CardRow]:
    """Cards by the time they were noted, all of them or those of one person; each once."""
    columns = (identity.c.person_id, card.c.name, card.c.organization, card.c.title, card.c.noted)
    query = select(*columns).join(identity, identity.c.id == card.c.identity_id).where(card.c.owner_id == owner_id)
    if person_id is not None:
        query = query.where(identity.c.person_id == person_id)
    return [CardRow(*row) for row in connection.execute(query.distinct().order_by(card.c.noted, identity.c.person_id))]


@dataclass(frozen=True, slots=True)
class Handed:
    """A card with an address to write to, from a small file: one that holds the people of an evening."""

    person_id: int
    name: str
    address: str
    noted: datetime


def handed(connection: Connection, owner_id: int, since: datetime, until: datetime) -> list[Handed]:
    """Cards noted in [since, until], oldest first, one a person. A longer address book is nobody's evening."""
    small = (
        select(card.c.stream_id)
        .where(card.c.owner_id == owner_id)
        .group_by(card.c.stream_id)
        .having(func.count(distinct(card.c.ref)) <= EVENING)
    )
    query = (
        select(identity.c.person_id, card.c.name, identity.c.value, card.c.noted)
        .join(identity, identity.c.id == card.c.identity_id)
        .join(person, person.c.id == identity.c.person_id)
        .where(card.c.owner_id == owner_id, card.c.noted.between(since, until), card.c.stream_id.in_(small))
        .where(identity.c.kind == EMAIL, person.c.role == "person", person.c.colleague.is_(False))
        .order_by(card.c.noted.desc(), identity.c.id.desc())
    )
    latest = {row.person_id: Handed(*row) for row in connection.execute(query)}
    return sorted(latest.values(), key=lambda each: (each.noted, each.person_id))


def shared(connection: Connection, owner_id: int) -> dict[int, frozenset[str]]:
    """Person → the cards they stand on, for cards on which several do."""
    query = select(card.c.stream_id, card.c.ref, identity.c.person_id).join(identity).where(card.c.owner_id == owner_id)
    on: dict[str, set[int]] = defaultdict(set)
    for stream_id, ref, who in connection.execute(query):
        on[f"{stream_id} {ref}"].add(who)
    found: dict[int, set[str]] = defaultdict(set)
    for place, people in on.items():
        for who in people if len(people) > 1 else ():
            found[who].add(place)
    return {who: frozenset(places) for who, places in found.items()}
