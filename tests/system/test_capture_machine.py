"""Whatever is done to a mailbox and to the program, in any order: after every sync the ledger equals the oracle.

The oracle is what was put into the mailbox and where it was moved, written down beside it. After a sync that came to
its end the ledger is exactly what the oracle says. What was in the mailbox only while a sync was cut off may have been
read or not; it is told apart, and so is what a line that broke again and again made us set aside until later.
WEAKTIE_SOAK=n lets it run n times as long.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from agent.app import App, open_app
from agent.config import load
from agent.jobs import capture
from agent.jobs.audit import audit
from agent.jobs.capture import Polled
from agent.store.db import CRASHED
from connectors.imap import cursor, session
from tests.letters import ALICE
from tests.servers import dovecot as dovecot_server
from tests.servers.cutter import between
from tests.servers.process import forked
from tests.system.world import World, letter

pytestmark = [pytest.mark.server, pytest.mark.timeout(7200 if "WEAKTIE_SOAK" in os.environ else 900)]

SOAK = int(os.environ.get("WEAKTIE_SOAK", "1"))
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAGE = 3
READ = ("INBOX", "Sent", "Harbour", "Blåbær & Søn")
UNREAD = ("Trash", "Junk")
OWN = [name for name in READ if name not in ("INBOX", "Sent")]
STORED = "SELECT subject FROM message"
LEDGER = """
SELECT m.subject, i.value, x.direction FROM interaction x
JOIN message m ON m.id = x.message_id JOIN identity i ON i.id = x.identity_id
"""
Seen = tuple[int, bool]
"""A letter's number, and whether it lay in Sent."""

folders = st.sampled_from(READ + UNREAD)
own_folders = st.sampled_from(OWN)
picks = st.integers(0, 30)


def written(number: int) -> bytes:
    """Letter `number`: from a friend, from Alice, from a friend whose program writes no Message-ID, or a newsletter."""
    friend, when = f"Friend <friend{number % 5}@people.example>", START - timedelta(days=400 - number)
    sender, to = (ALICE, friend) if number % 4 == 1 else (friend, ALICE)
    head = {"List_Unsubscribe": "<https://shop.example>"} if number % 4 == 3 else {}
    mail = letter(sender, to, when, f"Letter {number}", number, **head)
    if number % 4 == 2:
        del mail["Message-ID"]
    return mail.as_bytes()


def contacts(seen: set[Seen]) -> set[tuple[str, str, str]]:
    """What the ledger must say of these letters. Only a copy in Sent proves that Alice sent one."""
    found = set()
    for number, in_sent in seen:
        kind, friend = number % 4, f"friend{number % 5}@people.example"
        if kind in (0, 2):
            found.add((f"Letter {number}", friend, "received"))
        elif kind == 1 and in_sent:
            found.add((f"Letter {number}", friend, "sent"))
    return found


@contextmanager
def opened(config: Path, now: datetime) -> Iterator[App]:
    """Alice's program."""
    with patch.dict(os.environ, {"MAIL_PASSWORD": dovecot_server.PASSWORD}), time_machine.travel(now, tick=False):
        app = open_app(load(config))
        try:
            yield app
        finally:
            app.store.close()


def sync_and_die(config: Path, now: datetime, point: str) -> None:
    """In a process of its own."""
    cursor.PAGE = PAGE
    os.environ["WEAKTIE_CRASH_AT"] = point
    with opened(config, now) as app:
        capture.sync(app, now)


