"""The wake of an engagement: several ties at one firm that fell silent together are one loss, not many. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.ties.view import Tie
from agent.types import TieState

TOGETHER = 3
WITHIN = timedelta(days=45)
KEPT = 2
QUIET = (TieState.FADING, TieState.DORMANT)


@dataclass(frozen=True, slots=True)
class Wake:
    """Ties at `organization` whose last contact lies within 45 days of each other, all of them quiet now.

    `keep`: the two worth keeping, by bridge value and reciprocity. `ended`: the last contact of all.
    """

    organization: str
    ties: tuple[Tie, ...]
    keep: tuple[Tie, ...]
    ended: datetime

    @property
    def people(self) -> frozenset[int]:
        """Everybody in it."""
        return frozenset(tie.person_id for tie in self.ties)


def wakes(ties: Iterable[Tie]) -> list[Wake]:
    """The engagements that seem to have ended, the latest first; each tie is in one at most.

    A wake has at least three ties, one of them fading: when all are dormant it was told of before. While anybody at
    the firm is in touch, the work goes on.
    """
    firms: dict[str, list[Tie]] = defaultdict(list)
    for tie in ties:
        if tie.organization and not tie.colleague and tie.reading.two_sided:
            firms[tie.organization].append(tie)
    over = {firm: known for firm, known in firms.items() if all(tie.reading.state in QUIET for tie in known)}
    found = [_wake(firm, together) for firm, quiet in over.items() if (together := _largest(quiet))]
    return sorted(found, key=lambda wake: (-wake.ended.timestamp(), wake.organization))


def reciprocity(tie: Tie) -> float:
    """How even the exchange is, 0 to 1: the smaller of sent and received by the larger, meetings counted as both."""
    sent, received = tie.sent + tie.meetings, tie.received + tie.meetings
    return min(sent, received) / max(sent, received, 1)


def _largest(quiet: list[Tie]) -> list[Tie]:
    """The most ties whose last contacts lie within 45 days; empty below three, or when none is fading."""
    ordered = sorted(quiet, key=lambda tie: (tie.last_contact, tie.person_id))
    windows = [
        [tie for tie in ordered[start:] if tie.last_contact - first.last_contact <= WITHIN]
        for start, first in enumerate(ordered)
    ]
    best = max(windows, key=len, default=[])
    fading = any(tie.reading.state is TieState.FADING for tie in best)
    return best if len(best) >= TOGETHER and fading else []


def _wake(organization: str, together: list[Tie]) -> Wake:
    worth = sorted(together, key=lambda tie: (-tie.bridge, -reciprocity(tie), -tie.reading.value, tie.person_id))
    ended = max(tie.last_contact for tie in together)
    return Wake(organization, tuple(together), tuple(worth[:KEPT]), ended)
