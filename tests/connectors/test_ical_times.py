"""When a meeting is: recurrence, exceptions and time zones against instants worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.calendars import calendar, event, meetings, one, read, starts

WEEKLY = ("DTSTART;TZID=Europe/Berlin:20260310T090000", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;COUNT=5")


def test_a_series_keeps_its_wall_clock_over_the_change_to_summer_time() -> None:
    expected = ["2026-03-10 08:00", "2026-03-17 08:00", "2026-03-24 08:00", "2026-03-31 07:00", "2026-04-07 07:00"]
    assert starts(calendar(event("a", *WEEKLY))) == expected


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("20260329T023000", "2026-03-29 01:30"),  # the hour that does not exist: RFC 5545 §3.3.5, offset before the gap
        ("20261025T023000", "2026-10-25 00:30"),  # the hour that comes twice: its first coming
        ("20261025T033000", "2026-10-25 02:30"),
    ],
)
def test_half_past_two_on_the_days_the_clock_changes(local: str, utc: str) -> None:
    assert f"{one(f'DTSTART;TZID=Europe/Berlin:{local}').start:%Y-%m-%d %H:%M}" == utc


def test_a_struck_out_instance_is_gone_and_its_neighbours_stay() -> None:
    struck = calendar(event("a", *WEEKLY, "EXDATE;TZID=Europe/Berlin:20260317T090000"))
    assert starts(struck) == ["2026-03-10 08:00", "2026-03-24 08:00", "2026-03-31 07:00", "2026-04-07 07:00"]


@pytest.mark.parametrize("exdate", ["EXDATE:20260317T080000Z", "EXDATE:20260317T090000", "EXDATE;VALUE=DATE:20260317"])
def test_a_date_is_struck_out_however_it_is_written(exdate: str) -> None:
    assert "2026-03-17 08:00" not in starts(calendar(event("a", *WEEKLY, exdate)))


def test_striking_out_one_of_two_on_a_day_spares_the_other() -> None:
    """At ten in Berlin it is nine in London: an instance is not another one's UTC time."""
    rule = ("DTSTART;TZID=Europe/Berlin:20260310T090000", "RRULE:FREQ=DAILY;BYHOUR=9,10;COUNT=4")
    struck = calendar(event("a", *rule, "EXDATE;TZID=Europe/Berlin:20260310T100000"))
    assert starts(struck) == ["2026-03-10 08:00", "2026-03-11 08:00", "2026-03-11 09:00"]


def test_a_moved_instance_keeps_its_identity() -> None:
    moved = event("a", "RECURRENCE-ID;TZID=Europe/Berlin:20260317T090000", "DTSTART;TZID=Europe/Berlin:20260318T140000")
    found = meetings(calendar(event("a", *WEEKLY), moved))
    assert [meeting.instance for meeting in found][1] == "2026-03-17T08:00:00+00:00"
    assert found[1].start == datetime(2026, 3, 18, 13, 0, tzinfo=UTC)
    assert len(found) == len({meeting.instance for meeting in found}) == 5


@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("identifier", ["RECURRENCE-ID:20260317T080000Z", "RECURRENCE-ID;VALUE=DATE:20260317"])
def test_the_moved_instance_is_found_however_it_is_named_and_wherever_it_stands(identifier: str, order: int) -> None:
    parts = [event("a", *WEEKLY), event("a", identifier, "DTSTART:20260318T130000Z")]
    found = meetings(calendar(*parts[order:], *parts[:order]))
    assert [meeting.instance for meeting in found if meeting.start.hour == 13] == ["2026-03-17T08:00:00+00:00"]
    assert len(found) == 5


def test_moved_out_of_sight_is_neither_where_it_was_nor_where_it_is() -> None:
    moved = event("a", "RECURRENCE-ID:20260317T080000Z", "DTSTART:20310318T130000Z")
    assert len(starts(calendar(event("a", *WEEKLY), moved))) == 4


def test_from_one_instance_onwards_everything_moves() -> None:
    later = event(
        "a",
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260324T090000",
        "DTSTART;TZID=Europe/Berlin:20260324T110000",
        "DURATION:PT1H",
    )
    found = meetings(calendar(event("a", *WEEKLY), later))
    assert [f"{meeting.start:%d %H}" for meeting in found] == ["10 08", "17 08", "24 10", "31 09", "07 09"]
    assert found[3].instance == "2026-03-31T07:00:00+00:00"
    assert found[3].end - found[3].start == timedelta(hours=1)


