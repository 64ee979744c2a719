"""The picture of a rhythm: contact days a month over two years, as a wall of blocks and as a line of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from agent.report.shape import Month
from agent.ties.view import EPOCH

MONTHS = 24
MOST = 5
LEAST_COURSES = 2
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BLOCKS = "▁▂▃▅▇"


def months(days: Iterable[int], as_of: datetime) -> tuple[Month, ...]:
    """Days of contact (since 1970, UTC) → the last 24 calendar months, oldest first, the one of `as_of` last."""
    end = _index(as_of.astimezone(UTC).date())
    counts = Counter(index for index in map(_month_of, days) if index <= end)
    latest = max(counts, default=-1)
    return tuple(Month(_label(index), counts[index], index > latest) for index in range(end - MONTHS + 1, end + 1))


def stack(row: Iterable[Month]) -> tuple[tuple[tuple[int, bool], ...], ...]:
    """The months up to the last contact as a wall of blocks, one block a day of contact, five at most.

    One tuple a course of bricks, top first; each is runs (how many months, filled?) from left to right.
    """
    counts = [month.count for month in row if not month.silent]
    top = max(LEAST_COURSES, min(MOST, max(counts, default=0)))
    return tuple(_runs([count >= course for count in counts]) for course in range(top, 0, -1))


def blocks(row: Iterable[Month]) -> str:
    """The same in block characters: a low line for an empty month, a dot for each month since the last contact."""
    return "".join("·" if month.silent else BLOCKS[min(month.count, MOST - 1)] for month in row)


def _runs(filled: list[bool]) -> tuple[tuple[int, bool], ...]:
    """Empty months side by side become one run; filled ones stay apart, since each is a block of its own."""
    runs: list[tuple[int, bool]] = []
    for full in filled:
        if runs and not full and not runs[-1][1]:
            runs[-1] = (runs[-1][0] + 1, False)
        else:
            runs.append((1, full))
    return tuple(runs)


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month_of(day: int) -> int:
    return _index((EPOCH + timedelta(days=day)).date())


def _label(index: int) -> str:
    return f"{NAMES[index % 12]} {index // 12}"
