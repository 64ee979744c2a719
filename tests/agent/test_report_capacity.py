"""How much an owner can do is what they did, by themself, in the last year."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.report.capacity import Capacity, Day, capacity

TODAY = 20_000


def takes_up(a_week: int, weeks: int) -> list[Day]:
    """So many people written to in each of the last weeks, each after months of silence."""
    return [
        Day(week * 100 + number, TODAY - 7 * week + 1, owner=True)
        for week in range(1, weeks + 1)
        for number in range(a_week)
    ]


def test_what_one_does_each_week_is_what_one_can_do() -> None:
    assert capacity(takes_up(4, 40), TODAY).weekly == 4


def test_too_few_weeks_say_nothing_and_the_setting_holds() -> None:
    found = capacity(takes_up(4, 5), TODAY)
    assert found.weekly is None
    assert found.at_most(10) == 10


def test_the_report_asks_for_three_at_least_and_never_for_more_than_set() -> None:
    assert Capacity(weekly=0, kept=0, weeks=30).at_most(10) == 3
    assert Capacity(weekly=0, kept=0, weeks=30).at_most(2) == 2
    assert Capacity(weekly=40, kept=0, weeks=30).at_most(10) == 10
    assert Capacity(weekly=4, kept=0, weeks=30).at_most(10) == 4


def test_going_on_with_a_conversation_is_not_taking_it_up() -> None:
    daily = [Day(1, TODAY - back, owner=True) for back in range(1, 300)]
    found = capacity(daily, TODAY)
    assert (found.weekly, found.kept) == (1, 1)


def test_answering_whoever_wrote_is_not_taking_up_either() -> None:
    asked = [Day(10 * n + who, TODAY - 7 * n, owner=False) for n in range(1, 40) for who in range(3)]
    answered = [Day(each.person_id, each.day + 1, owner=True) for each in asked]
    assert capacity(asked + answered, TODAY).weekly == 1


def test_a_holiday_is_no_measure() -> None:
    year = takes_up(3, 50)
    summer = [day for day in year if not 20 <= (TODAY - day.day) // 7 < 26]
    assert capacity(summer, TODAY).weekly == capacity(year, TODAY).weekly == 3


def test_ties_alive_at_a_time() -> None:
    monthly = [Day(who, TODAY - back, owner=True) for who in range(30) for back in range(1, 400, 30)]
    assert capacity(monthly, TODAY).kept == 30


@given(st.lists(st.builds(Day, st.integers(0, 5), st.integers(TODAY - 500, TODAY + 50), st.booleans()), max_size=60))
def test_order_does_not_matter_and_nothing_ahead_counts(days: list[Day]) -> None:
    past = [day for day in days if day.day < TODAY]
    assert capacity(days, TODAY) == capacity(list(reversed(past)), TODAY)
