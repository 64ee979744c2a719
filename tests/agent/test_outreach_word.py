"""The owner's word where nothing is sent by it: settle, set aside, let go on; and what each leaves in the record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from agent.errors import NotAllowed
from agent.errors import NotFound as Unknown
from agent.outreach import outbox, unsure
from agent.outreach.approval import UNSENT
from agent.outreach.copies import digest_of, stored_place
from agent.outreach.outbox import Word
from agent.store import suppression
from agent.store.db import Store
from agent.types import DraftState as S
from connectors.errors import Ambiguous, AuthFailed, Unsupported
from connectors.records import Role
from tests.agent.outreach_fakes import Killed, MemoryMailbox
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def unknown(world: World) -> int:
    """A mail that may have gone out; its draft."""
    row = world.approved()
    world.transport.within.append(Ambiguous("cut"))
    world.send_due()
    assert world.state() is S.UNKNOWN
    return row.id


def settle(world: World, draft_id: int, answer: str) -> S:
    done = outbox.settle(world.store, world.owner_id, draft_id, cast("Any", answer), "alice", world.now)
    assert done.state is world.state()
    return done.state


def test_it_went_can_be_said_at_once_and_after_a_day(world: World) -> None:
    draft_id = unknown(world)
    assert settle(world, draft_id, "went") is S.SENT
    assert world.steps_note() == "alice says it went"


@pytest.mark.parametrize(
    ("answer", "state", "note"),
    [
        ("went", S.SENT, "alice says it went"),
        ("leave", S.DISMISSED, "alice lets it be"),
        ("again", S.QUEUED, "alice says to send it again"),
    ],
)
def test_after_a_day_each_answer_ends_the_doubt(world: World, answer: str, state: S, note: str) -> None:
    draft_id = unknown(world)
    world.later(days=1)
    assert world.reconcile().ask == [draft_id]
    assert settle(world, draft_id, answer) is state
    assert world.steps_note() == note
    again = world.row()
    if answer == "again":
        assert (again.approved_by, again.approved_at, again.not_before) == ("alice", world.now, None)
    with pytest.raises(NotAllowed):
        settle(world, draft_id, "went")


@pytest.mark.parametrize("answer", ["leave", "again"])
def test_before_that_only_the_mailbox_may_answer(world: World, answer: str) -> None:
    draft_id = unknown(world)
    with pytest.raises(NotAllowed, match=f"Draft {draft_id} is unknown: there is nothing to settle that way"):
        settle(world, draft_id, answer)


def test_a_draft_that_is_not_there_is_told(world: World) -> None:
    with pytest.raises(Unknown, match="There is no draft 7") as told:
        settle(world, 7, "went")
    assert told.value.hint == "`weaktie drafts list --all` names them."


@pytest.mark.parametrize("state", [S.PLANNED, S.DRAFTED, S.APPROVED])
def test_a_draft_set_aside_goes_on_from_where_it_was(world: World, state: S) -> None:
    """Twice, for the last time is what counts."""
    world.planned()
    if state is not S.PLANNED:
        world.push()
    row = world.row()
    if state is S.APPROVED:
        outbox.approve(world.store, world.owner_id, row.id, world.mailbox, Word("alice", world.now), world.send)
    for _ in range(2):
        assert outbox.hold_draft(world.store, world.owner_id, row.id, world.now).state is S.HELD
        assert world.steps_note() == "you put it on hold"
        back = outbox.release(world.store, world.owner_id, row.id, world.now)
        assert back.state is (S.DRAFTED if state is S.APPROVED else state)
        assert (back.approved_by, world.steps_note()) == ("", "you let it go on")


def test_words_leave_their_note(world: World) -> None:
    row = world.approved()
    outbox.revoke(world.store, world.owner_id, row.id, world.now)
    assert world.steps_note() == "you took the approval back"
    outbox.reject(world.store, world.owner_id, row.id, world.mailbox, world.now)
    assert world.steps_note() == "you rejected it"
    with pytest.raises(NotAllowed, match=f"Draft {row.id} is dismissed, so it cannot be rejected"):
        outbox.reject(world.store, world.owner_id, row.id, world.mailbox, world.now)


def test_a_draft_is_shown_as_it_lies_in_drafts_or_else_as_it_was_written(world: World) -> None:
    def shown(mailbox: MemoryMailbox | None) -> tuple[bytes, bool]:
        row, content, edited = outbox.present(world.store, world.owner_id, 1, mailbox)
        assert row == world.row()
        return content, edited

    world.planned()
    assert shown(world.mailbox) == (b"", False)
    world.push()
    written = world.row().content or b""
    assert shown(None) == shown(world.mailbox) == (written, False)
    world.mailbox.edit(b"short call", b"long call")
    assert shown(None) == (written, False)
    assert shown(world.mailbox) == (written.replace(b"short call", b"long call"), True)
    world.observe()
    assert shown(None) == (written, True)
    world.mailbox.copies.clear()
    assert shown(world.mailbox) == (written, True)


def test_what_is_approved_is_what_lies_there_now_and_where(world: World) -> None:
    world.drafted()
    world.mailbox.copies.clear()
    world.observe()
    missing = world.row()
    assert missing.missing_since == world.now
    edited = (missing.content or b"").replace(b"Subject: Re: Budget", b"Subject: Re: The budget")
    lying = world.mailbox.put_by_owner(Role.DRAFTS, edited)
    word = Word("alice", world.now, digest_of(edited))
    row = outbox.approve(world.store, world.owner_id, 1, world.mailbox, word, world.send)
    assert (row.state, row.subject) == (S.APPROVED, "Re: The budget for the pilot")
    assert (row.missing_since, row.edited, row.place) == (None, True, stored_place(lying.place))
    assert (row.digest, row.approved_digest, row.recipients) == (*[digest_of(row.content or b"")] * 2, (DANA,))
    assert (row.approved_by, row.approved_at, row.not_before) == ("alice", world.now, world.now + 10 * MINUTE)
    assert world.steps_note() == "approved by alice"


def test_an_untouched_draft_goes_out_as_it_was_written_whatever_was_done_to_its_copy(world: World) -> None:
    """Some programs lose what a draft answers when they save it anew; to its reader it says the same."""
    world.drafted()
    world.mailbox.edit(b"In-Reply-To", b"X-Server: mx7\r\nX-Was-In-Reply-To")
    outbox.approve(world.store, world.owner_id, 1, world.mailbox, Word("alice", world.now), world.send)
    world.later(minutes=11)
    assert world.send_due().sent == [1]
    (sent,) = world.transport.delivered
    assert b"\r\nIn-Reply-To: <" in sent.content
    assert b"X-Server" not in sent.content


def test_what_is_not_in_drafts_yet_can_be_rejected(world: World) -> None:
    world.planned()
    outbox.reject(world.store, world.owner_id, 1, world.mailbox, world.now)
    assert world.state() is S.DISMISSED


def test_nothing_is_said_of_a_draft_just_when_it_is_written(world: World) -> None:
    world.planned()
    world.mailbox.trouble.append(Killed("here"))
    with pytest.raises(Killed):
        world.push()
    assert world.state() is S.DRAFTING
    with pytest.raises(NotAllowed, match="Draft 1 is drafting, so it cannot be rejected"):
        outbox.reject(world.store, world.owner_id, 1, world.mailbox, world.now)
    with pytest.raises(NotAllowed, match="Draft 1 is drafting; that cannot be done to it now"):
        outbox.hold_draft(world.store, world.owner_id, 1, world.now)


def test_a_draft_is_rejected_without_its_mailbox_too(world: World) -> None:
    """It stays in Drafts; the owner may delete or send it."""
    world.drafted()
    outbox.reject(world.store, world.owner_id, 1, None, world.now)
    assert world.state() is S.DISMISSED
    assert len(world.mailbox.lying()) == 1


def test_the_kill_switch_is_thrown_once_and_for_this_owner(world: World) -> None:
    assert outbox.hold(world.store, world.owner_id, world.now)
    assert not outbox.hold(world.store, world.owner_id, world.now)
    with world.store.read() as connection:
        assert suppression.held(connection, world.owner_id) is not None
        assert suppression.held(connection, world.owner_id + 1) is None
    assert outbox.let_go(world.store, world.owner_id)
    assert not outbox.let_go(world.store, world.owner_id)


def test_there_is_work_from_the_moment_it_is_due(world: World) -> None:
    assert not unsure.has_work(world.store, world.owner_id, world.now)
    unknown(world)
    due = world.row().not_before
    assert due is not None
    asked = [unsure.has_work(world.store, world.owner_id, due + timedelta(seconds=late)) for late in (-1, 0, 1)]
    assert asked == [False, True, True]
    world.later(days=1)
    world.reconcile()
    assert unsure.has_work(world.store, world.owner_id, world.now)
    world.reconcile()
    assert not unsure.has_work(world.store, world.owner_id, world.now + HOUR - timedelta(seconds=1))
    assert unsure.has_work(world.store, world.owner_id, world.now + HOUR)


def test_send_mode_off_says_so(world: World) -> None:
    world.approved()
    unsure.stand_down(world.store, world.owner_id, world.now)
    assert world.steps_note() == "send mode was switched off"


@pytest.mark.parametrize("error", [AuthFailed("no"), Unsupported("cannot")])
def test_what_only_the_owner_can_mend_waits_an_hour_and_is_no_attempt(world: World, error: Exception) -> None:
    world.approved()
    for _ in range(7):
        world.transport.before.append(error)
        world.send_due()
        assert (world.state(), world.row().not_before) == (S.QUEUED, world.now + HOUR)
        world.later(hours=1)
    world.send_due()
    assert (world.state(), world.row().not_before) == (S.SENT, None)


def test_a_word_on_a_draft_the_contact_since_has_overtaken_is_refused_at_once(world: World) -> None:
    """It would be void at the next look; better said while the owner is there."""
    world.drafted()
    world.mailbox.edit(b"Best wishes", b"Warmly")
    world.observe()
    world.later(days=1)
    world.capture(mail("x", f"{world.now:%Y-%m-%d %H:%M}", DANA, ALICE))
    world.observe()
    word = Word("alice", world.now, digest_of(world.mailbox.lying()[0]))
    with pytest.raises(NotAllowed, match="Draft 1 was planned before they wrote to you on 2026-03-03") as told:
        outbox.approve(world.store, world.owner_id, 1, world.mailbox, word, world.send)
    assert (world.state(), told.value.hint) == (S.DRAFTED, UNSENT)
