"""A second process that reads ahead changes how long a capture takes, and nothing else."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from agent.capture import ahead, ledger
from agent.capture.garbage import SELDOM
from agent.capture.ledger import Book, Tally
from agent.capture.ready import Ready
from agent.capture.sync import sync
from agent.store import owners, sources
from agent.store.db import Store
from connectors.errors import AuthFailed, Unavailable
from tests.agent.ahead_source import SIZE, Letters
from tests.letters import ALICE, at

TABLES = """
SELECT key, kind, outcome, outcome_reason, at, subject, sent FROM message ORDER BY key;
SELECT m.key, i.value, p.part FROM participant p JOIN message m ON m.id = p.message_id
    JOIN identity i ON i.id = p.identity_id ORDER BY 1, 2, 3;
SELECT m.key, i.value, x.direction FROM interaction x JOIN message m ON m.id = x.message_id
    JOIN identity i ON i.id = x.identity_id ORDER BY 1, 2, 3;
SELECT i.value, n.name, n.times, n.last_day FROM name_seen n JOIN identity i ON i.id = n.identity_id ORDER BY 1;
SELECT s.name, c.ref, m.key FROM copy c JOIN stream s ON s.id = c.stream_id JOIN message m ON m.id = c.message_id
    ORDER BY 1, 2;
SELECT name, cursor FROM stream ORDER BY name;
SELECT i.value, t.stale FROM tie t JOIN identity i ON i.person_id = t.person_id ORDER BY 1
"""


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Have every capture helped from its second batch on; the process ids of the helpers."""
    pids: list[int] = []
    started = ahead._started

    def note(opener: ahead.Opener, book: Book) -> ahead._Helper | None:
        helper = started(opener, book)
        if helper is not None:
            pids.append(helper._process.pid)
        return helper

    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(ahead, "LOT", SIZE)
    monkeypatch.setattr(ahead, "TOGETHER", 3 * SIZE)
    monkeypatch.setattr(ahead, "_started", note)
    monkeypatch.setattr(ahead._Helper, "awake", lambda helper: helper._link.waiting(60))
    yield pids
    assert not any(map(_runs, pids)), "a helper outlived its capture"


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def capture(store: Store, opener: Callable[[], Letters], *, alone: bool = False) -> Tally:
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
        row = sources.ensure(connection, owner.id, "mail", "imap")
    book = Book(owner.id, frozenset({ALICE}), owner.salt, at("2026-03-02"))
    with closing(opener()) as source:
        return sync(store, book, source, row, opener=None if alone else opener)


def facts(store: Store) -> list[list[tuple[object, ...]]]:
    with store.read() as connection:
        return [[tuple(row) for row in connection.execute(text(query))] for query in TABLES.split(";")]


@pytest.fixture
def alone(store: Store) -> Callable[[], list[list[tuple[object, ...]]]]:
    """What a capture by one process makes of the letters; the store is emptied again before it is told."""

    def told() -> list[list[tuple[object, ...]]]:
        with store.write() as connection:
            connection.execute(text("DELETE FROM owner"))
        capture(store, Letters, alone=True)
        return facts(store)

    return told


def test_two_processes_store_what_one_does(
    store: Store, helped: list[int], alone: Callable[[], list[list[tuple[object, ...]]]]
) -> None:
    tally = capture(store, partial(Letters, password=partial(str, "secret")))
    assert (tally.seen, tally.new, len(helped)) == (120, 60, 1)
    assert facts(store) == alone()


def test_its_error_is_ours_and_what_came_before_is_safe(store: Store, helped: list[int]) -> None:
    with pytest.raises(AuthFailed, match="refused the sign-in") as caught:
        capture(store, partial(Letters, fails=6))
    assert caught.value.hint == "Check it."
    with store.read() as connection:
        assert connection.scalar(text("SELECT last_error FROM source")) == "The server refused the sign-in."
        assert connection.scalar(text("SELECT cursor FROM stream")) == 6
        assert connection.scalar(text("SELECT count(*) FROM message")) == 6 * SIZE


