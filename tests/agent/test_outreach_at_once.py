"""Two at once: a word that comes while another is given or a draft begun, a sender taken for dead that is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from agent.errors import Conflict, WeaktieError
from agent.outreach import outbox
from agent.outreach.outbox import Word
from agent.store import suppression
from agent.store.db import Store
from agent.types import DraftState as S
from connectors.base import Approved, Committing, Found, Sent
from connectors.errors import Ambiguous, Unavailable
from tests.agent.outreach_fakes import Killed
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

Deed = Callable[[Store, int, int, datetime], Any]
Patch = pytest.MonkeyPatch


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def while_drafts_are_read(world: World, monkeypatch: Patch, deed: Deed) -> None:
    """In another shell Alice says something of the draft, just as the mailbox is looked at."""
    find, row = world.mailbox.find, world.row()

    def find_late(*what: Any) -> list[Found]:
        deed(world.store, world.owner_id, row.id, world.now)
        return find(*what)

    monkeypatch.setattr(world.mailbox, "find", find_late)


def think_again(world: World) -> None:
    """Alice takes her word back, and gives it anew."""
    row = world.row()
    outbox.revoke(world.store, world.owner_id, row.id, world.now)
    outbox.approve(world.store, world.owner_id, row.id, world.mailbox, Word("alice", world.now), world.send)


def test_a_word_on_a_draft_that_changed_meanwhile_is_not_taken(world: World, monkeypatch: Patch) -> None:
    row = world.drafted()
    while_drafts_are_read(world, monkeypatch, outbox.hold_draft)
    with pytest.raises(Conflict, match=rf"Draft {row.id} changed meanwhile\.") as told:
        outbox.approve(world.store, world.owner_id, row.id, world.mailbox, Word("alice", world.now), world.send)
    assert told.value.hint == "Look at it again."
    assert (world.state(), world.row().approved_digest) == (S.HELD, "")


def test_nor_is_a_rejection(world: World, monkeypatch: Patch) -> None:
    row = world.approved()
    while_drafts_are_read(world, monkeypatch, outbox.revoke)
    with pytest.raises(Conflict, match=rf"Draft {row.id} changed meanwhile\.") as told:
        outbox.reject(world.store, world.owner_id, row.id, world.mailbox, world.now)
    assert told.value.hint == "Look at it again."
    assert world.state() is S.DRAFTED


@pytest.mark.parametrize("anew", [False, True])
def test_a_sender_taken_for_dead_cannot_go_on(world: World, monkeypatch: Patch, anew: bool) -> None:
    """The other one is at the very same step, perhaps by a later word; the number of the attempt tells them apart."""
    row = world.approved()
    deliver, gates = world.transport.send, list[Committing]()

    def first(_approved: Approved, committing: Committing) -> Sent:
        gates.append(committing)
        monkeypatch.setattr(world.transport, "send", second)
        if anew:
            outbox.recover(world.store, world.owner_id, world.now)
            think_again(world)
            world.later(minutes=11)
        assert world.send_due().sent == [row.id]
        committing()
        raise AssertionError

    def second(approved: Approved, committing: Committing) -> Sent:
        with pytest.raises(WeaktieError) as told:
            gates[0]()
        assert str(told.value) == "another process took it over"
        return deliver(approved, committing)

    monkeypatch.setattr(world.transport, "send", first)
    world.send_due()
    assert len(world.transport.delivered) == 1
    assert (world.state(), world.row().note) == (S.SENT, "250 2.0.0 taken over")


def test_nor_does_what_befell_it_count(world: World, monkeypatch: Patch) -> None:
    row = world.approved()

    def first(_approved: Approved, _committing: Committing) -> Sent:
        monkeypatch.setattr(world.transport, "send", second)
        with pytest.raises(Killed):
            world.send_due()
        raise Unavailable("away")

    def second(_approved: Approved, _committing: Committing) -> Sent:
        raise Killed

    monkeypatch.setattr(world.transport, "send", first)
    world.send_due()
    assert (world.state(), world.row().attempts) == (S.SENDING, row.attempts + 2)


def test_a_round_that_another_overtook_does_not_try_what_that_one_tried(world: World, monkeypatch: Patch) -> None:
    row = world.approved()
    world.transport.before.append(Unavailable("away"))
    world.send_due()
    world.later(minutes=6)
    find = world.mailbox.find

    def find_late(*what: Any) -> list[Found]:
        monkeypatch.setattr(world.mailbox, "find", find)
        world.transport.before.append(Unavailable("away"))
        world.send_due()
        return find(*what)

    monkeypatch.setattr(world.mailbox, "find", find_late)
    assert world.send_due().sent == []
    assert (world.state(), world.transport.connections, world.row().attempts) == (S.QUEUED, 2, row.attempts + 2)


def test_a_word_given_anew_while_an_earlier_one_is_carried_out_has_its_own_time_to_undo(
    world: World, monkeypatch: Patch
) -> None:
    """The mailbox is slow; meanwhile Alice takes her word back, thinks again, and gives it anew."""
    row = world.approved()
    find = world.mailbox.find

    def anew(*_draft: Any) -> None:
        monkeypatch.setattr(world.mailbox, "find", find)
        think_again(world)

    while_drafts_are_read(world, monkeypatch, anew)
    assert world.send_due().sent == []
    assert (world.state(), world.row().not_before) == (S.APPROVED, world.now + timedelta(minutes=10))
    world.later(minutes=11)
    assert world.send_due().sent == [row.id]


@pytest.mark.parametrize("what", ["do not contact", "contact", "time"])
def test_a_draft_that_was_begun_is_judged_anew_before_it_is_begun_again(world: World, what: str) -> None:
    world.planned()
    world.mailbox.trouble.append(Ambiguous("cut"))
    world.push()
    assert world.state() is S.DRAFTING
    if what == "do not contact":
        with world.store.write() as connection:
            suppression.add(connection, world.owner_id, "address", DANA, world.now)
    elif what == "contact":
        world.capture(mail("x", "2026-03-01 09:00", DANA, ALICE))
    else:
        world.later(days=40)
    world.push()
    assert world.state() is (S.EXPIRED if what == "time" else S.WITHDRAWN)
    assert world.mailbox.puts == []
