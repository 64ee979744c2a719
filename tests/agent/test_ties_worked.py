"""The scorer's formulas worked out by hand from a list of days, beside the state that is folded day by day.

Mutants of the formulas survived the tests of how they behave; against plain sums over the days none does.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import exp, log, sqrt
from statistics import fmean, pvariance

import pytest

from agent.ties.calibrate import HALF_LIFE, PRIOR_PRECISION, Resolved, intercept
from agent.ties.chance import HORIZON, OVER, WEIGHTS, p_active
from agent.ties.gaps import EVERY_GAP, REGULAR, Prior, any_gap, own_gap
from agent.ties.model import DISCOUNT, Contact, Rhythm, fold
from agent.ties.owner import BUSY_HALF_LIFE, Owner
from agent.ties.reading import (
    GROUND_RATE,
    RATES,
    class_of,
    dormant_after,
    expected_contact,
    read,
    share,
    strength,
    value,
    with_reach,
)
from agent.types import TieClass, TieState

HISTORIES = {
    "monthly": [30 * n for n in range(9)],
    "uneven": [0, 12, 70, 71, 160, 190, 400],
    "weekly": [1000 + 7 * n for n in range(60)],
    "once": [5],
    "twice": [40, 800],
    "daily": list(range(30)),
}


def rhythm(name: str, *, answered: int = 1) -> Rhythm:
    """Both write on every day of the history, or the owner on every `answered`-th alone."""
    days = HISTORIES[name]
    made = fold(Contact(day, sent=int(number % answered == 0), received=1) for number, day in enumerate(days))
    assert made is not None
    return made


def decayed(name: str, half_life: float, silence: float) -> float:
    """Days of contact, each halved for every `half_life` days since."""
    days = HISTORIES[name]
    return sum(2 ** (-(days[-1] + silence - day) / half_life) for day in days)


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("silence", [0.0, 13.0, 200.0])
def test_expected_contact_and_strength(name: str, silence: float) -> None:
    contact = GROUND_RATE * 60
    for half_life, rate in RATES:
        contact += rate * decayed(name, half_life, silence) * (1 - 0.5 ** (60 / half_life))
    assert expected_contact(rhythm(name), silence) == pytest.approx(contact)
    assert expected_contact(rhythm(name), silence, 30) < contact
    assert strength(rhythm(name), silence) == pytest.approx(100 * log(1 + 10 * contact) / log(601))


def test_the_strongest_tie_there_is() -> None:
    """In touch on every day for years: on 34 of the next 60 days, it is expected, and 60 would be a strength of 100."""
    daily = fold(Contact(day, sent=1, received=1) for day in range(2000))
    assert daily is not None
    assert expected_contact(daily, 0) == pytest.approx(34.1, abs=0.1)
    assert strength(daily, 0) == pytest.approx(91.2, abs=0.1)


@pytest.mark.parametrize("name", HISTORIES)
def test_value(name: str) -> None:
    credited = len(HISTORIES[name])
    lately = decayed(name, 160, 0)
    preference = 1 / (1 + log((lately + 0.5) / 4.4) ** 2 / 4)
    assert value(rhythm(name)) == pytest.approx(100 * credited / (credited + 4) * preference)


@pytest.mark.parametrize(
    ("episodes", "own", "wanted"), [(60, 3, 0.027), (60, 10, 1.0), (60, 15, 1.0), (60, 5, 0.125), (9, 9, 1.0)]
)
def test_share(episodes: int, own: int, wanted: float) -> None:
    contacts = [Contact(7 * n, sent=int(n < own), received=1) for n in range(episodes)]
    made = fold(contacts)
    assert made is not None
    assert share(made) == pytest.approx(wanted)


def predicted(prior: Prior, gaps: list[float], weights: list[float]) -> tuple[float, float, float]:
    """Centre, scale and freedom of the next ln gap: a normal-inverse-gamma prior and these ln gaps."""
    n = len(gaps)
    mean = sum(w * g for w, g in zip(weights, gaps, strict=True)) / sum(weights) if gaps else 0.0
    weight = n * prior.most / (n + prior.most)
    k, a = prior.weight + weight, prior.shape + weight / 2
    spread = pvariance(gaps) if gaps else 0.0
    b = prior.scale + (weight * spread + prior.weight * weight * (mean - prior.mean) ** 2 / k) / 2
    return (prior.weight * prior.mean + weight * mean) / k, sqrt(b * (k + 1) / (a * k)), 2 * a


@pytest.mark.parametrize("name", HISTORIES)
def test_the_next_gap(name: str) -> None:
    gaps = [log(later - earlier) for earlier, later in pairwise(HISTORIES[name])]
    weights = [DISCOUNT ** (len(gaps) - 1 - number) for number in range(len(gaps))]
    assert tuple(any_gap(rhythm(name))) == pytest.approx(predicted(EVERY_GAP, gaps, weights))
    if name in ("monthly", "weekly", "once", "twice"):  # every gap is one between conversations
        assert tuple(own_gap(rhythm(name))) == pytest.approx(predicted(REGULAR, gaps, weights))


def test_the_gap_after_a_long_first_conversation_is_the_first_of_the_rhythm() -> None:
    made = fold(Contact(day, sent=1, received=1) for day in [0, 2, 90, 150])
    assert made is not None
    gaps = [log(88), log(60)]
    assert tuple(own_gap(made)) == pytest.approx(predicted(REGULAR, gaps, [DISCOUNT, 1.0]))


@pytest.mark.parametrize("counts", [{"sent": -1}, {"received": -1}, {"met": -1}])
def test_a_negative_count_is_refused(counts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="no negative count"):
        fold([Contact(1, **{"sent": 1, "received": 1, "met": 1, **counts})])


def test_who_was_last_heard_of_how() -> None:
    made = fold([Contact(1, sent=1), Contact(4, received=2), Contact(9, met=1)])
    assert made is not None
    assert (made.last_sent, made.last_received, made.last_met) == (1, 4, 9)


def test_what_a_tie_reaches_is_worth_half_as_much_again_at_most() -> None:
    tie = rhythm("uneven")
    plain = read(tie, tie.last + 100.0)
    reaching = with_reach(plain, 0.5)
    assert reaching.value == pytest.approx(1.25 * plain.value)
    assert reaching.lost == pytest.approx(1.25 * plain.lost)
    assert with_reach(replace(plain, value=90.0), 1.0).value == 100


def test_a_spread_of_gaps_widens_the_next() -> None:
    days = [0, 20, 60, 70, 160, 190]
    made = fold(Contact(day, sent=1, received=1) for day in days)
    assert made is not None
    gaps = [log(later - earlier) for earlier, later in pairwise(days)]
    weights = [DISCOUNT ** (len(gaps) - 1 - number) for number in range(len(gaps))]
    assert fmean(gaps) != 0
    assert tuple(own_gap(made)) == pytest.approx(predicted(REGULAR, gaps, weights))


def chance(name: str, silence: float, horizon: float = HORIZON, owner: Owner | None = None) -> float:
    """The chance of contact, from the days and the constants alone."""
    days = HISTORIES[name]
    n, gap = len(days), any_gap(rhythm(name))
    now, later = (OVER + (1 - OVER) * gap.survival(silence + ahead) for ahead in (0, horizon))
    odds = log(later / (now - later)) + {1: -1.0, 2: -0.3}.get(n, 0.0)
    if owner is not None:
        mean = log((days[-1] - days[0]) / (n - 1)) - 3 if n > 1 else 0.0
        odds *= WEIGHTS.odds + WEIGHTS.slow * (min(2.0, max(-1.0, mean)) if n > 1 else 0.0)
        recent = decayed(name, 80, 0) * 0.5 ** (silence / BUSY_HALF_LIFE)
        part = log((recent + 0.02) / (1 + max(owner.busy, recent)))
        start = log(max(days[0] - owner.since, 0) + 7)
        lively = log(decayed(name, 80, 0) / n)
        added = WEIGHTS.base + WEIGHTS.part * part + WEIGHTS.start * start
        odds += sqrt(horizon / 60) * (added + WEIGHTS.lively * lively + WEIGHTS.lively_start * start * lively)
    return 1 / (1 + exp(odds))


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("owner", [None, Owner(since=-300, busy=25.0), Owner(since=2, busy=0.1)])
@pytest.mark.parametrize(("silence", "horizon"), [(20.0, 60.0), (150.0, 60.0), (3.0, 15.0)])
def test_the_chance_of_contact(name: str, owner: Owner | None, silence: float, horizon: float) -> None:
    wanted = chance(name, silence, horizon, owner)
    assert p_active(rhythm(name), silence, horizon, owner=owner) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("days", "talks"),
    [
        ([0, 90, 92, 180, 182], 2),  # two days apart, once a quarter: conversations
        ([0, 90, 93, 180, 183], 2),  # three are as good as two
        ([0, 90, 94, 180, 184], 4),  # four are not
        ([0, 12, 14], 1),  # less than a fifth of the usual gap belongs to a conversation
        ([0, 12, 15], 2),  # more does not
        ([0, 15, 18], 2),  # nor does a fifth
        ([0, 2, 90, 180], 2),  # the first contact took two days
        ([0, 90, 92, 94, 96, 98, 100], 2),  # a conversation is over after a week
        ([0, 90, 92, 94, 97], 1),  # a week is one,
        ([0, 90, 92, 95, 98], 2),  # a day more is not
        ([0, 2, 5, 7, 90], 1),  # all of the first week was the first,
        ([0, 3, 6, 8, 90], 4),  # not of eight days
        ([0, 3, 6, 9, 12], 4),  # every third day is a rhythm
        ([0, 3, 90], 1),
        ([0, 3, 18], 2),  # a fifth of the gap after it is no conversation
        ([0, 4, 90], 2),
    ],
)
def test_days_close_together_are_one_conversation(days: list[int], talks: int) -> None:
    made = fold(Contact(day, sent=1, received=1) for day in days)
    assert made is not None
    assert made.talks == talks


@pytest.mark.parametrize(
    ("k160", "credit_days", "wanted"),
    [
        (15.0, 3, TieClass.STRONG),  # sixteen with the last day
        (14.99, 3, TieClass.WEAK),
        (3.0, 3, TieClass.WEAK),
        (2.99, 4, TieClass.FAINT),
        (2.99, 5, TieClass.WEAK),
    ],
)
def test_the_class_at_its_limits(k160: float, credit_days: int, wanted: TieClass) -> None:
    """The last day is credited and counts one."""
    assert class_of(rhythm("once")._replace(k160=k160, own=credit_days - 1)) is wanted


def test_dormant_is_what_is_silent_for_longer() -> None:
    tie = rhythm("monthly")
    edge = dormant_after(exp(log(30)))
    assert read(tie, tie.last + edge).state is TieState.FADING
    assert read(tie, tie.last + edge + 0.001).state is TieState.DORMANT


def test_a_reading_hands_on_what_it_was_given() -> None:
    tie = rhythm("uneven")
    owner = Owner(since=-500, busy=40.0)
    with_owner = read(tie, tie.last + 40.0, owner, 0.4)
    assert with_owner.as_of == tie.last + 40.0
    assert with_owner.p_active == p_active(tie, 40.0, owner=owner, intercept=0.4)
    assert (
        len({with_owner.p_active, read(tie, tie.last + 40.0, owner).p_active, read(tie, tie.last + 40.0).p_active}) == 3
    )
    assert read(tie, tie.last + 0.9).p_active == pytest.approx(p_active(tie, 0.9))
    assert read(tie, float(tie.last)).p_active == p_active(tie, 0.5)


def test_the_intercept_is_where_the_slope_of_the_posterior_is_nought() -> None:
    past = [Resolved(0.1 + 0.8 * (n % 7) / 7, n % 3 == 0, float(20 * (n % 11))) for n in range(400)]
    offset = intercept(past)
    slope = -PRIOR_PRECISION * offset
    for one in past:
        odds = log((1 - one.p_active) / one.p_active)
        slope += 0.5 ** (one.age / HALF_LIFE) * ((not one.came) - 1 / (1 + exp(-odds - offset)))
    assert abs(offset) > 0.05
    assert slope == pytest.approx(0, abs=1e-6)
