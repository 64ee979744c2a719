"""One series of events in, its meetings out. Runs inside the worker process: what it reads may be hostile.

Everything is brought to naive local time of the series before it is expanded and back to instants afterwards, so
that an instance is found by exactly one time and never by its UTC and its local time at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import icalendar
from recurring_ical_events import of

from connectors.ical_people import people
from connectors.ical_text import clean

MAX_INSTANCES = 1_000
"""How many instances of one series are kept (the newest)."""
NEAR = timedelta(days=120)
"""How far ahead a crowded series is followed."""
CROWDED = timedelta(days=365)
"""A series whose newest MAX_INSTANCES do not reach back this far is no series of meetings."""

_PART = "X-WEAKTIE-PART"
_MAX_TIMES_A_DAY = 100
_MAX_DATES = 5_000


class Bad(Exception):
    """This series cannot be read; the message goes to the owner after the word "This event"."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a series is read against. `zone` is the owner's, `own_zone` the calendar's (X-WR-TIMEZONE)."""

    zone: tzinfo
    own_zone: tzinfo | None
    start: datetime
    end: datetime
    pivot: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """One VEVENT: the series itself (`original` None) or one changed instance of it (RECURRENCE-ID)."""

    text: str
    event: icalendar.Component
    start: date
    end: date
    original: date | None
    onwards: bool
    floating: bool
    revision: tuple[int, str]

    @property
    def recurs(self) -> bool:
        """Whether more than one instance can come of it."""
        return "RRULE" in self.event or "RDATE" in self.event


def read_series(texts: list[str], context: Context) -> dict[str, Any]:
    """The meetings of one UID as plain data.

    `parts`: {summary, cancelled, floating, people}; `at`: [part, original, start, end, all_day] in seconds UTC,
    by start; `dropped`: how many old instances were too many; `near`: whether far instances were left for later.
    Raises Bad, or whatever the libraries raise on hostile input.
    """
    _check_dates(texts)
    masters, overrides = _current([_part(text, context) for text in texts])
    overrides = [_aligned(part, masters[0], context) for part in overrides] if masters else overrides
    found: dict[int, list[Any]] = {}
    for number, master in enumerate(masters):
        found |= _instances(master, overrides if number == 0 else [], context)
    if not masters:
        found |= _instances(None, overrides, context)
    used = masters + overrides
    rows = [[used.index(part), *rest] for part, *rest in found.values()]
    at, dropped, near = _trim([row for row in rows if _inside(row[2], context)], context)
    return {
        "parts": [_told(part) for part in used],
        "at": at,
        "recurring": bool(overrides) or any(master.recurs for master in masters),
        "dropped": dropped,
        "near": near,
    }


def _inside(start: int, context: Context) -> bool:
    return context.start.timestamp() <= start < context.end.timestamp()


def _trim(rows: list[list[Any]], context: Context) -> tuple[list[list[Any]], int, bool]:
    """A crowded series first gives up its far future, then its oldest instances."""
    rows.sort(key=lambda row: (row[2], row[1]))
    if len(rows) <= MAX_INSTANCES:
        return rows, 0, False
    kept = [row for row in rows if row[2] < (context.pivot + NEAR).timestamp()]
    if len(kept) > MAX_INSTANCES and kept[-MAX_INSTANCES][2] > (context.pivot - CROWDED).timestamp():
        raise Bad(f"recurs {MAX_INSTANCES:,} times in little more than a year")
    return kept[-MAX_INSTANCES:], max(0, len(kept) - MAX_INSTANCES), len(kept) < len(rows)


def _current(parts: list[Part]) -> tuple[list[Part], list[Part]]:
    """The newest revision of the series and of each changed instance (RFC 5545 §3.8.7.4).

    Several events of one revision under one UID but with different starts are all kept: some programs give every
    event the same UID.
    """
    masters = [part for part in parts if part.original is None]
    newest = max((part.revision for part in masters), default=(0, ""))
    by_start = {str(part.start): part for part in masters if part.revision == newest}
    overrides: dict[int, Part] = {}
    for part in sorted((part for part in parts if part.original is not None), key=lambda part: part.revision):
        overrides[_seconds(part.original or part.start)] = part
    return sorted(by_start.values(), key=lambda part: not part.recurs), list(overrides.values())


def _part(text: str, context: Context) -> Part:
    event = icalendar.Event.from_ical(text)
    start = _time(event, "DTSTART")
    if start is None:
        raise Bad("has no start")
    floating = isinstance(start, datetime) and start.tzinfo is None
    home = _home(start, context)
    start = _aware(start, home)
    identifier = event.get("RECURRENCE-ID")
    original = _time(event, "RECURRENCE-ID")
    return Part(
        text=text,
        event=event,
        start=start,
        end=_end(event, start, home),
        original=None if original is None else _aware(original, home),
        onwards=original is not None and identifier.params.get("RANGE", "").upper() == "THISANDFUTURE",
        floating=floating and context.own_zone is None,
        revision=_revision(event),
    )


