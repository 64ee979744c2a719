"""Where reading of a folder stands, and which UIDs come next. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from connectors.base import Json
from connectors.imap.session import Box

SPAN = 5_000
"""UIDs asked for by one SEARCH. What it answers has to be held at once, and fits a line that imaplib accepts."""

PAGE = 250
"""Messages in one FETCH, one batch and so one transaction of the caller."""

LATE = 32
"""How far below the newest UID one is looked for that did not exist before. UIDs ascend (RFC 9051 §2.3.1.1), but a
server with several writers may show a message after another that has a higher UID."""

MOST_RENEWALS, DAY = 5, 86_400
"""So often in so many seconds a folder that was made anew is read again from the start."""

FIRST_RETRY, TRIES = 900, 6
"""A message the server failed to deliver is asked for again after so many seconds, then four times as many, …"""

_WIDEST = 2**32
_NEEDED = 3


class Owed(NamedTuple):
    """A message the server failed to deliver `tries` times; it is asked for again at `due`, in Unix seconds."""

    uid: int
    tries: int
    due: int


class Cursor(NamedTuple):
    """Every message with `low` ≤ UID ≤ `high` has been read. `low` is 1 once the folder's past is done.

    `holes`: UIDs among the newest that did not exist. `renewals`: when the folder was read from the start because it
    was made anew, in Unix seconds. `owed`: messages still to be had.
    """

    uidvalidity: int
    high: int
    low: int
    holes: tuple[int, ...] = ()
    renewals: tuple[int, ...] = ()
    owed: tuple[Owed, ...] = ()

    def json(self) -> Json:
        """For the caller to keep; what is empty is left out."""
        kept = {"holes": self.holes, "renewals": self.renewals, "owed": [[*one] for one in self.owed]}
        needed = {"uidvalidity": self.uidvalidity, "high": self.high, "low": self.low}
        return needed | {name: [*values] for name, values in kept.items() if values}


def parse(value: Json) -> Cursor | None:
    """What the caller kept; None for nothing or for anything that is not a cursor of ours."""
    try:
        cursor = Cursor(int(value["uidvalidity"]), int(value["high"]), int(value["low"]))
        if len(value) > _NEEDED:
            holes, renewals = (tuple(map(int, value.get(name, ()))) for name in ("holes", "renewals"))
            owed = tuple(Owed(*map(int, one)) for one in value.get("owed", ()))
            cursor = cursor._replace(holes=holes, renewals=renewals, owed=owed)
    except (TypeError, KeyError, ValueError, AttributeError):
        return None
    return cursor if cursor.uidvalidity > 0 and cursor.low >= 1 else None


def fresh(uidvalidity: int, uidnext: int) -> Cursor:
    """Nothing read yet: what is there now lies below, what comes later above."""
    return Cursor(uidvalidity, high=uidnext - 1, low=uidnext)


def is_stale(cursor: Cursor, uidvalidity: int, uidnext: int) -> bool:
    """Whether the folder was made anew since: another UIDVALIDITY, or UIDs handed out a second time."""
    return cursor.uidvalidity != uidvalidity or cursor.high >= uidnext


def renewed(cursor: Cursor, box: Box, now: int) -> Cursor | None:
    """Where reading of a folder that was made anew begins; None where that happened too often of late."""
    recent = tuple(moment for moment in cursor.renewals if now - moment < DAY)
    if len(recent) >= MOST_RENEWALS:
        return None
    return fresh(box.uidvalidity, box.uidnext)._replace(renewals=(*recent, now))


def advanced(cursor: Cursor, uids: Sequence[int], reached: int, *, down: bool) -> Cursor:
    """The cursor once `uids` are read, and with them all there is up to `reached`."""
    high, low = (cursor.high, min(cursor.low, reached)) if down else (max(cursor.high, reached), cursor.low)
    since = range(max(low, high - LATE + 1), cursor.low) if down else range(max(cursor.high, high - LATE) + 1, high + 1)
    holes = {uid for uid in (*cursor.holes, *since) if uid > high - LATE}.difference(uids)
    return cursor._replace(high=high, low=low, holes=tuple(sorted(holes)))


def wanted(cursor: Cursor, uids: Sequence[int], *, down: bool) -> list[int]:
    """Of the UIDs found ahead those that were not read before."""
    return [uid for uid in uids if down or uid > cursor.high or uid in cursor.holes]


def owing(cursor: Cursor, asked: Sequence[int], missed: Sequence[int], now: int) -> Cursor:
    """The cursor after `missed` of the messages `asked` for could not be had; one is given up after TRIES."""
    tries = {one.uid: one.tries + 1 for one in cursor.owed}
    again = [Owed(uid, tries.get(uid, 1), now + FIRST_RETRY * 4 ** (tries.get(uid, 1) - 1)) for uid in missed]
    rest = [one for one in cursor.owed if one.uid not in asked]
    return cursor._replace(owed=(*rest, *(one for one in again if one.tries <= TRIES)))


def due(cursor: Cursor, now: int) -> list[int]:
    """The messages to be asked for again."""
    return [one.uid for one in cursor.owed if one.due <= now]


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
    return Stretch(min((cursor.high + 1, *cursor.holes)), box.uidnext - 1)


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
