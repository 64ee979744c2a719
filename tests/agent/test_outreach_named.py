"""Doubts that an answer or a delivery report settles: whoever names the mail by its Message-ID or token has had it."""

from __future__ import annotations

from typing import Any

import pytest

from agent.store.db import Store
from agent.types import DraftState as S
from connectors.base import Found
from connectors.errors import Ambiguous
from connectors.records import Role
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA, ERIK, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

DAEMON = "MAILER-DAEMON@northwind.example.net"
REPORT = "multipart/report; report-type=delivery-status; boundary=limit"


@pytest.fixture
def world(store: Store) -> World:
    """Alice's answer in an old thread was handed over, the server's word got lost, and Sent holds no copy."""
    world = World(store)
    row = world.approved()
    assert row.thread != row.rfc_id
    world.transport.after.append(Ambiguous("cut"))
    world.send_due()
    assert world.state() is S.UNKNOWN
    world.later(minutes=6)
    return world


def comes_in(world: World, who: str, header: str, body: str = "Hello!", **facts: Any) -> None:
    """A mail in the thread the draft answers, unless `facts` say otherwise; `header` is what it says of itself."""
    content = f"From: {who}\r\nTo: {ALICE}\r\nMessage-ID: <a@example.net>\r\n{header}\r\n\r\n{body}\r\n"
    world.mailbox.put_by_owner(Role.INBOX, content.encode())
    known = {"message_id": "a@example.net", "references": (world.row().thread,), **facts}
    world.capture(mail("a", f"{world.now:%Y-%m-%d %H:%M}", who, ALICE, **known))


def answer_to(world: World, rfc_id: str) -> str:
    return f"In-Reply-To: <{rfc_id}>\r\nReferences: <{world.row().thread}>\r\n <{rfc_id}>"


def test_an_answer_in_an_old_thread_settles_it(world: World) -> None:
    comes_in(world, DANA, answer_to(world, world.row().rfc_id))
    assert world.reconcile().sent == [world.row().id]
    assert (world.state(), world.steps_note()) == (S.SENT, "a mail of 2026-03-02 names it")


def test_an_answer_settles_it_after_the_owner_was_asked(world: World) -> None:
    world.later(days=1)
    assert world.reconcile().ask == [world.row().id]
    world.later(hours=2)
    comes_in(world, DANA, answer_to(world, world.row().rfc_id))
    assert world.reconcile().sent == [world.row().id]


@pytest.mark.parametrize("returned", ["Message-ID: <{0.rfc_id}>", "X-Weaktie-Draft: {0.token}"])
@pytest.mark.parametrize(("action", "after"), [("delayed", S.SENT), ("failed", S.BOUNCED)])
def test_a_delivery_report_settles_it(world: World, returned: str, action: str, after: S) -> None:
    """A server had the mail that it tries to pass on, or tried to."""
    row = world.row()
    status = f"message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {DANA}\r\n"
    parts = (f"{status}Action: {action}\r\n", f"text/rfc822-headers\r\n\r\n{returned.format(row)}\r\n")
    body = "".join(f"--limit\r\nContent-Type: {part}" for part in parts) + "--limit--"
    facts: dict[str, Any] = {"content_type": REPORT, "return_path": "", "references": ()}
    comes_in(world, DAEMON, f"MIME-Version: 1.0\r\nContent-Type: {REPORT}", body, **facts)
    assert world.reconcile().sent == [row.id]
    world.observe()
    assert world.state() is after


def test_an_answer_to_another_mail_of_the_thread_is_no_proof(world: World) -> None:
    comes_in(world, DANA, answer_to(world, f"1{world.row().rfc_id}"), "Any news?")
    assert world.reconcile().sent == []
    assert world.state() is S.UNKNOWN


def test_mail_of_other_threads_is_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes in carries no token of ours: it is asked for by its own Message-ID, and where mail comes in."""
    asked, find = [], world.mailbox.find

    def find_and_note(message_id: str, token: str, roles: tuple[Role, ...]) -> list[Found]:
        asked.append((message_id, token, roles))
        return find(message_id, token, roles)

    monkeypatch.setattr(world.mailbox, "find", find_and_note)
    row = world.row()
    comes_in(world, ERIK, "Subject: Hello", references=())
    world.reconcile()
    itself = (row.rfc_id, row.token, (Role.SENT,))
    assert asked == [itself]
    world.later(days=1)
    comes_in(world, DANA, "Subject: Re: Budget", message_id="b@example.net")
    world.reconcile()
    assert asked == [itself, itself, ("b@example.net", "", (Role.INBOX, Role.ARCHIVE))]
