"""How long a gap between days of contact will last.

A renewal process with log-normal gaps whose mean and spread are not known but learned: the tie's own log-gaps, shrunk
towards the population by a normal-inverse-gamma prior, so that the next gap has a log-Student-t distribution
(Bernardo & Smith 1994, Bayesian Theory, appendix A).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import NamedTuple

from agent.ties.model import Rhythm
from agent.ties.student import survival


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of a tie's ln gaps before any is seen (normal-inverse-gamma)."""

    mean: float
    weight: float  # of the mean, in gaps
    shape: float  # of the variance: half the gaps it is worth
    scale: float  # shape times the variance
    most: float  # how many gaps of its own a tie can at most set against it


# All gaps between episodes: fitted for the chance of contact on the development sets.
EVERY_GAP = Prior(mean=2.984, weight=1.025, shape=0.147, scale=2.279, most=35.38)
# Gaps between conversations: tuned so that S names regular ties, simulated, of every rhythm in good time.
REGULAR = Prior(mean=3.0, weight=0.25, shape=4.0, scale=2.0, most=15.0)


class Gap(NamedTuple):
    """The predictive distribution of the tie's next gap: ln gap = centre + scale * T, T Student's t."""

    centre: float
    scale: float
    freedom: float

    def survival(self, days: float) -> float:
        """P(the gap lasts longer than `days`)."""
        return survival((log(days) - self.centre) / self.scale, self.freedom)


def own_gap(rhythm: Rhythm) -> Gap:
    """The next gap between conversations: the tie's own rhythm, hardly shrunk."""
    return _predict(REGULAR, rhythm.talks, rhythm.tm, rhythm.tw, rhythm.t1, rhythm.t2)


def any_gap(rhythm: Rhythm) -> Gap:
    """The next gap between episodes of whatever kind, shrunk towards the population's."""
    return _predict(EVERY_GAP, rhythm.n - 1, rhythm.m, rhythm.w, rhythm.s1, rhythm.s2)


def _predict(prior: Prior, gaps: int, m: float, w: float, s1: float, s2: float) -> Gap:
    """The posterior predictive of the next gap after `gaps` ln gaps, of discounted mean m / w and of sums s1, s2."""
    if not gaps:
        return _next(prior.mean, prior.weight, prior.shape, prior.scale)
    mean, variance = m / w, s2 / gaps - (s1 / gaps) ** 2
    weight = gaps * prior.most / (gaps + prior.most)
    k = prior.weight + weight
    off = mean - prior.mean
    pull = prior.weight * weight * off * off / k
    b = prior.scale + (weight * variance + pull) / 2
    return _next((prior.weight * prior.mean + weight * mean) / k, k, prior.shape + weight / 2, b)


def _next(mean: float, weight: float, shape: float, scale: float) -> Gap:
    """The log-Student-t that a normal-inverse-gamma belief about ln gaps makes of the next one."""
    return Gap(mean, sqrt(scale * (weight + 1) / (shape * weight)), 2 * shape)
