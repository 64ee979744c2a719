"""Owners and the addresses that are theirs."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, distinct, exists, func, insert, not_, select, update

from agent.store.bulk import among
from agent.store.db import Connection, insert_ignore
from agent.store.schema import identity, interaction, message, name_seen, own_address, owner, participant
from agent.types import NOT_ADDRESSED, Channel, Kind, Part

_ADDRESSES = select(own_address.c.address).where(
    own_address.c.owner_id == bindparam("owner"), not_(own_address.c.removed)
)


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """One owner. `salt` keeps the hashes of excluded mail from being guessed."""

    id: int
    name: str
    salt: bytes
    first_report_at: datetime | None


def ensure(connection: Connection, name: str) -> OwnerRow:
    """The owner of this name, made when missing."""
    found = by_name(connection, name)
    if found is None:
        connection.execute(insert(owner).values(name=name, salt=secrets.token_bytes(16)))
        found = by_name(connection, name)
    assert found is not None  # noqa: S101 - inserted two lines above in the same transaction
    return found


def by_name(connection: Connection, name: str) -> OwnerRow | None:
    """The owner of this name, if any."""
    return next(_those(connection, owner.c.name == name), None)


def by_id(connection: Connection, owner_id: int) -> OwnerRow | None:
    """This owner as they stand now, whatever they are called meanwhile."""
    return next(_those(connection, owner.c.id == owner_id), None)


def bearing(connection: Connection, given: Collection[str]) -> tuple[OwnerRow, ...]:
    """Whoever named one of these addresses as theirs in a configuration and did not take it back."""
    named = select(own_address.c.owner_id).where(
        among(own_address.c.address, given), own_address.c.origin == "config", not_(own_address.c.removed)
    )
    return tuple(_those(connection, owner.c.id.in_(named)))


def rename(connection: Connection, owner_id: int, name: str) -> None:
    """Call an owner by a name that nobody bears; all that is theirs stays."""
    connection.execute(update(owner).where(owner.c.id == owner_id).values(name=name))


def _those(connection: Connection, condition: ColumnElement[bool]) -> Iterator[OwnerRow]:
    query = select(owner.c.id, owner.c.name, owner.c.salt, owner.c.first_report_at).where(condition)
    return (OwnerRow(*row) for row in connection.execute(query.order_by(owner.c.id)).all())


def addresses(connection: Connection, owner_id: int) -> frozenset[str]:
    """Every address known to be the owner's and not removed by them."""
    return frozenset(connection.scalars(_ADDRESSES, {"owner": owner_id}))


