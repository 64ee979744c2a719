"""Who and what is never captured: the owner's rules, and messages taken back out of the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam, delete, exists, not_, select

from agent.store import suppression
from agent.store.bulk import among
from agent.store.db import Connection, insert_ignore
from agent.store.messages import add_excluded, people_in, with_identity
from agent.store.schema import copy, draft, exclusion, identity, message, participant, person, source, stream
from agent.store.states import OPEN

Kind = Literal["address", "domain", "folder"]
FOLDER: Kind = "folder"
_LISTED = (
    select(exclusion.c.kind, exclusion.c.value, exclusion.c.since)
    .where(exclusion.c.owner_id == bindparam("owner"))
    .order_by(exclusion.c.since, exclusion.c.value)
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One exclusion: an address, a domain with all below it, or a folder, label or calendar (`*` and `?` match)."""

    kind: str
    value: str
    since: datetime


def add(connection: Connection, owner_id: int, kind: Kind, value: str, at: datetime) -> bool:
    """Add a rule; False where it stood already."""
    row = {"owner_id": owner_id, "kind": kind, "value": value, "since": at}
    return connection.execute(insert_ignore(connection, exclusion).values(**row)).rowcount == 1


def remove(connection: Connection, owner_id: int, values: Iterable[str]) -> bool:
    """Take the rules on these values away; False where there was none."""
    rule = (exclusion.c.owner_id == owner_id, among(exclusion.c.value, values))
    return connection.execute(delete(exclusion).where(*rule)).rowcount > 0


def listed(connection: Connection, owner_id: int) -> list[Rule]:
    """Every rule of this owner, oldest first."""
    return [Rule(*row) for row in connection.execute(_LISTED, {"owner": owner_id})]


def messages_with(connection: Connection, owner_id: int, excluded: Callable[[str], bool]) -> list[int]:
    """Messages on which somebody excluded is."""
    query = select(identity.c.id, identity.c.value).where(identity.c.owner_id == owner_id)
    return with_identity(connection, [ident for ident, value in connection.execute(query) if excluded(value)])


def messages_in(connection: Connection, owner_id: int, excluded: Callable[[str], bool]) -> list[int]:
    """Messages of which a copy lies in an excluded folder or calendar."""
    query = select(stream.c.id, stream.c.name).join(source).where(source.c.owner_id == owner_id)
    found: set[int] = set()
    for ident in [ident for ident, name in connection.execute(query) if excluded(name)]:
        found.update(connection.scalars(select(copy.c.message_id).where(copy.c.stream_id == ident)))
    return sorted(found)


def messages_at(connection: Connection, owner_id: int, places: Iterable[tuple[str, str, str]]) -> list[int]:
    """Messages of which a copy lies at one of these places: (source, stream, ref)."""
    wanted: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name, stream_name, ref in places:
        wanted[name, stream_name].add(ref)
    found: set[int] = set()
    for (name, stream_name), refs in wanted.items():
        here = (source.c.owner_id == owner_id, source.c.name == name, stream.c.name == stream_name)
        query = select(copy.c.message_id).join(stream, stream.c.id == copy.c.stream_id).join(source)
        found.update(connection.scalars(query.where(*here, among(copy.c.ref, refs))))
    return sorted(found)


def take_out(connection: Connection, owner_id: int, ids: Collection[int], hashed: Callable[[str], str]) -> set[int]:
    """Replace messages by `hashed(key)`; whose ties have to be rebuilt. People of whom nothing is left go, too."""
    these, affected = among(message.c.id, ids), people_in(connection, ids)
    keys = connection.scalars(select(message.c.key).where(these))
    add_excluded(connection, owner_id, {hashed(key) for key in keys})
    seen = set(connection.scalars(select(participant.c.identity_id).where(among(participant.c.message_id, ids))))
    connection.execute(delete(message).where(these))
    gone = _drop_unseen(connection, owner_id, seen)
    return affected - gone


def _drop_unseen(connection: Connection, owner_id: int, identity_ids: Iterable[int]) -> set[int]:
    """Remove identities no message speaks of, and people without any; those we have a draft open to stay.

    Who must not be written to must not be from here on at their addresses.
    """
    unseen = not_(exists().where(participant.c.identity_id == identity.c.id))
    waiting = select(draft.c.person_id).where(draft.c.state.in_([state.value for state in OPEN]))
    mine = (among(identity.c.id, identity_ids), unseen, identity.c.person_id.not_in(waiting))
    addresses: defaultdict[int, set[str]] = defaultdict(set)
    for who, address in connection.execute(select(identity.c.person_id, identity.c.value).where(*mine)):
        addresses[who].add(address)
    connection.execute(delete(identity).where(*mine))
    kept = connection.scalars(select(identity.c.person_id).where(among(identity.c.person_id, addresses)))
    gone = addresses.keys() - set(kept)
    connection.execute(delete(person).where(among(person.c.id, gone)))
    for who in gone & suppression.people(connection, owner_id):
        suppression.keep_by_address(connection, owner_id, who, addresses[who])
    return gone
