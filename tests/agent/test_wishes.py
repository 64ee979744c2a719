"""What the owner wishes of a tie: kept with the person through merges and splits, gone with them when forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.store import people, reports, wishes
from agent.store.reports import NewReport
from agent.types import NO_WISH, Standing, Wish
from tests.agent.desk import Desk
from tests.conftest import START, Clock
from tests.letters import DANA, ERIK

FIRM = "dana.reed@fjord.example.org"
BUSY = Wish(
    standing=Standing.KEPT,
    snoozed_from=START,
    snoozed_until=START + timedelta(days=60),
    every_days=30,
    goal="a talk at the spring meeting",
    tags=("choir", "vip"),
)
WISHES = st.builds(
    Wish,
    standing=st.sampled_from(Standing),
    every_days=st.none() | st.integers(0, 400),
    goal=st.sampled_from(["", "a job", "a talk"]),
    tags=st.sampled_from([(), ("vip",), ("choir", "vip")]),
)


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Dana under two addresses, and Erik."""
    made = Desk(tmp_path)
    made.exchange(f"Dana Reed <{DANA}>", "2025-10-07", "2025-12-02")
    made.exchange(f"Dana Reed <{FIRM}>", "2025-06-03", "2025-08-05")
    made.exchange(f"Erik Holm <{ERIK}>", "2025-10-07", "2025-12-02")
    assert made.weaktie("sync").code == 0
    return made


def wished(desk: Desk, address: str, new: Wish | None = None) -> Wish:
    """What is wished of somebody, after saying so."""
    store = desk.store()
    with store.write() as connection:
        (_, who) = people.find(connection, 1, [address])[address]
        if new is not None:
            wishes.save(connection, 1, who, new, START)
        found = wishes.of(connection, 1, who)
    store.close()
    return found


def test_a_wish_comes_back_as_it_was_said(desk: Desk) -> None:
    assert wished(desk, DANA) == NO_WISH
    assert wished(desk, DANA, BUSY) == BUSY
    assert wished(desk, ERIK) == NO_WISH
    assert wishes.from_json(wishes.as_json(BUSY)) == BUSY


def test_undo_goes_back_and_forth(desk: Desk) -> None:
    wished(desk, DANA, BUSY)
    dropped = wished(desk, DANA, replace(BUSY, standing=Standing.DROPPED, tags=()))
    store = desk.store()
    with store.write() as connection:
        (_, who) = people.find(connection, 1, [DANA])[DANA]
        (_, other) = people.find(connection, 1, [ERIK])[ERIK]
        assert wishes.undo(connection, 1, who, START)
        assert wishes.of(connection, 1, who) == BUSY
        assert wishes.undo(connection, 1, who, START)
        assert wishes.of(connection, 1, who) == dropped
        assert not wishes.undo(connection, 1, other, START)
    store.close()


def test_a_merge_carries_the_stricter_wish_and_undo_gives_each_their_own(desk: Desk) -> None:
    wished(desk, DANA, BUSY)
    wished(desk, FIRM, Wish(Standing.PRIVATE, every_days=14, tags=("work",)))
    assert desk.weaktie("people", "merge", DANA, FIRM).code == 0
    both = wished(desk, DANA)
    assert (both.standing, both.every_days, both.goal) == (Standing.PRIVATE, 14, BUSY.goal)
    assert both.tags == ("choir", "vip", "work")
    assert desk.weaktie("people", "review", "--undo").code == 0
    assert wished(desk, DANA) == BUSY
    assert wished(desk, FIRM) == Wish(Standing.PRIVATE, every_days=14, tags=("work",))


def test_who_is_split_from_somebody_private_stays_private(desk: Desk) -> None:
    desk.weaktie("people", "merge", DANA, FIRM)
    wished(desk, DANA, replace(BUSY, standing=Standing.PRIVATE))
    assert desk.weaktie("people", "split", DANA, FIRM).code == 0
    assert wished(desk, FIRM) == Wish(Standing.PRIVATE)
    assert wished(desk, DANA).goal == BUSY.goal


def test_forgetting_leaves_no_wish_and_no_goal_that_names_them(desk: Desk) -> None:
    desk.weaktie("people", "merge", DANA, FIRM)
    wished(desk, DANA, BUSY)
    wished(desk, ERIK, Wish(goal="an introduction to Dana Reed", tags=("friend of dana reed", "vip")))
    assert "spring meeting" in desk.weaktie("export", DANA).out
    assert desk.weaktie("forget", DANA, "--yes").code == 0
    assert desk.bytes_of("spring meeting", "Dana Reed") == {"spring meeting": 0, "Dana Reed": 0}
    assert wished(desk, ERIK) == Wish(tags=("vip",))


def test_who_is_forgotten_leaves_the_others_their_numbers(desk: Desk) -> None:
    store = desk.store()
    with store.write() as connection:
        who = [people.find(connection, 1, [address])[address][1] for address in (DANA, FIRM, ERIK)]
        told = NewReport("weekly", "2026-W09", "<r@example.com>", "t", b"", tuple(who))
        row = reports.add(connection, 1, told, START)
        reports.placed(connection, row.id, START)
    desk.weaktie("forget", FIRM, "--yes")
    with store.read() as connection:
        kept = reports.of_id(connection, 1, row.id)
    store.close()
    assert kept is not None
    assert kept.people == (who[0], 0, who[2])


def test_charlie_has_no_wishes_of_alices(desk: Desk) -> None:
    wished(desk, DANA, replace(BUSY, standing=Standing.DROPPED))
    store = desk.store()
    with store.read() as connection:
        assert wishes.hidden(connection, 1) == {people.find(connection, 1, [DANA])[DANA][1]}
        assert wishes.hidden(connection, 2) == frozenset()
    store.close()


@given(WISHES, WISHES, WISHES)
def test_joining_loses_nothing_whatever_the_order(one: Wish, two: Wish, three: Wish) -> None:
    def plain(wish: Wish) -> Wish:
        return replace(wish, goal="; ".join(sorted(wish.goal.split("; "))))

    assert plain(one.joined(two)) == plain(two.joined(one))
    assert plain(one.joined(two).joined(three)) == plain(one.joined(two.joined(three)))
    assert one.joined(NO_WISH) == one
    assert one.joined(two).hidden == (one.hidden or two.hidden)
