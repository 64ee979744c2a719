"""What only one tie reaches, and the ways to a firm."""

from __future__ import annotations

from agent.capture.ledger import Book
from agent.outreach.occasions import ways_to
from agent.people.directory import judge_touched
from agent.store import owners
from agent.store.db import Store
from agent.ties import refresh
from agent.ties.bridge import bridges
from agent.ties.listing import ties_at
from agent.ties.paths import Path
from connectors.records import MailRecord
from tests.agent.test_capture_ledger import enter
from tests.letters import ALICE, at, batch, box, mail

DANA, ERIK, GRACE = "dana@northwind.example", "erik@fjord.example", "grace@tidewater.example"
NOW = at("2026-03-02 09:00")


def test_a_stranger_seen_with_one_tie_only_is_reached_through_it() -> None:
    dana, erik, grace, henry = 1, 2, 3, 4
    together = [frozenset({dana, grace}), frozenset({dana, grace}), frozenset({dana, henry}), frozenset({erik, henry})]
    found = bridges(together, frozenset({dana, erik}))
    assert found[dana].count == 1
    assert found[dana].seen == ((grace, 2),)
    assert erik not in found


def test_whom_the_owner_knows_needs_no_bridge() -> None:
    assert bridges([frozenset({1, 2})], frozenset({1, 2})) == {}


def ways(store: Store, *letters: MailRecord, wanted: str = "tidewater.example") -> list[Path]:
    """The ways to a firm after these letters."""
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
        owners.learn(connection, owner.id, {ALICE}, "config")
    rules = Book(owner.id, frozenset({ALICE}), owner.salt, NOW)
    enter(store, rules, batch(*letters))
    judge_touched(store, owner.id, rules.own)
    refresh.refresh(store, owner.id, NOW)
    with store.read() as connection:
        return ways_to(connection, owner.id, wanted, ties_at(connection, owner.id, NOW), NOW)


def exchange(who: str, day: str, **more: object) -> tuple[MailRecord, MailRecord]:
    """They wrote, Alice answered."""
    return (
        mail(f"{who}{day}a", day, who, ALICE, **more),
        mail(f"{who}{day}b", day, ALICE, who),
    )


def test_a_tie_there_comes_before_one_seen_together_with_somebody_there(store: Store) -> None:
    found = ways(
        store,
        *exchange(GRACE, "2026-01-05"),
        *exchange(DANA, "2026-02-01", cc=(box("Ivy Moss <ivy@tidewater.example>"),)),
    )
    assert [(path.introducer.addresses[0], path.address, path.direct) for path in found] == [
        (GRACE, GRACE, True),
        (DANA, "ivy@tidewater.example", False),
    ]


def test_seen_together_often_and_lately_ranks_first_with_its_evidence(store: Store) -> None:
    often = [letter for day in ("05", "12", "19") for letter in exchange(DANA, f"2026-02-{day}", cc=(box(GRACE),))]
    found = ways(store, *often, *exchange(ERIK, "2023-02-02", cc=(box(GRACE),)))
    assert [path.introducer.addresses[0] for path in found] == [DANA, ERIK]
    assert (found[0].together, found[0].evidence) == (
        3,
        f"{DANA} and {GRACE} seen together 3 times, last on 19 February 2026, about “Hello”",
    )


def test_of_two_seen_as_often_the_later_ranks_first(store: Store) -> None:
    early = [letter for day in ("2024-01-05", "2026-02-20") for letter in exchange(ERIK, day)]
    late = [letter for day in ("2024-01-05", "2026-02-20") for letter in exchange(DANA, day)]
    seen = (
        mail("early", "2024-01-06", ERIK, ALICE, cc=(box(GRACE),)),
        mail("late", "2026-02-21", DANA, ALICE, cc=(box(GRACE),)),
    )
    found = {path.introducer.addresses[0]: path.score for path in ways(store, *early, *late, *seen)}
    assert found[DANA] > 2 * found[ERIK]


def test_a_crowd_or_a_one_way_sender_is_no_way(store: Store) -> None:
    crowd = tuple(box(f"guest{number}@party.example") for number in range(12))
    found = ways(
        store,
        *exchange(DANA, "2026-02-01"),
        mail("crowd", "2026-02-02", DANA, ALICE, cc=(box(GRACE), *crowd)),
        mail("oneway", "2026-02-03", ERIK, ALICE, cc=(box(GRACE),)),
    )
    assert found == []


def test_a_firm_may_be_named_by_its_first_word(store: Store) -> None:
    assert len(ways(store, *exchange(DANA, "2026-02-01", cc=(box(GRACE),)), wanted="Tidewater")) == 1
