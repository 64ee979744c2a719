"""Calendar texts, written short: `calendar(event("a", "DTSTART:20260302T090000Z"))`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connectors.ical import Reading, Series, read_calendar
from connectors.records import Malformed, MeetingRecord

AS_OF = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WINDOW = (datetime(2023, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))
ZONE = "Europe/Berlin"


def event(uid: str, *lines: str) -> str:
    """A VEVENT with this UID and these content lines."""
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", ""])


def calendar(*parts: str, head: tuple[str, ...] = ()) -> bytes:
    """A VCALENDAR of these components."""
    opening = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//weaktie//tests//EN", *head, ""])
    return f"{opening}{''.join(parts)}END:VCALENDAR\r\n".encode()


def read(data: bytes, **changed: Any) -> Reading:
    """Read it for an owner in Berlin, as of AS_OF, three years back and one ahead."""
    return read_calendar(data, **{"calendar": "work", "window": WINDOW, "zone": ZONE, "as_of": AS_OF, **changed})


def meetings(data: bytes, **changed: Any) -> list[MeetingRecord]:
    """The meetings alone, by start."""
    found = [record for record in read(data, **changed).records if isinstance(record, MeetingRecord)]
    return sorted(found, key=lambda meeting: meeting.start)


def one(*lines: str, head: tuple[str, ...] = (), **changed: Any) -> MeetingRecord:
    """The only meeting of the only event with these lines."""
    (meeting,) = meetings(calendar(event("one@example.com", *lines), head=head), **changed)
    return meeting


def starts(data: bytes, **changed: Any) -> list[str]:
    """Starts as `2026-03-02 09:00`, UTC."""
    return [f"{meeting.start:%Y-%m-%d %H:%M}" for meeting in meetings(data, **changed)]


def reasons(series: Series) -> list[str]:
    """Why parts of a series could not be read."""
    return [record.reason for record in series.records if isinstance(record, Malformed)]
