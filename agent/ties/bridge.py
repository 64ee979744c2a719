"""What a tie reaches: people and firms the owner sees with nobody else they know, and whom it has brought so far. Pure.

Burt's low constraint does not predict who brings new people. What does, measured on mail of two organisations
(docs/scoring.md), is having brought some before: the people whom the owner first saw on something with this tie on it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import fsum, log, log1p

BROUGHT_HALF_LIFE = 160.0
MUCH = log(11)
"""Ten people brought of late are all the reach there is."""

Sight = tuple[float, frozenset[int]]
"""Something small with several people on it: its time, in days, and who they are but for the owner."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """What one tie reaches.

    `seen`: (person, times seen together) of those seen through this tie only, the most frequent first. `firms`:
    organizations of theirs where the owner knows nobody and sees nobody otherwise. `brought`: how many people the owner
    first saw together with this tie; `lately` the same, decayed with a half-life of 160 days.
    """

    seen: tuple[tuple[int, int], ...] = ()
    firms: tuple[str, ...] = ()
    brought: int = 0
    lately: float = 0.0

    @property
    def count(self) -> int:
        """How many people and firms."""
        return len(self.seen) + len(self.firms)

    @property
    def reach(self) -> float:
        """0-1: how far the tie opens new circles, by what predicts it on the development sets."""
        return min(1.0, (log1p(self.lately) + log1p(len(self.seen)) / 2) / MUCH)


def bridges(
    sights: Iterable[Sight], known: frozenset[int], now: float, firms: Mapping[int, str] | None = None
) -> Mapping[int, Bridge]:
    """Tie → what it reaches at `now` (days). `known`: everybody the owner is in contact with; `firms`: of people."""
    ordered = sorted(sights, key=lambda sight: sight[0])
    seen = _through_one(ordered, known)
    brought = _brought(ordered, known)
    where = _firms(ordered, known, firms or {})
    return {
        tie: Bridge(
            seen=tuple(sorted(seen.get(tie, ()), key=lambda entry: (-entry[1], entry[0]))),
            firms=tuple(sorted(where.get(tie, ()))),
            brought=sum(count for _, count in brought.get(tie, ())),
            lately=fsum(count * 2 ** ((at - now) / BROUGHT_HALF_LIFE) for at, count in brought.get(tie, ())),
        )
        for tie in seen.keys() | brought.keys() | where.keys()
    }


def _through_one(sights: Iterable[Sight], known: frozenset[int]) -> Mapping[int, list[tuple[int, int]]]:
    """Tie → (stranger, times) of the strangers seen with this tie and no other."""
    through: dict[int, Counter[int]] = defaultdict(Counter)
    for _, people in sights:
        ties = people & known
        for stranger in people - known:
            through[stranger].update(ties)
    reached: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for stranger, ties_seen in through.items():
        if len(ties_seen) == 1:
            ((tie, times),) = ties_seen.items()
            reached[tie].append((stranger, times))
    return reached


def _brought(ordered: Iterable[Sight], known: frozenset[int]) -> Mapping[int, list[tuple[float, int]]]:
    """Tie → (when, how many) people the owner had not seen before that, on something with this tie on it."""
    met: set[int] = set()
    found: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for at, people in ordered:
        fresh = len(people - met)
        if fresh:
            for tie in people & met & known:
                found[tie].append((at, fresh))
        met |= people
    return found


def _firms(sights: Iterable[Sight], known: frozenset[int], firms: Mapping[int, str]) -> Mapping[int, set[str]]:
    """Tie → organizations seen with this tie and no other, at which the owner is in contact with nobody."""
    homes = {firms[who] for who in known if who in firms}
    through: dict[str, set[int]] = defaultdict(set)
    for _, people in sights:
        ties = people & known
        for stranger in people - known:
            firm = firms.get(stranger)
            if firm and firm not in homes:
                through[firm] |= ties
    found: dict[int, set[str]] = defaultdict(set)
    for firm, ties_seen in through.items():
        if len(ties_seen) == 1:
            found[next(iter(ties_seen))].add(firm)
    return found
