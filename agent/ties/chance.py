"""The chance of contact without our help, calibrated on the development sets (`python -m bench.fading --fit`).

The base is the renewal formula of `gaps`. Where the owner's own activity is known, three things that held on every
development set correct it: the person's part in the owner's recent contact (a silent owner is no fading tie), how far
into the owner's record the tie began (who was there from the start comes back more), and whether the last gap
was already longer than usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, log1p, sqrt

from agent.ties.gaps import any_gap
from agent.ties.model import Rhythm
from agent.ties.owner import BUSY_HALF_LIFE, Owner

HORIZON = 60.0
OVER = 0.0039
"""Share of gaps that never end, whatever the rhythm."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic correction of ln odds of silence, for a horizon of 60 days; other horizons take its square root."""

    base: float
    odds: float  # on the renewal formula's own ln odds
    part: float  # on ln of the person's part in the owner's recent contact
    start: float  # on ln of the day of the owner's record on which the tie began
    slowing: float  # on ln of the last gap over the usual one


WEIGHTS = Weights(base=-2.14, odds=0.79, part=-0.32, start=0.155, slowing=0.07)


FEW = {1: -1.0, 2: -0.3}
"""By episodes: added to the ln odds of silence where there is hardly a rhythm; first contacts come back more often than
the formula, made for at least three, would have it (on the development sets twice to four times as often)."""


def p_active(
    rhythm: Rhythm, silence: float, horizon: float = HORIZON, *, owner: Owner | None = None, intercept: float = 0.0
) -> float:
    """The chance of contact within `horizon` days after `silence` days without (at least half a day), 0-1."""
    gap = any_gap(rhythm)
    now = OVER + (1 - OVER) * gap.survival(silence)
    later = OVER + (1 - OVER) * gap.survival(silence + horizon)
    if later >= now:
        return 0.0
    odds = log(later) - log(now - later) + FEW.get(rhythm.n, 0.0)
    if owner is not None:
        odds = WEIGHTS.odds * odds + sqrt(horizon / HORIZON) * correction(rhythm, silence, owner)
    return 1 / (1 + exp(odds + intercept))


def correction(rhythm: Rhythm, silence: float, owner: Owner) -> float:
    """What the owner's activity adds to the ln odds of 60 days of silence."""
    recent = (rhythm.c80 + 1) * 2 ** (-silence / BUSY_HALF_LIFE)
    added = WEIGHTS.base
    added += WEIGHTS.part * (log(recent + 0.02) - log1p(max(owner.busy, recent)))
    added += WEIGHTS.start * log(max(rhythm.first - owner.since, 0) + 7)
    if rhythm.gap:
        added += WEIGHTS.slowing * (log(rhythm.gap) - rhythm.m / rhythm.w)
    return added
