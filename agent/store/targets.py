"""Firms and people the owner wants to reach, and introductions that came about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select, update

from agent.store.db import Connection, insert_ignore
from agent.store.schema import draft, draft_event, identity, interaction, message, participant, person, target
from agent.types import DraftKind, DraftState

Kind = Literal["organization", "person"]


@dataclass(frozen=True, slots=True)
class Target:
    """One wish. `value`: the firm's domain or name, or the person's address; lower-case."""

    id: int
    kind: str
    value: str
    added_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Introduced:
    """An introduction that came about: the introducer, whom the owner is in touch with now, by which mail."""

    target_id: int
    introducer_id: int
    person_id: int
    name: str
    message_id: int
    at: datetime


_COLUMNS = (target.c.id, target.c.kind, target.c.value, target.c.added_at, target.c.closed_at)


def add(connection: Connection, owner_id: int, kind: Kind, value: str, at: datetime) -> Target:
    """Note a target, or open a closed one again."""
    key = value.strip().lower()
    row = {"owner_id": owner_id, "kind": kind, "value": key, "added_at": at}
    same = (target.c.owner_id == owner_id, target.c.kind == kind, target.c.value == key)
    if connection.execute(insert_ignore(connection, target).values(**row)).rowcount == 0:
        again = update(target).where(*same, target.c.closed_at.is_not(None))
        connection.execute(again.values(closed_at=None, added_at=at))
    return Target(*connection.execute(select(*_COLUMNS).where(*same)).one())


def find(connection: Connection, owner_id: int, value: str) -> Target | None:
    """The target of this name, open ones first."""
    query = select(*_COLUMNS).where(target.c.owner_id == owner_id, target.c.value == value.strip().lower())
    found = connection.execute(query.order_by(target.c.closed_at.is_not(None), target.c.id)).first()
    return None if found is None else Target(*found)


def listed(connection: Connection, owner_id: int, *, closed: bool = False) -> list[Target]:
    """Open targets, oldest first; with `closed` all of them."""
    query = select(*_COLUMNS).where(target.c.owner_id == owner_id).order_by(target.c.added_at, target.c.id)
    return [Target(*row) for row in connection.execute(query if closed else query.where(target.c.closed_at.is_(None)))]


def close(connection: Connection, owner_id: int, target_id: int, at: datetime) -> bool:
    """The owner got there, or gave up; False where it was not open."""
    same = (target.c.owner_id == owner_id, target.c.id == target_id, target.c.closed_at.is_(None))
    return connection.execute(update(target).where(*same).values(closed_at=at)).rowcount == 1


def close_reached(connection: Connection, owner_id: int, until: datetime) -> None:
    """Close those to whom an introduction came about: nobody is to be asked for what has happened."""
    for item in introductions(connection, owner_id, until):
        close(connection, owner_id, item.target_id, item.at)


def remove(connection: Connection, owner_id: int, target_id: int) -> bool:
    """Forget the target; asks made for it stay, without it."""
    same = (target.c.owner_id == owner_id, target.c.id == target_id)
    return connection.execute(delete(target).where(*same)).rowcount == 1


def introductions(connection: Connection, owner_id: int, until: datetime) -> list[Introduced]:
    """Mails after a sent ask that the introducer and somebody of the target firm are both on, first one each ask.

    Only with people there the owner had no contact with before the ask was sent, for the target as it was noted last.
    """
    found = []
    for ask in _asks(connection, owner_id):
        first = _first_together(connection, owner_id, ask, until)
        if first is not None:
            found.append(first)
    return found


@dataclass(frozen=True, slots=True)
class _Ask:
    target_id: int
    firm: str
    introducer_id: int
    sent_at: datetime


def _asks(connection: Connection, owner_id: int) -> list[_Ask]:
    query = (
        select(target.c.id, target.c.value, draft.c.person_id, draft_event.c.at)
        .select_from(draft)
        .join(target, target.c.id == draft.c.target_id)
        .join(draft_event, draft_event.c.draft_id == draft.c.id)
        .where(draft.c.owner_id == owner_id, draft.c.kind == DraftKind.INTRO_REQUEST.value)
        .where(draft.c.state == DraftState.SENT.value, draft_event.c.after == DraftState.SENT.value)
        .where(target.c.kind == "organization", draft_event.c.at >= target.c.added_at)
    )
    return [_Ask(*row) for row in connection.execute(query)]


def _first_together(connection: Connection, owner_id: int, ask: _Ask, until: datetime) -> Introduced | None:
    with_introducer = (
        select(participant.c.message_id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .where(identity.c.person_id == ask.introducer_id)
    )
    known_before = (
        select(identity.c.person_id)
        .join(interaction, interaction.c.identity_id == identity.c.id)
        .where(interaction.c.owner_id == owner_id, interaction.c.at <= ask.sent_at)
    )
    query = (
        select(person.c.id, person.c.name, message.c.id, message.c.at)
        .select_from(message)
        .join(participant, participant.c.message_id == message.c.id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .join(person, person.c.id == identity.c.person_id)
        .where(message.c.owner_id == owner_id, message.c.at > ask.sent_at, message.c.at <= until)
        .where(person.c.organization == ask.firm, person.c.id != ask.introducer_id)
        .where(message.c.id.in_(with_introducer), person.c.id.not_in(known_before))
        .order_by(message.c.at, message.c.id, person.c.id)
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        return None
    return Introduced(ask.target_id, ask.introducer_id, *found)
