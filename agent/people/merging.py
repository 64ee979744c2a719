"""Who is who: the questions worth asking, and what the owner decides, each decision reversible.

The ledger is never touched: interactions refer to identities, and identities move between people. The caller judges
people and ties anew afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.errors import NotFound, UsageError
from agent.people.identities import PHONE, PROFILE
from agent.people.match import Match, Sameness, Side, compare, suggestions
from agent.store import merges, people, suppression, ties, wishes
from agent.store.db import Connection
from agent.store.merges import Entry

OFTEN = 3
"""Signing once weighs as much as being called so three times; a name seen less is somebody's slip."""


@dataclass(frozen=True, slots=True)
class Question:
    """Two people who may be one, with the score (0 to 1, for ordering) and the reasons."""

    one: Entry
    other: Entry
    match: Match

    @property
    def label(self) -> str:
        """What the owner calls it by when answering: an identity of each, which outlives every merge."""
        return f"{min(self.one.identities)}-{min(self.other.identities)}"

    def called(self, label: str) -> bool:
        """Whether it is meant by this label, its own or one of before its people were merged with others."""
        pairs = (self.one.identities, self.other.identities), (self.other.identities, self.one.identities)
        mine, _, theirs = label.partition("-")
        return any(mine in map(str, one) and theirs in map(str, other) for one, other in pairs)


def questions(connection: Connection, owner_id: int, now: datetime) -> list[Question]:
    """What to ask the owner, the likeliest first: of n entries that may be one person, n - 1 pairs at most.

    A pair of whom both may be one with a third for better reasons is asked about when that is refused.
    """
    return fewest(possible(connection, owner_id, now))


def fewest(found: Iterable[Question]) -> list[Question]:
    """Questions, the best first, without those that the ones before would answer: a maximum spanning forest.

    J. B. Kruskal, On the shortest spanning subtree of a graph (1956).
    """
    group: dict[int, set[int]] = {}
    asked = []
    for question in found:
        one, other = (group.setdefault(who, {who}) for who in (question.one.person_id, question.other.person_id))
        if one is not other:
            asked.append(question)
            one |= other
            group.update(dict.fromkeys(other, one))
    return asked


def possible(
    connection: Connection,
    owner_id: int,
    now: datetime,
    known: dict[int, Entry] | None = None,
    about: frozenset[int] | None = None,
) -> list[Question]:
    """All pairs of people who may be one and of whom the owner has not said otherwise, the likeliest first.

    `known`: `merges.entries`, where they are read already. `about`: only the pairs that one of these people is in.
    """
    known = merges.entries(connection, owner_id, now) if known is None else known
    sides = {who: side_of(entry) for who, entry in known.items()}
    said = merges.refused(connection, owner_id)
    pairs = [(asked.one, asked.other) for asked in suggestions(sides, about=about)]
    pairs = [pair for pair in pairs if pair not in said]
    beside = merges.together(connection, pairs)
    judged = [(pair, compare(sides[pair[0]], sides[pair[1]], beside.get(pair, 0))) for pair in pairs]
    asked = [(pair, match) for pair, match in judged if match.sameness is not Sameness.DIFFERENT]
    asked.sort(key=lambda item: (-item[1].score, item[0]))
    return [Question(known[one], known[other], match) for (one, other), match in asked]


def side_of(entry: Entry) -> Side:
    """The matcher's view of a person."""
    days = list(entry.days.values())
    usual = tuple(sorted(name for name, times in entry.names.items() if times >= OFTEN))
    names = usual or tuple(sorted(entry.names)) or ((entry.name,) if entry.name else ())
    return Side(
        addresses=entry.addresses,
        names=names,
        urls=entry.known_by(PROFILE),
        phones=entry.known_by(PHONE),
        cards=entry.cards,
        first_day=min((first for first, _ in days), default=None),
        last_day=max((last for _, last in days), default=None),
    )


def merge(connection: Connection, owner_id: int, kept: int, gone: int, now: datetime) -> None:
    """Two people are one: `kept` gets identities, drafts and rules of `gone`. Raises UsageError for the same one."""
    if kept == gone:
        raise UsageError("That is one person already.")
    moving = merges.identities_of(connection, gone)
    edges = merges.edges_between(connection, moving, merges.identities_of(connection, kept))
    moved = _moved(connection, owner_id, kept, gone, sorted(moving))
    merges.drop_edges(connection, edges)
    _join(connection, owner_id, kept, gone, moved, now)
    merges.log(connection, owner_id, "merge", now, moved | {"edges": edges})


