"""What the ledger holds of people seen, in touch with the owner or not: the sightings that `seen` judges."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from math import floor

from agent.store import company
from agent.store.db import Connection
from agent.ties.bridge import Sight
from agent.ties.chance import slowness
from agent.ties.circle import Circles
from agent.ties.model import Rhythm
from agent.ties.seen import UNSEEN, Seen, Sighting, seen, sightings_of
from agent.ties.view import day_of, fractional_day

DAY_SECONDS = 86_400


def sights(connection: Connection, owner_id: int, until: datetime) -> list[Sight]:
    """All small mails and meetings up to an instant, with everybody on them."""
    return [(second / DAY_SECONDS, people) for second, people in company.sights(connection, owner_id, until)]


def sightings(
    connection: Connection, owner_id: int, until: datetime, small: Iterable[Sight]
) -> Mapping[int, list[Sighting]]:
    """Person → sightings up to an instant, in order, given the `sights` up to the same instant."""
    return sightings_of(_things(connection, owner_id, until, small))


def seen_of(
    connection: Connection, owner_id: int, until: datetime, rhythms: Mapping[int, Rhythm], small: Collection[Sight]
) -> Mapping[int, Seen]:
    """Person → what was seen of them by an instant, given the `sights` up to it."""
    day = day_of(until)
    circles = Circles(small, {who for who, rhythm in rhythms.items() if slowness(rhythm) > 0})
    circles.live_until(day)
    alive = circles.around(rhythms, fractional_day(until))
    whom = rhythms.keys()
    known = ((at, size, people & whom) for at, size, people in _things(connection, owner_id, until, small))
    return {
        who: seen(theirs, rhythms[who].last, day, alive.get(who, UNSEEN.circle))
        for who, theirs in sightings_of(known).items()
    }


def _things(
    connection: Connection, owner_id: int, until: datetime, small: Iterable[Sight]
) -> Iterator[tuple[int, int, frozenset[int]]]:
    """(day, how many were on it, whom to note)."""
    for at, people in small:
        yield floor(at), len(people), people
    for moment, who in company.circulars(connection, owner_id, until):
        yield day_of(moment), company.LARGEST + 1, frozenset((who,))
