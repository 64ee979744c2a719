"""Alice with a ledger, a mailbox and a way out: what the tests of outreach happen in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.capture import ledger
from agent.capture.ledger import Book
from agent.config import Send
from agent.outreach import outbox, review
from agent.outreach.compose import Writer
from agent.outreach.outbox import Outcome, Word
from agent.outreach.planning import Verdict, plan_drafts
from agent.outreach.policy import Limits
from agent.outreach.review import Desk, Observed, Pushed
from agent.outreach.suggest import Plan
from agent.outreach.unsure import Reconciled
from agent.people.directory import judge_touched
from agent.store import drafts, owners, people, sources
from agent.store.db import Store
from agent.store.drafts import Draft
from agent.templating import Templates
from agent.ties.view import LastMail
from agent.types import DraftKind, DraftState
from connectors.records import Record
from tests.agent.outreach_fakes import MemoryMailbox, MemoryTransport
from tests.letters import ALICE, DANA, at, batch, mail

NOW = at("2026-03-02 09:00")
ZONE = ZoneInfo("Europe/Berlin")
WRITER = Writer("Alice Lindqvist", ALICE, "Alice Lindqvist\nLindqvist & Co", ZONE)
SEND = Send(enabled=True, host="smtp.example.com", undo_minutes=10)


@dataclass
class World:
    """One owner, Alice; the days go on by `later`. Dana wrote and was written to; nothing is planned yet.

    Without `seed` the store holds all that already.
    """

    store: Store
    now: datetime = NOW
    mailbox: MemoryMailbox = field(default_factory=MemoryMailbox)
    transport: MemoryTransport = field(default_factory=MemoryTransport)
    desk: Desk = field(default_factory=lambda: Desk(WRITER, Templates()))
    limits: Limits = field(default_factory=Limits)
    send: Send = SEND
    owner_id: int = 1
    seed: bool = True

    def __post_init__(self) -> None:
        if not self.seed:
            return
        with self.store.write() as connection:
            owner = owners.ensure(connection, "Alice")
            owners.learn(connection, owner.id, {ALICE}, "config")
            owners.mark_first_report(connection, owner.id, self.now - timedelta(days=3))
        self.owner_id = owner.id
        self.acquainted(DANA, "Dana Reed")

    def acquainted(self, address: str, name: str, day: str = "2025-11-03") -> None:
        """A mail each way, and what the owner would be told of it."""
        self.capture(
            mail(f"from-{address}", f"{day} 08:00", f"{name} <{address}>", ALICE, subject="Budget for the pilot"),
            mail(f"to-{address}", f"{day} 10:00", ALICE, f"{name} <{address}>", subject="Re: Budget for the pilot"),
        )

    def capture(self, *records: Record, stream: str = "all") -> None:
        """Enter records into the ledger, as a poll does."""
        with self.store.write() as connection:
            owner = owners.by_name(connection, "Alice")
            assert owner is not None
            book = Book(owner.id, frozenset({ALICE}), owner.salt, self.now)
            row = sources.ensure(connection, owner.id, "mail", "imap")
            ledger.write(
                connection, book, sources.stream_id(connection, row.id, stream), batch(*records, stream=stream)
            )
        judge_touched(self.store, self.owner_id, frozenset({ALICE}))

    def person(self, address: str = DANA) -> int:
        """The id of whoever has this address."""
        with self.store.read() as connection:
            return people.find(connection, self.owner_id, [address])[address][1]

    def plan(self, address: str = DANA, **changes: Any) -> Plan:
        """A plan to write to somebody, as `suggest` makes them."""
        values: dict[str, Any] = {
            "kind": DraftKind.RECONNECT,
            "person_id": self.person(address),
            "name": "Dana Reed",
            "address": address,
            "reason_key": "fading:2025-11-03",
            "reasons": ("silent for four months; usually every month",),
            "context": {"first_name": "Dana", "topic": "Budget for the pilot", "when": "in November"},
            "since": at("2025-11-03 10:00"),
            "reply_to": LastMail(f"to-{address}@mail.example.com", "Re: Budget for the pilot", at("2025-11-03 10:00")),
        }
        return Plan(**{**values, **changes})

    def planned(self, *plans: Plan) -> list[Verdict]:
        """Offer plans to the policy."""
        return plan_drafts(self.store, self.owner_id, plans or (self.plan(),), self.limits, self.now)

    def push(self) -> Pushed:
        """Plans into the mailbox."""
        return review.push(self.store, self.owner_id, self.mailbox, self.now, self.desk)

    def observe(self, **more: Any) -> Observed:
        """See what the owner did."""
        return review.observe(self.store, self.owner_id, self.mailbox, self.now, **more)

    def drafted(self, *plans: Plan) -> Draft:
        """A draft that lies in Drafts."""
        self.planned(*plans)
        self.push()
        return self.row()

    def approved(self) -> Draft:
        """A draft the owner approved, the time to undo over."""
        row = self.drafted()
        outbox.approve(self.store, self.owner_id, row.id, self.mailbox, Word("alice", self.now), self.send)
        self.later(minutes=11)
        return self.row()

    def send_due(self) -> Outcome:
        """One round of the outbox."""
        return outbox.send_due(
            self.store, self.owner_id, self.mailbox, self.transport, self.now, self.send, self.desk.writer
        )

    def reconcile(self) -> Reconciled:
        """Look for what may have gone out."""
        return outbox.reconcile(self.store, self.owner_id, self.mailbox, self.now)

    def rows(self) -> list[Draft]:
        """Every draft there is."""
        with self.store.read() as connection:
            return drafts.listed(connection, self.owner_id)

    def row(self) -> Draft:
        """The only draft."""
        (row,) = self.rows()
        return row

    def state(self) -> DraftState:
        """The state of the only draft."""
        return self.row().state

    def steps(self, draft_id: int = 0) -> list[str]:
        """The states a draft went through."""
        with self.store.read() as connection:
            return [event.after for event in drafts.events(connection, draft_id or self.row().id)]

    def steps_note(self) -> str:
        """What was noted at the last step of the only draft."""
        with self.store.read() as connection:
            return drafts.events(connection, self.row().id)[-1].note

    def later(self, **step: float) -> datetime:
        """Time goes on."""
        self.now += timedelta(**step)
        return self.now
