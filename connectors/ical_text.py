"""iCalendar as text: characters, lines and components, cut down to what a meeting is made of.

Nothing is parsed here and nothing recurs, so the work grows with the length of the text and no faster. What a
meeting does not need (descriptions, alarms, attachments) never leaves this module.
"""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256

_ONCE = frozenset(
    b"UID DTSTART DTEND DURATION RECURRENCE-ID SUMMARY STATUS ORGANIZER SEQUENCE DTSTAMP LAST-MODIFIED".split()
)
_MANY = frozenset(b"RRULE EXRULE RDATE EXDATE ATTENDEE".split())
_RULES = frozenset({b"RRULE", b"EXRULE"})
_VOLATILE = frozenset(b"DTSTAMP LAST-MODIFIED SEQUENCE CREATED".split())
_NOT_MEETINGS = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"})
_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_BREAK = re.compile(rb"[\r\n]+")
_DAY = re.compile(rb"(?i)^(DTSTART|DTEND|RECURRENCE-ID|EXDATE|RDATE)(?:;[^:]*)?:(\d{8}(?:,\d{8})*)\s*$")
_SPACED = bytes(32 if (code < 32 and code not in b"\t\r\n") or code == 127 else code for code in range(256))
_UNWANTED = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

MAX_ATTENDEES = 1_000
MAX_SERIES_BYTES = 2_000_000
_MAX_SUMMARY_BYTES = 2_000
_MAX_UID = 500
_MAX_ZONES = 200
_MAX_ZONE_BYTES = 65_536


@dataclass(slots=True)
class RawSeries:
    """All VEVENTs of one UID, as text. `broken` says why they are not to be relied on."""

    uid: str
    events: list[str] = field(default_factory=list)
    size: int = 0
    broken: str = ""

    @property
    def recurs(self) -> bool:
        """Whether expanding is needed at all."""
        return len(self.events) > 1 or bool(re.search(r"(?im)^(?:RRULE|RDATE|RECURRENCE-ID)", self.events[0]))


@dataclass(slots=True)
class RawCalendar:
    """A calendar file taken apart. `whole` is False where the text stops in the middle."""

    zones: list[str] = field(default_factory=list)
    zone_name: str = ""
    series: dict[str, RawSeries] = field(default_factory=dict)
    whole: bool = False
    found: bool = False


def clean(text: str, limit: int = 200) -> str:
    """One line without control, bidirectional or zero-width marks, at most `limit` characters."""
    kept = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text[: 4 * limit])
    return " ".join(_UNWANTED.sub("", kept).split())[:limit].strip()


def split_calendar(data: bytes) -> RawCalendar:
    """The VTIMEZONEs and the VEVENTs by UID (RFC 5545 §3.1, §3.4) of one or several VCALENDARs.

    Answers to invitations (METHOD:REPLY, COUNTER, REFRESH; RFC 5546) are not meetings and left out; the events
    of METHOD:CANCEL come back with STATUS:CANCELLED. Events without a UID get one made from their content.
    """
    reader = _Reader()
    for line in _lines(data):
        reader.take(line)
    return reader.finish()


def digest(data: bytes) -> str:
    """SHA-256 over the text without the time stamps some servers renew at every download."""
    seen = sha256()
    for line in _lines(data):
        if not line.upper().startswith(b"DTSTAMP"):
            seen.update(line + b"\n")
    return seen.hexdigest()


def _lines(data: bytes) -> Iterator[bytes]:
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode()
    data = data.removeprefix(BOM_UTF8).translate(_SPACED)
    return (line.rstrip() for line in _BREAK.split(_FOLD.sub(b"", data)) if line.strip())


def _name(line: bytes) -> bytes:
    head = line[:64].split(b":", 1)[0].split(b";", 1)[0]
    return head.strip().upper()


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


