"""Whether the owner is in touch with the people somebody is seen with.

Slow ties come back more where the circle around them is alive: ties within one last longer than bridges (Burt 2002,
Bridge decay, Social Networks 24(4)). Somebody who is seen with everybody tells little of anyone, so each person of the
circle weighs by how much of the contact with them it makes (measured: docs/scoring.md). Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from math import floor, fsum, sqrt
from statistics import fmean

from agent.ties.bridge import Sight
from agent.ties.chance import slowness
from agent.ties.model import Rhythm

HALF_LIFE = 40.0
"""Of a person's last contact: how long the owner is taken to be in touch with them."""


class Circles:
    """Who was seen together how often, as time goes on."""

    def __init__(self, sights: Iterable[Sight], whose: Set[int]) -> None:
        """All `sights` there are, in any order; only the circles of `whose` are kept."""
        self._coming = sorted(
            ((floor(at), people) for at, people in sights if len(people) > 1 and not whose.isdisjoint(people)),
            key=lambda sight: -sight[0],
        )
        self._whose = whose
        self._fresh: dict[int, list[int]] = defaultdict(list)
        self._together: dict[int, Counter[int]] = defaultdict(Counter)

    def live_until(self, day: int) -> None:
        """Take in what was seen up to and including a day, which must not lie before the last one asked for."""
        while self._coming and self._coming[-1][0] <= day:
            _, people = self._coming.pop()
            for who in people & self._whose:
                self._fresh[who].extend(people)

    def around(self, rhythms: Mapping[int, Rhythm], now: float) -> dict[int, float]:
        """Slow tie → `alive`, given everybody's state at `now` (days)."""
        if not rhythms:
            return {}
        recent = {who: 2 ** (-max(now - rhythm.last, 0.0) / HALF_LIFE) for who, rhythm in rhythms.items()}
        usual = fmean(recent.values())
        while self._fresh:
            who, people = self._fresh.popitem()
            self._together[who].update(people)
        slow = (who for who in self._together if who in rhythms and slowness(rhythms[who]) > 0)
        return {who: alive(self._circle(who, rhythms, recent), usual) for who in slow}

    def _circle(
        self, who: int, rhythms: Mapping[int, Rhythm], recent: Mapping[int, float]
    ) -> list[tuple[int, int, float]]:
        """What `alive` asks of each person who was seen with somebody and whom the owner was in touch with."""
        together = self._together[who].items()
        return [(times, rhythms[one].n, recent[one]) for one, times in together if one != who and one in rhythms]


def alive(circle: Iterable[tuple[int, int, float]], usual: float) -> float:
    """How much more the owner is in touch with a circle than with people as usual, -1 to 1; 0 without a circle.

    Of each person: how often they were seen together, on how many days the owner was in touch with them, and how lately
    (1 now, half after 40 days); `usual`: the mean of the latter over all the owner's people.
    """
    weighed = [(sqrt(times / days), recent - usual) for times, days, recent in circle]
    return fsum(weight * more for weight, more in weighed) / (1 + fsum(weight for weight, _ in weighed))