def _aligned(part: Part, master: Part, context: Context) -> Part:
    """The part with its RECURRENCE-ID of the kind the series has: a date for days, an instant for times."""
    home = _home(master.start, context)
    original, start = part.original, master.start
    if isinstance(start, datetime) and not isinstance(original, datetime) and original is not None:
        local = _local(start, home)
        clock = local.time() if isinstance(local, datetime) else time()
        return replace(part, original=datetime.combine(original, clock, home))
    if _is_day(start) and isinstance(original, datetime):
        zone = original.tzinfo if original.tzname() == "UTC" else home
        return replace(part, original=original.astimezone(zone).date())
    return part


def _home(start: date, context: Context) -> tzinfo:
    """Where the series' wall clock hangs. UTC gives way to the calendar's own zone, as its programs mean it."""
    if isinstance(start, datetime) and start.tzinfo is not None:
        return context.own_zone if context.own_zone and start.tzname() == "UTC" else start.tzinfo
    return context.own_zone or context.zone


def _time(event: icalendar.Component, name: str) -> date | None:
    """A date, or a date and time, of a property; None where absent. Raises Bad where it is neither."""
    value = event.get(name)
    if value is None:
        return None
    if isinstance(value, icalendar.vDDDTypes) and isinstance(value.dt, date):
        return value.dt
    raise Bad(f"has a {name} that cannot be read: {clean(str(value), 60)!r}")


def _aware(value: date, home: tzinfo) -> date:
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=home) if value.tzinfo is None else value


def _end(event: icalendar.Component, start: date, home: tzinfo) -> date:
    """DTEND, or DTSTART and DURATION, never before the start; a date ends on the next (RFC 5545 §3.6.1)."""
    try:
        end = _time(event, "DTEND")
    except Bad:
        end = None
    whole_day = not isinstance(start, datetime)
    if end is None:
        end = start + _duration(event, whole_day=whole_day)
    elif whole_day:
        end = end.date() if isinstance(end, datetime) else end
    elif not isinstance(end, datetime):
        end = datetime.combine(end, time(), home)
    end = _aware(end, home)
    if _seconds(end) > _seconds(start):
        return end
    return start + timedelta(days=1) if whole_day else start


def _duration(event: icalendar.Component, *, whole_day: bool) -> timedelta:
    value = getattr(event.get("DURATION"), "dt", None) if "DURATION" not in dict(event.errors) else None
    return value if isinstance(value, timedelta) else timedelta(days=1 if whole_day else 0)


def _revision(event: icalendar.Component) -> tuple[int, str]:
    sequence = event.get("SEQUENCE", 0)
    changed = event.get("LAST-MODIFIED", event.get("DTSTAMP"))
    moment = changed.dt if isinstance(changed, icalendar.vDDDTypes) else ""
    return (sequence if isinstance(sequence, int) else 0, str(moment))


