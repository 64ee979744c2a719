"""How many ties the owner really keeps alive, and how many they take up again in a week: from their own history. Pure.

People differ in how many they can keep up with (Miritello et al. 2013: communication capacity is conserved a person).
So nothing is assumed: what the owner did by themself in the last year is what they can do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

REST = 30
"""Days of silence after which writing again is taking a tie up again, and not going on with a conversation."""

FEW = 3
"""Two lines each to three people are within anybody's week, whatever they did so far."""

WEEK = 7
YEAR_WEEKS = 52
ENOUGH_WEEKS = 8
KEPT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Day:
    """Contact with one person on one day (since 1970-01-01 UTC); `owner`: the owner wrote or they met."""

    person_id: int
    day: int
    owner: bool


@dataclass(frozen=True, slots=True)
class Capacity:
    """`weekly`: ties taken up again in a good week, None while too little is known. `kept`: ties alive at a time."""

    weekly: int | None
    kept: int
    weeks: int

    def at_most(self, most: int) -> int:
        """How many people a week's report may ask for: no more than the owner does in a good week, or `FEW`."""
        return most if self.weekly is None else min(most, max(self.weekly, FEW))


UNKNOWN = Capacity(weekly=None, kept=0, weeks=0)


def capacity(days: Iterable[Day], today: int) -> Capacity:
    """Measured over the last 52 weeks before `today`, in the weeks in which the owner was in touch with anybody.

    `weekly` is the upper quartile of people taken up again a week, for a week with none is no measure of what one
    can do; `kept` is the median, over those weeks, of people the owner was in touch with in the 90 days before.
    """
    start = today - YEAR_WEEKS * WEEK
    by_person: dict[int, list[Day]] = defaultdict(list)
    for each in days:
        if each.day < today:
            by_person[each.person_id].append(each)
    taken_up: Counter[int] = Counter()
    alive: Counter[int] = Counter()
    awake: set[int] = set()
    for history in by_person.values():
        history.sort(key=lambda each: each.day)
        taken_up.update(_week(day, start) for day in _taken_up(history) if day >= start)
        own = [each.day for each in history if each.owner]
        awake.update(_week(day, start) for day in own if day >= start)
        alive.update(_weeks_alive(own, start))
    weeks = sorted(awake)
    return Capacity(
        weekly=max(1, _quantile([taken_up[week] for week in weeks], 0.75)) if len(weeks) >= ENOUGH_WEEKS else None,
        kept=_quantile([alive[week] for week in weeks], 0.5),
        weeks=len(weeks),
    )


def _taken_up(history: list[Day]) -> list[int]:
    """Days on which the owner came back to somebody, or to somebody new, after 30 days without a word either way."""
    found: list[int] = []
    last: int | None = None
    for each in history:
        if each.owner and (last is None or each.day - last >= REST):
            found.append(each.day)
        last = each.day
    return found


def _week(day: int, start: int) -> int:
    return (day - start) // WEEK


def _weeks_alive(own: list[int], start: int) -> set[int]:
    """The weeks at whose end the owner had been in touch within 90 days."""
    found: set[int] = set()
    for day in own:
        first, last = _week(day, start), _week(day + KEPT_DAYS, start)
        found.update(week for week in range(max(first, 0), last + 1) if week < YEAR_WEEKS)
    return found


def _quantile(values: list[int], share: float) -> int:
    """The smallest value that `share` of them do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[ceil(share * len(ordered)) - 1] if ordered else 0
