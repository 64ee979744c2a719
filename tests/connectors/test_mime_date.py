"""Dates of mail: an instant in UTC, or none; never a naive or an impossible one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mime_date import EARLIEST, LATEST, parse_date

NOON = datetime(2004, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "Tue, 1 Jun 2004 12:00:00 +0000",
        "Tue, 01 Jun 2004 14:00:00 +0200",
        "Tue, 1 Jun 2004 05:00:00 -0700 (PDT)",
        "  1 Jun 2004 12:00 -0000",
        "Tue,1 Jun 2004 12:00:00 GMT",
        "Tue, 1 Jun 2004 8:00:00 EDT",
        "Tue, 1 Jun 04 12:00:00 UT",
        "Tue, 1 Jun 104 12:00:00 Z",
        "Tue, 1 Jun 2004 12:00:00",
        "Tue Jun  1 12:00:00 2004",
        "Tue, 1 Jun 2004 12(noon):  00  :00 +0000",
        "Tuesday, 01-Jun-04 12:00:00 GMT",
        "2004-06-01T12:00:00Z",
        "2004-06-01 14:00:00.123 +02:00",
        "Tue, 1 Jun 2004\t12:00:00\n +0000",
    ],
)
def test_the_forms_the_world_writes(value: str) -> None:
    assert parse_date(value) == NOON


def test_a_leap_second_is_the_second_before() -> None:
    assert parse_date("Sat, 31 Dec 2016 23:59:60 +0000") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "garbage",
        "Whenever",
        "31 Jun 2004 10:00:00 +0000",
        "Thu, 1 Jan 1970 00:00:00 +0000",
        "Mon, 31 Dec 1979 16:00:00 -0800",
        "1 Jan 0000 10:00:00 +0000",
        "1 Jan 0001 10:00:00 +0000",
        "1 Jan 9999 10:00:00 +0000",
        "1 Jan 99999 10:00:00 +0000",
        "Tue, 1 Jun 2004 12:00:00 +9999",
        "Tue, 1 Jun 2004 25:00:00 +0000",
        "Tue, 1 Jun 2004 12:61:00 +0000",
        "2004-13-01T12:00:00Z",
        "1 1 1 1 1 1 1",
        "9" * 5_000,
        ", " * 5_000,
    ],
)
def test_what_is_no_date(value: str) -> None:
    assert parse_date(value) is None


SECONDS = st.integers(*(int(datetime(year, 1, 2, tzinfo=UTC).timestamp()) for year in (EARLIEST, LATEST)))


@given(SECONDS, st.integers(-14 * 60, 14 * 60))
def test_what_python_writes_is_read_back(second: int, minutes: int) -> None:
    written = datetime.fromtimestamp(second, timezone(timedelta(minutes=minutes)))
    assert parse_date(format_datetime(written)) == written


@given(st.one_of(st.text(max_size=60), st.text("0123456789 :,-+()JanMonTZ", max_size=60)))
def test_never_naive_never_out_of_range(value: str) -> None:
    found = parse_date(value)
    assert found is None or (found.utcoffset() == timedelta(0) and EARLIEST - 1 <= found.year <= LATEST + 1)
