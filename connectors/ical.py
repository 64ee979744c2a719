"""Calendars (RFC 5545) to meetings: every instance once, hostile rules cut off, one bad event alone left out.

Taking the text apart happens here (ical_text); parsing and expanding in a worker process (ical_pool, ical_worker,
ical_expand), because a rule of one line can ask for years of work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors import ical_pool
from connectors.ical_text import RawCalendar, RawSeries, clean, split_calendar
from connectors.records import Answer, Attendee, Malformed, MeetingRecord

NEAR = timedelta(days=120)
"""How far ahead instances of a crowded series reach."""


@dataclass(frozen=True, slots=True)
class Series:
    """The meetings of one UID within the window. `complete` is False where some could not be read."""

    uid: str
    records: tuple[MeetingRecord | Malformed, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """A calendar as far as it goes within the window.

    `until`: instances are known up to here, later ones need another reading. `whole` is False where the text stops
    in the middle or is no calendar: then what is not in it may still exist.
    """

    series: tuple[Series, ...]
    until: datetime
    whole: bool = True

    @property
    def records(self) -> list[MeetingRecord | Malformed]:
        """All records, series by series."""
        return [record for series in self.series for record in series.records]

    @property
    def complete(self) -> tuple[str, ...]:
        """The uids whose instances are complete."""
        return tuple(series.uid for series in self.series if series.complete)


def read_calendar(
    data: bytes,
    *,
    calendar: str,
    window: tuple[datetime, datetime],
    zone: str,
    as_of: datetime | None = None,
) -> Reading:
    """The meetings of one calendar text; the arguments are those of CalendarReader.

    Never raises for what the text holds; raises Unavailable when the worker process cannot be started.
    """
    return CalendarReader(calendar=calendar, window=window, zone=zone, as_of=as_of).read(data)


class CalendarReader:
    """Reads the texts of one calendar: the one of a file, or the many a calendar server hands out.

    `calendar` names it in the records. Meetings are given that start within `window` (start inclusive, end
    exclusive). `zone` is the owner's IANA zone, for times without one. `as_of` is the present, around which crowded
    series are kept; by default the end of the window. Identity of a meeting is its UID and the instant it was first
    planned for (RFC 5545 §3.8.4.4).
    """

    def __init__(
        self, *, calendar: str, window: tuple[datetime, datetime], zone: str, as_of: datetime | None = None
    ) -> None:
        self.calendar = calendar
        self.window = window
        self.zone = zone
        self.as_of = as_of or window[1]
        self._cuts = 0

    def read(self, data: bytes) -> Reading:
        """Everything in this text, series by series. Patience with series that had to be cut off is shared."""
        return self._read(split_calendar(data))

    def _read(self, raw: RawCalendar) -> Reading:
        asked = [series for series in raw.series.values() if not series.broken and self._touches(series)]
        replies = ical_pool.expand(self._told(raw), [series.events for series in asked], self._cuts) if asked else []
        self._cuts += ical_pool.cut(replies)
        answers = dict(zip((series.uid for series in asked), replies, strict=True))
        found = tuple(self._series(series, answers.get(series.uid)) for series in raw.series.values())
        near = any(reply.get("near") for reply in replies)
        until = min(self.window[1], self.as_of + NEAR) if near else self.window[1]
        return Reading(found, until, raw.whole and raw.found)

    def _told(self, raw: RawCalendar) -> dict[str, Any]:
        return {
            "zones": raw.zones,
            "zone_name": raw.zone_name,
            "zone": self.zone,
            "start": self.window[0].timestamp(),
            "end": self.window[1].timestamp(),
            "pivot": self.as_of.timestamp(),
        }

    def _touches(self, series: RawSeries) -> bool:
        """False for a single event that plainly starts outside the window: most of an old calendar."""
        if series.recurs:
            return True
        day = re.search(r"(?im)^DTSTART[^\r\n]*?:(\d{8})(?!\d)", series.events[0])
        if day is None:
            return True
        first, last = (f"{moment + delta:%Y%m%d}" for moment, delta in zip(self.window, _MARGINS, strict=True))
        return first <= day.group(1) <= last

    def _series(self, series: RawSeries, reply: dict[str, Any] | None) -> Series:
        reason = series.broken or (reply or {}).get("bad", "")
        if reason:
            return Series(series.uid, (self._malformed(series.uid, reason),), complete=False)
        if reply is None:
            return Series(series.uid, ())
        people = [tuple(map(_attendee, part["people"])) for part in reply["parts"]]
        records: list[MeetingRecord | Malformed] = [
            self._meeting(series.uid, row, reply["parts"][row[0]], people[row[0]], recurring=reply["recurring"])
            for row in reply["at"]
        ]
        if reply["dropped"]:
            records.append(self._malformed(series.uid, f"recurs too often: its {reply['dropped']} oldest are left out"))
        return Series(series.uid, tuple(records))

    def _malformed(self, uid: str, reason: str) -> Malformed:
        return Malformed(uid, self.calendar, clean(f"This event {reason}.", 300))

    def _meeting(
        self, uid: str, row: list[Any], part: dict[str, Any], people: tuple[Attendee, ...], *, recurring: bool
    ) -> MeetingRecord:
        _, original, start, end, all_day = row
        instance = datetime.fromtimestamp(original, UTC).isoformat()
        return MeetingRecord(
            ref=f"{uid}#{instance}",
            calendar=self.calendar,
            uid=uid,
            instance=instance,
            start=datetime.fromtimestamp(start, UTC),
            end=datetime.fromtimestamp(end, UTC),
            summary=part["summary"],
            attendees=people,
            all_day=all_day,
            cancelled=part["cancelled"],
            floating=part["floating"],
            recurring=recurring,
        )


_MARGINS = (timedelta(days=-2), timedelta(days=2))


def _attendee(row: list[Any]) -> Attendee:
    address, name, answer, resource, organizer = row
    return Attendee(address, name, Answer(answer), resource, organizer)
