"""What the ledger holds of people seen, in touch with the owner or not: the sightings that `seen` judges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from math import floor

from agent.store import company
from agent.store.db import Connection
from agent.ties.bridge import Sight
from agent.ties.model import Rhythm
from agent.ties.seen import Seen, Sighting, seen, sightings_of
from agent.ties.view import day_of

DAY_SECONDS = 86_400


def sights(connection: Connection, owner_id: int, until: datetime) -> list[Sight]:
    """All small mails and meetings up to an instant, with everybody on them."""
    return [(second / DAY_SECONDS, people) for second, people in company.sights(connection, owner_id, until)]


def sightings(connection: Connection, owner_id: int, until: datetime) -> Mapping[int, list[Sighting]]:
    """Person → sightings up to an instant, in order."""
    return sightings_of(_things(connection, owner_id, until, sights(connection, owner_id, until)))


def seen_since(
    connection: Connection, owner_id: int, until: datetime, rhythms: Mapping[int, Rhythm], small: Iterable[Sight]
) -> Mapping[int, Seen]:
    """Person → what was seen of them at the last contact and since, given the `sights` up to the same instant."""
    late = (
        (day, size, [who for who in people if who in rhythms and day >= rhythms[who].last])
        for day, size, people in _things(connection, owner_id, until, small)
    )
    found = sightings_of(late)
    return {who: seen(theirs, rhythms[who].last, day_of(until)) for who, theirs in found.items()}


def _things(
    connection: Connection, owner_id: int, until: datetime, small: Iterable[Sight]
) -> Iterator[tuple[int, int, Iterable[int]]]:
    """(day, how many were on it, whom to note)."""
    for at, people in small:
        yield floor(at), len(people), people
    for moment, who in company.circulars(connection, owner_id, until):
        yield day_of(moment), company.LARGEST + 1, (who,)
