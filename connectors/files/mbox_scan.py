"""Where the messages of an mbox begin (RFC 4155 and the world's dialects), found in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from connectors.mime_date import parse_date

ReadAt = Callable[[int, int], bytes]
"""(offset, length) → bytes, fewer at the end."""

CHUNK = 1 << 20
MARGIN = 2_048
LINE_LIMIT = 1_000
BOM = b"\xef\xbb\xbf"

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = rb"(?P<clock>\d{1,2}:\d\d(?::\d\d)?)"
_ZONE = rb"(?:[ \t]+(?:[A-Z]{1,5}|[+-]\d{4}))"
_BEFORE_BODY = re.compile(rb"\n\r?\n(?=From )")
_SENDER = re.compile(rb"From ((?:\"[^\"\n]*\"\S*|\S+)?)[ \t]*")
_ASCTIME = re.compile(
    rb"%b[ \t]+(?P<month>%b)[ \t]+(?P<day>\d{1,2})[ \t]+%b(?P<zone>%b*)[ \t]+(?P<year>\d{4})(?P<behind>%b*)[ \t]*"
    rb"(?:remote from .*)?" % (_DAY, _MONTH, _CLOCK, _ZONE, _ZONE)
)
_RFC_TIME = re.compile(
    rb"(?:%b[ \t]*)?(?P<day>\d{1,2})[ \t]+(?P<month>%b)[ \t]+(?P<year>\d{4})[ \t]+%b(?P<zone>%b*)(?P<behind>)[ \t]*"
    % (_DAY, _MONTH, _CLOCK, _ZONE)
)
_FIELD = re.compile(
    rb"(?:return-path|received|delivered-to|date|from|sender|reply-to|to|cc|bcc|subject|message-id|in-reply-to"
    rb"|references|mime-version|content-[a-z-]+|status|list-[a-z-]+|x-[!-9;-~]+|dkim-signature|arc-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)


class FromLine(NamedTuple):
    """The separator before a message: whom it names, and the time it gives, if it can be believed."""

    sender: str
    dated: bool
    arrived: datetime | None


def parse_from_line(line: bytes) -> FromLine | None:
    """A separator taken apart; None for a line that is none.

    The time is None for the zero days of clocks, and where the sender is `-`: Thunderbird writes the time of writing.
    """
    line = line.rstrip(b"\r\n")
    head = _SENDER.match(line)
    if head is None or len(line) > LINE_LIMIT:
        return None
    sender = head[1].decode("ascii", "replace")
    found = _ASCTIME.fullmatch(line, head.end()) or _RFC_TIME.fullmatch(line, head.end())
    if found is None:
        return FromLine(sender, dated=False, arrived=None) if head.end() == len(line) else None
    day, month, year, clock = (found[name].decode("ascii") for name in ("day", "month", "year", "clock"))
    zone = (found["zone"] + found["behind"]).decode("ascii")
    numeric = re.search(r"[+-]\d{4}", zone)
    arrived = parse_date(f"{day} {month} {year} {clock} {numeric[0] if numeric else zone.strip() or '+0000'}")
    return FromLine(sender, dated=True, arrived=None if sender == "-" else arrived)


def starts_as_mbox(head: bytes) -> bool:
    """Whether these first bytes of a file are those of an mbox."""
    plain = head.removeprefix(BOM).lstrip(b"\r\n")
    return plain.startswith(b"From ") and is_separator(plain, 0)


def separators(read_at: ReadAt, start: int, end: int) -> Iterator[int]:
    """The offsets in [start, end) where a message begins; `start` is taken for the place after an empty line.

    A line `From …` counts after an empty line only, and only with a date, or with a header field in the next line.
    """
    if start == 0 and read_at(0, len(BOM)) == BOM:
        start = len(BOM)
    carry, base, position = b"\n\n", start - 2, start
    while True:
        chunk = read_at(position, min(CHUNK, end - position))
        position += len(chunk)
        final = not chunk or position >= end
        buffer = carry + chunk
        limit = len(buffer) if final else max(0, len(buffer) - MARGIN)
        for match in _BEFORE_BODY.finditer(buffer):
            if match.start() >= limit:
                break
            if is_separator(buffer, match.end()):
                yield base + match.end()
        if final:
            return
        carry, base = buffer[limit:], base + limit


def is_separator(buffer: bytes, at: int) -> bool:
    """Whether a separator begins at `at`; MARGIN bytes from there must be at hand."""
    line, newline, rest = buffer[at : at + MARGIN - 2].partition(b"\n")
    found = parse_from_line(line)
    if found is None:
        return False
    return found.dated or bool(newline and _FIELD.match(rest))
