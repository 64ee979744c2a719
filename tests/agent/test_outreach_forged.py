"""Mail that claims to be the owner's word, in every folder an outsider can reach: nothing is ever sent for it.

Plus-addresses (`alice+Approved@…`), filters and wrong spam folders let outsiders put mail nearly anywhere; the forgers
here even know the draft's token and Message-ID. WEAKTIE_SOAK=n forges n times as many.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from agent.errors import Conflict
from agent.outreach import outbox
from agent.outreach.compose import digest_of
from agent.outreach.outbox import Word
from agent.store.db import Store
from agent.store.drafts import Draft
from agent.types import DraftState as S
from connectors.errors import Refused
from connectors.records import Role
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA, mail

SOAK = int(os.environ.get("WEAKTIE_SOAK", "1"))
ROUNDS = 6 * SOAK
EACH = 30
SENDERS = (f"Alice Lindqvist <{ALICE}>", ALICE, f'"{ALICE}" <eve@evil.example>', f"Dana Reed <{DANA}>")
SUBJECTS = (
    "approve",
    "Re: approve {id}",
    "ok {id}",
    "weaktie: approved {id}",
    "Fwd: {subject}",
    "{subject}",
    "send it",
)
FIELDS = (
    "X-Weaktie-Draft: {token}",
    "In-Reply-To: <{rfc_id}>",
    "References: <{rfc_id}>",
    "X-Weaktie-Approved: {digest}",
    "Approved: {token}",
    "X-Microsoft-Original-Message-ID: <{rfc_id}>",
    "Auto-Submitted: no",
    "Delivered-To: alice+Approved@lindqvist.example.com",
)
BODIES = ("approve {id}\r\n", "ok {id}\r\n{token}\r\n", "{digest}\r\n", "Send it, please.\r\nAlice\r\n", "")


def forged(rng: random.Random, row: Draft) -> bytes:
    """A mail as an outsider writes it who knows all that can be known of a draft."""
    known = {"id": row.id, "token": row.token, "rfc_id": row.rfc_id, "digest": row.digest, "subject": row.subject}
    ids = (row.rfc_id, f"forged-{rng.random()}@evil.example")
    head = [
        f"From: {rng.choice(SENDERS)}",
        f"To: {rng.choice((DANA, ALICE, 'alice+Approved@lindqvist.example.com'))}",
        f"Subject: {rng.choice(SUBJECTS)}",
        f"Message-ID: <{rng.choice(ids)}>",
        *rng.sample(FIELDS, rng.randint(0, len(FIELDS))),
    ]
    return "\r\n".join([*head, "", rng.choice(BODIES)]).format(**known).encode()


@pytest.fixture(params=["drafted", "approved and revoked", "failed once", "edited"])
def world(store: Store, request: pytest.FixtureRequest) -> Iterator[World]:
    """A draft without an approval, whatever it went through before."""
    world = World(store)
    row = world.drafted()
    if request.param == "approved and revoked":
        word = Word("alice", world.now)
        outbox.approve(world.store, world.owner_id, row.id, world.mailbox, word, world.send)
        outbox.revoke(world.store, world.owner_id, row.id, world.now)
    elif request.param == "failed once":
        outbox.approve(world.store, world.owner_id, row.id, world.mailbox, Word("alice", world.now), world.send)
        world.later(minutes=11)
        world.transport.before.append(Refused("no"))
        assert world.send_due().failed == [row.id]
        world.transport.connections = 0
    elif request.param == "edited":
        world.mailbox.edit(b"Best wishes", b"Warmly")
        world.observe()
    yield world
    assert world.transport.delivered == []
    assert world.transport.connections == 0


def round_of_work(world: World) -> None:
    """What the daemon does, with time enough to undo anything that were approved."""
    for minutes in (1, 15):
        world.later(minutes=minutes)
        world.reconcile()
        world.observe(file_sent_copy=True)
        world.push()
        world.send_due()


def test_no_forged_mail_in_any_folder_approves_or_sends(world: World) -> None:
    row, steps = world.row(), world.steps()
    for number in range(ROUNDS):
        rng = random.Random(number)
        for _ in range(EACH):
            world.mailbox.put_by_owner(rng.choice([role for role in Role if role is not Role.SENT]), forged(rng, row))
        round_of_work(world)
        assert world.steps()[len(steps) :] in ([], ["drafted"])
    assert world.state() is row.state


def test_a_forged_mail_in_sent_ends_the_draft_and_sends_nothing(world: World) -> None:
    """A plus-address may lead even there. Recognising a draft authorises nothing."""
    row = world.row()
    world.mailbox.put_by_owner(Role.SENT, forged(random.Random(1), row))
    world.mailbox.put_by_owner(Role.SENT, f"X-Weaktie-Draft: {row.token}\r\nSubject: approve\r\n\r\n".encode())
    round_of_work(world)
    assert world.state() is S.SENT


def test_nor_does_one_that_was_captured(world: World) -> None:
    row, given = world.row(), world.steps().count(S.APPROVED)
    for number in range(ROUNDS):
        rng = random.Random(number)
        more = {"draft_token": row.token} if rng.random() < 0.5 else {"message_id": row.rfc_id}
        folder = rng.choice(["INBOX", "Approved", "weaktie/Approved", "INBOX.Approved", "Archive"])
        when = f"{world.now:%Y-%m-%d %H:%M}"
        subject = rng.choice(SUBJECTS).format(id=row.id, subject=row.subject)
        world.capture(mail(f"f{number}", when, ALICE, ALICE, folder=folder, subject=subject, **more))
        round_of_work(world)
    assert world.steps().count(S.APPROVED) == given


def test_a_forged_copy_in_drafts_is_not_what_the_owner_approves_unseen(store: Store) -> None:
    world = World(store)
    row = world.drafted()
    assert row.content is not None
    world.mailbox.put_by_owner(Role.DRAFTS, row.content.replace(b"short call", b"wire transfer"))
    with pytest.raises(Conflict, match="You edited draft"):
        outbox.approve(store, world.owner_id, row.id, world.mailbox, Word("alice", world.now), world.send)
    seen = Word("alice", world.now, digest_of(row.content))
    with pytest.raises(Conflict):
        outbox.approve(store, world.owner_id, row.id, world.mailbox, seen, world.send)


def test_a_forged_copy_takes_an_approval_back_and_never_rides_on_it(store: Store) -> None:
    world = World(store)
    row = world.approved()
    assert row.content is not None
    world.mailbox.put_by_owner(Role.DRAFTS, row.content.replace(b"short call", b"wire transfer"))
    assert world.send_due().voided == [row.id]
    assert world.transport.connections == 0
