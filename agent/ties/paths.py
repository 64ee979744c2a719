"""Who could introduce the owner to a firm or a person: ties there, and ties seen together with somebody there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import log1p

from agent.store import company, people
from agent.store.company import Gathering
from agent.store.db import Connection
from agent.store.people import Profile
from agent.ties.view import Tie
from agent.types import Standing, TieState

HALF_LIFE_DAYS = 365.0


@dataclass(frozen=True, slots=True)
class Path:
    """owner → introducer → somebody at the target, with the evidence; direct when these two are the same person."""

    introducer: Tie
    person_id: int
    person: str
    address: str
    organization: str | None
    together: int
    last_together: datetime
    score: float
    evidence: str

    @property
    def direct(self) -> bool:
        """Whether the introducer is the person themself."""
        return self.introducer.person_id == self.person_id


def paths(
    connection: Connection, owner_id: int, wanted: Iterable[int], ties: Iterable[Tie], as_of: datetime
) -> list[Path]:
    """Ways to any of the `wanted` people, the best first.

    Colleagues and one-way senders cannot be direct ties; private ties are no step of any way.
    """
    known = {tie.person_id: tie for tie in ties if _counts(tie)}
    profiles = people.profiles(connection, owner_id, wanted)
    found = [_direct(known[who], profile) for who, profile in profiles.items() if who in known]
    met = _together(company.gatherings(connection, owner_id, as_of, profiles), frozenset(profiles), known)
    found += [_indirect(known[via], profiles[who], seen, as_of) for (via, who), seen in met.items()]
    return sorted(found, key=lambda path: (not path.direct, -path.score, path.introducer.name, path.person))


def _counts(tie: Tie) -> bool:
    return tie.reading.state is not TieState.ONE_WAY and tie.wish.standing is not Standing.PRIVATE


def _together(
    gatherings: Iterable[Gathering], wanted: frozenset[int], known: Mapping[int, Tie]
) -> Mapping[tuple[int, int], list[Gathering]]:
    seen: dict[tuple[int, int], list[Gathering]] = defaultdict(list)
    for gathering in gatherings:
        there = gathering.people & wanted
        for via in gathering.people - wanted:
            if via in known:
                for who in there:
                    seen[via, who].append(gathering)
    return seen


def _direct(tie: Tie, profile: Profile) -> Path:
    evidence = f"you know {tie.name} yourself: last contact {tie.last_contact:%d %B %Y}".replace(" 0", " ")
    address = tie.addresses[0]
    score = tie.reading.strength
    last = tie.last_contact
    return Path(tie, profile.id, tie.name, address, profile.organization, tie.reading.episodes, last, score, evidence)


def _indirect(tie: Tie, profile: Profile, seen: list[Gathering], as_of: datetime) -> Path:
    last = max(gathering.at for gathering in seen)
    age = max((as_of - last).days, 0)
    score = (1.0 + tie.reading.strength) * log1p(len(seen)) * 0.5 ** (age / HALF_LIFE_DAYS)
    name = profile.name or profile.addresses[0]
    subject = max(seen, key=lambda gathering: gathering.at).subject
    often = "once" if len(seen) == 1 else f"{len(seen)} times"
    about = f", about “{subject}”" if subject else ""
    evidence = f"{tie.name} and {name} seen together {often}, last on {last:%d %B %Y}{about}".replace(" 0", " ")
    address = profile.addresses[0] if profile.addresses else ""
    return Path(tie, profile.id, name, address, profile.organization, len(seen), last, score, evidence)
