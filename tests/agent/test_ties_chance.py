"""The chance of contact: what the owner's own activity changes, and what a personal calibration learns."""

from __future__ import annotations

from math import exp, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ties.calibrate import EVIDENCE, Resolved, intercept, resolved, shifted
from agent.ties.chance import p_active
from agent.ties.model import Contact, Rhythm, fold
from agent.ties.owner import Owner, owner_of
from agent.ties.reading import read


def weekly(start: int, end: int) -> Rhythm:
    state = fold(Contact(day, sent=1, received=1) for day in range(start, end, 7))
    assert state is not None
    return state


def test_the_owner_is_the_sum_of_the_ties() -> None:
    ties = [weekly(0, 200), weekly(100, 300)]
    owner = owner_of(ties, 320.0)
    assert owner is not None
    days = [*range(0, 200, 7), *range(100, 300, 7)]
    assert owner.since == 0
    assert owner.busy == pytest.approx(sum(2 ** ((day - 320) / 80) for day in days))
    assert owner_of([], 320.0) is None


def test_a_silent_owner_is_no_fading_tie() -> None:
    """The same silence tells less while the owner is in touch with nobody."""
    bob = weekly(0, 200)
    away, busy = Owner(0, busy=15.0), Owner(0, busy=300.0)
    assert p_active(bob, 60, owner=away) > p_active(bob, 60, owner=busy) + 0.1


def test_who_was_there_from_the_start_comes_back_more() -> None:
    bob = weekly(400, 600)
    young, old = Owner(390, busy=60.0), Owner(0, busy=60.0)
    assert p_active(bob, 30, owner=young) > p_active(bob, 30, owner=old)


def test_the_owner_and_the_intercept_touch_the_chance_alone() -> None:
    bob = weekly(0, 200)
    plain, known = read(bob, 220.5), read(bob, 220.5, Owner(0, busy=60.0), intercept=0.5)
    assert known.p_active != plain.p_active
    assert (known.state, known.strength, known.survival, known.lost) == (
        plain.state,
        plain.strength,
        plain.survival,
        plain.lost,
    )


def test_an_intercept_moves_the_odds_by_itself() -> None:
    bob = weekly(0, 200)
    owner = Owner(0, busy=60.0)
    p, q = p_active(bob, 30, owner=owner), p_active(bob, 30, owner=owner, intercept=0.7)
    assert log((1 - q) / q) - log((1 - p) / p) == pytest.approx(0.7)


@given(
    st.lists(st.integers(0, 900), min_size=1, max_size=30),
    st.floats(0.5, 3000),
    st.floats(0, 5000),
    st.integers(-500, 1500),
)
def test_always_a_probability_that_grows_with_the_horizon(
    days: list[int], silence: float, busy: float, since: int
) -> None:
    state = fold(Contact(day, sent=1) for day in days)
    assert state is not None
    chances = [p_active(state, silence, horizon, owner=Owner(since, busy)) for horizon in (0.01, 7, 30, 60)]
    assert all(0 <= chance <= 1 for chance in chances)
    assert chances[0] < 0.2


def predictions(random: Random, shift: float, many: int) -> list[Resolved]:
    """Predictions of an owner whose people are silent `shift` (ln odds) more often than predicted."""
    found = []
    for _ in range(many):
        p = random.uniform(0.05, 0.95)
        truth = 1 / (1 + exp(-(log(p / (1 - p)) - shift)))
        found.append(Resolved(p, random.random() < truth, random.uniform(0, 100)))
    return found


@pytest.mark.parametrize("shift", [-1.0, 0.0, 0.8])
def test_an_intercept_is_learned(shift: float) -> None:
    assert intercept(predictions(Random(3), shift, 12000)) == pytest.approx(shift, abs=0.12)


def test_no_intercept_without_evidence() -> None:
    past = predictions(Random(1), 2.0, EVIDENCE)
    assert intercept(past[:-1]) == 0
    assert 0 < intercept(past) < 2  # little evidence: shrunk towards none


def test_old_evidence_weighs_little() -> None:
    old = [Resolved(0.5, came=False, age=1800.0)] * 200
    assert 0 < intercept(old) < 0.01


@pytest.mark.parametrize(
    ("past", "learned"),
    [
        ([Resolved(0.5, came=False, age=0.0)] * 99, 0.0),
        ([Resolved(0.5, came=False, age=0.0)] * 200, 0.674832),
        ([Resolved(0.5, came=False, age=180.0)] * 200, 0.401058),  # a half-life ago
        ([Resolved(0.5, came=True, age=0.0)] * 200, -0.674832),
        ([Resolved(0.8, came=False, age=0.0)] * 100, 0.671467),
        ([Resolved(1.0, came=False, age=0.0)] * 5000, 10.531386),  # surely wrong, and often: far, but not for ever
        ([Resolved(0.0, came=True, age=0.0)] * 5000, -10.531386),
    ],
)
def test_what_is_learned_in_numbers(past: list[Resolved], learned: float) -> None:
    assert intercept(past) == pytest.approx(learned, abs=1e-6)


def test_nothing_is_so_sure_that_no_intercept_could_move_it() -> None:
    assert [shifted(1.0, 0.0), shifted(0.0, 0.0)] == pytest.approx([0.9999, 0.0001])


def test_sure_predictions_that_failed_do_no_harm() -> None:
    assert abs(intercept([Resolved(1.0, came=False, age=0.0), Resolved(0.0, came=True, age=0.0)] * 100)) < 0.1


def habits(faithful: bool) -> dict[int, list[Contact]]:
    """Forty monthly ties over two years; unless faithful, none comes back after the first year."""
    last = 720 if faithful else 330
    return {who: [Contact(day, sent=1, received=1) for day in range(who % 30, last, 30)] for who in range(40)}


def test_the_past_is_judged_with_nothing_known_of_the_days_after() -> None:
    past = resolved(habits(faithful=True), 700)
    assert len(past) >= EVIDENCE
    assert all(judged.age >= 0 for judged in past)
    cut = {who: [c for c in days if c.day <= 400] for who, days in habits(faithful=True).items()}
    early = {judged.p_active for judged in resolved(cut, 460) if judged.age == 0}
    assert early
    assert early == {judged.p_active for judged in resolved(habits(faithful=True), 460) if judged.age == 0}


def test_it_is_judged_once_a_month_for_a_year_and_a_half() -> None:
    weekly_for_ever = {1: [Contact(day, sent=1, received=1) for day in range(0, 2000, 7)]}
    assert [judged.age for judged in resolved(weekly_for_ever, 1500)] == list(range(510, -1, -30))


def test_an_owner_whose_people_come_back_more_than_the_formula_says_is_told_so() -> None:
    past = resolved(habits(faithful=True), 700)
    assert all(judged.came for judged in past)
    assert intercept(past) < -0.1  # less silence than expected


def test_a_shift_is_the_same_as_reading_with_the_intercept() -> None:
    bob = weekly(0, 200)
    assert shifted(p_active(bob, 30), 0.4) == pytest.approx(p_active(bob, 30, intercept=0.4))
