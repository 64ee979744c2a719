"""Replies in the store: found by the thread of the owner's own report in their own Sent, and noted once."""

from __future__ import annotations

from typing import Any

import pytest

from agent.capture import ledger
from agent.capture.ledger import Book
from agent.jobs import replies as job
from agent.jobs.replies import Heard
from agent.report.orders import parse
from agent.store import owners, people, replies, reports, sources, wishes
from agent.store.db import Store
from agent.store.reports import NewReport
from agent.types import Standing
from connectors.records import MailRecord
from tests.agent.plans import plans
from tests.conftest import START
from tests.letters import ALICE, DANA, batch, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

REPORT = "report-2026-W10-aa@lindqvist.example.com"
HOURLY = "2026-03-02 09:00"


@pytest.fixture
def owner_ids(store: Store) -> tuple[int, int]:
    """Alice and Charlie, each with a report of this week about Dana."""
    found = []
    for name in ("Alice", "Charlie"):
        with store.write() as connection:
            owner = owners.ensure(connection, name)
            people.resolve(connection, owner.id, [DANA])
            who = people.find(connection, owner.id, [DANA])[DANA][1]
            rfc_id = f"<{REPORT}>" if name == "Alice" else "<report-2026-W10-cc@moreau.example.org>"
            row = reports.add(connection, owner.id, NewReport("weekly", "2026-W10", rfc_id, "t", b"x", (who,)), START)
            reports.placed(connection, row.id, START)
        found.append(owner.id)
    return found[0], found[1]


def capture(store: Store, owner_id: int, *mails: MailRecord) -> None:
    with store.write() as connection:
        book = Book(owner_id, frozenset({ALICE}), b"salt", START)
        row = sources.ensure(connection, owner_id, "mail", "imap")
        stream = sources.stream_id(connection, row.id, "all")
        ledger.write(connection, book, stream, batch(*mails, stream="all"))


def reply(ref: str = "reply-1", **more: Any) -> MailRecord:
    more.setdefault("in_reply_to", REPORT)
    return mail(ref, HOURLY, ALICE, ALICE, **more)


def waiting(store: Store, owner_id: int) -> list[str]:
    with store.read() as connection:
        return [item.rfc_id for item in replies.waiting(connection, owner_id)]


def test_a_mail_in_sent_that_answers_the_report_waits(store: Store, owner_ids: tuple[int, int]) -> None:
    alice, _ = owner_ids
    chained = reply("reply-2", in_reply_to="reply-1@mail.example.com", references=(REPORT, "reply-1@mail.example.com"))
    capture(store, alice, reply(), chained, mail("note", HOURLY, ALICE, DANA))
    assert waiting(store, alice) == ["reply-1@mail.example.com", "reply-2@mail.example.com"]
    with store.read() as connection:
        assert replies.waiting(connection, alice)[0].sources == ("mail",)


def test_nothing_else_waits(store: Store, owner_ids: tuple[int, int]) -> None:
    alice, _ = owner_ids
    report = mail("r", HOURLY, ALICE, ALICE, message_id=REPORT, folder="Sent")
    capture(store, alice, reply(folder="INBOX"), reply("x", folder="Archive"), report, reply("y", in_reply_to="z@z"))
    assert waiting(store, alice) == []


def test_a_reply_to_somebody_elses_report_is_nothing(store: Store, owner_ids: tuple[int, int]) -> None:
    alice, charlie = owner_ids
    capture(store, charlie, reply())
    capture(store, alice, reply(in_reply_to="report-2026-W10-cc@moreau.example.org"))
    assert waiting(store, alice) == []
    assert waiting(store, charlie) == []


def test_two_that_read_it_at_once_carry_it_out_once(store: Store, owner_ids: tuple[int, int]) -> None:
    alice, charlie = owner_ids
    capture(store, alice, reply())
    with store.read() as connection:
        (item,) = replies.waiting(connection, alice)
    for said in ("1 drop", "1 keep"):
        with store.write() as connection:
            job._obey(connection, alice, Heard(item, parse([said])), START)
    with store.read() as connection:
        assert wishes.of(connection, alice, item.people[0]).standing is Standing.DROPPED
        assert wishes.listed(connection, charlie) == {}
        (kept,) = replies.since(connection, alice, None)
    assert [order["text"] for order in kept.orders] == ["1 drop"]
    assert waiting(store, alice) == []


@pytest.mark.stores("sqlite")
def test_answers_are_found_by_their_index(store: Store, owner_ids: tuple[int, int]) -> None:
    with store.read() as connection, plans(connection, "message") as steps:
        replies.waiting(connection, owner_ids[0])
    assert steps == ["SEARCH message USING INDEX ix_message_sent_thread (owner_id=? AND thread=?)"]