def test_a_cancelled_instance_is_told_and_not_dropped() -> None:
    off = event("a", "RECURRENCE-ID:20260317T080000Z", "DTSTART:20260317T080000Z", "STATUS:CANCELLED")
    found = meetings(calendar(event("a", *WEEKLY), off))
    assert [meeting.cancelled for meeting in found] == [False, True, False, False, False]


def test_an_instance_without_its_series_is_a_meeting() -> None:
    """Invited to one date of somebody else's series."""
    meeting = one("RECURRENCE-ID:20260317T080000Z", "DTSTART:20260317T100000Z", "DURATION:PT1H")
    assert (meeting.instance, meeting.start.hour, meeting.recurring) == ("2026-03-17T08:00:00+00:00", 10, True)


def test_of_two_revisions_the_newer_counts() -> None:
    old = event("a", "SEQUENCE:1", "DTSTART:20260310T090000Z", "SUMMARY:old")
    new = event("a", "SEQUENCE:2", "DTSTART:20260311T090000Z", "SUMMARY:new")
    assert [meeting.summary for meeting in meetings(calendar(new, old))] == ["new"]


def test_of_two_revisions_of_an_instance_the_newer_counts() -> None:
    first = event("a", "SEQUENCE:1", "RECURRENCE-ID:20260317T080000Z", "DTSTART:20260318T100000Z")
    second = event("a", "SEQUENCE:2", "RECURRENCE-ID:20260317T080000Z", "DTSTART:20260319T100000Z")
    found = starts(calendar(second, event("a", *WEEKLY), first))
    assert "2026-03-19 10:00" in found
    assert "2026-03-18 10:00" not in found


def test_a_program_that_gives_every_event_the_same_uid_loses_none() -> None:
    same = [event("export", f"DTSTART:2026030{day}T090000Z") for day in (3, 4, 5)]
    assert len(meetings(calendar(*same))) == 3


def test_events_without_a_uid_are_told_apart_and_recognised() -> None:
    text = calendar(*(event("x", f"DTSTART:2026030{day}T090000Z") for day in (3, 4))).replace(b"UID:x\r\n", b"")
    uids = [meeting.uid for meeting in meetings(text)]
    later = text.replace(b"DTSTAMP:2026", b"DTSTAMP:2027")
    assert len(set(uids)) == 2
    assert [meeting.uid for meeting in meetings(later)] == uids


def test_extra_dates_and_periods() -> None:
    dates = ("RDATE:20260312T090000Z,20260313T090000Z", "RDATE;VALUE=PERIOD:20260314T090000Z/PT2H")
    found = meetings(calendar(event("a", "DTSTART:20260310T090000Z", "DTEND:20260310T093000Z", *dates)))
    assert [meeting.start.day for meeting in found] == [10, 12, 13, 14]
    assert found[3].end - found[3].start == timedelta(hours=2)


def test_a_rule_of_exceptions_is_obeyed() -> None:
    rules = ("RRULE:FREQ=DAILY;COUNT=7", "EXRULE:FREQ=WEEKLY;BYDAY=SA,SU")
    assert [text[:10] for text in starts(calendar(event("a", "DTSTART:20260310T090000Z", *rules)))] == [
        *("2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13", "2026-03-16")
    ]


@pytest.mark.parametrize("until", ["20260324T080000Z", "20260324T090000", "20260324"])
def test_until_includes_its_moment_in_every_spelling(until: str) -> None:
    rule = ("DTSTART;TZID=Europe/Berlin:20260310T090000", f"RRULE:FREQ=WEEKLY;UNTIL={until}")
    assert starts(calendar(event("a", *rule)))[-1] == "2026-03-24 08:00"


def test_whole_days_stand_at_noon_and_end_at_noon() -> None:
    meeting = one("DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260312")
    assert meeting.all_day
    assert (meeting.start, meeting.end) == tuple(datetime(2026, 3, day, 12, tzinfo=UTC) for day in (10, 12))
    assert one("DTSTART;VALUE=DATE:20260310").end == datetime(2026, 3, 11, 12, tzinfo=UTC)


def test_whole_days_recur_and_are_struck_out_and_moved() -> None:
    days = ("DTSTART;VALUE=DATE:20260310", "RRULE:FREQ=DAILY;UNTIL=20260313", "EXDATE;VALUE=DATE:20260311")
    moved = event("a", "RECURRENCE-ID;VALUE=DATE:20260312", "DTSTART:20260312T150000Z")
    found = meetings(calendar(event("a", *days), moved))
    assert [(meeting.start.day, meeting.all_day) for meeting in found] == [(10, True), (12, False), (13, True)]
    assert found[1].instance == "2026-03-12T12:00:00+00:00"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo", "America/New_York"])
