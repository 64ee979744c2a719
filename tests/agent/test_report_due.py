"""When the weekly report is due: the owner's weekday and clock, summer and winter."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from agent.report.due import WEEKDAYS, next_report
from tests.letters import at

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-02 05:00", "2026-03-02 06:30"),  # Monday, winter time: 07:30 is 06:30 UTC
        ("2026-03-02 06:30", "2026-03-09 06:30"),  # at the very minute it is the next one
        ("2026-03-23 07:00", "2026-03-30 05:30"),  # the clocks go forward in between
        ("2026-10-19 06:00", "2026-10-26 06:30"),  # and back
    ],
)
def test_monday_half_past_seven_where_the_owner_is(now: str, due: str) -> None:
    assert next_report(at(now), "monday", "07:30", BERLIN) == at(due)


@pytest.mark.parametrize("weekday", WEEKDAYS)
def test_every_weekday_is_its_own(weekday: str) -> None:
    due = next_report(at("2026-03-04 12:00"), weekday, "23:59", BERLIN)
    assert due.astimezone(BERLIN).strftime("%A %H:%M").lower() == f"{weekday} 23:59"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
@pytest.mark.parametrize(("weekday", "time"), [("sunday", "02:30"), ("monday", "00:00"), ("sunday", "23:59")])
def test_three_years_have_one_report_in_every_week(zone: str, weekday: str, time: str) -> None:
    due, mondays = at("2026-01-01 12:00"), []
    while due < at("2029-01-01 12:00"):
        due = next_report(due, weekday, time, ZoneInfo(zone))
        day = due.astimezone(ZoneInfo(zone)).date()
        mondays.append(day - timedelta(days=day.weekday()))
    assert {later - earlier for earlier, later in pairwise(mondays)} == {timedelta(weeks=1)}


def test_an_hour_that_the_clocks_skip_is_not_lost() -> None:
    due = next_report(at("2026-03-28 12:00"), "sunday", "02:30", BERLIN)
    assert due.astimezone(BERLIN).date() == datetime(2026, 3, 29, tzinfo=BERLIN).date()
