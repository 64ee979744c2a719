"""A life of the program with one owner and one plan, in which it dies where it is told to and is started again."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event

from agent.outreach import outbox
from agent.outreach.outbox import Word
from agent.store.db import Connection, Store, open_store
from agent.store.drafts import Draft
from agent.types import DraftState as S
from connectors.base import Approved, Committing, Found, Place, Sent
from connectors.outlets.smtp import SmtpTransport
from connectors.records import Role
from tests.agent.outreach_fakes import Killed, MemoryMailbox, MemoryTransport
from tests.agent.outreach_world import World
from tests.servers.clock import standing
from tests.servers.process import PATIENCE
from tests.servers.smtp_break import Breaking

TICKS = 24
WAIT = 0.25


@dataclass
class Fate:
    """Which steps kill the process: numbers of the points passed since the life began. `names`: what they were."""

    deaths: frozenset[int] = frozenset()
    names: list[str] = field(default_factory=list)

    def point(self, name: str) -> None:
        """The process may die here."""
        self.names.append(name)
        if len(self.names) in self.deaths:
            raise Killed(name)


class DyingStore(Store):
    """A store whose every transaction can be the last thing that happens, or the first that does not."""

    def __init__(self, store: Store, fate: Fate) -> None:
        super().__init__(store.engine)
        self._store = store
        self._fate = fate

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Reading kills nobody."""
        with self._store.read() as connection:
            yield connection

    @contextmanager
    def write(self, *, repeatable: bool = False, adding: bool = False) -> Iterator[Connection]:
        """One transaction with a point to die at before its commit and one after it."""
        with self._store.write(repeatable=repeatable, adding=adding) as connection:
            yield connection
            self._fate.point("before a commit")
        self._fate.point("after a commit")


@dataclass
class DyingMailbox(MemoryMailbox):
    """A mailbox during whose every writing call the process can die, before the server acts and after it."""

    fate: Fate = field(default_factory=Fate)

    def _put(self, role: Role, content: bytes) -> Place:
        self.fate.point(f"before APPEND to {role}")
        place = super()._put(role, content)
        self.fate.point(f"after APPEND to {role}")
        return place

    def remove_draft(self, place: Place, content: bytes) -> bool:
        """Remove, as the process may die on either side."""
        self.fate.point("before removing")
        done = super().remove_draft(place, content)
        self.fate.point("after removing")
        return done

    def find(self, message_id: str, token: str, roles: tuple[Role, ...]) -> list[Found]:
        """Search, with a point after it."""
        found = super().find(message_id, token, roles)
        self.fate.point("after a search")
        return found


@dataclass
class DyingTransport(MemoryTransport):
    """A submission during whose every step the process can die."""

    fate: Fate = field(default_factory=Fate)

    def send(self, approved: Approved, committing: Committing) -> Sent:
        """Deliver, dying where fate says."""
        self.fate.point("connected")

        def step() -> None:
            committing()
            self.fate.point("before the text")

        sent = super().send(approved, step)
        self.fate.point("after the dot")
        return sent


@dataclass
class DyingLine(MemoryTransport):
    """A real connection to a server that breaks, on either side of which the process can die."""

    server: Breaking = field(default_factory=Breaking)
    fate: Fate = field(default_factory=Fate)

    def send(self, approved: Approved, committing: Committing) -> Sent:
        """Send, as the product does."""
        self.connections += 1
        self.fate.point("before the connection")
        before = len(self.server.taken)
        tls: Any = "starttls" if self.server.phase == "starttls" else "none"
        known: dict[str, Any] = {"username": "alice", "password": lambda: "x", **self._waits()}
        line = SmtpTransport("127.0.0.1", self.server.port, tls, **known)

        def step() -> None:
            committing()
            self.fate.point("before the text")

        try:
            with standing() as too_late:
                if self._takes_and_hangs():
                    self.server.on_hang = too_late
                sent = line.send(approved, step)
        finally:
            self.delivered += [approved] * (len(self.server.taken) - before)
        self.fate.point("after the dot")
        return sent

    def _waits(self) -> dict[str, float]:
        """Short where the server is about to hang, and only there: a slow machine must not look like a broken line."""
        server = self.server
        breaks = server.connections < server.times
        wait = WAIT if breaks and server.way == "hang" and not self._takes_and_hangs() else PATIENCE
        return {"timeout": wait, "patience": wait, "glance": wait if breaks and server.phase == "body" else 0.05}

    def _takes_and_hangs(self) -> bool:
        """It must have had the time to take the message."""
        return self.server.way == "hang" and self.server.phase.startswith("dot")


@dataclass
class Life:
    """What is left when all is over."""

    world: World
    fate: Fate
    most_drafts: int = 0
    steps: list[str] = field(default_factory=list)
    rows: list[Draft] = field(default_factory=list)

    @property
    def approvals(self) -> int:
        """How often the owner gave their word."""
        return self.steps.count(S.APPROVED)

    @property
    def row(self) -> Draft:
        """The draft as it stood in the end."""
        (row,) = self.rows
        return row


def live(template: Path, folder: Path, fate: Fate, line: Breaking | None = None, **fails: Any) -> Life:
    """Tick until the draft has come to rest, restarting after every death; the owner approves once what lies there.

    `template`: a database in which nothing is planned yet. `fails`: as of MemoryTransport and MemoryMailbox. `line`: a
    real server to send to in place of the one in memory.
    """
    copy = folder / "weaktie.db"
    shutil.copy(template, copy)
    mailbox = DyingMailbox(fate=fate, lost=fails.pop("lost", []), trouble=fails.pop("trouble", []))
    sent_box = mailbox if fails.pop("files", True) else None
    transport = (
        DyingTransport(fate=fate, sent_box=sent_box, **fails) if line is None else DyingLine(server=line, fate=fate)
    )
    if line is not None and sent_box is not None:
        line.on_taken = partial(sent_box.put_by_owner, Role.SENT)
    with closing(open_store(f"sqlite:///{copy}")) as store:
        event.listen(store.engine, "before_cursor_execute", _unsynced, retval=True)
        world = World(DyingStore(store, fate), mailbox=mailbox, transport=transport, seed=False)
        life = Life(world, fate)
        for number in range(TICKS):
            _tick(life)
            life.most_drafts = max(life.most_drafts, len(mailbox.lying()))
            life.rows = world.rows()
            if any(row.state in (S.ASK, S.FAILED) or (row.state is S.SENT and row.filed) for row in life.rows):
                break
            world.later(hours=5) if number > 9 else world.later(minutes=13)
        life.steps = world.steps()
        return life


def _unsynced(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> tuple[str, Any]:
    """It is the process that dies, not the machine: no need to wait for the disk."""
    return statement.replace("synchronous=FULL", "synchronous=OFF"), values


def _tick(life: Life) -> None:
    """One run of all jobs; where the process dies, the rest of it does not happen."""
    world = life.world
    try:
        world.planned()
        world.push()
        world.reconcile()
        world.observe(file_sent_copy=True)
        _approve_once(life)
        world.send_due()
    except Killed:
        pass


def _approve_once(life: Life) -> None:
    world = life.world
    rows = world.rows()
    if rows and rows[0].state is S.DRAFTED and S.APPROVED not in world.steps():
        outbox.approve(world.store, world.owner_id, rows[0].id, world.mailbox, Word("alice", world.now), world.send)