def origins(connection: Connection, owner_id: int) -> dict[str, str]:
    """Address → how we know it is the owner's, for `doctor`."""
    query = select(own_address.c.address, own_address.c.origin).where(
        own_address.c.owner_id == owner_id, not_(own_address.c.removed)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def learn(connection: Connection, owner_id: int, found: Iterable[str], origin: str) -> tuple[str, ...]:
    """Note addresses as the owner's; returns those that were new. A removed one stays removed."""
    known = set(connection.scalars(select(own_address.c.address).where(own_address.c.owner_id == owner_id)))
    fresh = tuple(sorted(set(found) - known))
    if fresh:
        rows = [{"owner_id": owner_id, "address": address, "origin": origin} for address in fresh]
        connection.execute(insert_ignore(connection, own_address), rows)
    return fresh


def disown(connection: Connection, owner_id: int, found: Iterable[str]) -> tuple[str, ...]:
    """Mark addresses as not the owner's for good; returns those that counted as theirs until now."""
    refused = sorted(set(found))
    mine = addresses(connection, owner_id)
    rows = [{"owner_id": owner_id, "address": a, "origin": "refused", "removed": True} for a in refused]
    if rows:
        connection.execute(insert_ignore(connection, own_address), rows)
        connection.execute(
            update(own_address)
            .where(own_address.c.owner_id == owner_id, among(own_address.c.address, refused))
            .values(removed=True)
        )
    return tuple(sorted(mine.intersection(refused)))


def written_from(
    connection: Connection, owner_id: int, idents: Collection[int] | None, at_least: int
) -> tuple[str, ...]:
    """Those of these identities (None: of all) that stand in From on so many messages of the Sent folders."""
    if idents is not None and not idents:
        return ()
    query = (
        select(identity.c.value)
        .join(participant, and_(participant.c.identity_id == identity.c.id, participant.c.part == Part.FROM.value))
        .join(message, message.c.id == participant.c.message_id)
        .where(message.c.sent, *_one_of(owner_id, idents))
        .group_by(identity.c.value)
        .having(func.count() >= at_least)
    )
    return tuple(sorted(connection.scalars(query)))


def mark_first_report(connection: Connection, owner_id: int, at: datetime) -> None:
    """Remember when the first report was delivered; later calls change nothing."""
    connection.execute(
        update(owner).where(owner.c.id == owner_id, owner.c.first_report_at.is_(None)).values(first_report_at=at)
    )


def newest(connection: Connection, owner_id: int) -> datetime | None:
    """The time of the newest mail in the store."""
    mine = (message.c.owner_id == owner_id, message.c.channel == Channel.MAIL.value)
    found: datetime | None = connection.scalar(select(func.max(message.c.at)).where(*mine))
    return found


def _one_of(owner_id: int, idents: Collection[int] | None) -> tuple[ColumnElement[bool], ...]:
    """That it is about one of these identities, or about any mail of the owner's.

    Never both: of two ways to begin SQLite takes the longer one.
    """
    return (message.c.owner_id == owner_id,) if idents is None else (among(identity.c.id, idents),)


def reached_through(connection: Connection, owner_id: int, idents: Collection[int], at_least: int) -> tuple[str, ...]:
    """Those of these identities that stand in To or Cc of so many messages which name no address of the owner's."""
    if not idents:
        return ()
    query = (
        select(identity.c.value)
        .join(participant, participant.c.identity_id == identity.c.id)
        .join(message, message.c.id == participant.c.message_id)
        .where(participant.c.part.in_((Part.TO.value, Part.CC.value)))
        .where(message.c.outcome_reason == NOT_ADDRESSED, *_one_of(owner_id, idents))
        .group_by(identity.c.value)
        .having(func.count() >= at_least)
    )
    return tuple(sorted(connection.scalars(query)))


def reached_alone(connection: Connection, owner_id: int, idents: Collection[int], at_least: int) -> tuple[str, ...]:
    """Those of these that so many messages from as many writers were sent to and nobody else, and are nobody known.

    Lists and their posts are left out, and whoever ever wrote or was written to.
    """
    if not idents:
        return ()
    sender = participant.alias()
    query = (
        select(identity.c.value)
        .join(participant, participant.c.identity_id == identity.c.id)
        .join(message, message.c.id == participant.c.message_id)
        .join(sender, and_(sender.c.message_id == message.c.id, sender.c.part == Part.FROM.value))
        .where(participant.c.part == Part.TO.value, *_one_of(owner_id, idents))
        .where(message.c.recipients == 1, message.c.kind != Kind.LIST.value)
        .where(~_posted(), *_unknown(owner_id, idents))
        .group_by(identity.c.value)
        .having(func.count(distinct(sender.c.identity_id)) >= at_least)
    )
    return tuple(sorted(connection.scalars(query)))


def _posted() -> ColumnElement[bool]:
    """Whether the message in question names a list that it came through."""
    other = participant.alias()
    return exists().where(other.c.message_id == message.c.id, other.c.part == Part.LIST.value)


def _unknown(owner_id: int, idents: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    """Whether somebody among these neither wrote nor was in touch with the owner."""
    writes = select(participant.c.identity_id).where(
        participant.c.part == Part.FROM.value, among(participant.c.identity_id, idents)
    )
    in_touch = select(interaction.c.identity_id).where(
        interaction.c.owner_id == owner_id, among(interaction.c.identity_id, idents)
    )
    return identity.c.id.not_in(writes), identity.c.id.not_in(in_touch)


def delivered_to(connection: Connection, owner_id: int, idents: Collection[int], at_least: int) -> tuple[str, ...]:
    """Those of these identities so many messages were delivered to by the servers' word, lists and their posts apart.

    Somebody who writes or whom the owner writes to is somebody else: a predecessor whose mail is passed on, say.
    """
    if not idents:
        return ()
    query = (
        select(identity.c.value)
        .join(participant, participant.c.identity_id == identity.c.id)
        .join(message, message.c.id == participant.c.message_id)
        .where(participant.c.part == Part.DELIVERED.value, *_one_of(owner_id, idents))
        .where(message.c.kind != Kind.LIST.value, ~_posted(), *_unknown(owner_id, idents))
        .group_by(identity.c.value)
        .having(func.count() >= at_least)
    )
    return tuple(sorted(connection.scalars(query)))


def names(connection: Connection, owner_id: int) -> frozenset[str]:
    """Every name the owner's addresses were seen under."""
    query = (
        select(name_seen.c.name)
        .join(identity, identity.c.id == name_seen.c.identity_id)
        .join(own_address, and_(own_address.c.address == identity.c.value, own_address.c.owner_id == owner_id))
        .where(identity.c.owner_id == owner_id, not_(own_address.c.removed))
    )
    return frozenset(connection.scalars(query))
