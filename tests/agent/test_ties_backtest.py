"""The replay of an owner's ledger: what would have been said, and what came of it."""

from __future__ import annotations

import random

import pytest

from agent.ties.backtest import area, backtest
from agent.ties.model import Contact

TODAY = 20_000


def monthly(last: int, times: int = 14) -> list[Contact]:
    """Contact every thirty days, both ways, up to a day."""
    return [Contact(last - 30 * number, 1, 1, 0) for number in range(times)]


def test_a_tie_that_went_quiet_for_good_is_named_once_and_never_came_back() -> None:
    found = backtest({1: monthly(TODAY - 200)}, TODAY, weeks=52, people=10)
    (naming,) = found.namings
    assert naming.person == 1
    assert 30 < naming.silence < 75
    assert naming.back_after is None
    assert (found.back_soon, found.back_late, found.never) == (0, 0, 1)


def test_a_tie_that_came_back_is_told_with_the_days_it_took() -> None:
    quiet = TODAY - 300
    found = backtest({1: [*monthly(quiet), Contact(quiet + 90, 1, 1, 0)]}, TODAY, weeks=52, people=10)
    first = found.namings[0]
    assert first.back_after == quiet + 90 - first.day
    assert found.back_soon == 1


def test_a_naming_too_young_to_judge_is_not_counted() -> None:
    found = backtest({1: monthly(TODAY - 70)}, TODAY, weeks=10, people=10)
    assert len(found.namings) == 1
    assert (found.resolved, found.never) == ((), 0)


def test_a_report_names_no_more_than_it_may() -> None:
    ledger = {who: monthly(TODAY - 150) for who in range(30)}
    week_by_week = backtest(ledger, TODAY, weeks=52, people=5)
    assert max(sum(n.day == day for n in week_by_week.namings) for day in {n.day for n in week_by_week.namings}) == 5


def test_nothing_after_a_day_is_known_on_that_day() -> None:
    told = backtest({1: monthly(TODAY - 400)}, TODAY - 200, weeks=20, people=10)
    later = backtest({1: [*monthly(TODAY - 400), Contact(TODAY - 10, 5, 5, 0)]}, TODAY - 200, weeks=20, people=10)
    assert [(n.day, n.silence) for n in told.namings] == [(n.day, n.silence) for n in later.namings]
    assert told.bins == later.bins


def test_chances_that_come_true_as_often_as_given_have_no_error() -> None:
    found = backtest({who: monthly(TODAY - who, 30) for who in range(40)}, TODAY, weeks=60, people=10)
    assert sum(one.count for one in found.bins) == found.guesses
    assert found.calibration_error is not None
    assert 0 <= found.calibration_error <= 1


def test_without_a_past_nothing_is_claimed() -> None:
    found = backtest({}, TODAY, weeks=8, people=10)
    assert (found.reports, found.namings, found.bins, found.calibration_error) == (8, (), (), None)
    assert set(found.auc.values()) == {None}


@pytest.mark.parametrize(
    ("scores", "came", "expected"),
    [
        ([1, 2, 3, 4], [False, False, True, True], 1.0),
        ([4, 3, 2, 1], [False, False, True, True], 0.0),
        ([1, 1], [True, False], 0.5),
    ],
)
def test_the_area_under_the_curve(scores: list[float], came: list[bool], expected: float) -> None:
    assert area(scores, came) == expected


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    dice = random.Random(7)
    scores = [dice.choice([0.1, 0.2, 0.3, 0.4]) for _ in range(80)]
    came = [dice.random() < score + 0.2 for score in scores]
    pairs = [(a, b) for a, x in zip(scores, came, strict=True) if x for b, y in zip(scores, came, strict=True) if not y]
    by_hand = sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)
    assert area(scores, came) == pytest.approx(by_hand)


def test_whom_the_report_hides_is_neither_named_nor_judged() -> None:
    ledger = {who: monthly(TODAY - 200) for who in range(4)}
    found = backtest(ledger, TODAY, weeks=52, people=10, hidden=frozenset({0, 1}))
    assert {naming.person for naming in found.namings} == {2, 3}
    assert 2 * found.guesses == backtest(ledger, TODAY, weeks=52, people=10).guesses


def test_the_chances_are_those_with_the_calibration_learned_by_then() -> None:
    """Sixty ties that always come back: the longer it is seen, the higher the chance given."""
    ledger = {who: monthly(TODAY - who % 30, 40) for who in range(60)}
    short, long = (backtest(ledger, TODAY, weeks=weeks, people=10) for weeks in (10, 60))
    assert sum(one.given for one in long.bins) > sum(one.given for one in short.bins)