def split(connection: Connection, owner_id: int, person_id: int, address: str, now: datetime) -> int:
    """One address is somebody else's, for good: the new person. Raises NotFound, UsageError for an only address."""
    known = merges.identities_of(connection, person_id)
    leaving = [ident for ident, value in known.items() if value == address]
    staying = [ident for ident in known if ident not in leaving]
    if not leaving:
        raise NotFound(f"{address} is none of their addresses.", hint=f"Those are {', '.join(known.values())}.")
    if not any("@" in known[ident] for ident in staying):
        raise UsageError(f"{address} is the only address of this person; there is nothing to split.")
    drafts = merges.drafts_of(connection, person_id, address)
    fresh = _part(connection, owner_id, leaving, drafts)
    wishes.share(connection, owner_id, person_id, fresh, now)
    edges = merges.keep_apart(connection, leaving, staying)
    moved = {"identities": leaving, "rest": staying, "drafts": drafts, "edges": edges}
    merges.log(connection, owner_id, "split", now, moved)
    _ask_anew(connection, owner_id, (person_id, fresh))
    return fresh


def refuse(connection: Connection, owner_id: int, one: int, other: int, now: datetime) -> None:
    """These are two people; never ask again."""
    pair = [merges.identities_of(connection, who) for who in (one, other)]
    merges.log(connection, owner_id, "refuse", now, {"edges": merges.keep_apart(connection, *pair)})


def undo(connection: Connection, owner_id: int, now: datetime) -> str:
    """Take the last decision back; which it was. Raises NotFound when there is none."""
    last = merges.last_decision(connection, owner_id)
    if last is None:
        raise NotFound("There is nothing to undo.")
    if last.kind == "merge":
        _unmerge(connection, owner_id, last.moved, now)
    else:
        merges.drop_edges(connection, last.moved["edges"])
    if last.kind == "split":
        _unsplit(connection, owner_id, last.moved, now)
    merges.mark_undone(connection, last.id)
    return last.kind


def _moved(connection: Connection, owner_id: int, kept: int, gone: int, moving: list[int]) -> dict[str, Any]:
    barred = {rule.value for rule in suppression.listed(connection, owner_id) if rule.kind == "person"}
    return {
        "identities": moving,
        "drafts": merges.drafts_of(connection, gone),
        "barred": [who for who, ident in (("kept", kept), ("gone", gone)) if str(ident) in barred],
        "wishes": [wishes.as_json(wishes.of(connection, owner_id, ident)) for ident in (kept, gone)],
    }


def _join(connection: Connection, owner_id: int, kept: int, gone: int, moved: dict[str, Any], now: datetime) -> None:
    merges.give(connection, moved["identities"], kept)
    merges.give_drafts(connection, moved["drafts"], kept)
    merges.rename_in_reports(connection, owner_id, gone, kept)
    suppression.hand_over(connection, owner_id, gone, kept)
    wishes.hand_over(connection, owner_id, gone, kept, now)
    merges.drop_person(connection, gone)
    _ask_anew(connection, owner_id, (kept,))


def _part(connection: Connection, owner_id: int, leaving: list[int], drafts: list[int]) -> int:
    fresh = merges.new_person(connection, owner_id)
    merges.give(connection, leaving, fresh)
    merges.give_drafts(connection, drafts, fresh)
    return fresh


def _unmerge(connection: Connection, owner_id: int, moved: dict[str, Any], now: datetime) -> None:
    held = merges.holders(connection, moved["identities"])
    if not held:
        return
    kept = next(iter(held.values()))
    fresh = _part(connection, owner_id, sorted(held), moved["drafts"])
    if "gone" in moved["barred"]:
        suppression.copy(connection, owner_id, kept, fresh)
        if "kept" not in moved["barred"]:
            suppression.remove(connection, owner_id, "person", str(kept))
    for who, wished in zip((kept, fresh), moved.get("wishes", ()), strict=False):
        wishes.put_back(connection, owner_id, who, wished, now)
    _restore(connection, moved["edges"])
    _ask_anew(connection, owner_id, (kept, fresh))


def _unsplit(connection: Connection, owner_id: int, moved: dict[str, Any], now: datetime) -> None:
    held = merges.holders(connection, [*moved["identities"], *moved["rest"]])
    leaving = [held[ident] for ident in moved["identities"] if ident in held]
    staying = [held[ident] for ident in moved["rest"] if ident in held]
    if leaving and staying:
        identities = sorted(merges.identities_of(connection, leaving[0]))
        drafts = merges.drafts_of(connection, leaving[0])
        _join(connection, owner_id, staying[0], leaving[0], {"identities": identities, "drafts": drafts}, now)


def _restore(connection: Connection, edges: Iterable[list[int]]) -> None:
    for one, other in edges:
        if len(merges.holders(connection, [one, other])) == len({one, other}):
            merges.keep_apart(connection, [one], [other])


def _ask_anew(connection: Connection, owner_id: int, who: Iterable[int]) -> None:
    changed = list(who)
    people.touch(connection, changed)
    ties.mark_stale(connection, owner_id, changed)
