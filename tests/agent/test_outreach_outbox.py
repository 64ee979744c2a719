"""Approval and sending: nothing without the owner's word on these bytes, nothing twice, and every doubt told."""

from __future__ import annotations

import pytest

from agent.config import Send
from agent.errors import NotAllowed
from agent.outreach import outbox
from agent.outreach.outbox import Word
from agent.store import suppression
from agent.store.db import Store
from agent.types import DraftState as S
from connectors.errors import Unavailable
from connectors.records import Role
from tests.agent.outreach_world import SEND, World
from tests.letters import ALICE, DANA, mail


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def approve(world: World, seen: str = "", who: str = "alice") -> None:
    outbox.approve(world.store, world.owner_id, world.row().id, world.mailbox, Word(who, world.now, seen), world.send)


def test_without_send_mode_nothing_is_approved_or_sent(world: World) -> None:
    world.drafted()
    world.send = Send()
    with pytest.raises(NotAllowed, match="Send mode is off") as caught:
        approve(world)
    assert caught.value.hint.startswith("Press Send in your own mail program")
    world.later(hours=1)
    world.send_due()
    assert world.transport.connections == 0


def test_send_mode_that_was_turned_off_sends_nothing_approved_before(world: World) -> None:
    world.approved()
    world.send = Send()
    world.send_due()
    assert world.transport.connections == 0
    assert world.state() is S.APPROVED


def test_approved_then_sent_once_after_the_time_to_undo(world: World) -> None:
    world.drafted()
    approve(world)
    world.later(minutes=9)
    assert world.send_due().waiting == [world.row().id]
    world.later(minutes=2)
    assert world.send_due().sent == [world.row().id]
    world.send_due()
    (approved,) = world.transport.delivered
    assert approved.recipients == (DANA,)
    assert approved.sender == ALICE
    assert approved.approved_by == "alice"
    assert world.steps()[-5:] == ["approved", "queued", "sending", "committing", "sent"]
    assert world.row().note == "250 2.0.0 taken over"


def test_what_goes_out_is_dated_by_the_approval_and_keeps_the_id(world: World) -> None:
    row = world.drafted()
    world.later(days=6)
    approve(world)
    content = world.row().content
    assert content is not None
    assert b"\r\nDate: Sun, 08 Mar 2026 09:00:00 +0000\r\n" in content
    assert f"\r\nMessage-ID: <{row.rfc_id}>\r\n".encode() in content


def test_afterwards_drafts_is_empty_and_sent_holds_one_copy(world: World) -> None:
    world.approved()
    world.send_due()
    world.later(minutes=5)
    world.observe(file_sent_copy=True)
    world.later(minutes=5)
    world.observe(file_sent_copy=True)
    assert world.mailbox.lying() == []
    assert world.mailbox.lying(Role.SENT) == [world.transport.delivered[0].content]


def test_a_server_that_files_the_copy_itself_gets_no_second(world: World) -> None:
    world.transport.sent_box = world.mailbox
    world.approved()
    world.send_due()
    world.later(minutes=5)
    world.observe(file_sent_copy=True)
    assert len(world.mailbox.lying(Role.SENT)) == 1


def test_a_revoked_approval_sends_nothing(world: World) -> None:
    row = world.approved()
    outbox.revoke(world.store, world.owner_id, row.id, world.now)
    if when == "queued":
        world.transport.before.append(Unavailable("away"))
        world.send_due()
        world.later(minutes=6)
    with world.store.write() as connection:
        suppression.add(connection, world.owner_id, "person", str(world.person()), world.now)
    world.send_due()
    assert world.state() is S.DRAFTED
    world.observe()
    assert world.state() is S.WITHDRAWN
    assert world.transport.delivered == []


def test_do_not_contact_that_comes_during_the_connection_stops_it(world: World) -> None:
    world.approved()
    send = world.transport.send

    def late(approved: object, committing: object) -> object:
        with world.store.write() as connection:
            suppression.add(connection, world.owner_id, "address", DANA, world.now)
        return send(approved, committing)  # type: ignore[arg-type]

    world.transport.send = late  # type: ignore[method-assign,assignment]
    world.send_due()
    assert world.state() is S.QUEUED
    assert world.transport.delivered == []


def test_contact_since_the_approval_stops_it(world: World) -> None:
    world.approved()
    world.capture(mail("x", f"{world.now:%Y-%m-%d %H:%M}", DANA, ALICE))
    world.send_due()
    assert world.state() is S.DRAFTED
    assert world.row().note.startswith("they wrote to you")


def test_a_draft_the_owner_sent_or_deleted_meanwhile_is_not_sent(world: World) -> None:
    world.approved()
    world.mailbox.move(Role.DRAFTS, Role.SENT)
    world.send_due()
    assert world.state() is S.SENT
    assert world.transport.connections == 0


def test_deleting_the_draft_takes_the_approval_back(world: World) -> None:
    world.approved()
    world.mailbox.move(Role.DRAFTS, Role.TRASH)
    approve(world)
    world.later(minutes=11)
    world.send_due()
    assert world.state() is S.QUEUED
    assert "quiet hours until 07:00" in world.row().note
    world.later(hours=11)
    world.send = SEND.model_copy(update={"max_per_day": 0})
    world.send_due()
    assert "the limit is 0" in world.row().note
    world.send = SEND
    world.send_due()
    assert world.state() is S.SENT


def test_the_kill_switch_stops_an_approved_draft(world: World) -> None:
    world.approved()
    outbox.hold(world.store, world.owner_id, world.now)
    world.send_due()
    assert world.state() is S.APPROVED
    outbox.let_go(world.store, world.owner_id)
    world.send_due()
    assert world.state() is S.SENT
