"""Occasions to write, as the ledger proves them: first meetings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select

from agent.store.db import Connection
from agent.store.schema import identity, interaction, message
from agent.types import Channel, Direction

ABSENT = ("you declined", "you have not accepted")


@dataclass(frozen=True, slots=True)
class Met:
    """The first meeting ever with somebody."""

    person_id: int
    message_id: int
    title: str
    at: datetime


def events(connection: Connection, owner_id: int, since: datetime, until: datetime) -> list[tuple[str, datetime]]:
    """(title, start) of what stood in the owner's calendars in [since, until] and was not declined, in order."""
    query = (
        select(message.c.subject, message.c.at)
        .where(message.c.owner_id == owner_id, message.c.channel == Channel.MEETING.value)
        .where(message.c.at.between(since, until), message.c.outcome_reason.not_in(ABSENT))
        .order_by(message.c.at, message.c.id)
    )
    return [(title, at) for title, at in connection.execute(query)]


def first_meetings(connection: Connection, owner_id: int, since: datetime, until: datetime) -> list[Met]:
    """First meetings held in [since, until], the latest first."""
    first = (
        select(identity.c.person_id, func.min(interaction.c.at).label("at"))
        .join(interaction, interaction.c.identity_id == identity.c.id)
        .where(interaction.c.owner_id == owner_id, interaction.c.direction == Direction.MET.value)
        .group_by(identity.c.person_id)
        .subquery()
    )
    query = (
        select(identity.c.person_id, message.c.id, message.c.subject, message.c.at)
        .join(interaction, interaction.c.identity_id == identity.c.id)
        .join(message, message.c.id == interaction.c.message_id)
        .join(first, and_(first.c.person_id == identity.c.person_id, first.c.at == interaction.c.at))
        .where(interaction.c.owner_id == owner_id, interaction.c.direction == Direction.MET.value)
        .where(interaction.c.at.between(since, until))
        .order_by(message.c.at.desc(), identity.c.person_id)
    )
    return [Met(*row) for row in connection.execute(query)]
