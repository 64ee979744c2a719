"""Personal calibration: one number learned from what became of the program's own earlier predictions for this owner.

Slopes are not learned: measured, they made the order worse. Zero until there is enough evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log

EVIDENCE = 50
PRIOR_PRECISION = 100.0
"""Firm, as the predictions of one tie in successive weeks are nearly the same evidence; at 5 it made matters worse."""
HALF_LIFE = 180.0
EDGE = 1e-4


@dataclass(frozen=True, slots=True)
class Resolved:
    """A prediction whose horizon has passed."""

    p_active: float  # as predicted, without an intercept
    came: bool  # whether there was contact within the horizon
    age: float  # days since it was resolved


def intercept(past: Iterable[Resolved]) -> float:
    """What to add to the ln odds of silence (`read(…, intercept=)`); 0 with fewer than 50 resolved predictions.

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


def _odds(p: float) -> float:
    p = min(1 - EDGE, max(EDGE, p))
    return log(p) - log(1 - p)
