"""People judged from everything seen of them: name, organization, colleague or not, person or machine."""

from __future__ import annotations

from collections import Counter
from typing import Any

from agent.people.judge import PersonFacts, judge_person
from agent.people.names import best_name
from agent.people.normalise import organization, same_owner
from agent.store import evidence, people
from agent.store.db import Connection, Store
from agent.store.evidence import Evidence

CHUNK = 400


def judge_touched(store: Store, owner_id: int, own: frozenset[str]) -> int:
    """Judge everybody of whom something new was seen; returns how many."""
    judged = 0
    firms = {firm for firm in map(organization, own) if firm}
    while True:
        with store.write() as connection:
            waiting = people.touched(connection, owner_id, CHUNK)
            if not waiting:
                return judged
            _judge(connection, waiting, own, firms)
        judged += len(waiting)


def _judge(connection: Connection, waiting: list[int], own: frozenset[str], firms: set[str]) -> None:
    seen = evidence.of(connection, waiting)
    people.save_judgement(connection, [_row(who, seen[who], own, firms) for who in waiting])


def _row(who: int, seen: Evidence, own: frozenset[str], firms: set[str]) -> dict[str, Any]:
    verdict = judge_person(facts_of(seen, own))
    firm = next((found for found in map(organization, seen.addresses) if found), None)
    return {
        "b_id": who,
        "name": best_name(seen.names, seen.addresses[0]) if seen.addresses else "",
        "organization": firm,
        "colleague": firm in firms,
        "role": verdict.role.value,
        "reasons": list(verdict.reasons),
    }


def facts_of(seen: Evidence, own: frozenset[str]) -> PersonFacts:
    """The judge's view of what was seen."""
    return PersonFacts(
        addresses=tuple(seen.addresses),
        names=tuple(name for name, _, _ in seen.names),
        from_kinds=seen.from_kinds,
        list_role=seen.list_role,
        sent_to=seen.sent,
        sent_days=seen.sent_days,
        received_days=seen.received_days,
        met=seen.met,
        messages=seen.from_kinds.total(),
        subjects_distinct=seen.subjects,
        median_recipients=_median(seen.recipients),
        delivered_via=seen.relayed,
        delivered_via_senders=seen.relayed_senders,
        ever_sender=bool(seen.from_kinds),
        own=any(same_owner(address, own) for address in seen.addresses),
    )


def _median(sizes: Counter[int]) -> float:
    half, passed = sizes.total() / 2, 0
    for size in sorted(sizes):
        passed += sizes[size]
        if passed >= half:
            return float(size)
    return 0.0
