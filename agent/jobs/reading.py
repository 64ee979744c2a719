"""Ties and reasons, read now or as of another day."""

from __future__ import annotations

from datetime import datetime

from agent import clock
from agent.app import App
from agent.ties import listing
from agent.ties import why as reasons
from agent.ties.view import Tie
from agent.ties.why import Answer
from agent.types import TieState


def judged_at(as_of: datetime | None) -> datetime:
    """The instant to judge at: the one asked for, else now."""
    return as_of or clock.now()


def ties(app: App, as_of: datetime | None = None) -> list[Tie]:
    """The owner's ties, read now or, from the ledger as it stood, on another day."""
    with app.store.read() as connection:
        return listing.ties_at(connection, app.owner.id, judged_at(as_of), replay=as_of is not None)


def why(app: App, text: str, as_of: datetime | None = None, most: int | None = None) -> Answer:
    """What is known about the people that match `text`, at `most` so many."""
    moment, replay = judged_at(as_of), as_of is not None
    with app.store.read() as connection:
        return reasons.why(connection, app.owner.id, text, moment, replay=replay, most=most)


def in_touch(app: App, as_of: datetime | None = None) -> list[Tie]:
    """Ties apart from one-way senders, each with the last mail exchanged and its days of contact."""
    moment = judged_at(as_of)
    with app.store.read() as connection:
        everyone = listing.ties_at(connection, app.owner.id, moment, replay=as_of is not None)
        real = [tie for tie in everyone if tie.reading.state is not TieState.ONE_WAY]
        return listing.with_last_mail(connection, app.owner.id, real, moment)