class Mailbox(RuleBasedStateMachine):
    """Alice's mailbox, what she does to it, and a program that is cut off again and again."""

    server: ClassVar[dovecot_server.Server]

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        self.world = World(self.server.account(), Path(self.home.name))
        self.now = START
        self.count = 0
        self.configure(self.server.port)
        self.lies: dict[str, list[int]] = {name: [] for name in READ + UNREAD}
        self.sure: set[Seen] = set()
        self.maybe: set[Seen] = set()

    def teardown(self) -> None:
        self.world.mail.close()
        self.home.cleanup()

    @property
    def client(self) -> Any:
        """Alice's mail program."""
        return self.world.mail.client

    @initialize()
    def begin(self) -> None:
        """Two folders of her own, and a few letters in each."""
        self.client.create_folder("Junk/old")  # a folder below one that is not read
        for name in READ:
            if name in OWN:
                self.client.create_folder(name)
            for _ in range(4):
                self.append(name)

    @rule(folder=folders)
    def append(self, folder: str) -> None:
        """A letter comes."""
        self.count += 1
        self.client.append(folder, written(self.count), (), START)
        self.lies[folder].append(self.count)

    @rule(folder=folders)
    def a_pile_comes(self, folder: str) -> None:
        """More than a page of it."""
        for _ in range(PAGE + 2):
            self.append(folder)

    def pick(self, folder: str, which: int) -> int:
        """Open a folder; the UID of its letter `which`."""
        self.client.select_folder(folder)
        return int(sorted(self.client.search("ALL"))[which])

    @rule(folder=folders, to=folders, pick=picks, keep=st.booleans())
    def move(self, folder: str, to: str, pick: int, keep: bool) -> None:
        """A letter is moved or copied."""
        if folder == to or not self.lies[folder]:
            return
        which = pick % len(self.lies[folder])
        uid = self.pick(folder, which)
        (self.client.copy if keep else self.client.move)([uid], to)
        self.client.unselect_folder()
        self.lies[to].append(self.lies[folder][which])
        if not keep:
            del self.lies[folder][which]

    @rule(folder=folders, pick=picks)
    def delete(self, folder: str, pick: int) -> None:
        """A letter is deleted."""
        if not self.lies[folder]:
            return
        which = pick % len(self.lies[folder])
        self.client.delete_messages([self.pick(folder, which)])
        self.client.expunge()
        self.client.unselect_folder()
        del self.lies[folder][which]

    @rule(folder=folders, pick=picks, flag=st.sampled_from(["\\Seen", "\\Flagged", "\\Answered", "todo"]))
    def flag(self, folder: str, pick: int, flag: str) -> None:
        """A letter is read, marked, answered."""
        if self.lies[folder]:
            self.client.add_flags([self.pick(folder, pick % len(self.lies[folder]))], [flag])
            self.client.unselect_folder()

    @rule(folder=own_folders)
    def recreate(self, folder: str) -> None:
        """A folder is deleted and made anew."""
        self.world.mail.recreate(folder)
        self.lies[folder] = []

    @rule()
    def swap_names(self) -> None:
        """Two folders change their names."""
        one, other = OWN
        for old, new in ((one, "between"), (other, one), ("between", other)):
            self.world.mail.rename(old, new)
        self.lies[one], self.lies[other] = self.lies[other], self.lies[one]

    @rule(folder=own_folders)
    def rename_and_back_after_a_sync(self, folder: str) -> None:
        """A sync meets a folder under another name."""
        self.world.mail.rename(folder, "Elsewhere")
        self.lies["Elsewhere"] = self.lies.pop(folder)
        self.sync()
        self.world.mail.rename("Elsewhere", folder)
        self.lies[folder] = self.lies.pop("Elsewhere")

    @rule(folder=st.sampled_from([name for name in READ if name not in OWN]))
    def renumber(self, folder: str) -> None:
        """The server loses its index.

        Not of a folder that changes its name: the server could then give it the numbers that another folder had under
        that name, which it must never do (RFC 9051 §2.3.1.1) and which nobody could notice.
        """
        self.world.mail.renumber(folder)

    @rule()
    def sync(self) -> None:
        """A sync; five hours go by."""
        with opened(self.world.config, self.later()) as app:
            self.ended(app, capture.sync(app, self.now))

    @rule(
        answer=st.sampled_from([b"FETCH", b"EXISTS", b"SEARCH", b"STATUS", b"CAPABILITY"]),
        how=st.sampled_from(["fin", "rst"]),
        times=st.sampled_from([1, 1, 2, 9]),
    )
    def sync_over_a_bad_line(self, answer: bytes, how: str, times: int) -> None:
        """The connection breaks at an answer, once or again and again."""
        with between(self.server.port) as line:
            line.cut(answer=answer, how=how, times=times)
            self.configure(line.port)
            with opened(self.world.config, self.later()) as app:
                polled = capture.sync(app, self.now)
                line.cuts.clear()
                self.ended(app, polled)
        self.configure(self.server.port)

    @rule(batches=st.integers(0, 6))
    def sync_while_the_server_restarts(self, batches: int) -> None:
        """The server dies after some batches and comes back."""
        left = [batches]

        def progress(*_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                self.server.kill()
                self.server.start()

        with opened(self.world.config, self.later()) as app:
            self.ended(app, capture.sync(app, self.now, progress=progress))
        self.world.mail.close()

    @rule(commit=st.integers(6, 14), moment=st.sampled_from(["before", "after"]), folder=st.sampled_from(READ))
    def crash(self, commit: int, moment: str, folder: str) -> None:
        """The program ends at one of its commits, with something to read. The first five only open the store."""
        self.a_pile_comes(folder)
        code = forked(sync_and_die, self.world.config, self.later(), f"{commit}+{moment}")
        assert code in (0, CRASHED)
        self.maybe |= self.present()

    def later(self) -> datetime:
        """Time passes between two syncs; a folder may change its UIDVALIDITY a few times a day only."""
        self.now += timedelta(hours=5)
        return self.now

    def present(self) -> set[Seen]:
        """What can be read at this moment."""
        return {(n, name == "Sent") for name, held in self.lies.items() if name not in UNREAD for n in held}

    def configure(self, port: int) -> None:
        """The server is at another port where a line can be cut."""
        self.world.configure(mail=self.world._mail().replace(f"port = {self.server.port}", f"port = {port}"))

    def ended(self, app: App, polled: list[Polled]) -> None:
        """A sync is over: what it had to see it has seen, and all is accounted for."""
        self.maybe |= self.present()
        if not any(one.error for one in polled):
            (found,) = audit(app, self.now)
            held = sum(len(numbers) for name, numbers in self.lies.items() if name not in UNREAD)
            assert (found.error, found.missing, found.listed) == (None, [], held)
            self.sure |= set() if found.quarantined else self.present()
        stored, ledger = rows(self.world.database, STORED), rows(self.world.database, LEDGER)
        assert rows(self.world.database, "PRAGMA foreign_key_check") == []
        assert len(stored) == len(set(stored))
        assert len(ledger) == len(set(ledger))
        assert subjects(self.sure) <= set(stored) <= subjects(self.maybe)
        assert contacts(self.sure) <= set(ledger) <= contacts(self.maybe)


def subjects(seen: set[Seen]) -> set[tuple[str]]:
    return {(f"Letter {number}",) for number, _ in seen}


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


def test_after_every_sync_the_ledger_is_what_was_in_the_mailbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursor, "PAGE", PAGE)
    monkeypatch.setattr(session, "PAUSES", (0.01, 0.1, 0.5))
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    with dovecot_server.running() as Mailbox.server:
        run_state_machine_as_test(
            Mailbox,
            settings=settings(
                max_examples=5 * SOAK, stateful_step_count=25, deadline=None, suppress_health_check=checks
            ),
        )