def test_its_death_is_told_and_the_next_capture_goes_on(
    store: Store,
    helped: list[int],
    alone: Callable[[], list[list[tuple[object, ...]]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    joined = ahead._joined

    def kill(one: Ready, other: Ready) -> Ready | None:
        os.kill(helped[0], signal.SIGKILL)
        return joined(one, other)

    with monkeypatch.context() as patched:
        patched.setattr(ahead, "_joined", kill)
        with pytest.raises(Unavailable, match=r"ended unexpectedly \(status -9\)"):
            capture(store, partial(Letters, count=4000))
    with store.write() as connection:
        held = connection.scalar(text("SELECT count(*) FROM message"))
        assert held == SIZE * int(connection.scalar(text("SELECT cursor FROM stream")) or 0)
    capture(store, partial(Letters, count=60))
    assert held < 4000 * SIZE
    assert len(helped) == 2


def test_our_end_is_its_end(store: Store, helped: list[int]) -> None:
    def broken(stream: str, seen: int, expected: int | None) -> None:
        if seen > 4 * SIZE:
            raise KeyboardInterrupt

    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
        row = sources.ensure(connection, owner.id, "mail", "imap")
    opener = partial(Letters, count=4000)
    with pytest.raises(KeyboardInterrupt):
        sync(store, Book(owner.id, frozenset({ALICE}), owner.salt, at("2026-03-02")), opener(), row, broken, opener)


def test_no_password_stands_on_its_command_line(
    store: Store, helped: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def look(one: Ready, other: Ready) -> Ready | None:
        place = Path(f"/proc/{helped[0]}")
        seen.append((place / "cmdline").read_text() + (place / "environ").read_text(errors="replace"))
        raise KeyboardInterrupt

    monkeypatch.setattr(ahead, "_joined", look)
    with pytest.raises(KeyboardInterrupt):
        capture(store, partial(Letters, password=partial(str, "hunter2"), count=4000))
    assert "ahead_worker" in seen[0]
    assert "hunter2" not in seen[0]


@pytest.mark.parametrize("opener", [Letters, partial(Letters, refuses=lambda: 1)])
def test_a_source_that_cannot_be_handed_over_is_read_here(
    store: Store, helped: list[int], opener: Callable[[], Letters]
) -> None:
    assert capture(store, opener).new == 60
    assert helped == []


def test_where_nobody_may_sign_in_twice_it_is_done_without(
    store: Store, helped: list[int], alone: Callable[[], list[list[tuple[object, ...]]]]
) -> None:
    assert capture(store, partial(Letters, only=os.getpid())).new == 60
    assert len(helped) == 1
    assert facts(store) == alone()


def test_how_much_is_remembered_changes_nothing(
    alone: Callable[[], list[list[tuple[object, ...]]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = alone()
    monkeypatch.setattr(ledger, "REMEMBERED", 2)
    assert alone() == usual


def test_more_than_its_limit_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "REMEMBERED", 2)
    memory = ledger.Memory({"INBOX": 1}, {"bob@x.example": (1, 1)}, {1, 2, 3}, {4, 5})
    memory.trim()
    assert memory == ledger.Memory({"INBOX": 1}, {"bob@x.example": (1, 1)}, set(), {4, 5})


def test_cycles_are_looked_for_seldom_while_capturing_and_as_ever_afterwards(store: Store) -> None:
    usual, seen = gc.get_threshold(), set()
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
        row = sources.ensure(connection, owner.id, "mail", "imap")
    book = Book(owner.id, frozenset({ALICE}), owner.salt, at("2026-03-02"))
    sync(store, book, Letters(count=1), row, lambda *_: seen.add(gc.get_threshold()))
    assert (seen, gc.get_threshold()) == ({SELDOM}, usual)
