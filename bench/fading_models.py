"""What the scorer is measured against, each as a probability that the tie has faded, and the scorer itself.

The yardsticks know everything the protocol allows of a tie. Those that give no probability get one by a frozen
logistic curve (`bench.fading_fit` prints it anew from the development sets), which leaves their order as it is.

Sources: Interactions Rank: Roth et al. 2010, Suggesting friends using the implicit social graph (their weights are
not public; 5 for sent and a half-life of 30 days are the research's choice). BG/NBD: Fader, Hardie & Lee 2005,
Counting your customers the easy way, Marketing Science 24(2), with their P(alive).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log
from pathlib import Path

from agent.ties.chance import p_active
from bench.fading_data import Row

Score = Callable[[Row], float]
CURVES = Path(__file__).with_name("fading_curves.json")


@dataclass(frozen=True, slots=True)
class Purchase:
    """BG/NBD's four constants, time in days."""

    r: float
    alpha: float
    a: float
    b: float


BGNBD = Purchase(r=7.08, alpha=362.0, a=0.417, b=1.235)


def weaktie(row: Row) -> float:
    """The shipped scorer: P(no contact within the horizon)."""
    return 1 - p_active(row.rhythm, row.cut - row.rhythm.last, row.horizon, owner=row.state, seen=row.seen)


def renewal(row: Row) -> float:
    """The log-normal renewal formula alone, with the constants of the research."""
    return 1 - p_active(row.rhythm, row.cut - row.rhythm.last, row.horizon)


def recency(row: Row) -> float:
    """ln of the silence."""
    return log(row.cut - row.rhythm.last)


def messages(row: Row) -> float:
    """The fewer messages so far, the sooner over."""
    return -log(row.rhythm.sent + row.rhythm.received)


def decay(half_life: float) -> Score:
    """Days of contact, decayed."""

    def score(row: Row) -> float:
        return -log(sum(_halved(row.cut - c.day, half_life) for c in row.days) + 1e-9)

    return score


def interactions_rank(row: Row) -> float:
    """Messages decayed with a half-life of 30 days, sent ones five times as heavy."""
    return -log(sum((5 * c.sent + c.received) * _halved(row.cut - c.day, 30) for c in row.days) + 1e-9)


def gap_ratio(row: Row) -> float:
    """ln of silence over the median gap."""
    return log((row.cut - row.rhythm.last) / row.median_gap)


def bg_nbd(row: Row, k: Purchase = BGNBD) -> float:
    """1 - P(alive) x P(contact within the horizon | alive)."""
    r = row.rhythm
    x, seen, age = r.n - 1, r.last - r.first, row.cut - r.first
    dead = k.a / (k.b + x - 1) * exp((k.r + x) * (log(k.alpha + age) - log(k.alpha + seen)))
    quiet = exp((k.r + x) * (log(k.alpha + age) - log(k.alpha + age + row.horizon)))
    return 1 - (1 - quiet) / (1 + dead)


PROBABILITIES: dict[str, Score] = {"weaktie": weaktie, "renewal": renewal, "bg_nbd": bg_nbd}
ORDERS: dict[str, Score] = {
    "recency": recency,
    "messages": messages,
    "decay_10": decay(10),
    "decay_20": decay(20),
    "decay_40": decay(40),
    "decay_80": decay(80),
    "interactions_rank": interactions_rank,
    "gap_ratio": gap_ratio,
}


def models() -> dict[str, Score]:
    """Every model by name, as a probability of having faded."""
    curves: dict[str, list[float]] = json.loads(CURVES.read_text())
    found = dict(PROBABILITIES)
    for name, order in ORDERS.items():
        found[name] = _curved(order, *curves[name])
    return found


def _halved(age: float, half_life: float) -> float:
    return exp(-age / half_life * log(2))


def _curved(order: Score, base: float, slope: float) -> Score:
    def score(row: Row) -> float:
        return 1 / (1 + exp(-max(-30.0, min(30.0, base + slope * order(row)))))

    return score