def _seconds(value: date) -> int:
    """Seconds UTC; a date counts at its noon, so that it stays that date in every time zone."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    return int(datetime.combine(value, time(12), UTC).timestamp())


def _instances(master: Part | None, overrides: list[Part], context: Context) -> dict[int, list[Any]]:
    """Original instant → [part, original, start, end, all_day]."""
    alone = [part for part in (master, *overrides) if part is not None]
    if master is not None and master.recurs:
        return _expanded(master, overrides, context)
    return {_seconds(part.original or part.start): _row(part) for part in alone}


def _row(part: Part) -> list[Any]:
    start = _seconds(part.start)
    return [part, _seconds(part.original or part.start), start, _seconds(part.end), _is_day(part.start)]


def _is_day(value: date) -> bool:
    return not isinstance(value, datetime)


def _expanded(master: Part, overrides: list[Part], context: Context) -> dict[int, list[Any]]:
    home = _home(master.start, context)
    parts = [master, *overrides]
    calendar = icalendar.Calendar()
    for number, part in enumerate(parts):
        calendar.add_component(_bare(part, number, home))
    lower = _local(context.start - timedelta(days=1), home)
    upper = _local(context.end + timedelta(days=1), home)
    excluded = _excluded(master, home, lower, upper)
    found: dict[int, list[Any]] = {}
    for occurrence in of(calendar).between(lower, upper):
        row = _placed(parts[int(occurrence[_PART])], occurrence, home)
        if row[1] not in excluded:
            found[row[1]] = row
    return found


def _placed(part: Part, occurrence: Any, home: tzinfo) -> list[Any]:
    start, end = (occurrence[name].dt for name in ("DTSTART", "DTEND"))
    if part.original is None:
        return [part, *(_seconds(_aware(at, home)) for at in (start, start, end)), _is_day(start)]
    first = _local(part.start, home)
    if not part.onwards or start == first:
        return _row(part)
    original = start - (first - _local(part.original, home))
    return [part, *(_seconds(_aware(at, home)) for at in (original, start, end)), _is_day(start)]


def _excluded(master: Part, home: tzinfo, lower: date, upper: date) -> set[int]:
    """Instances struck out by EXRULE (RFC 2445 §4.8.5.2), which newer files no longer have."""
    if "EXRULE" not in master.event:
        return set()
    event = _bare(master, 0, home)
    for name in ("RRULE", "RDATE", "EXDATE"):
        event.pop(name, None)
    event["RRULE"] = _rules(master, "EXRULE", home)
    calendar = icalendar.Calendar()
    calendar.add_component(event)
    struck: list[Any] = of(calendar).between(lower, upper)
    starts = {_seconds(_aware(one["DTSTART"].dt, home)) for one in struck}
    return starts - {_seconds(master.start)}


def _local(value: date, home: tzinfo) -> date:
    """Naive wall-clock time at `home`; dates stay dates."""
    return value.astimezone(home).replace(tzinfo=None) if isinstance(value, datetime) else value


def _bare(part: Part, number: int, home: tzinfo) -> icalendar.Component:
    """The event with nothing but its times, in naive local time."""
    event = icalendar.Event()
    event["UID"] = icalendar.vText("series")
    event[_PART] = icalendar.vText(str(number))
    event["SEQUENCE"] = icalendar.vInt(0)
    event["DTSTART"] = icalendar.vDDDTypes(_local(part.start, home))
    event["DTEND"] = icalendar.vDDDTypes(_local(part.end, home))
    if part.original is not None:
        params = {"RANGE": "THISANDFUTURE"} if part.onwards else {}
        event["RECURRENCE-ID"] = icalendar.vDDDTypes(_local(part.original, home), params)
        return event
    rules = _rules(part, "RRULE", home)
    if rules:
        event["RRULE"] = rules
    for name in ("RDATE", "EXDATE"):
        dates = _dates(part, name, home)
        if dates:
            event[name] = icalendar.vDDDLists(dates)
    return event


def _dates(part: Part, name: str, home: tzinfo) -> list[Any]:
    found = part.event.get(name, [])
    dates: list[Any] = []
    for group in found if isinstance(found, list) else [found]:
        if not isinstance(group, icalendar.vDDDLists):
            raise Bad(f"has an {name} that cannot be read: {clean(str(group), 60)!r}")
        dates += [_date(value.dt, part, home) for value in group.dts]
    return dates


def _date(value: Any, part: Part, home: tzinfo) -> Any:
    if isinstance(value, tuple):
        start, end = value
        return (_date(start, part, home), end if isinstance(end, timedelta) else _date(end, part, home))
    local = _local(_aware(value, home), home)
    return local.date() if isinstance(local, datetime) and _is_day(part.start) else local


def _rules(part: Part, name: str, home: tzinfo) -> list[icalendar.vRecur]:
    found = part.event.get(name, [])
    return [_rule(rule, part, home) for rule in (found if isinstance(found, list) else [found])]


def _rule(rule: Any, part: Part, home: tzinfo) -> icalendar.vRecur:
    """A rule that may be walked through. UNTIL as a date includes that day, which is how it is meant."""
    if not isinstance(rule, icalendar.vRecur):
        raise Bad(f"has a recurrence rule that cannot be read: {clean(str(rule), 60)!r}")
    _check_rule(rule)
    walked: icalendar.vRecur = rule.copy()
    if str(walked.pop("RSCALE", ["GREGORIAN"])[0]).upper() != "GREGORIAN":
        raise Bad("recurs by a calendar other than the Gregorian one")
    walked.pop("SKIP", None)
    if "UNTIL" in rule:
        until = rule["UNTIL"][0]
        if _is_day(part.start):
            until = until.date() if isinstance(until, datetime) else until
        elif _is_day(until):
            until = datetime.combine(until, time(23, 59, 59))
        else:
            until = _local(_aware(until, home), home)
        walked["UNTIL"] = [until]
    return walked


def _check_rule(rule: icalendar.vRecur) -> None:
    frequency = str(rule.get("FREQ", ["none"])[0]).upper()
    if frequency in {"SECONDLY", "MINUTELY", "NONE"}:
        raise Bad(f"recurs {frequency.lower()}, which no meeting does")
    if int(rule.get("INTERVAL", [1])[0]) < 1:
        raise Bad("recurs at an interval below one")
    times = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= max(1, len(rule.get(name, [])))
    if times > _MAX_TIMES_A_DAY:
        raise Bad(f"recurs {times:,} times a day")


def _check_dates(texts: list[str]) -> None:
    listed = sum(line.count(",") for text in texts for line in re.findall(r"(?im)^(?:RDATE|EXDATE).*$", text))
    if listed > _MAX_DATES:
        raise Bad(f"lists {listed:,} dates one by one")


def _told(part: Part) -> dict[str, Any]:
    event = part.event
    return {
        "summary": clean(str(event.get("SUMMARY", "")), 500),
        "cancelled": str(event.get("STATUS", "")).strip().upper() == "CANCELLED",
        "floating": part.floating,
        "people": people(event, part.text),
    }
