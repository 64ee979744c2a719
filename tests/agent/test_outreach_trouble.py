"""When sending goes wrong: tried again only where nothing can have gone out, looked for and asked about elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agent.errors import ConfigError, NotAllowed
from agent.errors import NotFound as Unknown
from agent.outreach import outbox, unsure
from agent.outreach.outbox import Word
from agent.store.db import Store
from agent.types import DraftState as S
from connectors.base import Found
from connectors.errors import Ambiguous, AuthFailed, Refused, Unavailable, Unsupported
from connectors.records import Role
from tests.agent.outreach_fakes import Killed
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def approve(world: World, seen: str = "", who: str = "alice") -> None:
    outbox.approve(world.store, world.owner_id, world.row().id, world.mailbox, Word(who, world.now, seen), world.send)


def test_a_server_that_is_away_is_tried_five_times_at_growing_distance(world: World) -> None:
    world.approved()
    waits = []
    for _ in range(5):
        world.transport.before.append(Unavailable("away", hint="Try later."))
        done = world.send_due()
        row = world.row()
        if row.not_before and row.state is S.QUEUED:
            waits.append(row.not_before - world.now)
            world.now = row.not_before - timedelta(seconds=1)
            world.send_due()
            world.now = row.not_before
    assert waits == [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40)]
    assert world.transport.connections == 5
    assert (world.state(), done.failed, done.problems) == (S.FAILED, [world.row().id], ["away Try later."])
    assert world.steps_note() == "5 attempts in vain: away Try later."
    approve(world)
    world.later(minutes=11)
    world.send_due()
    assert world.state() is S.SENT
    assert len(world.transport.delivered) == 1


@pytest.mark.parametrize(
    ("error", "state", "note", "wait"),
    [
        (Unavailable("451 later", hint="Wait."), S.QUEUED, "451 later Wait.", timedelta(minutes=5)),
        (Unsupported("too new", hint="Wait."), S.QUEUED, "too new Wait.", timedelta(minutes=5)),
        (AuthFailed("not any more", hint="Sign in."), S.QUEUED, "not any more Sign in.", timedelta(hours=1)),
        (Refused("550 no such user", hint="Ask them."), S.FAILED, "550 no such user Ask them.", None),
        (Ambiguous("cut after the dot", hint="Look."), S.UNKNOWN, "cut after the dot", timedelta(minutes=1)),
    ],
)
def test_the_answer_to_the_text_decides(
    world: World, error: Exception, state: S, note: str, wait: timedelta | None
) -> None:
    row = world.approved()
    world.transport.within.append(error)
    done = world.send_due()
    assert (world.state(), world.steps_note()) == (state, note)
    assert world.row().not_before == (wait and world.now + wait)
    assert done.failed == ([row.id] if state is S.FAILED else [])


def test_a_line_that_breaks_before_the_text_is_no_doubt(world: World) -> None:
    world.approved()
    world.transport.before.append(Ambiguous("cut", hint="Look."))
    assert world.send_due().problems == ["cut Look."]
    assert (world.state(), world.row().not_before) == (S.QUEUED, world.now + timedelta(minutes=5))


def test_without_a_password_nothing_is_tried_for_an_hour(world: World) -> None:
    world.approved()
    world.transport.before.append(ConfigError("SMTP_PASSWORD is not set.", hint="Set it."))
    said = "SMTP_PASSWORD is not set. Set it."
    assert world.send_due().problems == [said]
    row = world.row()
    assert (row.state, row.note, row.not_before) == (S.QUEUED, said, world.now + timedelta(hours=1))


@pytest.mark.parametrize(
    ("moment", "state", "note", "wait"),
    [
        ("before", S.QUEUED, "interrupted before the text", None),
        ("within", S.UNKNOWN, "interrupted in the text or after it", timedelta(minutes=1)),
    ],
)
def test_what_a_dead_process_left(world: World, moment: str, state: S, note: str, wait: timedelta | None) -> None:
    row = world.approved()
    getattr(world.transport, moment).append(Killed("here"))
    with pytest.raises(Killed):
        world.send_due()
    assert unsure.recover(world.store, world.owner_id, world.now) == ([row.id] if wait else [])
    assert (world.state(), world.steps_note()) == (state, note)
    assert world.row().not_before == (wait and world.now + wait)


def test_a_refused_sign_in_waits_an_hour_and_is_not_the_drafts_fault(world: World) -> None:
    world.approved()
    for _ in range(7):
        world.transport.before.append(AuthFailed("wrong password", hint="Check it."))
        assert world.send_due().problems == ["wrong password Check it."]
        world.later(minutes=59)
        world.send_due()
        world.later(minutes=2)
    assert world.transport.connections == 7
    world.later(hours=1)
    world.send_due()
    assert world.state() is S.SENT


@pytest.mark.parametrize("moment", ["within", "after"])
def test_after_a_cut_in_the_text_it_is_never_sent_again(world: World, moment: str) -> None:
    world.approved()
    getattr(world.transport, moment).append(Ambiguous("cut"))
    assert world.send_due().unknown == [world.row().id]
    for _ in range(10):
        world.later(hours=5)
        world.send_due()
        world.reconcile()
    assert world.state() is S.ASK
    assert world.transport.connections == 1


def test_unknown_is_looked_for_at_one_five_thirty_minutes_and_a_day(world: World) -> None:
    world.approved()
    world.transport.after.append(Ambiguous("cut"))
    world.send_due()
    began, looked = world.now, []
    find = world.mailbox.find

    def find_and_note(message_id: str, token: str, roles: tuple[Role, ...]) -> list[Found]:
        assert roles == (Role.SENT,)
        looked.append(world.now - began)
        return find(message_id, token, roles)

    world.mailbox.find = find_and_note  # type: ignore[method-assign]
    for _ in range(24 * 60):
        world.later(minutes=1)
        world.reconcile()
    assert looked == [timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=24)]
    assert world.state() is S.ASK


@pytest.mark.parametrize(
    ("how", "note"),
    [
        ("sent folder", "found in Sent"),
        ("ledger", "recognised by its Message-ID"),
        ("answer", "somebody answered it on 2026-03-02"),
    ],
)
def test_unknown_is_found(world: World, how: str, note: str) -> None:
    row = world.approved()
    world.transport.after.append(Ambiguous("cut"))
    world.send_due()
    world.later(minutes=6)
    when = f"{world.now:%Y-%m-%d %H:%M}"
    if how == "sent folder":
        world.mailbox.put_by_owner(Role.SENT, world.transport.delivered[0].content)
    elif how == "ledger":
        world.capture(mail("x", when, ALICE, DANA, message_id=row.rfc_id))
    else:
        world.capture(mail("x", when, DANA, ALICE, references=(row.rfc_id,)))
    assert world.reconcile().sent == [row.id]
    found = world.row()
    assert (found.state, found.not_before, found.note) == (S.SENT, None, note)
    assert world.steps_note() == note


def test_what_is_not_in_doubt_is_left_alone(world: World) -> None:
    """What the owner sent by hand is for `observe` to see."""
    world.drafted()
    world.mailbox.move(Role.DRAFTS, Role.SENT)
    row = world.row()
    assert world.reconcile().sent == []
    assert world.row() == row


def test_a_mail_much_like_it_is_no_proof_that_it_went(world: World) -> None:
    """The owner may have written it by hand because they doubted: what may have gone out stays in doubt."""
    row = world.approved()
    world.transport.within.append(Ambiguous("cut"))
    world.send_due()
    world.later(minutes=6)
    world.capture(mail("x", f"{world.now:%Y-%m-%d %H:%M}", ALICE, DANA, subject=row.subject, references=(row.thread,)))
    assert world.reconcile().sent == []
    assert world.state() is S.UNKNOWN


def test_the_owner_is_asked_and_may_say_anything(world: World) -> None:
    row = world.approved()
    world.transport.within.append(Ambiguous("cut"))
    world.send_due()
    with pytest.raises(NotAllowed, match="is unknown"):
        outbox.settle(world.store, world.owner_id, row.id, "again", "alice", world.now)
    world.later(days=1)
    assert world.reconcile().ask == [row.id]
    assert (world.row().not_before, world.steps_note()) == (None, "not found for a day")
    outbox.settle(world.store, world.owner_id, row.id, "again", "alice", world.now)
    world.send_due()
    (approved,) = world.transport.delivered
    assert f"<{row.rfc_id}>".encode() in approved.content
    assert world.state() is S.SENT
    with pytest.raises(NotAllowed, match="nothing to settle"):
        outbox.settle(world.store, world.owner_id, row.id, "went", "alice", world.now)


def test_switched_off_meanwhile_approvals_are_void_and_doubts_are_cleared_up(world: World) -> None:
    row = world.approved()
    unsure.stand_down(world.store, world.owner_id, world.now)
    assert (world.state(), world.row().approved_digest) == (S.DRAFTED, "")
    approve(world)
    world.later(minutes=11)
    world.transport.after.append(Killed("after the dot"))
    with pytest.raises(Killed):
        world.send_due()
    assert world.state() is S.COMMITTING
    unsure.stand_down(world.store, world.owner_id, world.now)
    assert world.state() is S.UNKNOWN
    world.mailbox.put_by_owner(Role.SENT, world.transport.delivered[0].content)
    world.later(minutes=2)
    assert unsure.has_work(world.store, world.owner_id, world.now)
    assert world.reconcile().sent == [row.id]
    assert not unsure.has_work(world.store, world.owner_id, world.now)


def test_a_mailbox_out_of_reach_sends_nothing(world: World) -> None:
    world.approved()
    world.mailbox.dead = Unavailable("no network", hint="Plug it in.")
    assert world.send_due().problems == ["no network Plug it in."]
    assert world.transport.connections == 0
    assert world.state() is S.APPROVED


def test_what_is_in_doubt_stays_so_while_the_mailbox_is_out_of_reach(world: World) -> None:
    world.approved()
    world.transport.within.append(Ambiguous("cut"))
    world.send_due()
    world.later(days=2)
    world.mailbox.dead = Unavailable("no network", hint="Plug it in.")
    told = world.reconcile()
    assert (told.problems, told.ask) == (["no network Plug it in."], [])
    assert world.state() is S.UNKNOWN
    world.mailbox.dead = Unavailable("no network")
    assert world.reconcile().problems == ["no network"]


def test_another_owner_sees_none_of_it(world: World) -> None:
    row = world.approved()
    charlie = world.owner_id + 1
    outbox.send_due(world.store, charlie, world.mailbox, world.transport, world.now, world.send, world.desk.writer)
    assert world.transport.connections == 0
    with pytest.raises(Unknown):
        outbox.present(world.store, charlie, row.id, None)
