"""What only one tie reaches: people the owner sees on mail or in meetings together with nobody else they know. Pure.

Burt's low constraint does not predict who brings new people; being seen with many others does (measured on mail of
two organisations). So the bridge value is a plain count of those others, with the evidence to it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bridge:
    """How many people are seen through one tie only, and (person id, times seen together), the most frequent first."""

    count: int
    seen: tuple[tuple[int, int], ...]


def bridges(gatherings: Iterable[frozenset[int]], known: frozenset[int]) -> Mapping[int, Bridge]:
    """Tie → what it alone reaches. `known`: everybody the owner is in contact with themself."""
    through: dict[int, Counter[int]] = defaultdict(Counter)
    for people in gatherings:
        ties = people & known
        for stranger in people - known:
            through[stranger].update(ties)
    reached: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for stranger, ties_seen in through.items():
        if len(ties_seen) == 1:
            ((tie, times),) = ties_seen.items()
            reached[tie].append((stranger, times))
    return {tie: Bridge(len(found), tuple(sorted(found, key=_often))) for tie, found in reached.items()}


def _often(entry: tuple[int, int]) -> tuple[int, int]:
    stranger, times = entry
    return -times, stranger
