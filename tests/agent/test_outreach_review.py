"""Drafts into the mailbox and the owner's deeds back: never two, never a touched one touched, every end recognised."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from agent.outreach import outbox
from agent.outreach.review import Desk
from agent.store import suppression
from agent.store.db import Store
from agent.store.schema import draft
from agent.templating import Templates
from agent.types import DraftState as S
from connectors.errors import Ambiguous, AuthFailed, NotFound, Refused, Unavailable
from connectors.records import Role
from tests.agent.outreach_fakes import body_of
from tests.agent.outreach_world import WRITER, World
from tests.letters import ALICE, DANA, mail, meeting

pytestmark = pytest.mark.stores("sqlite", "postgresql")


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_a_plan_becomes_a_draft_in_the_mailbox(world: World) -> None:
    row = world.drafted()
    (content,) = world.mailbox.lying()
    assert content == row.content
    assert row.state is S.DRAFTED
    assert row.place == {"folder": "Drafts", "ref": "1", "epoch": "1"}
    assert row.recipients == (DANA,)
    assert row.subject == "Re: Budget for the pilot"
    assert body_of(content).startswith("Hi Dana,\n")
    assert world.steps() == ["planned", "rendered", "drafting", "drafted"]


def test_the_same_reason_makes_one_draft(world: World) -> None:
    world.drafted()
    assert world.planned() == []
    world.push()
    world.push()
    assert len(world.mailbox.lying()) == 1
    assert len(world.rows()) == 1


def test_a_lost_answer_is_looked_for_and_not_repeated(world: World) -> None:
    world.planned()
    world.mailbox.lost.append(Ambiguous("cut"))
    assert world.push().problems == ["cut"]
    assert world.state() is S.DRAFTING
    world.push()
    assert world.state() is S.DRAFTED
    assert len(world.mailbox.puts) == 1


def test_a_lost_request_is_repeated_once_it_is_known_to_be_lost(world: World) -> None:
    world.planned()
    world.mailbox.trouble.append(Ambiguous("cut"))
    world.push()
    assert world.state() is S.DRAFTING
    world.push()
    assert world.state() is S.DRAFTED
    assert len(world.mailbox.lying()) == 1


@pytest.mark.parametrize(("role", "state"), [(Role.SENT, S.SENT), (Role.TRASH, S.DISMISSED)])
def test_after_a_cut_the_owner_may_have_been_quicker(world: World, role: Role, state: S) -> None:
    world.planned()
    world.mailbox.lost.append(Ambiguous("cut"))
    world.push()
    world.mailbox.move(Role.DRAFTS, role)
    world.push()
    assert world.state() is state
    assert len(world.mailbox.puts) == 1


def test_a_mailbox_that_always_loses_it_is_given_up(world: World) -> None:
    world.planned()
    for _ in range(8):
        world.mailbox.trouble.append(Ambiguous("cut"))
        world.push()
    assert world.state() is S.REFUSED
    assert "lost it 5 times" in world.row().note


def test_a_restored_backup_makes_no_second_draft(world: World) -> None:
    world.planned()
    planned = world.row()
    world.push()
    world.mailbox.edit(b"Best wishes", b"Warmly")
    with world.store.write() as connection:
        back = {"state": "planned", "content": None, "rfc_id": "", "token": "", "place": None}
        connection.execute(update(draft).where(draft.c.id == planned.id).values(**back))
    world.push()
    assert len(world.mailbox.puts) == 1
    assert world.state() is S.DRAFTED
    assert world.row().edited


@pytest.mark.parametrize(("role", "state"), [(Role.SENT, S.SENT), (Role.TRASH, S.DISMISSED)])
def test_nor_for_one_that_was_done_with(world: World, role: Role, state: S) -> None:
    row = world.drafted()
    world.mailbox.move(Role.DRAFTS, role)
    with world.store.write() as connection:
        connection.execute(delete(draft).where(draft.c.id == row.id))
    world.planned()
    world.push()
    assert len(world.mailbox.puts) == 1
    assert world.state() is state


def test_doubles_go_and_the_edited_one_stays(world: World) -> None:
    row = world.drafted()
    assert row.content is not None
    world.mailbox.put_by_owner(Role.DRAFTS, row.content.replace(b"Best wishes", b"Warmly"))
    world.mailbox.put_by_owner(Role.DRAFTS, row.content)
    world.observe()
    world.observe()
    assert ["Warmly" in body_of(content) for content in world.mailbox.lying()] == [True]
    assert world.row().edited


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Unavailable("away"), S.RENDERED),
        (AuthFailed("no"), S.RENDERED),
        (NotFound("no Drafts folder"), S.RENDERED),
        (Refused("quota"), S.REFUSED),
    ],
)
def test_trouble_with_the_mailbox_is_told_and_loses_nothing(world: World, error: Exception, state: S) -> None:
    world.planned()
    world.mailbox.trouble.append(error)
    assert world.push().problems == [str(error)]
    assert world.state() is state
    assert world.row().note == str(error)
    world.later(hours=2)
    world.push()
    assert world.state() is (S.DRAFTED if state is S.RENDERED else S.REFUSED)


def test_what_waits_for_the_owner_is_not_tried_at_every_poll(world: World) -> None:
    world.planned()
    world.mailbox.trouble.append(NotFound("no Drafts folder"))
    world.push()
    world.later(minutes=15)
    world.push()
    assert world.state() is S.RENDERED
    assert world.mailbox.puts == []


def test_sent_by_the_owner_in_any_mail_program(world: World) -> None:
    world.drafted()
    world.mailbox.move(Role.DRAFTS, Role.SENT)
    assert world.observe().sent == [world.row().id]
    assert world.state() is S.SENT


@pytest.mark.parametrize("kept", ["token", "id"])
def test_sent_and_seen_in_the_ledger_first(world: World, kept: str) -> None:
    row = world.drafted()
    world.later(hours=1)
    more = {"draft_token": row.token} if kept == "token" else {"message_id": row.rfc_id}
    world.capture(mail("x", f"{world.now:%Y-%m-%d %H:%M}", ALICE, DANA, **more))
    world.observe()
    assert world.state() is S.SENT


def test_sent_with_everything_changed_is_known_by_its_thread(world: World) -> None:
    row = world.drafted()
    world.mailbox.copies.clear()
    world.later(hours=1)
    answer = mail("x", f"{world.now:%Y-%m-%d %H:%M}", ALICE, DANA, references=(row.thread,), subject="Changed")
    world.capture(answer)
    world.observe()
    assert world.state() is S.SENT
    assert "thread" in world.steps_note()


def test_an_answer_of_the_owners_own_is_contact_not_the_draft(world: World) -> None:
    row = world.drafted()
    world.later(hours=1)
    world.capture(mail("x", f"{world.now:%Y-%m-%d %H:%M}", ALICE, DANA, references=(row.thread,), subject="Other"))
    world.observe()
    assert world.state() is S.WITHDRAWN
    assert world.mailbox.lying() == []


def test_nearly_the_same_subject_is_probably_it(world: World) -> None:
    world.drafted(world.plan(reply_to=None))
    world.mailbox.copies.clear()
    world.later(hours=1)
    world.capture(mail("x", f"{world.now:%Y-%m-%d %H:%M}", ALICE, DANA, subject="How are things"))
    world.observe()
    assert world.state() is S.SENT
    assert "probably" in world.steps_note()


def test_deleted_means_dismissed_after_a_day_and_not_made_again(world: World) -> None:
    world.drafted()
    world.mailbox.copies.clear()
    world.observe()
    assert world.state() is S.DRAFTED
    world.later(hours=23)
    world.observe()
    assert world.state() is S.DRAFTED
    world.later(hours=2)
    assert world.observe().dismissed == [world.row().id]
    world.planned()
    world.push()
    assert world.state() is S.DISMISSED
    assert world.mailbox.lying() == []


def test_a_draft_that_comes_back_was_never_gone(world: World) -> None:
    row = world.drafted()
    assert row.content is not None
    world.mailbox.copies.clear()
    world.observe()
    world.mailbox.put_by_owner(Role.DRAFTS, row.content)
    world.later(hours=30)
    world.observe()
    assert world.row().missing_since is None
    assert (world.state(), world.row().note) == (S.DRAFTED, "it is back in Drafts")


def test_sent_after_all_is_recognised_late(world: World) -> None:
    row = world.drafted()
    world.mailbox.copies.clear()
    world.observe()
    world.later(hours=25)
    world.observe()
    world.later(days=2)
    world.capture(mail("x", f"{world.now:%Y-%m-%d %H:%M}", ALICE, DANA, draft_token=row.token))
    world.observe()
    assert world.steps() == ["planned", "rendered", "drafting", "drafted", "drafted", "dismissed", "sent"]


def test_an_edited_draft_belongs_to_the_owner(world: World) -> None:
    world.drafted()
    world.mailbox.edit(b"Best wishes", b"Warmly")
    assert world.observe().edited == [world.row().id]
    world.later(days=1)
    world.capture(mail("x", f"{world.now:%Y-%m-%d %H:%M}", DANA, ALICE))
    world.observe()
    assert world.state() is S.DRAFTED
    assert world.row().note.startswith("they wrote to you")
    world.later(days=40)
    world.observe()
    assert world.state() is S.EXPIRED
    assert len(world.mailbox.lying()) == 1


def test_another_spelling_by_the_server_is_no_edit(world: World) -> None:
    world.drafted()
    world.mailbox.edit(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nX-Server: yes\r\n")
    world.mailbox.edit(b"\r\nDate:", b"\r\nX-Other: 1\r\nDate:")
    assert world.observe().edited == []
    assert not world.row().edited


@pytest.mark.parametrize("how", ["mail in", "mail out", "meeting"])
def test_contact_by_any_channel_withdraws_an_untouched_draft(world: World, how: str) -> None:
    world.drafted()
    world.later(days=1)
    when = f"{world.now:%Y-%m-%d %H:%M}"
    records = {"mail in": mail("x", when, DANA, ALICE), "mail out": mail("x", when, ALICE, DANA, subject="News")}
    world.capture(records.get(how) or meeting("m", when, DANA))
    world.later(hours=1)
    assert world.observe().withdrawn == [world.row().id]
    assert world.mailbox.lying() == []


def test_contact_that_was_captured_late_counts_too(world: World) -> None:
    world.drafted()
    world.capture(mail("x", "2026-03-01 09:00", DANA, ALICE))
    world.observe()
    assert world.state() is S.WITHDRAWN


def test_contact_before_it_was_written_stops_it(world: World) -> None:
    world.planned()
    world.capture(mail("x", "2026-03-01 09:00", DANA, ALICE))
    assert world.push().withdrawn == [world.row().id]
    assert world.mailbox.puts == []


def test_an_untouched_draft_expires_and_leaves(world: World) -> None:
    world.drafted()
    world.later(days=31)
    assert world.observe().expired == [world.row().id]
    assert world.mailbox.lying() == []


def test_do_not_contact_takes_a_waiting_draft_away(world: World) -> None:
    world.drafted()
    with world.store.write() as connection:
        suppression.add(connection, world.owner_id, "domain", "example.net", world.now)
    world.observe()
    assert world.state() is S.WITHDRAWN
    assert world.mailbox.lying() == []


def test_hold_stops_everything_and_touches_nothing(world: World) -> None:
    world.planned()
    outbox.hold(world.store, world.owner_id, world.now)
    world.push()
    assert world.state() is S.PLANNED
    outbox.let_go(world.store, world.owner_id)
    world.push()
    outbox.hold(world.store, world.owner_id, world.now)
    world.later(days=40)
    world.observe()
    assert world.state() is S.DRAFTED
    assert len(world.mailbox.lying()) == 1


def test_hold_stops_what_was_begun(world: World) -> None:
    world.planned()
    world.mailbox.trouble.append(Ambiguous("cut"))
    world.push()
    outbox.hold(world.store, world.owner_id, world.now)
    world.push()
    assert world.state() is S.DRAFTING
    assert world.mailbox.puts == []


def test_one_draft_on_hold_stays_as_it_is(world: World) -> None:
    row = world.drafted()
    outbox.hold_draft(world.store, world.owner_id, row.id, world.now)
    world.later(days=40)
    world.observe()
    assert world.state() is S.HELD
    outbox.release(world.store, world.owner_id, row.id, world.now)
    assert world.state() is S.DRAFTED


def test_a_missing_value_refuses_the_draft_with_the_reason(world: World, tmp_path: Path) -> None:
    own = tmp_path / "reconnect"
    own.mkdir()
    (own / "body.txt").write_text("Hi {{ first_name }},\n\nlet us talk.\n")
    world.desk = Desk(WRITER, Templates(tmp_path))
    world.planned(world.plan(context={"first_name": None, "topic": None, "when": None}))
    assert world.push().refused == [world.row().id]
    assert "a value is missing or empty in 'Hi {{ first_name }},'" in world.row().note
    world.planned()
    world.push()
    assert world.steps() == ["planned", "refused"]
    assert world.mailbox.puts == []


def test_a_broken_template_keeps_the_plan_until_it_is_mended(world: World, tmp_path: Path) -> None:
    own = tmp_path / "reconnect"
    own.mkdir()
    (own / "body.txt").write_text("Hi {{ frist_name }},\n")
    world.desk = Desk(WRITER, Templates(tmp_path))
    world.planned()
    (problem,) = world.push().problems
    assert "'frist_name' is undefined" in problem
    assert world.state() is S.PLANNED
    (own / "body.txt").write_text("Hi {{ first_name }}, how are you?\n")
    world.push()
    assert world.state() is S.DRAFTED


def test_an_answer_by_the_robot_of_their_server_is_a_bounce(world: World) -> None:
    row = world.drafted()
    world.mailbox.move(Role.DRAFTS, Role.SENT)
    world.observe()
    world.later(hours=1)
    report = mail(
        "dsn",
        f"{world.now:%Y-%m-%d %H:%M}",
        "MAILER-DAEMON@northwind.example.net",
        ALICE,
        subject="Undelivered Mail Returned to Sender",
        content_type="multipart/report; report-type=delivery-status",
        return_path="",
        references=(row.rfc_id,),
    )
    world.capture(report)
    assert world.observe().bounced == [row.id]
    (verdict,) = world.planned(world.plan(reason_key="another"))
    assert f"mail to {DANA} came back" in verdict.decision.reasons
