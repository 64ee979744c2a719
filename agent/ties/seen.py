"""Whom the owner sees without being in touch: together on the mail of others, or among many on mail of their own.

Who is still around comes back more, and whom the owner sees in company more than whom they only write with; a last
contact in a crowd binds less (measured: docs/scoring.md). Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

Sighting = tuple[int, int]
"""A day on which a person was on something of the owner's, and how many were on the smallest such thing, but for the
owner."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one person at one time.

    `since`: days since the last contact on which the person was on the owner's mail though the two were not in touch.
    `crowd`: how many people were on the smallest mail or meeting of the last day of contact, the owner left out.
    `company`: on what part of all the days they were seen others were on all of it, 0-1. `circle`: how much more the
    owner is in touch with the people seen with them than with others (`circle.alive`), -1 to 1; of slow ties alone.
    """

    since: int = 0
    crowd: int = 1
    company: float = 0.0
    circle: float = 0.0


UNSEEN = Seen()


def sightings_of(things: Iterable[tuple[int, int, Iterable[int]]]) -> Mapping[int, list[Sighting]]:
    """Person → sightings in order, of (day, how many were on it, whom to note) of all that the owner was part of.

    That is every mail or meeting of at most ten people, for all on it; of a larger mail only whom the owner wrote to
    in it or who wrote it: that others were on it too says nothing.
    """
    smallest: dict[int, dict[int, int]] = defaultdict(dict)
    for day, size, people in things:
        for person in people:
            days = smallest[person]
            if size <= days.get(day, size):
                days[day] = size
    return {person: sorted(days.items()) for person, days in smallest.items()}


def seen(sightings: Sequence[Sighting], last: int, day: float, circle: float = 0.0) -> Seen:
    """What was seen of a person at a day's end whose last day of contact before it is `last`."""
    after = bisect_right(sightings, (last, inf))
    crowd = sightings[after - 1][1] if after and sightings[after - 1][0] == last else UNSEEN.crowd
    end = bisect_right(sightings, (day, inf))
    company = sum(size > 1 for _, size in sightings[:end]) / end if end else UNSEEN.company
    return Seen(end - after, crowd, company, circle)
