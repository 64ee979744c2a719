"""Ties as a replay of the ledger goes along: what was known on a day, and what came after. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType

from agent.ties.bridge import Sight
from agent.ties.circle import Circles
from agent.ties.model import Contact, Rhythm, advance
from agent.ties.owner import owner_of
from agent.ties.reading import Reading, read
from agent.ties.seen import UNSEEN, Sighting, seen

ALIVE_DAYS = 90
SLOW_GAP = 30
SLOW_DAYS = 270
EPISODES = 3
NOTHING: Mapping[int, Sequence[Sighting]] = MappingProxyType({})


@dataclass
class Life:
    """One tie as the replay goes along; its contacts and sightings in order."""

    contacts: Sequence[Contact]
    sightings: Sequence[Sighting] = ()
    days: list[int] = field(init=False)
    lived: int = 0
    rhythm: Rhythm | None = None

    def __post_init__(self) -> None:
        self.days = [contact.day for contact in self.contacts]

    def live_until(self, day: int) -> None:
        """Take in the contact up to and including a day, which must not lie before the last one asked for."""
        end = bisect_right(self.days, day)
        for contact in self.contacts[self.lived : end]:
            self.rhythm = advance(self.rhythm, contact)
        self.lived = end

    def next_after(self, day: int) -> int | None:
        """The first day of contact after a day."""
        end = bisect_right(self.days, day)
        return self.days[end] if end < len(self.days) else None

    def came_within(self, day: int, horizon: float) -> bool:
        """Whether there was contact in the days after."""
        back = self.next_after(day)
        return back is not None and back - day <= horizon


def lives_of(
    ledger: Mapping[int, Iterable[Contact]], sightings: Mapping[int, Sequence[Sighting]] = NOTHING
) -> dict[int, Life]:
    """Person → life, nothing lived yet."""
    return {
        who: Life(sorted(contacts, key=attrgetter("day")), sightings.get(who, ())) for who, contacts in ledger.items()
    }


def circles_of(lives: Mapping[int, Life], sights: Iterable[Sight] = ()) -> Circles:
    """The circles of the same people, nothing lived yet."""
    return Circles(sights, lives.keys())


def readings_on(lives: Mapping[int, Life], circles: Circles, day: int) -> dict[int, Reading]:
    """Every tie as it was read at a day's end."""
    circles.live_until(day)
    for life in lives.values():
        life.live_until(day)
    known = {who: life.rhythm for who, life in lives.items() if life.rhythm is not None}
    owner = owner_of(known.values(), day)
    alive = circles.around(known, day)
    return {
        who: read(rhythm, day, owner, seen=seen(lives[who].sightings, rhythm.last, day, alive.get(who, UNSEEN.circle)))
        for who, rhythm in known.items()
    }


def is_judged(reading: Reading) -> bool:
    """Whether the chance given is held to account: a tie of three episodes, two-sided, and not long dead."""
    if not reading.two_sided or reading.episodes < EPISODES:
        return False
    rhythm = reading.rhythm
    slow = rhythm.last - rhythm.first >= SLOW_GAP * (rhythm.n - 1)
    return reading.silence_days <= (SLOW_DAYS if slow else ALIVE_DAYS)
