"""A tie as the owner sees it: the person, the reading of the rhythm, and what it is good for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.people.normalise import first_name
from agent.ties import explain
from agent.ties.reading import Reading
from agent.types import NO_WISH, Wish

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_of(instant: datetime) -> int:
    """The UTC day of an instant, counted from 1970-01-01."""
    return (instant - EPOCH).days


def fractional_day(instant: datetime) -> float:
    """An instant in days since 1970-01-01 UTC."""
    return (instant - EPOCH) / timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LastMail:
    """The last mail exchanged with somebody: what a follow-up threads to."""

    rfc_id: str
    subject: str
    at: datetime
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tie:
    """One owner ↔ person tie, read at one instant.

    `addresses`: the one to write to first. `bridge`: how many people and firms the owner sees through this person
    only; `bridge_evidence` names some, `bridge_reasons` says it in words. `last_contact` is never in the future.
    `unanswered`: days (since 1970, UTC) on which the owner wrote and nothing came back since; known where the days of
    contact are.
    """

    person_id: int
    name: str
    addresses: tuple[str, ...]
    organization: str | None
    colleague: bool
    reading: Reading
    last_contact: datetime
    sent: int
    received: int
    meetings: int
    bridge: int = 0
    bridge_evidence: tuple[str, ...] = ()
    bridge_reasons: tuple[str, ...] = ()
    last_mail: LastMail | None = None
    contact_days: tuple[int, ...] = field(default=(), repr=False)
    unanswered: tuple[int, ...] = ()
    wish: Wish = NO_WISH

    @property
    def first_name(self) -> str:
        """What to call them by, empty where that cannot be told."""
        return first_name(self.name)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it stands as it does, in plain words, one sentence each."""
        return explain.reasons(self.reading)

    def as_json(self) -> dict[str, Any]:
        """The stable form of DESIGN.md (version 1); `wish` only where the owner said something of the tie."""
        reading = self.reading
        told = {
            "person": self.name,
            "addresses": list(self.addresses),
            "organization": self.organization,
            "state": reading.state.value,
            "class": reading.class_.value,
            "colleague": self.colleague,
            "strength": round(reading.strength, 1),
            "p_active": round(reading.p_active, 4),
            "last_contact": _iso(self.last_contact),
            "silence_days": round(reading.silence_days, 1),
            "cadence_days": round(reading.cadence_days, 1),
            "episodes": reading.episodes,
            "sent": self.sent,
            "received": self.received,
            "meetings": self.meetings,
            "bridge": self.bridge,
            "reasons": [*self.reasons, *self.bridge_reasons],
        }
        return told if self.wish == NO_WISH else told | {"wish": _wish(self.wish)}


def _wish(wish: Wish) -> dict[str, Any]:
    return {
        "standing": wish.standing.value,
        "snoozed_until": None if wish.snoozed_until is None else _iso(wish.snoozed_until),
        "every_days": wish.every_days,
        "tags": list(wish.tags),
        "goal": wish.goal,
    }


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
