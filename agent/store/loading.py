"""Indexes a first capture does without: made in one go at its end, they cost a fifth of what they do row by row.

They lead from somebody to their mail, in no order while mail comes by time, so every batch would write nearly all of
their pages anew. Whoever asks by them meanwhile gets the same answer, later.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.schema import CreateIndex, DropIndex

from agent.store.db import Connection
from agent.store.schema import interaction, message, participant

_NAMES = ("ix_participant_identity_id", "ix_interaction_identity_id_at")
_INDEXES = [index for table in (participant, interaction) for index in table.indexes if index.name in _NAMES]


def begin(connection: Connection) -> bool:
    """Leave them out where there is no message yet; else make up for a first capture that broke off.

    Returns whether they are left out, for `end`.
    """
    if connection.scalar(select(message.c.id).limit(1)) is not None:
        end(connection)
        return False
    for index in _INDEXES:
        connection.execute(DropIndex(index, if_exists=True))
    return True


def end(connection: Connection) -> None:
    """Make those that are missing."""
    for index in _INDEXES:
        connection.execute(CreateIndex(index, if_not_exists=True))
