"""Any order of deeds, faults, clock jumps and restored backups: no mail without a word, none twice, no edit lost.

WEAKTIE_SOAK=n lets it run n times as long.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import delete, event, insert, select

from agent.errors import WeaktieError
from agent.outreach import outbox
from agent.outreach.compose import digest_of
from agent.outreach.outbox import Word
from agent.store import suppression
from agent.store.db import Connection, open_store
from agent.store.drafts import Draft
from agent.store.schema import draft, draft_event, metadata
from agent.types import DraftState as S
from connectors.errors import Ambiguous, AuthFailed, Refused, Unavailable
from connectors.records import Role
from tests.agent.outreach_crash import DyingStore, Fate, _unsynced
from tests.agent.outreach_fakes import Killed
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA, ERIK, mail

SOAK = int(os.environ.get("WEAKTIE_SOAK", "1"))
PEOPLE = {DANA: "Dana Reed", ERIK: "Erik Berg"}
FAULTS = (Ambiguous("cut"), Unavailable("away"), Refused("no"), AuthFailed("no"), Killed("here"))


class Outreach(RuleBasedStateMachine):
    """Alice, her mailbox, the program, and everything that can go wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        store = open_store(f"sqlite:///{Path(self.folder.name) / 'weaktie.db'}")
        event.listen(store.engine, "before_cursor_execute", _unsynced, retval=True)
        metadata.create_all(store.engine)
        self.fate = Fate()
        self.dies_in = 0
        self.world = World(DyingStore(store, self.fate))
        self.world.transport.sent_box = self.world.mailbox
        self.world.acquainted(ERIK, "Erik Berg")
        self.words: Counter[str] = Counter()  # Message-ID → how often the owner gave their word
        self.digests: set[str] = set()
        self.backup: list[tuple[Any, list[dict[str, Any]]]] = []
        self.edits = 0

    def teardown(self) -> None:
        """Close what was opened."""
        self.world.store.close()
        self.folder.cleanup()

    def program(self, step: Callable[[], object]) -> None:
        """The program does something, and may die of it; an edited draft survives that, whatever it is."""
        mailbox = self.world.mailbox
        before = [copy.content for copy in mailbox.copies if copy.role is Role.DRAFTS and b"edited" in copy.content]
        self.fate.names.clear()
        self.fate.deaths, self.dies_in = frozenset({self.dies_in}), 0
        with suppress(Killed):
            step()
        self.fate.deaths = frozenset()
        after = [copy.content for copy in mailbox.copies if copy.role is Role.DRAFTS]
        gone = [content for content in before if content not in after]
        sent = {row.token for row in self.world.rows() if row.state is S.SENT and row.approved_digest}
        assert all(token_in(content) in sent for content in gone)

    @initialize()
    def begin(self) -> None:
        """Two drafts lie in Drafts."""
        for who in PEOPLE:
            self.plan(who, "one")
        self.push()

    @rule(who=st.sampled_from(sorted(PEOPLE)), reason=st.sampled_from(["one", "two", "three"]))
    def plan(self, who: str, reason: str) -> None:
        """A reason to write comes up."""
        plan = self.world.plan(who, reason_key=reason, name=PEOPLE[who], reply_to=None, asked=True)
        self.program(lambda: self.world.planned(plan))

    @rule()
    def push(self) -> None:
        """Plans into Drafts."""
        self.program(self.world.push)

    @rule()
    def observe(self) -> None:
        """What did the owner do?"""
        self.program(lambda: self.world.observe(file_sent_copy=True))

    @rule()
    def send_due(self) -> None:
        """A round of the outbox: nothing goes to whom must not be written to, nothing on hold."""
        world = self.world
        with world.store.read() as connection:
            rules = suppression.listed(connection, world.owner_id)
        before = len(world.transport.delivered)
        self.program(world.send_due)
        fresh = world.transport.delivered[before:]
        barred = {item.value for item in rules}
        assert not (fresh and "*" in barred)
        assert not any(barred & set(approved.recipients) for approved in fresh)

    @rule()
    def reconcile(self) -> None:
        """Look for what may have gone out."""
        self.program(self.world.reconcile)

    @rule(fault=st.sampled_from(FAULTS), where=st.sampled_from(["lost", "trouble", "before", "within", "after"]))
    def something_breaks(self, fault: BaseException, where: str) -> None:
        """The next call of that kind fails."""
        faults = getattr(self.world.mailbox if where in ("lost", "trouble") else self.world.transport, where)
        faults[:] = [
            Killed("here") if isinstance(fault, Refused | AuthFailed | Unavailable) and where == "lost" else fault
        ]
        if where == "after" and not isinstance(fault, Killed):
            faults[:] = [Ambiguous("cut")]

    @rule(step=st.integers(1, 12))
    def the_power_fails(self, step: int) -> None:
        """The next thing the program does ends at one of its commits, before it or after."""
        self.dies_in = step

    @rule()
    def edit(self) -> None:
        """The owner edits what lies in Drafts."""
        self.edits += 1
        self.world.mailbox.edit(b"Best wishes", b"edited %d, Best wishes" % self.edits)

    @rule(to=st.sampled_from([Role.SENT, Role.TRASH]))
    def by_hand(self, to: Role) -> None:
        """The owner sends or deletes everything in Drafts."""
        self.world.mailbox.move(Role.DRAFTS, to)

    @rule()
    def change_of_mind(self) -> None:
        """The owner takes everything out of the bin again."""
        self.world.mailbox.move(Role.TRASH, Role.DRAFTS)

    @rule(pick=st.integers(0, 9), seen=st.booleans())
    def approve(self, pick: int, seen: bool) -> None:
        """The owner gives their word on what they were shown."""
        self.owner(pick, lambda row: self._approve(row, seen=seen))

    @rule(minutes=st.sampled_from([5, 11]))
    def approve_all_and_wait(self, minutes: int) -> None:
        """The owner reads everything, approves it and goes for a coffee."""
        for pick in range(len(self.world.rows())):
            self.owner(pick, lambda row: self._approve(row, seen=True))
        self.world.later(minutes=minutes)

    @rule()
    def a_whole_round(self) -> None:
        """All jobs in their order, as the daemon runs them."""
        for job in (self.reconcile, self.observe, self.push, self.send_due):
            job()

    def _approve(self, row: Draft, *, seen: bool) -> None:
        world = self.world
        shown = outbox.present(world.store, world.owner_id, row.id, world.mailbox)[1] if seen else b""
        word = Word("alice", world.now, digest_of(shown))
        done = outbox.approve(world.store, world.owner_id, row.id, world.mailbox, word, world.send)
        self.words[done.rfc_id] += 1
        self.digests.add(done.approved_digest)

    @rule(pick=st.integers(0, 9), deed=st.sampled_from(["revoke", "reject", "hold_draft", "release"]))
    def other_word(self, pick: int, deed: str) -> None:
        """The owner says something else."""
        world = self.world

        def said(row: Draft) -> None:
            more = (world.mailbox,) if deed == "reject" else ()
            getattr(outbox, deed)(world.store, world.owner_id, row.id, *more, world.now)

        self.program(lambda: self.owner(pick, said))

    @rule(pick=st.integers(0, 9), answer=st.sampled_from(["went", "again", "leave"]))
    def settle(self, pick: int, answer: str) -> None:
        """The owner says what became of a mail of unknown fate."""

        def said(row: Draft) -> None:
            outbox.settle(self.world.store, self.world.owner_id, row.id, cast("Any", answer), "alice", self.world.now)
            self.words[row.rfc_id] += answer == "again"

        self.owner(pick, said)

    def owner(self, pick: int, say: Callable[[Draft], None]) -> None:
        """The owner's word on one of the drafts; the program may say no."""
        rows = self.world.rows()
        if rows:
            with suppress(WeaktieError):
                say(rows[pick % len(rows)])

    @rule(address=st.sampled_from([DANA, ERIK, "*"]), off=st.sampled_from([True, True, False]))
    def suppress(self, address: str, off: bool) -> None:
        """Do not contact, or the kill switch; and off again."""
        world = self.world
        kind: Any = "everybody" if address == "*" else "address"
        with world.store.write() as connection:
            if off:
                suppression.remove(connection, world.owner_id, kind, address)
            else:
                suppression.add(connection, world.owner_id, kind, address, world.now)

    @rule(who=st.sampled_from(sorted(PEOPLE)))
    def they_write(self, who: str) -> None:
        """A mail comes in."""
        when = f"{self.world.now:%Y-%m-%d %H:%M}"
        self.world.capture(mail(f"in-{who}-{when}", when, who, ALICE))

    @rule(minutes=st.sampled_from([1, 6, 11, 60, 1500, 20_000]))
    def time_passes(self, minutes: int) -> None:
        """It always does."""
        self.world.later(minutes=minutes)

    @rule(days=st.sampled_from([-400, 400]))
    def the_clock_jumps(self, days: int) -> None:
        """A flat battery, a wrong server."""
        if 2024 <= self.world.now.year + days // 400 <= 2029:
            self.world.later(days=days)

    @rule()
    def back_up(self) -> None:
        """A copy of what is known of drafts."""
        with self.world.store.read() as connection:
            self.backup = [(table, _rows(connection, table)) for table in (draft, draft_event)]

    @precondition(lambda self: bool(self.backup))
    @rule()
    def restore(self) -> None:
        """The copy comes back; a word that was given since is not known any more."""
        with self.world.store.write() as connection:
            for table, _ in reversed(self.backup):
                connection.execute(delete(table))
            for table, rows in self.backup:
                if rows:
                    connection.execute(insert(table), rows)

    @invariant()
    def no_mail_without_a_word_and_none_twice(self) -> None:
        """I2 and I3: each delivery has a word of its own, on those bytes."""
        delivered = Counter(str(id_in(approved.content)) for approved in self.world.transport.delivered)
        assert all(times <= self.words[rfc_id] for rfc_id, times in delivered.items())
        assert {approved.digest for approved in self.world.transport.delivered} <= self.digests

    @invariant()
    def never_two_drafts_for_one_reason(self) -> None:
        """I4: at most one untouched copy of each draft."""
        lying = [content for content in self.world.mailbox.lying() if b"edited" not in content]
        assert max(Counter(token_in(content) for content in lying).values(), default=0) <= 1


def _rows(connection: Connection, table: Any) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(select(table).order_by(table.c.id))]


def token_in(content: bytes) -> str:
    """The draft's token."""
    return str(message_from_bytes(content)["X-Weaktie-Draft"])


def id_in(content: bytes) -> str:
    """The Message-ID, bare."""
    return str(message_from_bytes(content)["Message-ID"]).strip("<>")


TestOutreach = Outreach.TestCase
TestOutreach.settings = settings(
    max_examples=12 * SOAK,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
