"""Clocks that jump, networks away for a week, stores of a later version: nothing floods, doubles or is lost."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from agent.errors import StoreError
from agent.store.db import Store, open_store
from agent.store.migrate import upgrade
from agent.store.schema import metadata
from agent.types import DraftState as S
from connectors.errors import Unavailable
from connectors.records import Role
from tests.agent.outreach_world import NOW, World

SOAK = int(os.environ.get("WEAKTIE_SOAK", "1"))
JUMPS = st.lists(st.sampled_from([-400, -30, -1, 0, 1, 3, 7, 400]), min_size=1, max_size=8)


def people(world: World, number: int) -> list[str]:
    """Acquaintances at as many firms, all with a reason to be written to."""
    addresses = [f"friend{n}@firm{n}.example" for n in range(number)]
    for n, address in enumerate(addresses):
        world.acquainted(address, f"Friend {chr(65 + n)}")
    return addresses


@settings(max_examples=4 * SOAK, deadline=None)
@given(days=JUMPS)
def test_a_clock_that_jumps_brings_no_flood(tmp_path_factory: pytest.TempPathFactory, days: list[int]) -> None:
    """However it jumps: at most three new drafts a week of its own time, five that wait, three mails a day."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('jumps') / 'w.db'}")
    metadata.create_all(store.engine)
    world = World(store)
    friends = people(world, 7)
    for jump in days:
        world.now = min(max(world.now + timedelta(days=jump), NOW - timedelta(days=500)), NOW + timedelta(days=1500))
        world.planned(*(world.plan(who, name="Friend", reply_to=None) for who in friends))
        world.push()
        made = [row.created_at for row in world.rows()]
        assert all(sum(abs(one - other) < timedelta(days=7) for other in made) <= 5 for one in made)
        assert sum(world.now - timedelta(days=7) < at_ <= world.now for at_ in made) <= 3
        assert len(world.mailbox.lying()) <= 5
    store.close()


def test_a_week_without_a_network_loses_and_doubles_nothing(store: Store) -> None:
    world = World(store)
    world.approved()
    other = people(world, 1)[0]
    world.planned(world.plan(other, name="Friend A", reply_to=None))
    world.mailbox.dead = Unavailable("no network")
    for _ in range(7 * 4):
        world.reconcile()
        world.observe()
        world.push()
        world.send_due()
        world.later(hours=6)
    world.mailbox.dead = None
    for _ in range(3):
        world.reconcile()
        world.observe(file_sent_copy=True)
        world.push()
        world.send_due()
        world.later(hours=1)
    assert len(world.transport.delivered) == 1
    assert [row.state for row in world.rows()] == [S.SENT, S.DRAFTED]
    assert len(world.mailbox.lying(Role.SENT)) == 1
    assert len(world.mailbox.puts) == 3


def test_a_store_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'weaktie.db'}")
    upgrade(store)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9000'"))
    with pytest.raises(StoreError, match="made by a newer weaktie") as told:
        upgrade(store)
    assert told.value.hint == "Install the newer weaktie again."
    store.close()
