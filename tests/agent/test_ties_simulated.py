"""Regular ties, simulated: weekly to half-yearly acquaintances are all named, and in good time."""

from __future__ import annotations

from math import log
from random import Random
from statistics import median

import pytest

from agent.ties.gaps import own_gap
from agent.ties.model import Contact, Rhythm, fold
from agent.ties.reading import FADING_AT, cadence_days, dormant_after, read
from agent.types import TieState

RHYTHMS = {"weekly": 7, "fortnightly": 14, "monthly": 30, "six-weekly": 42, "quarterly": 91, "half-yearly": 182}
SPREADS = (0.2, 0.4, 0.6, 0.8)
TIES = 60


def regular_tie(random: Random, gap: float, spread: float, episodes: int) -> Rhythm:
    day, days = 10000.0, []
    for _ in range(episodes):
        days.append(int(day))
        day += max(1.0, random.lognormvariate(log(gap), spread))
    state = fold(Contact(day, sent=1, received=1) for day in days)
    assert state is not None
    return state


def named_after(state: Rhythm) -> float:
    """The silence, in days, at which the tie is first named fading; bisected, for S falls with silence."""
    low, high = 0.5, 20000.0
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if own_gap(state).survival(middle) > FADING_AT else (low, middle)
    return high


@pytest.mark.parametrize("episodes", [6, 12, 40])
@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_each_rhythm_is_named_in_good_time(rhythm: str, episodes: int) -> None:
    gap = RHYTHMS[rhythm]
    random = Random(f"{rhythm} {episodes}")
    ties = [regular_tie(random, gap, spread, episodes) for spread in SPREADS for _ in range(TIES)]
    ratios = [named_after(tie) / gap for tie in ties]
    assert 1.4 <= median(ratios) <= 2.6
    assert sum(1.1 <= ratio <= 4.2 for ratio in ratios) >= 0.9 * len(ratios)


@pytest.mark.parametrize("rhythm", RHYTHMS)
def test_named_until_dormancy(rhythm: str) -> None:
    random = Random(rhythm)
    for spread in SPREADS:
        tie = regular_tie(random, RHYTHMS[rhythm], spread, 6 + random.randrange(20))
        start, end = named_after(tie), dormant_after(cadence_days(tie))
        assert start < end
        step = (end - start) / 20
        assert {read(tie, tie.last + start + 0.02 + step * i).state for i in range(20)} == {TieState.FADING}
        assert read(tie, tie.last + start - 0.02).state is TieState.ACTIVE
        assert read(tie, tie.last + end + 0.02).state is TieState.DORMANT


def test_contact_ends_the_fading() -> None:
    tie = regular_tie(Random(1), 30, 0.3, 12)
    late = int(tie.last + named_after(tie) + 3)
    assert read(tie, late).state is TieState.FADING
    days = [Contact(tie.last - 30 * i, sent=1, received=1) for i in range(12)]
    back = fold([*days, Contact(late, received=1)])
    assert back is not None
    assert read(back, late + 1).state is TieState.ACTIVE
