"""What only one tie reaches, and the ways to a firm."""

from __future__ import annotations

import pytest

from agent.capture.ledger import Book
from agent.outreach.occasions import ways_to
from agent.people.directory import judge_touched
from agent.store import owners
from agent.store.db import Store
from agent.ties import refresh
from agent.ties.bridge import Bridge, Sight, bridges
from agent.ties.explain import reach
from agent.ties.listing import ties_at
from agent.ties.model import Contact, fold
from agent.ties.paths import Path
from agent.ties.reading import read, with_reach
from connectors.records import MailRecord
from tests.agent.test_capture_ledger import enter
from tests.letters import ALICE, at, batch, box, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

DANA, ERIK, GRACE = "dana@northwind.example", "erik@fjord.example", "grace@tidewater.example"
NOW = at("2026-03-02 09:00")


def sights(*people: set[int]) -> list[Sight]:
    """Seen one a day."""
    return [(float(day), frozenset(those)) for day, those in enumerate(people)]


def test_a_stranger_seen_with_one_tie_only_is_reached_through_it() -> None:
    dana, erik, grace, henry = 1, 2, 3, 4
    together = [{dana, grace}, {dana, grace}, {dana, henry}, {erik, henry}]
    found = bridges(sights(*together), frozenset({dana, erik}), now=10)
    assert found[dana].count == 1
    assert found[dana].seen == ((grace, 2),)
    assert erik not in found


def test_a_firm_nobody_else_leads_to_counts_too() -> None:
    dana, erik, grace, henry = 1, 2, 3, 4
    firms = {grace: "tidewater.example", henry: "fjord.example", erik: "fjord.example"}
    found = bridges(sights({dana, grace}, {dana, henry}), frozenset({dana, erik}), now=10, firms=firms)
    assert found[dana].firms == ("tidewater.example",)  # Erik is at Fjord himself
    assert found[dana].count == 3


def test_who_brought_new_people_reaches_further_the_later_it_was() -> None:
    dana, erik = 1, 2
    known = frozenset({dana, erik})
    found = bridges([(0, known), (1, frozenset({dana, 3, 4})), (321, frozenset({erik, 5, 6}))], known, now=321)
    assert (found[dana].brought, found[erik].brought) == (2, 2)
    assert found[dana].lately == pytest.approx(0.5)
    assert found[erik].lately == pytest.approx(2)
    assert 0 < found[dana].reach < found[erik].reach < 1


def test_whom_the_owner_knows_needs_no_bridge() -> None:
    assert bridges(sights({1, 2}), frozenset({1, 2}), now=10) == {}


def test_reach_raises_the_value_by_half_at_most_and_is_told_in_words() -> None:
    rhythm = fold(Contact(day, sent=1, received=1) for day in range(0, 900, 90))
    assert rhythm is not None
    plain = read(rhythm, 950)
    assert with_reach(plain, 0) == plain
    assert with_reach(plain, 1).value == pytest.approx(min(100, 1.5 * plain.value))
    assert reach(Bridge(seen=((3, 2),), firms=("tidewater.example",), brought=4, lately=1.5), ("Grace",)) == (
        "You see 1 other and 1 firm through them alone: Grace.",
        "You first saw 4 others together with them, some of them of late.",
    )
    assert reach(Bridge(), ()) == ()


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
