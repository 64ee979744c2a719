"""How busy the owner is: a silent owner is no fading tie, and a person's part in a busy life says more than a count.

Nothing of its own is stored: the owner's decayed days of contact are the sum of their ties'.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum

from agent.ties.model import Rhythm

BUSY_HALF_LIFE = 80.0


@dataclass(frozen=True, slots=True)
class Owner:
    """An owner at one time."""

    since: int  # first day of contact with anybody, days since 1970-01-01 UTC
    busy: float  # days of contact summed over all people, decayed to that time with a half-life of 80 days


def owner_of(rhythms: Iterable[Rhythm], as_of: float) -> Owner | None:
    """The owner at `as_of`, from all their ties' states in any order, one-way ones included; None without any."""
    known = list(rhythms)
    if not known:
        return None
    decayed = [(rhythm.c80 + 1) * 2 ** (-max(as_of - rhythm.last, 0.0) / BUSY_HALF_LIFE) for rhythm in known]
    return Owner(min(rhythm.first for rhythm in known), fsum(decayed))
