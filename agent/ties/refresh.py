"""Ties kept up to date: moved on by new contact where it comes in order, rebuilt from the ledger where it does not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Any

from agent.store import ties
from agent.store.db import Connection, Store
from agent.ties.model import Contact, Rhythm, advance, fold
from agent.ties.view import day_of
from agent.types import Direction

CHUNK = 2_000


def note_contacts(
    connection: Connection, owner_id: int, fresh: Mapping[int, Iterable[tuple[datetime, Direction]]], now: datetime
) -> set[int]:
    """Person → new contacts, in the transaction that entered them; what is out of order waits for `refresh`.

    Returns whose ties wait.
    """
    stored = ties.load(connection, owner_id, fresh)
    moved: list[tuple[int, dict[str, Any] | None]] = []
    late: list[int] = []
    for person, contacts in fresh.items():
        row, news = stored.get(person), sorted(contacts)
        rhythm = rhythm_of(row.rhythm) if row and not row.stale else None
        if rhythm is None or not news or day_of(news[0][0]) < rhythm.last or news[-1][0] > now:
            late.append(person)
            continue
        for at, direction in news:
            rhythm = advance(rhythm, Contact(day_of(at), **{direction.value: 1}))
        moved.append((person, rhythm._asdict()))
    ties.move(connection, owner_id, moved)
    ties.mark_stale(connection, owner_id, late)
    return set(late)


def refresh(store: Store, owner_id: int, now: datetime) -> int:
    """Rebuild every tie that waits for it, or whose next meeting has begun; returns how many."""
    rebuilt = 0
    while True:
        with store.write(repeatable=True) as connection:
            people = ties.stale(connection, owner_id, now, CHUNK)
            if not people:
                return rebuilt
            _rebuild(connection, owner_id, people, now)
        rebuilt += len(people)


def rebuild_all(store: Store, owner_id: int, now: datetime) -> int:
    """Throw all ties away and make them again from the ledger; the result is the same, bit for bit."""
    with store.write() as connection:
        ties.drop_all(connection, owner_id)
    return refresh(store, owner_id, now)


@cache
def rhythm_form() -> str:
    """A mark of the fields of a rhythm and of how they are reckoned, by the example of one life with a bit of all."""
    rhythm = fold(Contact(day, *counts) for day, counts in _LIFE)
    rounded = {name: round(value, 6) for name, value in rhythm._asdict().items() if value is not None} if rhythm else {}
    return sha256(json.dumps(rounded).encode()).hexdigest()[:16]


_LIFE = (
    *((10, (1, 0, 0)), (11, (0, 2, 0)), (11, (1, 0, 0)), (12, (0, 1, 0)), (19, (0, 1, 0)), (21, (0, 1, 0))),
    *((40, (2, 1, 0)), (41, (0, 0, 1)), (47, (1, 0, 0)), (54, (0, 1, 0)), (61, (1, 0, 0)), (68, (0, 1, 0))),
    *((250, (0, 1, 0)), (251, (0, 1, 0)), (252, (0, 1, 0)), (800, (1, 1, 1)), (801, (0, 1, 0)), (830, (1, 0, 0))),
)


def rhythms(connection: Connection, owner_id: int, until: datetime) -> dict[int, Rhythm]:
    """Everybody's rhythm as it was at an instant, folded from the ledger."""
    return dict(_folded(ties.contact_days(connection, owner_id, until)))


def rhythm_of(stored: Mapping[str, Any] | None) -> Rhythm | None:
    """The rhythm from its stored form."""
    return None if stored is None else Rhythm(**stored)


def _rebuild(connection: Connection, owner_id: int, people: list[int], now: datetime) -> None:
    ahead = ties.next_ahead(connection, owner_id, people, now)
    folded = {who: rhythm._asdict() for who, rhythm in _folded(ties.contact_days(connection, owner_id, now, people))}
    ties.save(connection, owner_id, [(who, folded.get(who), ahead.get(who)) for who in people])


def _folded(rows: Iterable[ties.DayRow]) -> Iterator[tuple[int, Rhythm]]:
    """(person, rhythm) of rows that come one person after the other."""
    for who, theirs in groupby(rows, key=attrgetter("person_id")):
        rhythm = fold([Contact(*row[1:]) for row in theirs])
        if rhythm is not None:
            yield who, rhythm
