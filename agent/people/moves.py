"""A person whose firm changed: a reason to write, never contact. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from agent.people.normalise import organization

HANDOVER_DAYS = 120
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Stay:
    """An address and the first and last day of contact through it, counted from 1970-01-01 UTC."""

    address: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Move:
    """From one firm to another, and the first day of contact there."""

    before: str
    after: str
    day: int

    @property
    def words(self) -> str:
        """The signal as a sentence."""
        since = _EPOCH + timedelta(days=self.day)
        return f"A new job, it seems: from {self.before} to {self.after}, where the first contact was on {since}."


def move_of(stays: Iterable[Stay]) -> Move | None:
    """The latest change of firm: contact through the old one ended about when that through the new one began.

    Addresses of no firm (free mail) say nothing. Two firms used side by side are no change.
    """
    spans: dict[str, tuple[int, int]] = {}
    for stay in stays:
        firm = organization(stay.address)
        if firm:
            first, last = spans.get(firm, (stay.first, stay.last))
            spans[firm] = (min(first, stay.first), max(last, stay.last))
    by_begin = sorted(spans.items(), key=lambda item: (item[1], item[0]))
    if len(by_begin) < 2:
        return None
    (before, (_, ended)), (after, (began, goes_on)) = by_begin[-2:]
    if goes_on <= ended or ended - began > HANDOVER_DAYS:
        return None
    return Move(before, after, began)
