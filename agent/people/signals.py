"""What is known of people that is no contact: a change of firm, cards, and who else may be the same person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from agent.people.merging import Question, possible
from agent.people.moves import Move, Stay, move_of
from agent.store import cards, merges
from agent.store.cards import CardRow
from agent.store.db import Connection
from agent.store.merges import Entry

SHOWN = 3


def signals(connection: Connection, owner_id: int, people: Iterable[int], now: datetime) -> dict[int, tuple[str, ...]]:
    """Person → sentences, for the people asked about."""
    wanted = frozenset(people)
    known = merges.entries(connection, owner_id, now)
    asked = possible(connection, owner_id, now, known, wanted)
    noted = _cards(connection, owner_id, wanted, now)
    return {who: (*_of(who, known, asked), *noted[who]) for who in wanted if who in known}


def _of(who: int, known: Mapping[int, Entry], asked: Iterable[Question]) -> list[str]:
    move = moved(known[who])
    said = [move.words] if move else []
    mine = [question for question in asked if who in (question.one.person_id, question.other.person_id)]
    return said + [_suggested(who, question) for question in mine[:SHOWN]]


def moves(
    connection: Connection, owner_id: int, people: Iterable[int], now: datetime, within: timedelta
) -> dict[int, str]:
    """Person → the sentence on their new firm, for those whose first contact there lies within a span before `now`."""
    known = merges.entries(connection, owner_id, now)
    found = {who: move for who in people if who in known and (move := moved(known[who]))}
    since = int((now - within).timestamp()) // merges.DAY_SECONDS
    return {who: move.words for who, move in found.items() if move.day >= since}


def _cards(
    connection: Connection, owner_id: int, wanted: frozenset[int], now: datetime
) -> defaultdict[int, tuple[str, ...]]:
    found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for row in cards.listed(connection, owner_id):
        if row.person_id in wanted and row.noted <= now:
            found[row.person_id] += (_carded(row),)
    return found


def _carded(row: CardRow) -> str:
    says = ", ".join(filter(None, (row.name, row.title, row.organization)))
    return f"A card noted on {row.noted:%Y-%m-%d}: {says}." if says else f"A card noted on {row.noted:%Y-%m-%d}."


def _suggested(who: int, question: Question) -> str:
    other = question.other if question.one.person_id == who else question.one
    called = f"{other.name} <{other.addresses[0]}>" if other.name else other.addresses[0]
    move = moved(question.one, question.other)
    changed = f"; if so, {move.before} became {move.after}: a new job" if move else ""
    return f"Perhaps the same person as {called}{changed}. `weaktie people review` asks."


def moved(*entries: Entry) -> Move | None:
    """The change of firm of one person, or of several entries taken for one."""
    stays = [
        Stay(value, *entry.days[ident])
        for entry in entries
        for ident, (_, value) in entry.identities.items()
        if ident in entry.days
    ]
    return move_of(stays)
