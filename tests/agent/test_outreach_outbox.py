"""Approval and sending: nothing without the owner's word on these bytes, nothing twice, and every doubt told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.config import Send
from agent.errors import Conflict, NotAllowed
from agent.errors import NotFound as Unknown
from agent.outreach import outbox
from agent.outreach.compose import digest_of
from agent.outreach.outbox import Word
from agent.outreach.policy import Limits
from agent.store import owners, suppression
from agent.store.db import Store
from agent.types import DraftState as S
from connectors.base import Approved
from connectors.errors import Unavailable
from connectors.oauth.tokens import FileTokens
from connectors.outlets.gmail_transport import GmailTransport
from connectors.outlets.smtp import SmtpTransport
from connectors.records import Role
from tests.agent.outreach_world import SEND, World
from tests.letters import ALICE, DANA, ERIK, at, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

NINE = at("2026-03-02 09:00")


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


def test_the_way_out_is_the_configured_one(tmp_path: Path) -> None:
    """Nothing is contacted by opening it: the host does not exist."""
    there: dict[str, Any] = {"host": "smtp.example.org", "port": 587, "tls": "starttls", "username": "alice"}
    send = Send(enabled=True, **there, timeout=7.0, ca_file="our-own-ca.pem")
    way_in: dict[str, Any] = {"password": send.reveal}
    assert outbox.open_transport(send, way_in) == SmtpTransport(
        **there, timeout=7.0, ca_file="our-own-ca.pem", **way_in
    )
    publicly_known = send.model_copy(update={"ca_file": ""})
    assert outbox.open_transport(publicly_known, way_in) == SmtpTransport(**there, timeout=7.0, **way_in)
    account: dict[str, Any] = {"tokens": FileTokens(tmp_path), "name": "gmail"}
    assert outbox.open_transport(Send(enabled=True), account) == GmailTransport(**account)


def test_approved_then_sent_once_after_the_time_to_undo(world: World) -> None:
    world.drafted()
    approve(world)
    world.later(minutes=9)
    world.send = SEND.model_copy(update={"undo_minutes": 0})  # what was promised when it was given holds
    assert world.send_due().waiting == [world.row().id]
    world.later(minutes=2)
    assert world.send_due().sent == [world.row().id]
    world.send_due()
    (approved,) = world.transport.delivered
    row = world.row()
    assert approved == Approved(
        row.content or b"", row.digest, ALICE, (DANA,), "alice", NINE, world.mailbox.copies[0].place
    )
    assert world.steps()[-5:] == ["approved", "queued", "sending", "committing", "sent"]
    assert (row.note, row.not_before) == ("250 2.0.0 taken over", None)


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
    world.send_due()
    assert world.state() is S.DRAFTED
    assert world.transport.connections == 0
    assert world.row().approved_digest == ""


def test_a_rejected_draft_is_dismissed_and_leaves(world: World) -> None:
    row = world.approved()
    outbox.reject(world.store, world.owner_id, row.id, world.mailbox, world.now)
    assert world.state() is S.DISMISSED
    assert world.mailbox.lying() == []
    with pytest.raises(NotAllowed):
        outbox.reject(world.store, world.owner_id, row.id, world.mailbox, world.now)


def test_a_rejected_draft_that_was_edited_stays_in_drafts(world: World) -> None:
    row = world.drafted()
    world.mailbox.edit(b"short call", b"long call")
    outbox.reject(world.store, world.owner_id, row.id, world.mailbox, world.now)
    assert world.state() is S.DISMISSED
    assert len(world.mailbox.lying()) == 1


def test_so_does_one_that_was_approved_as_edited(world: World) -> None:
    row = world.drafted()
    world.mailbox.edit(b"short call", b"long call")
    _, shown, _ = outbox.present(world.store, world.owner_id, row.id, world.mailbox)
    approve(world, digest_of(shown))
    outbox.reject(world.store, world.owner_id, row.id, world.mailbox, world.now)
    assert len(world.mailbox.lying()) == 1


@pytest.mark.parametrize("when", ["approved", "queued"])
def test_an_edit_after_the_approval_voids_it(world: World, when: str) -> None:
    world.approved()
    if when == "queued":
        world.transport.before.append(Unavailable("away"))
        world.send_due()
        world.later(minutes=6)
    world.mailbox.edit(b"short call", b"long call")
    assert world.send_due().voided == [world.row().id]
    assert world.state() is S.DRAFTED
    assert world.row().edited
    assert world.steps_note() == "you edited it"
    assert world.transport.delivered == []


def test_an_edited_draft_is_approved_only_as_it_was_shown(world: World) -> None:
    row = world.drafted()
    world.mailbox.edit(b"short call", b"long call")
    with pytest.raises(Conflict, match="You edited draft"):
        approve(world)
    _, shown, edited = outbox.present(world.store, world.owner_id, row.id, world.mailbox)
    assert edited
    world.mailbox.edit(b"long call", b"very long call")
    with pytest.raises(Conflict):
        approve(world, digest_of(shown))
    _, shown, _ = outbox.present(world.store, world.owner_id, row.id, world.mailbox)
    approve(world, digest_of(shown))
    world.later(minutes=11)
    world.send_due()
    assert b"very long call" in world.transport.delivered[0].content


def test_what_a_mail_program_noted_for_itself_stays_at_home(world: World) -> None:
    row = world.drafted()
    world.mailbox.edit(b"short call", b"long call")
    world.mailbox.edit(
        b"MIME-Version", b"FCC: imap://alice@host/Sent\r\n folded\r\nX-Identity-Key: id1\r\nMIME-Version"
    )
    _, shown, _ = outbox.present(world.store, world.owner_id, row.id, world.mailbox)
    approve(world, digest_of(shown))
    content = world.row().content or b""
    assert b"FCC" not in content
    assert b"folded" not in content
    assert b"X-Identity-Key" not in content


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (b"\r\nBcc: erik@fjord.example.org\r\nSubject:", "2 recipients"),
        (b"\r\nCc: erik@fjord.example.org\r\nSubject:", "2 recipients"),
        (b"\r\nTo: erik@fjord.example.org\r\nSubject:", "recipients"),
    ],
)
def test_more_recipients_than_one_are_for_the_owner_to_send(world: World, new: bytes, why: str) -> None:
    row = world.drafted()
    world.mailbox.edit(b"\r\nSubject:", new)
    _, shown, _ = outbox.present(world.store, world.owner_id, row.id, world.mailbox)
    with pytest.raises(NotAllowed, match=why):
        approve(world, digest_of(shown))
    assert world.state() is S.DRAFTED


def test_a_recipient_the_owner_never_wrote_to_is_refused(world: World) -> None:
    row = world.drafted()
    world.mailbox.edit(DANA.encode(), ERIK.encode())
    _, shown, _ = outbox.present(world.store, world.owner_id, row.id, world.mailbox)
    with pytest.raises(NotAllowed, match="you never wrote to erik"):
        approve(world, digest_of(shown))


def test_a_draft_from_somebody_else_is_refused(world: World) -> None:
    row = world.drafted()
    world.mailbox.edit(ALICE.encode(), b"mallory@evil.example.com")
    _, shown, _ = outbox.present(world.store, world.owner_id, row.id, world.mailbox)
    with pytest.raises(NotAllowed, match="not from one of your addresses"):
        approve(world, digest_of(shown))


def test_what_is_gone_or_was_never_there_cannot_be_approved(world: World) -> None:
    world.drafted()
    world.mailbox.copies.clear()
    with pytest.raises(NotAllowed, match="no longer in Drafts"):
        approve(world)
    with pytest.raises(Unknown):
        outbox.approve(world.store, world.owner_id, 99, world.mailbox, Word("alice", world.now), world.send)
    with pytest.raises(Unknown):
        outbox.approve(world.store, world.owner_id + 1, 1, world.mailbox, Word("charlie", world.now), world.send)


def test_an_approval_is_not_given_twice(world: World) -> None:
    world.approved()
    with pytest.raises(NotAllowed, match="is approved"):
        approve(world)
    world.send_due()
    with pytest.raises(NotAllowed, match="is sent"):
        approve(world)


@pytest.mark.parametrize("when", ["approved", "queued"])
def test_do_not_contact_wins_over_the_approval(world: World, when: str) -> None:
    world.approved()
    if when == "queued":
        world.transport.before.append(Unavailable("away"))
        world.send_due()
        world.later(minutes=6)
    with world.store.write() as connection:
        suppression.add(connection, world.owner_id, "person", str(world.person()), world.now)
    assert world.send_due().voided == [world.row().id]
    assert world.state() is S.DRAFTED
    assert world.steps_note() == "this person must not be contacted (since 2026-03-02)"
    world.observe()
    assert world.state() is S.WITHDRAWN
    assert world.transport.connections == (when == "queued")


def test_do_not_contact_that_comes_during_the_connection_stops_it(world: World) -> None:
    world.approved()
    send = world.transport.send

    def late(approved: object, committing: object) -> object:
        with world.store.write() as connection:
            suppression.add(connection, world.owner_id, "address", DANA, world.now)
        return send(approved, committing)  # type: ignore[arg-type]

    world.transport.send = late  # type: ignore[method-assign,assignment]
    world.send_due()
    row = world.row()
    assert (row.state, row.not_before) == (S.QUEUED, world.now + timedelta(minutes=5))
    assert row.note == f"{DANA} must not be contacted (since 2026-03-02)"
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
    assert world.send_due().sent == []
    assert (world.state(), world.steps_note()) == (S.SENT, "found in Sent")
    assert world.transport.connections == 0


def test_deleting_the_draft_takes_the_approval_back(world: World) -> None:
    world.approved()
    world.mailbox.move(Role.DRAFTS, Role.TRASH)
    assert world.send_due().voided == [world.row().id]
    assert (world.state(), world.steps_note(), world.row().edited) == (S.DRAFTED, "it is no longer in Drafts", False)
    world.observe()
    world.later(hours=25)
    world.observe()
    assert world.state() is S.DISMISSED
    assert world.transport.connections == 0


@pytest.mark.parametrize("deed", ["edit", "delete"])
def test_a_look_at_the_mailbox_takes_the_approval_back_too(world: World, deed: str) -> None:
    row = world.approved()
    if deed == "edit":
        world.mailbox.edit(b"short call", b"long call")
    else:
        world.mailbox.copies.clear()
    assert world.observe().voided == [row.id]
    row = world.row()
    assert (row.state, row.approved_digest, row.approved_by, row.approved_at) == (S.DRAFTED, "", "", None)


def test_quiet_hours_and_the_daily_limit_only_delay(world: World) -> None:
    world.drafted()
    world.later(hours=10)  # 19:00 UTC is 20:00 in Berlin
    approve(world)
    world.later(minutes=10)  # to the second
    world.send = SEND.model_copy(update={"max_per_day": 0})
    assert world.send_due().waiting == [world.row().id]
    assert (world.state(), world.row().not_before) == (S.QUEUED, None)
    assert world.row().note == "0 went out within a day; the limit is 0; quiet hours until 07:00"
    world.later(hours=11)
    world.send_due()
    assert world.row().note == "0 went out within a day; the limit is 0"
    assert world.transport.connections == 0
    world.send = SEND
    world.send_due()
    assert world.state() is S.SENT


def test_three_go_out_within_a_day_and_the_fourth_after_it(world: World) -> None:
    friends = [f"friend{n}@firm{n}.example" for n in range(4)]
    world.limits = Limits(max_new_per_week=4)
    for n, who in enumerate(friends):
        world.acquainted(who, f"Friend {n}")
    world.planned(*(world.plan(who, name="Friend", reply_to=None) for who in friends))
    world.push()
    for row in world.rows():
        outbox.approve(world.store, world.owner_id, row.id, world.mailbox, Word("alice", world.now), world.send)
    world.later(minutes=11)
    first, second, third, fourth = (row.id for row in world.rows())
    done = world.send_due()
    assert (done.sent, done.waiting) == ([first, second, third], [fourth])
    world.later(hours=23, minutes=59)
    assert world.send_due().waiting == [fourth]
    world.later(minutes=1)
    assert world.send_due().sent == [fourth]


def test_an_address_that_turns_out_to_be_the_owners_own_is_not_written_to(world: World) -> None:
    world.approved()
    with world.store.write() as connection:
        owners.learn(connection, world.owner_id, {DANA}, "config")
    assert world.send_due().voided == [world.row().id]
    assert world.steps_note() == f"{DANA} is your own address"


def test_the_kill_switch_stops_an_approved_draft(world: World) -> None:
    world.approved()
    outbox.hold(world.store, world.owner_id, world.now)
    world.send_due()
    assert world.state() is S.APPROVED
    outbox.let_go(world.store, world.owner_id)
    world.send_due()
    assert world.state() is S.SENT
