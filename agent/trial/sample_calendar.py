"""The sample's calendar as one iCalendar file (RFC 5545): recurring meetings, one-off ones, days with nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from agent.trial.cast import BY_NAME, OWNER, ZONE, Character
from agent.trial.sample_threads import Days, Meeting

LINE = 74
BERLIN = f"""BEGIN:VTIMEZONE
TZID:{ZONE}
BEGIN:STANDARD
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
END:DAYLIGHT
END:VTIMEZONE"""
ROOM = 'ATTENDEE;CN="Meeting room";CUTYPE=ROOM;PARTSTAT=ACCEPTED:mailto:room@halvorsenpike.example'


def calendar(days: Days, meetings: Iterable[Meeting]) -> bytes:
    """The file: CRLF lines, folded at 75 octets."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//weaktie//sample//EN", *BERLIN.splitlines()]
    for meeting in meetings:
        lines += _event(meeting)
    for event in (_planning(days), _coffee(days), _circle(days), _meetup(days), _focus(days), _holiday(days)):
        lines += event
    lines.append("END:VCALENDAR")
    return "".join(f"{_fold(line)}\r\n" for line in lines).encode()


def _event(meeting: Meeting) -> Iterator[str]:
    end = meeting.start + timedelta(hours=meeting.hours)
    return _vevent(
        meeting.title,
        (f"DTSTART:{_utc(meeting.start)}", f"DTEND:{_utc(end)}", f"STATUS:{meeting.status}"),
        *_people(meeting.host, meeting.guests, meeting.answer),
    )


def _planning(days: Days) -> Iterator[str]:
    """Every Monday, but for two weeks of holidays."""
    start = _monday(days.ago(740, 9.5))
    skipped = [start + timedelta(weeks=week) for week in (30, 31)]
    guests = (BY_NAME["Daniel Pike"], BY_NAME["Mei-Lin Zhao"])
    exdates = ",".join(_local(instant) for instant in skipped)
    rule = ("RRULE:FREQ=WEEKLY;BYDAY=MO", f"EXDATE;TZID={ZONE}:{exdates}")
    return _vevent("Weekly planning", (*_span(start, 1), *rule), *_people(OWNER, guests), ROOM)


def _coffee(days: Days) -> Iterator[str]:
    """With the workshop next door, every first Thursday of a month."""
    start = days.ago(700, 15.0).replace(day=1)
    start += timedelta(days=(3 - start.weekday()) % 7)
    rule = "RRULE:FREQ=MONTHLY;BYDAY=1TH"
    return _vevent("Coffee with Jonas", (*_span(start, 1), rule), *_people(OWNER, (BY_NAME["Jonas Weber"],)))


def _circle(days: Days) -> Iterator[str]:
    """Three advisers, every twelve weeks."""
    guests = tuple(BY_NAME[name] for name in ("Grace Okonkwo", "Omar Siddiqui", "Aoife Brennan"))
    start = days.ago(7 * 12 * 5 + 20, 17.0)
    rule = "RRULE:FREQ=WEEKLY;INTERVAL=12"
    return _vevent("Advisory circle", (*_span(start, 2), rule), *_people(OWNER, guests))


def _meetup(days: Days) -> Iterator[str]:
    """More people than anybody can be in contact with at once."""
    crowd = [f'ATTENDEE;CN="Guest {n}";PARTSTAT=ACCEPTED:mailto:guest{n}@meetup-berlin.example' for n in range(1, 25)]
    host = BY_NAME["Thandiwe Nkosi"]
    return _vevent("Building sensors meetup", _span(days.ago(33, 19.0), 3), *_people(host, ()), *crowd)


def _focus(days: Days) -> Iterator[str]:
    return _vevent("Writing, please no calls", (*_span(days.ago(200, 8.0), 3), "RRULE:FREQ=WEEKLY;INTERVAL=2"))


def _holiday(days: Days) -> Iterator[str]:
    first, last = days.ago(100), days.ago(86)
    return _vevent("Holidays", (f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{last:%Y%m%d}"))


def _vevent(title: str, when: Iterable[str], *people: str) -> Iterator[str]:
    times = tuple(when)
    uid = sha256("\n".join((title, *times)).encode()).hexdigest()[:24]
    yield from ("BEGIN:VEVENT", f"UID:{uid}@halvorsenpike.example", "DTSTAMP:20200101T000000Z")
    yield from (f"SUMMARY:{title.replace(',', chr(92) + ',')}", *times, *people, "END:VEVENT")


def _people(host: Character, guests: tuple[Character, ...], answer: str = "ACCEPTED") -> Iterator[str]:
    yield f'ORGANIZER;CN="{host.name}":mailto:{host.address}'
    for who in dict.fromkeys((host, *guests, OWNER)):
        said = answer if who == OWNER else "ACCEPTED"
        yield f'ATTENDEE;CN="{who.name}";PARTSTAT={said}:mailto:{who.address}'


def _monday(at: datetime) -> datetime:
    return at - timedelta(days=at.weekday())


def _span(start: datetime, hours: int) -> tuple[str, str]:
    end = start + timedelta(hours=hours)
    return f"DTSTART;TZID={ZONE}:{_local(start)}", f"DTEND;TZID={ZONE}:{_local(end)}"


def _local(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _fold(line: str) -> str:
    """RFC 5545 §3.1: no line over 75 octets; never cut inside a character."""
    folded, octets = "", 0
    for char in line:
        size = len(char.encode())
        if octets + size > LINE:
            folded, octets = f"{folded}\r\n ", 1
        folded, octets = folded + char, octets + size
    return folded