def test_a_whole_day_is_the_same_day_for_everybody(zone: str) -> None:
    assert one("DTSTART;VALUE=DATE:20260310", zone=zone).start == datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("start", ["DTSTART:", "DTSTART;TZID=Nowhere/Known:", "DTSTART;TZID=../../etc/passwd:"])
def test_without_a_known_zone_the_owners_is_assumed_and_told(start: str, zone: str) -> None:
    meeting = one(f"{start}20260610T090000", zone=zone)
    assert meeting.floating
    assert meeting.start == datetime(2026, 6, 10, 9, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("W. Europe Standard Time", 7), ("Eastern Standard Time", 13), ("/vendor/2024/Asia/Tokyo", 0), ("UTC", 9)],
)
def test_windows_and_vendor_names_are_known(zone: str, hour: int) -> None:
    meeting = one(f"DTSTART;TZID={zone}:20260610T090000")
    assert (meeting.start.hour, meeting.floating) == (hour, False)


CUSTOM = """BEGIN:VTIMEZONE\r
TZID:Customized Time Zone\r
BEGIN:STANDARD\r
DTSTART:16010101T030000\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;BYHOUR=3;BYMINUTE=0\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:16010101T020000\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r
END:DAYLIGHT\r
END:VTIMEZONE\r
"""


def test_a_zone_the_calendar_brings_along_is_used_there_and_nowhere_else() -> None:
    meant = event("a", "DTSTART;TZID=Customized Time Zone:20260310T090000", "RRULE:FREQ=MONTHLY;COUNT=2")
    assert starts(calendar(CUSTOM, meant)) == ["2026-03-10 08:00", "2026-04-10 07:00"]
    assert not any(meeting.floating for meeting in meetings(calendar(CUSTOM, meant)))
    assert all(meeting.floating for meeting in meetings(calendar(meant)))


def test_the_calendars_own_zone_comes_before_the_owners() -> None:
    head = ("X-WR-TIMEZONE:America/New_York",)
    meeting = one("DTSTART:20260310T090000", head=head)
    assert (meeting.start.hour, meeting.floating) == (13, False)
    rule = ("DTSTART:20260304T013000Z", "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=2")
    assert starts(calendar(event("a", *rule), head=head)) == ["2026-03-04 01:30", "2026-03-11 00:30"]


def test_an_end_before_the_start_is_no_end() -> None:
    meeting = one("DTSTART:20260310T090000Z", "DTEND:20260309T090000Z")
    assert meeting.start == meeting.end == datetime(2026, 3, 10, 9, tzinfo=UTC)


def test_the_window_is_half_open_and_counts_starts() -> None:
    window = (datetime(2026, 3, 10, 9, tzinfo=UTC), datetime(2026, 3, 12, 9, tzinfo=UTC))
    daily = event("a", "DTSTART:20260308T090000Z", "DTEND:20260309T100000Z", "RRULE:FREQ=DAILY;COUNT=9")
    single = event("b", "DTSTART:20260312T090000Z")
    assert starts(calendar(daily, single), window=window) == ["2026-03-10 09:00", "2026-03-11 09:00"]


def test_long_ago_and_far_ahead_are_read_but_give_nothing() -> None:
    reading = read(calendar(event("a", "DTSTART:19990101T090000Z"), event("b", "DTSTART:20990101T090000Z")))
    assert (reading.records, reading.complete) == ([], ("a", "b"))


@given(
    rule=st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    count=st.integers(1, 12),
    day=st.integers(1, 28),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    skip=st.integers(0, 11),
)
def test_every_instance_once_at_its_wall_clock(rule: str, count: int, day: int, zone: str, skip: int) -> None:
    lines = (f"DTSTART;TZID={zone}:202603{day:02d}T101500", f"RRULE:FREQ={rule};COUNT={count}")
    window = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2039, 1, 1, tzinfo=UTC))
    whole = meetings(calendar(event("a", *lines)), window=window)
    clocks = [meeting.start.astimezone(ZoneInfo(zone)) for meeting in whole]
    assert len(whole) == count
    assert {(clock.hour, clock.minute) for clock in clocks} == {(10, 15)}
    assert all(earlier < later for earlier, later in pairwise(clocks))
    struck = clocks[skip % count]
    rest = meetings(calendar(event("a", *lines, f"EXDATE;TZID={zone}:{struck:%Y%m%dT%H%M%S}")), window=window)
    assert [meeting.start for meeting in rest] == [clock for clock in clocks if clock != struck]
