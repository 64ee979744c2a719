"""Every no to an approval: what it says, and what the owner can do about it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.errors import WeaktieError
from agent.outreach import outbox
from agent.outreach.approval import UNSENT
from agent.outreach.compose import digest_of
from agent.outreach.outbox import Word
from agent.store import suppression
from agent.store.db import Store
from connectors.records import Role
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA, ERIK

pytestmark = pytest.mark.stores("sqlite", "postgresql")

UP_TO_DATE = "`weaktie run --once` brings the list up to date."


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def approve_as_shown(world: World) -> None:
    """Alice looks at the draft and approves what she sees."""
    row = world.row()
    _, shown, _ = outbox.present(world.store, world.owner_id, row.id, world.mailbox)
    word = Word("alice", world.now, digest_of(shown))
    outbox.approve(world.store, world.owner_id, row.id, world.mailbox, word, world.send)


def approve_unseen(world: World) -> None:
    """Alice approves what she read yesterday."""
    outbox.approve(world.store, world.owner_id, world.row().id, world.mailbox, Word("alice", world.now), world.send)


def refused(world: World, say: Callable[[World], None]) -> tuple[str, str]:
    """What the owner is told, and the way out."""
    before = world.row()
    with pytest.raises(WeaktieError) as told:
        say(world)
    assert world.row() == before
    return str(told.value), told.value.hint


def bar(world: World, kind: suppression.Kind, value: str) -> None:
    with world.store.write() as connection:
        suppression.add(connection, world.owner_id, kind, value, world.now)


def test_one_that_is_not_written_yet(world: World) -> None:
    world.planned()
    assert refused(world, approve_unseen) == (
        "Draft 1 is planned, so it cannot be approved.",
        "Only one in Drafts can.",
    )


def test_one_that_the_owner_sent_or_deleted(world: World) -> None:
    world.drafted()
    world.mailbox.move(Role.DRAFTS, Role.SENT)
    assert refused(world, approve_unseen) == ("Draft 1 is in Sent already.", UP_TO_DATE)
    world.mailbox.move(Role.SENT, Role.TRASH)
    assert refused(world, approve_unseen) == ("Draft 1 is no longer in Drafts.", UP_TO_DATE)


def test_one_that_was_sent_and_lies_in_drafts_still(world: World) -> None:
    """Some programs leave a copy behind: the mail went all the same."""
    row = world.drafted()
    world.mailbox.put_by_owner(Role.SENT, row.content or b"")
    assert refused(world, approve_unseen) == ("Draft 1 is in Sent already.", UP_TO_DATE)


def test_one_that_was_edited_and_not_looked_at(world: World) -> None:
    world.drafted()
    world.mailbox.edit(b"short call", b"long call")
    way = "Run `weaktie drafts approve 1` without --yes: it shows what would go out, and asks."
    assert refused(world, approve_unseen) == ("You edited draft 1.", way)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            b"\r\nSubject:",
            b"\r\nCc: erik@fjord.example.org\r\nSubject:",
            "The draft has 2 recipients; weaktie sends to one.",
        ),
        (ALICE.encode(), b"mallory@evil.example.com", "The draft is not from one of your addresses."),
        (ALICE.encode(), b"", "The draft is not from one of your addresses."),
        (ALICE.encode(), f"{ALICE}, mallory@evil.example.com".encode(), "The draft is not from one of your addresses."),
        (DANA.encode(), ERIK.encode(), f"you never wrote to {ERIK} nor met them."),
    ],
)
def test_one_that_weaktie_does_not_send_is_for_the_owner_to_send(
    world: World, old: bytes, new: bytes, why: str
) -> None:
    world.drafted()
    world.mailbox.edit(old, new)
    assert refused(world, approve_as_shown) == (why, UNSENT)


@pytest.mark.parametrize("to", [b"", b"To: Dana Reed <>\r\n", b"To: Dana Reed\r\n", b"To: Dana Reed <dana>\r\n"])
def test_one_that_the_owner_left_without_an_address(world: World, to: bytes) -> None:
    world.drafted()
    world.mailbox.edit(f"To: Dana Reed <{DANA}>\r\n".encode(), to)
    nobody = "The draft goes to nobody: To holds no mail address."
    assert refused(world, approve_as_shown) == (nobody, "Put one there in your mail program, or reject the draft.")


def test_one_to_somebody_who_must_not_be_written_to(world: World) -> None:
    world.drafted()
    bar(world, "person", str(world.person()))
    assert refused(world, approve_unseen) == ("this person must not be contacted (since 2026-03-02).", UNSENT)


def test_nor_at_any_other_address_of_theirs(world: World) -> None:
    """The rule names the address that the draft went to before it was edited."""
    world.acquainted(ERIK, "Erik Holm")
    world.drafted()
    world.mailbox.edit(DANA.encode(), ERIK.encode())
    bar(world, "address", DANA)
    assert refused(world, approve_as_shown) == (f"{DANA} must not be contacted (since 2026-03-02).", UNSENT)


def test_nor_by_the_address_it_was_edited_to(world: World) -> None:
    world.drafted()
    world.mailbox.edit(DANA.encode(), ERIK.encode())
    bar(world, "address", ERIK)
    both = f"{ERIK} must not be contacted (since 2026-03-02); you never wrote to {ERIK} nor met them."
    assert refused(world, approve_as_shown) == (both, UNSENT)


def test_without_send_mode_nothing_else_is_asked(world: World) -> None:
    world.drafted()
    world.mailbox.copies.clear()
    world.send = world.send.model_copy(update={"enabled": False})
    assert refused(world, approve_unseen) == ("Send mode is off, so nothing can be approved.", UNSENT)


@pytest.mark.parametrize("word", ["present", "revoke", "reject", "hold_draft", "release"])
def test_of_a_draft_that_is_not_there_nothing_can_be_said(world: World, word: str) -> None:
    more = {"present": (None,), "reject": (None, world.now)}.get(word, (world.now,))
    with pytest.raises(WeaktieError, match=r"There is no draft 7\.") as told:
        getattr(outbox, word)(world.store, world.owner_id, 7, *more)
    assert told.value.hint == "`weaktie drafts list --all` names them."
