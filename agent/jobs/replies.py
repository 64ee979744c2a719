"""The owner's replies to reports: read from their own Sent, carried out once, never a send.

What a reply wishes is stored in the transaction that notes the reply, so a crash repeats nothing. A draft it asks for
is planned after that and noted when it is; planning it again makes it no second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.app import App
from agent.errors import WeaktieError
from agent.jobs import drafts
from agent.outreach.planning import plan_drafts
from agent.outreach.review import open_mailbox
from agent.outreach.settings import limits_of, mailbox_of
from agent.outreach.suggest import reconnect
from agent.report.orders import SILENT, Order, Parsed, Word, parse, wished
from agent.report.replies import objection
from agent.report.written import own_lines
from agent.store import replies, wishes
from agent.store.db import Connection
from agent.store.replies import Reply, Waiting
from agent.ties import listing
from agent.ties.view import Tie
from agent.types import TieState
from connectors.records import Role

NAME = "replies"
DONE, PENDING, REFUSED, UNCLEAR = "done", "pending", "refused", "unclear"


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply as it was read: what it orders, or why it orders nothing."""

    waiting: Waiting
    parsed: Parsed = SILENT
    objection: str = ""


def expected(app: App) -> bool:
    """Whether there is anything to read or to finish; asks the store alone."""
    with app.store.read() as connection:
        owner_id = app.owner.id
        return bool(replies.waiting(connection, owner_id) or replies.pending(connection, owner_id))


def hear(app: App, now: datetime) -> list[Heard]:
    """Read the replies that wait, each from the Sent folder it was captured in; nothing is changed or stored.

    Raises ConnectorError when a mailbox cannot be read; then it is tried again with the next run.
    """
    with app.store.read() as connection:
        found = replies.waiting(connection, app.owner.id)
    own = app.book(now).own
    return [_heard(app, item, own) for item in found]


def heed(app: App, now: datetime) -> list[Heard]:
    """Read the replies that wait, and do what they say: wishes into the store, drafts into Drafts.

    Raises ConnectorError, and WeaktieError when a draft did not get into Drafts yet.
    """
    heard = hear(app, now)
    for item in heard:
        with app.store.write() as connection:
            _obey(connection, app.owner.id, item, now)
    _draft_pending(app, now)
    return heard


def _draft_pending(app: App, now: datetime) -> None:
    """Bring every draft that was asked for into Drafts; only then it counts as done."""
    with app.store.read() as connection:
        left = replies.pending(connection, app.owner.id)
    judged = {reply.id: [_drafted(app, reply, order, now) for order in reply.orders] for reply in left}
    if not judged:
        return
    with closing(drafts.opened(app)) as mailbox:
        pushed = drafts.put(app, mailbox, now)
    if pushed.problems:
        raise WeaktieError(" ".join(dict.fromkeys(pushed.problems)))
    with app.store.write() as connection:
        for reply_id, orders in judged.items():
            replies.settle(connection, reply_id, orders)


def _heard(app: App, item: Waiting, own: frozenset[str]) -> Heard:
    """The first copy in Sent that is the owner's word; else why none is."""
    problem = "there is no copy of it in Sent"
    for content in _copies(app, item):
        problem = objection(content, item.report_rfc_id, own)
        if not problem:
            return Heard(item, parse(own_lines(content)))
    return Heard(item, objection=problem)


def _copies(app: App, item: Waiting) -> Iterator[bytes]:
    """The bytes of this very mail in the Sent folders of the mailboxes it was captured from."""
    for name in filter(app.config.mailbox, item.sources):
        with closing(open_mailbox(mailbox_of(app.config, name))) as mailbox:
            found = mailbox.find(item.rfc_id, "", (Role.SENT,))
        yield from (copy.content for copy in found if copy.role is Role.SENT)


def _obey(connection: Connection, owner_id: int, heard: Heard, now: datetime) -> None:
    """Note the reply and store what it wishes, in one transaction; nothing, when it was noted before."""
    orders = [_judged(heard.waiting, order) for order in heard.parsed.orders]
    orders += [{"text": item.text, "state": UNCLEAR, "note": item.reason} for item in heard.parsed.unclear]
    if not replies.add(connection, owner_id, heard.waiting, now, orders, heard.parsed.stray):
        return
    for order, noted in zip(heard.parsed.orders, orders, strict=False):
        if noted["state"] == DONE:
            _wish(connection, owner_id, heard.waiting.people[order.number - 1], order, now)


def _judged(item: Waiting, order: Order) -> dict[str, Any]:
    """An order as plain values: which number of that report, what came of it."""
    noted = {"text": order.text, "number": order.number, "state": DONE, "note": ""}
    if not 1 <= order.number <= len(item.people) or not item.people[order.number - 1]:
        return noted | {"state": REFUSED, "note": "there is nobody of that number in that report"}
    return noted | {"state": PENDING} if order.word is Word.DRAFT else noted


def _wish(connection: Connection, owner_id: int, person_id: int, order: Order, now: datetime) -> None:
    if order.word is Word.UNDO:
        wishes.undo(connection, owner_id, person_id, now)
        return
    before = wishes.of(connection, owner_id, person_id)
    wishes.save(connection, owner_id, person_id, wished(before, order.word, order.days, now), now)


def _drafted(app: App, reply: Reply, order: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A draft that was asked for, planned as `drafts write` plans one; under the day of the reply, so only once."""
    if order["state"] != PENDING:
        return order
    tie = _tie(app, reply.people[order["number"] - 1], now)
    if tie is None:
        return order | {"state": REFUSED, "note": "there is no tie of yours behind it any more"}
    plan = reconnect(tie, reply.handled_at, asked=True)
    verdicts = plan_drafts(app.store, app.owner.id, [plan], limits_of(app.config.drafts), now)
    against = [reason for verdict in verdicts if not verdict.decision.allowed for reason in verdict.decision.reasons]
    return order | ({"state": REFUSED, "note": "; ".join(against)} if against else {"state": DONE})


def _tie(app: App, person_id: int, now: datetime) -> Tie | None:
    with app.store.read() as connection:
        everyone = listing.ties_at(connection, app.owner.id, now)
        found = [tie for tie in everyone if tie.person_id == person_id and tie.reading.state is not TieState.ONE_WAY]
        return next(iter(listing.with_last_mail(connection, app.owner.id, found, now)), None)
