"""The rhythm the owner wants of a tie, who is due by it, and who is asked for no more because nothing comes back. Pure.

Nothing here is stored: contact in any channel moves the ledger, and with it the due day and the count of what went
unanswered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from agent.ties.view import EPOCH, Tie, day_of
from agent.ties.words import every, number, span

OWN = 0
"""The wish for the tie's own rhythm."""

PRESSING = 1.5
"""How much a wish that is long overdue weighs at the most, against a silence no rhythm explains."""


@dataclass(frozen=True, slots=True)
class Desired:
    """The wanted gap in days, and the wish in words."""

    days: float
    words: str


@dataclass(frozen=True, slots=True)
class Due:
    """When a word is due (the day after a silence of the wanted length), and how pressing it is.

    `pressure`: silence by wanted gap; above 1 it is due. `wish` in words, and `why` with the silence, one sentence.
    """

    on: date
    pressure: float
    wish: str
    why: str

    @property
    def now(self) -> bool:
        """Whether the silence is longer than wanted."""
        return self.pressure > 1


@dataclass(frozen=True, slots=True)
class Suspension:
    """Nothing came back: the last day (since 1970, UTC) the owner wrote, and one sentence why."""

    day: int
    why: str


def desired(tie: Tie, tags: Mapping[str, int]) -> Desired | None:
    """The rhythm named by hand, else the shortest of the tie's tags; None where the owner wants none."""
    wish = tie.wish
    if wish.every_days == OWN:
        return Desired(tie.reading.cadence_days, "You want to keep the rhythm you two always had")
    if wish.every_days:
        return Desired(wish.every_days, f"You want to be in touch {every(wish.every_days)}")
    by_tag = min(((tags[tag], tag) for tag in wish.tags if tag in tags), default=None)
    return None if by_tag is None else Desired(by_tag[0], f"You want to be in touch {every(by_tag[0])} ({by_tag[1]})")


def due(tie: Tie, tags: Mapping[str, int]) -> Due | None:
    """When a word to this tie is due; None without a wanted rhythm."""
    wanted = desired(tie, tags)
    if wanted is None:
        return None
    silence = tie.reading.silence_days
    on = (EPOCH + timedelta(days=tie.reading.rhythm.last + ceil(wanted.days))).date()
    return Due(on, silence / wanted.days, wanted.words, f"{wanted.words}; the last contact was {span(silence)} ago.")


def urgency(tie: Tie, wanted: Due | None) -> float:
    """What orders the report: the tie's value times how surely it is overdue by its own rhythm (0-1).

    What is due by the owner's wish counts for more, by its pressure up to half as much again: a wish outweighs a guess,
    and yet a short rhythm does not outweigh every long silence.
    """
    return tie.reading.value * min(wanted.pressure, PRESSING) if wanted and wanted.now else tie.reading.lost


def suspension(tie: Tie, most: int) -> Suspension | None:
    """Whether the owner wrote on `most` days (0: never mind) without an answer or a meeting since.

    Days before the owner said to go on do not count.
    """
    resumed = day_of(tie.wish.resumed_at) if tie.wish.resumed_at else -1
    days = [day for day in tie.unanswered if day > resumed]
    if not 0 < most <= len(days):
        return None
    rhythm = tie.reading.rhythm
    last = max(rhythm.last_received or 0, rhythm.last_met or 0)
    answered = EPOCH + timedelta(days=last)
    since = f"since they last answered, on {answered:%d %B %Y}" if last else "and never had an answer"
    return Suspension(days[-1], f"You wrote on {number(len(days))} days {since}.".replace(" 0", " "))


def left_alone(tie: Tie, at: datetime, most: int) -> str:
    """Why the tie is neither named as quiet nor drafted for by itself at that time; empty when it may be."""
    wish = tie.wish
    if wish.hidden:
        return f"you said {wish.standing.value}"
    if wish.sleeps(at):
        return f"snoozed until {wish.snoozed_until:%Y-%m-%d}"
    paused = suspension(tie, most)
    return paused.why if paused else ""
