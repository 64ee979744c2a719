"""Delivery reports: read for what they say, matched without References, and never kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from agent.outreach.returned import failed
from agent.store.db import Store
from agent.types import DraftState as S
from connectors.records import Role
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA, ERIK, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

ID, TOKEN = "0f0e@lindqvist.example.com", "ab" * 16
DAEMON = "MAILER-DAEMON@northwind.example.net"


def report(*, action: str = "failed", who: str = DANA, back: str = f"Message-ID: <{ID}>") -> bytes:
    """As a mail server writes one (RFC 6522): words, the status, what it returns."""
    status = f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {who}\nAction: {action}\nStatus: 5.1.1\n"
    parts = [
        "Content-Type: text/plain\n\nIt could not be delivered.\n",
        f"Content-Type: message/delivery-status\n\n{status}",
    ]
    if back:
        parts.append(f"Content-Type: text/rfc822-headers\n\nFrom: {ALICE}\nTo: {who}\n{back}\nSubject: Hello\n")
    joined = "".join(f"--limit\n{part}\n" for part in parts)
    head = f"From: {DAEMON}\nTo: {ALICE}\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <dsn@mx.example>\n"
    kind_of = 'Content-Type: multipart/report; report-type=delivery-status; boundary="limit"'
    return f"{head}MIME-Version: 1.0\n{kind_of}\n\n{joined}--limit--\n".replace("\n", "\r\n").encode()


QMAIL = (
    f"From: {DAEMON}\r\nSubject: failure notice\r\n\r\nThis is the qmail-send program.\r\n<{DANA}>:\r\nno mailbox\r\n"
    f"--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <{ID}>\r\nSubject: Hello\r\n"
).encode()


@pytest.mark.parametrize(
    ("content", "came_back"),
    [
        (report(), True),
        (report(back=f"X-Weaktie-Draft: {TOKEN}"), True),
        (report(back=f"X-Microsoft-Original-Message-ID: <{ID}>"), True),
        (report(action="delayed"), False),
        (report(action="relayed"), False),
        (report(back="Message-ID: <another@lindqvist.example.com>"), False),
        (report(back=f"Message-ID: <1{ID}>"), False),
        (report(back=""), True),
        (report(back="", who=DANA.upper()), True),
        (report(back="", who=ERIK), False),
        (report(back="", action="delayed"), False),
        (QMAIL, True),
        (QMAIL.replace(ID.encode(), b"x@y"), False),
        (b"", False),
    ],
)
def test_what_a_report_says_of_a_mail(content: bytes, came_back: bool) -> None:
    assert failed(content, ID, TOKEN, DANA) is came_back


@given(st.binary(max_size=300), st.integers(0, 900))
def test_a_broken_report_says_nothing(noise: bytes, where: int) -> None:
    whole = report()
    assert failed(noise, ID, TOKEN, DANA) is False
    assert failed(whole[:where] + noise + whole[where + len(noise) :], ID, TOKEN, DANA) in (True, False)


@pytest.fixture
def world(store: Store) -> World:
    """Alice sent the draft to Dana herself, an hour ago."""
    world = World(store)
    world.drafted()
    world.mailbox.move(Role.DRAFTS, Role.SENT)
    world.observe()
    world.later(hours=1)
    return world


def arrives(world: World, content: bytes, *, references: tuple[str, ...] = ()) -> None:
    """The report lies in INBOX and was captured, by its header alone."""
    world.mailbox.put_by_owner(Role.INBOX, content.replace(ID.encode(), world.row().rfc_id.encode()))
    facts = {"message_id": "dsn@mx.example", "subject": "Undelivered Mail Returned to Sender", "references": references}
    kind = "multipart/report; report-type=delivery-status"
    world.capture(mail("dsn", f"{world.now:%Y-%m-%d %H:%M}", DAEMON, ALICE, content_type=kind, return_path="", **facts))


def test_a_report_without_references_is_matched_by_what_it_returns(world: World) -> None:
    arrives(world, report())
    assert world.observe().bounced == [world.row().id]
    (verdict,) = world.planned(world.plan(reason_key="another"))
    assert f"mail to {DANA} came back" in verdict.decision.reasons


def test_one_that_returns_nothing_is_matched_by_the_recipient(world: World) -> None:
    arrives(world, report(back=""))
    assert world.observe().bounced == [world.row().id]


def test_one_of_another_mail_is_not_ours(world: World) -> None:
    arrives(world, report(who=ERIK, back="Message-ID: <else@lindqvist.example.com>"))
    assert world.observe().bounced == []


def test_a_delay_is_no_failure_though_it_refers_to_the_mail(world: World) -> None:
    arrives(world, report(action="delayed"), references=(world.row().rfc_id,))
    assert world.observe().bounced == []
    assert world.state() is S.SENT


def test_one_long_after_is_not_looked_at(world: World) -> None:
    world.later(days=9)
    arrives(world, report())
    assert world.observe().bounced == []


@pytest.mark.stores("sqlite")
def test_nothing_of_the_report_is_stored(world: World) -> None:
    arrives(world, report(back=f"Message-ID: <{ID}>\nX-Secret: canary-7"))
    world.observe()
    with world.store.read() as connection:
        tables = [name for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        stored = "".join(str(list(connection.execute(text(f'SELECT * FROM "{name}"')))) for name in tables)
    assert "canary-7" not in stored
    assert "could not be delivered" not in stored
