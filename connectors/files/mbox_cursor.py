"""Where reading an mbox stands, and whether it is still the same file."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from hashlib import blake2b

from connectors.base import Json
from connectors.files.mbox_scan import MARGIN, ReadAt, is_separator

HEAD, TAIL = 2_048, 512

# Mail programs note there, in place, what was read and deleted.
_STATUS = re.compile(
    rb"^(?:X-Mozilla-[\w-]+|X-Keywords|Status|X-Status|X-UID|X-IMAP|X-IMAPbase):[^\n]*\n", re.MULTILINE | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """All between `low` and `high` was read; `last` is where the last message below `high` begins.

    `head` and `tail` are digests of the bytes at the beginning and of those before `high`.
    """

    low: int
    high: int
    last: int
    head: str
    tail: str

    def json(self) -> Json:
        """The cursor as the store keeps it."""
        return asdict(self)


def parse(value: Json) -> Cursor | None:
    """What `Cursor.json` gave; None for nothing and for anything else."""
    try:
        low, high, last = int(value["low"]), int(value["high"]), int(value["last"])
        return Cursor(low, high, last, str(value["head"]), str(value["tail"]))
    except (KeyError, TypeError, ValueError):
        return None


def at(read_at: ReadAt, low: int, high: int, last: int) -> Cursor:
    """The cursor for a file of which [low, high) is read."""
    return Cursor(low, high, last, _digest(read_at, 0, min(HEAD, high)), _digest(read_at, max(0, high - TAIL), high))


def is_same(cursor: Cursor, read_at: ReadAt, size: int) -> bool:
    """Whether the file only grew since: not shorter, and the same at the beginning and where reading stopped."""
    return size >= cursor.high and at(read_at, cursor.low, cursor.high, cursor.last) == cursor


def grown_from(cursor: Cursor, read_at: ReadAt, size: int) -> int:
    """Where to go on: behind what was read, or at its last message if that was not whole yet."""
    before = read_at(max(0, cursor.high - 3), min(3, cursor.high))
    after = read_at(cursor.high, min(MARGIN, size - cursor.high))
    if not after.strip():
        return size
    gap = len(after) - len(after.lstrip(b"\r\n"))
    ended = cursor.high == 0 or (before + after[:gap]).endswith((b"\n\n", b"\n\r\n"))
    return cursor.high if ended and is_separator(after, gap) else cursor.last


def _digest(read_at: ReadAt, start: int, end: int) -> str:
    return blake2b(_STATUS.sub(b"", read_at(start, end - start)), digest_size=16).hexdigest()
