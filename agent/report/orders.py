"""What the owner orders in a reply to a report: `2 draft, 3 snooze 60d, 5 drop`. A strict grammar, with reasons. Pure.

    line   = item { ("," | ";" | ". " | " and ") item }
    item   = number { [ "and" | "+" ] number | "-" number } [ ":" | ")" ] word [ days ]
    days   = digits [ "d" | "w" | "m" | "y" ]                 only after snooze and every

A line that does not begin with a number is talk, and is counted, not read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from agent.types import Standing, Wish

SNOOZE_DAYS = 30
MOST_DAYS = 3650
MOST_ORDERS = 100
SHOWN = 24
UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}


class Word(StrEnum):
    """The words there are."""

    DRAFT = "draft"
    KEEP = "keep"
    SNOOZE = "snooze"
    EVERY = "every"
    DROP = "drop"
    PRIVATE = "private"
    RESUME = "resume"
    UNDO = "undo"


TIMED = (Word.SNOOZE, Word.EVERY)
STANDINGS = {Word.KEEP: Standing.KEPT, Word.DROP: Standing.DROPPED, Word.PRIVATE: Standing.PRIVATE}
_AND = re.compile(r"[,;]|\.(?=\s|$)|(?<=[a-z])\s+and\s+(?=\d)", re.IGNORECASE)
_ITEM = re.compile(
    r"(?P<numbers>\d{1,3}(?:(?:\s*[-+]\s*|\s+and\s+|\s+)\d{1,3})*)\s*[:)]?\s+(?P<word>[a-z]+)"
    r"(?:\s+(?P<many>\d{1,4})\s*(?P<unit>[dwmy]|days?|weeks?|months?|years?)?)?\s*!?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")
_BULLET = re.compile(r"^[-*•]\s+")


@dataclass(frozen=True, slots=True)
class Order:
    """One word for one number of a report. `days` for snooze and every."""

    number: int
    word: Word
    days: int = 0

    @property
    def text(self) -> str:
        """As it would be written."""
        return f"{self.number} {self.word.value}" + (f" {self.days}d" if self.days else "")


@dataclass(frozen=True, slots=True)
class Unclear:
    """The beginning of an item that is no order, and why not."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reply says. `stray`: lines that are no orders at all."""

    orders: tuple[Order, ...] = ()
    unclear: tuple[Unclear, ...] = ()
    stray: int = 0


SILENT = Parsed()


def parse(lines: Iterable[str]) -> Parsed:
    """The orders in the lines the owner wrote, at most a hundred; in the order they stand there."""
    found: list[Order | Unclear] = []
    stray = 0
    for raw in lines:
        line = _BULLET.sub("", unicodedata.normalize("NFKC", raw).strip())
        if re.match(r"\d{1,3}(?!\d)", line, re.ASCII):
            found += [made for item in _AND.split(line) if item.strip() for made in _read(item.strip())]
        else:
            stray += bool(line)
    found = found[:MOST_ORDERS]
    orders = tuple(item for item in found if isinstance(item, Order))
    return Parsed(orders, tuple(item for item in found if isinstance(item, Unclear)), stray)


def wished(wish: Wish, word: Word, days: int, at: datetime) -> Wish:
    """The wish as a word changes it at that instant; `draft` and `undo` are no wishes and change nothing."""
    if word in STANDINGS:
        return replace(wish, standing=STANDINGS[word])
    if word is Word.SNOOZE:
        return replace(wish, snoozed_from=at, snoozed_until=at + timedelta(days=days))
    if word is Word.EVERY:
        return replace(wish, every_days=days)
    if word is Word.RESUME:
        return replace(wish, resumed_at=at, snoozed_from=None, snoozed_until=None)
    return wish


def duration(text: str) -> int | None:
    """`60d`, `2 w`, `3m`, `45` in days; None for anything else, and for less than a day or more than ten years."""
    match = re.fullmatch(r"\s*(\d{1,4})\s*([dwmy]?)[a-z]*\s*", text.lower(), re.ASCII)
    return _within(int(match[1]), match[2]) if match else None


def _within(many: int, unit: str) -> int | None:
    days = many * UNITS.get(unit[:1].lower(), 1)
    return days if 1 <= days <= MOST_DAYS else None


def _read(item: str) -> Iterator[Order | Unclear]:
    match = _ITEM.fullmatch(item)
    shown = " ".join(item.split()[:2])[:SHOWN]
    if match is None:
        yield Unclear(shown, "say a number and a word")
        return
    name, many = match["word"].lower(), match["many"]
    word = next((word for word in Word if word.value == name), None)
    if word is None:
        yield Unclear(shown, f"there is no such word; those are {', '.join(Word)}")
    elif many and word not in TIMED:
        yield Unclear(shown, f"{word.value} takes no number of days")
    else:
        days = _days(word, many, match["unit"] or "")
        numbers = list(_numbers(match["numbers"])) if days is not None else []
        yield from (Order(number, word, days or 0) for number in numbers)
        if not numbers:
            yield Unclear(shown, "say how many days, such as 60d" if days is None else "these are no numbers in a row")


def _days(word: Word, many: str | None, unit: str) -> int | None:
    """The days meant; 0 for words that take none, None where they are missing or make no sense."""
    if word not in TIMED:
        return 0
    if many is None:
        return SNOOZE_DAYS if word is Word.SNOOZE else None
    return _within(int(many), unit)


def _numbers(text: str) -> Iterator[int]:
    for match in _NUMBER.finditer(text):
        first, last = int(match[1]), int(match[2] or match[1])
        yield from range(first, min(last, first + MOST_ORDERS) + 1)
