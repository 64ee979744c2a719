"""Personal calibration: one number learned from what became of earlier judgements of this owner's ties.

Measured on the development sets, each judged by weights fitted on other organisations: it leaves the order and the mean
error as they are, and lowers the Brier score much for three times as many owners as it raises it for
(docs/scoring.md). Slopes are not learned: they made the order worse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from agent.ties.bridge import Sight
from agent.ties.chance import HORIZON
from agent.ties.lives import NOTHING, circles_of, is_judged, lives_of, readings_on
from agent.ties.model import Contact
from agent.ties.seen import Sighting

EVIDENCE = 100
PRIOR_PRECISION = 100.0
"""Firm, as judgements of one tie in successive months are nearly the same evidence; at 30 it made the order worse."""
HALF_LIFE = 180.0
STEP = 30
STEPS = 18
"""A judgement a month, for a year and a half: older ones would weigh under an eighth."""
EDGE = 1e-4


@dataclass(frozen=True, slots=True)
class Resolved:
    """A judgement whose horizon has passed."""

    p_active: float  # as given, without an intercept
    came: bool  # whether there was contact within the horizon
    age: float  # days since it was resolved


def resolved(
    ledger: Mapping[int, Iterable[Contact]],
    today: int,
    sightings: Mapping[int, Sequence[Sighting]] = NOTHING,
    sights: Iterable[Sight] = (),
) -> list[Resolved]:
    """What would have been said a month apart, with nothing known of the days after, and what became of it."""
    lives = lives_of(ledger, sightings)
    circles = circles_of(lives, sights)
    last = today - int(HORIZON)
    return [
        Resolved(reading.p_active, lives[who].came_within(day, HORIZON), last - day)
        for day in range(last - STEP * (STEPS - 1), last + 1, STEP)
        for who, reading in readings_on(lives, circles, day).items()
        if is_judged(reading)
    ]


def intercept(past: Iterable[Resolved]) -> float:
    """What to add to the ln odds of silence (`read(…, intercept=)`); 0 with fewer than 100 resolved judgements.

    Maximum a posteriori of a logistic offset under a normal prior around 0 of precision 100, evidence losing half its
    weight in 180 days; by Newton's method.
    """
    seen = [(_odds(1 - r.p_active), not r.came, 2 ** (-r.age / HALF_LIFE)) for r in past]
    if len(seen) < EVIDENCE:
        return 0.0
    offset = 0.0
    for _ in range(50):
        slope, curve = -PRIOR_PRECISION * offset, PRIOR_PRECISION
        for odds, silent, weight in seen:
            p = 1 / (1 + exp(-odds - offset))
            slope += weight * (silent - p)
            curve += weight * p * (1 - p)
        step = slope / curve
        offset += max(-1.0, min(1.0, step))
        if abs(step) < 1e-9:
            break
    return offset


def shifted(p_active: float, offset: float) -> float:
    """A chance given without an intercept, with it."""
    return 1 / (1 + exp(_odds(1 - p_active) + offset))


def _odds(p: float) -> float:
    p = min(1 - EDGE, max(EDGE, p))
    return log(p) - log(1 - p)