class _Reader:
    """Line by line; a BEGIN or END out of place closes what it must."""

    def __init__(self) -> None:
        self.calendar = RawCalendar()
        self._method = ""
        self._path: list[str] = []
        self._event: _Event | None = None
        self._zone: list[bytes] | None = None

    def take(self, line: bytes) -> None:
        name = _name(line)
        if name == b"BEGIN":
            self._begin(line.partition(b":")[2].strip().upper())
        elif name == b"END":
            self._end(line.partition(b":")[2].strip().upper())
        elif self._zone is not None:
            self._zone.append(line)
        elif self._event is not None:
            self._event.take(name, line)
        elif name == b"METHOD":
            self._method = _text(line).partition(":")[2].strip().upper()
        elif name == b"X-WR-TIMEZONE" and not self.calendar.zone_name:
            self.calendar.zone_name = _text(line).partition(":")[2].strip()[:100]

    def _begin(self, what: bytes) -> None:
        self.calendar.found = self.calendar.found or what == b"VCALENDAR"
        if what == b"VCALENDAR":
            self._method = ""
            self.calendar.whole = False
        elif what == b"VEVENT":
            self._close_event(whole=True)
            self._event = _Event()
        elif what == b"VTIMEZONE":
            self._zone = []
        elif self._event is not None:
            self._event.depth += 1
        elif self._zone is not None:
            self._zone.append(b"BEGIN:" + what)

    def _end(self, what: bytes) -> None:
        if what == b"VEVENT":
            self._close_event(whole=True)
        elif what == b"VTIMEZONE":
            self._close_zone()
        elif what == b"VCALENDAR":
            self._close_event(whole=False)
            self.calendar.whole = True
        elif self._event is not None:
            self._event.depth = max(0, self._event.depth - 1)
        elif self._zone is not None:
            self._zone.append(b"END:" + what)

    def _close_zone(self) -> None:
        lines, self._zone = self._zone, None
        if lines is None or len(self.calendar.zones) >= _MAX_ZONES or sum(map(len, lines)) > _MAX_ZONE_BYTES:
            return
        text = "\r\n".join(["BEGIN:VTIMEZONE", *map(_text, lines), "END:VTIMEZONE", ""])
        if text not in self.calendar.zones:
            self.calendar.zones.append(text)

    def _close_event(self, *, whole: bool) -> None:
        event, self._event = self._event, None
        if event is None or self._method in _NOT_MEETINGS or not (whole or event.lines):
            return
        uid = event.uid()
        series = self.calendar.series.setdefault(uid, RawSeries(uid))
        series.size += event.size
        if series.size > MAX_SERIES_BYTES:
            series.broken = f"is larger than {MAX_SERIES_BYTES // 1_000_000} MB"
        else:
            series.events.append(event.text(cancelled=self._method == "CANCEL"))
        if not whole:
            series.broken = series.broken or "stops in the middle: its END is missing"

    def finish(self) -> RawCalendar:
        self._close_event(whole=False)
        return self.calendar


class _Event:
    """The lines of one VEVENT that matter; `depth` counts alarms and the like it is inside of."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.size = 0
        self.depth = 0
        self._seen: set[bytes] = set()
        self._attendees = 0

    def take(self, name: bytes, line: bytes) -> None:
        if self.depth or name in self._seen or name not in _ONCE | _MANY or line.endswith(b":"):
            return
        if name in _ONCE:
            self._seen.add(name)
        self._attendees += name == b"ATTENDEE"
        self.size += len(line)
        if self._attendees <= MAX_ATTENDEES and self.size <= MAX_SERIES_BYTES:
            if name == b"SUMMARY" and len(line) > _MAX_SUMMARY_BYTES:
                line = line[:_MAX_SUMMARY_BYTES].decode("utf-8", "ignore").encode()
            if name in _RULES:
                line = line.replace(b" ", b"")
            self.lines.append(_DAY.sub(rb"\1;VALUE=DATE:\2", line))

    def uid(self) -> str:
        for line in self.lines:
            if _name(line) == b"UID":
                given = clean(_text(line).partition(":")[2], 4 * _MAX_UID)
                if given:
                    return given if len(given) <= _MAX_UID else "sha256-" + sha256(line).hexdigest()
        told = b"\n".join(line for line in self.lines if _name(line) not in _VOLATILE)
        return "no-uid-" + sha256(told).hexdigest()[:32]

    def text(self, *, cancelled: bool) -> str:
        lines = [_text(line) for line in self.lines]
        if cancelled:
            lines = [line for line in lines if not line.upper().startswith("STATUS")] + ["STATUS:CANCELLED"]
        return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])


def looks_like_calendar(data: bytes) -> bool:
    """Whether this is iCalendar at all, and not a sign-in page or an empty answer."""
    return any(line.upper().startswith(b"BEGIN:VCALENDAR") for line in _lines(data[:65_536]))
