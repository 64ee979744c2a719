"""Dates of mail: RFC 5322 §3.3 and the forms the world wrote before and beside it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache

# A clock without a battery says 1970 or 1980; beyond the upper end nobody now alive will read the answer.
EARLIEST, LATEST = 1981, 2199

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_NUMBERS = {name.title(): f"{number:02}" for name, number in _MONTHS.items()}
CLOCK = r"((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])"
ZONE = r"([+-][01][0-9][0-5][0-9])"
_USUAL = re.compile(
    rf" ?(?:[A-Za-z]{{3}}, )?([0-9]{{1,2}}) ([A-Z][a-z]{{2}}) (198[1-9]|199[0-9]|20[0-9]{{2}}) {CLOCK} {ZONE}"
    r"(?: \([^()]*\))? ?"
)
_COMMON = re.compile(
    r"\s*(?:[A-Za-z]{3},\s*)?(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d\d):(\d\d)(?::(\d\d))?\s+"
    r"([+-])(\d\d)(\d\d)(?:\s*\([^()]*\))?\s*"
)
_ISO = re.compile(r"\s*(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?\s*")
_COMMENT = re.compile(r"\([^()]*\)")
_COLON = re.compile(r"\s*:\s*")


def parse_date(value: str) -> datetime | None:
    """The instant in UTC, whole seconds; None for what is no date, no real day, or before 1981 or after 2199.

    A missing zone, and `-0000`, mean UTC (RFC 5322 §3.3). Years of two digits follow RFC 5322 §4.3.
    """
    usual = _USUAL.fullmatch(value)
    return (usual and instant(*usual.groups())) or parse_date_carefully(value)


def instant(day: str, month: str, year: str, clock: str, zone: str) -> datetime | None:
    """The instant in UTC of a date in pieces: "1" or "01", "Jun", "2004", "12:00:00", "+0200"; None for no real day."""
    try:
        text = f"{year}-{_NUMBERS[month]}-{day if len(day) == 2 else '0' + day}T{clock}{zone}"
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, KeyError, OverflowError):
        return None


def parse_date_carefully(value: str) -> datetime | None:
    """As `parse_date`, for dates of any form."""
    found = _COMMON.fullmatch(value)
    if found is None:
        return _obsolete(value[:200])
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    offset = int(zone_hours) * 60 + int(zone_minutes)
    return _instant(
        (int(year), _MONTHS.get(month.lower(), 0), int(day), int(hour), int(minute), int(second or 0)),
        -offset if sign == "-" else offset,
    )


def _instant(parts: tuple[int, int, int, int, int, int], offset_minutes: int) -> datetime | None:
    year, month, day, hour, minute, second = parts
    if not EARLIEST <= year <= LATEST or abs(offset_minutes) >= 24 * 60:
        return None
    try:
        local = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=_zone(offset_minutes))
    except ValueError:
        return None
    return local.astimezone(UTC)


@lru_cache(maxsize=128)
def _zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))


def _obsolete(value: str) -> datetime | None:
    value = _COLON.sub(":", _COMMENT.sub(" ", value))
    iso = _ISO.fullmatch(value)
    if iso is not None:
        return _iso(iso[1], iso[2], iso[3] or "+0000")
    try:
        found = parsedate_tz(value)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    if found is None:
        return None
    year, month, day, hour, minute, second = found[:6]
    if 100 <= year < 1000:
        year += 1900
    return _instant((year, month, day, hour, minute, second), (found[9] or 0) // 60)


def _iso(day: str, clock: str, zone: str) -> datetime | None:
    zone = "+0000" if zone == "Z" else zone.replace(":", "")
    year, month, date = (int(part) for part in day.split("-"))
    hour, minute, second, *_ = (int(part) for part in f"{clock}:00".split(":"))
    offset = int(zone[1:3]) * 60 + int(zone[3:5])
    return _instant((year, month, date, hour, minute, second), -offset if zone[0] == "-" else offset)
