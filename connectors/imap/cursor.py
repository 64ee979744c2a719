"""Where reading of a folder stands, and which UIDs come next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.base import Json
from connectors.imap.session import Box

SPAN = 50_000
"""UIDs asked for by one SEARCH. 125,000 seven-digit UIDs fill the longest line imaplib accepts (1,000,000 bytes)."""

PAGE = 500
"""Messages in one FETCH, one batch and so one transaction of the caller."""

_WIDEST = 2**32


@dataclass(frozen=True, slots=True)
class Cursor:
    """Every message with `low` ≤ UID ≤ `high` has been read. `low` is 1 once the folder's past is done."""

    uidvalidity: int
    high: int
    low: int

    def json(self) -> Json:
        """For the caller to keep."""
        return {"uidvalidity": self.uidvalidity, "high": self.high, "low": self.low}


def parse(value: Json) -> Cursor | None:
    """What the caller kept; None for nothing or for anything that is not a cursor of ours."""
    try:
        cursor = Cursor(int(value["uidvalidity"]), int(value["high"]), int(value["low"]))
    except (TypeError, KeyError, ValueError):
        return None
    return cursor if cursor.uidvalidity > 0 and cursor.low >= 1 else None


def fresh(uidvalidity: int, uidnext: int) -> Cursor:
    """Nothing read yet: what is there now lies below, what comes later above."""
    return Cursor(uidvalidity, high=uidnext - 1, low=uidnext)


def is_stale(cursor: Cursor, uidvalidity: int, uidnext: int) -> bool:
    """Whether the folder was made anew since: another UIDVALIDITY, or UIDs handed out a second time."""
    return cursor.uidvalidity != uidvalidity or cursor.high >= uidnext


@dataclass(frozen=True, slots=True)
class Stretch:
    """UIDs `first` to `last`, to be walked upwards or downwards."""

    first: int
    last: int
    down: bool = False

    @property
    def end(self) -> int:
        """The UID that is reached when all is read."""
        return self.first if self.down else self.last


def ahead(cursor: Cursor, box: Box) -> Stretch:
    """What came since, oldest first."""
    return Stretch(cursor.high + 1, box.uidnext - 1)


def behind(cursor: Cursor) -> Stretch:
    """What was there before, newest first."""
    return Stretch(1, cursor.low - 1, down=True)


def split(stretch: Stretch, width: int) -> tuple[tuple[int, int], Stretch]:
    """The next window (lowest, highest) of at most `width` UIDs, and the stretch that is left after it."""
    if stretch.down:
        lowest = max(stretch.first, stretch.last - width + 1)
        return (lowest, stretch.last), Stretch(stretch.first, lowest - 1, down=True)
    highest = min(stretch.last, stretch.first + width - 1)
    return (stretch.first, highest), Stretch(highest + 1, stretch.last)


def first_width(messages: int) -> int:
    """A small folder is asked for at once, whatever its UIDs; a large one in spans."""
    return _WIDEST if messages <= SPAN else SPAN


def next_width(width: int, found: int) -> int:
    """Wider where UIDs lie thin (a folder of the size of SPAN can have any UIDs up to 2³²), narrower where thick."""
    if found < SPAN // 8:
        return min(width * 2, _WIDEST)
    return max(SPAN, width // 2) if found > SPAN // 2 else width


def pages(uids: Sequence[int], window: tuple[int, int], *, down: bool) -> Iterator[tuple[list[int], int]]:
    """The UIDs found in `window` in pages, each with the UID up to which all is read once it is done."""
    ordered = sorted({uid for uid in uids if window[0] <= uid <= window[1]}, reverse=down)
    edge = window[0] if down else window[1]
    for start in range(0, len(ordered), PAGE):
        page = ordered[start : start + PAGE]
        yield page, edge if start + PAGE >= len(ordered) else page[-1]
    if not ordered:
        yield [], edge
