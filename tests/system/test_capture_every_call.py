"""Whichever read, write, connection, statement or commit fails, the sync says so or gets over it, and loses nothing.

Every call is counted where it leaves our code: in the socket and in the database's driver. Number k fails, for each k,
until a sync is through before its call number k; the next sync must come to the same ledger as one without any fault.
There are many statements: without WEAKTIE_SOAK every third of them fails.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from agent.capture import sync as capture
from agent.capture.ledger import Book
from agent.errors import StoreError
from agent.store import owners, sources
from agent.store.db import Store, open_store
from agent.store.schema import metadata
from connectors.errors import Unavailable
from connectors.imap import ImapSource, cursor, session
from tests.agent.outreach_crash import _unsynced
from tests.letters import ALICE, at
from tests.servers import dovecot as dovecot_server
from tests.system.test_crash_points import facts, fill

pytestmark = pytest.mark.server

NOW = at("2026-03-02 09:00")
Call = Callable[..., Any]


class Fault:
    """The k-th call of a kind goes wrong; `calls` is how many there were."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.calls = 0

    def strikes(self) -> bool:
        self.calls += 1
        return self.calls == self.number


@pytest.fixture
def mailbox(dovecot: dovecot_server.Account, monkeypatch: pytest.MonkeyPatch) -> dovecot_server.Account:
    """Two pages in one folder, one in another, mail in both, a newsletter."""
    monkeypatch.setattr(session, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(cursor, "PAGE", 3)
    fill(dovecot, 1)
    return dovecot


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A store with its schema and Alice, to be copied."""
    path = tmp_path / "empty.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        metadata.create_all(store.engine)
        prepared(store)
    return path


def prepared(store: Store) -> None:
    """Alice and her mailbox are known."""
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
        owners.learn(connection, owner.id, {ALICE}, "config")
        sources.ensure(connection, owner.id, "mail", "imap")


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """A store that does not wait for the disk: no power fails here."""
    with closing(open_store(f"sqlite:///{path}")) as store:
        event.listen(store.engine, "before_cursor_execute", _unsynced, retval=True)
        yield store


class Mailbox(Protocol):
    """An account to read."""

    def settings(self) -> dict[str, Any]:
        """Keyword settings for a source."""
        ...


def sync(store: Store, account: Mailbox) -> None:
    """Capture Alice's mail."""
    with store.read() as connection:
        owner = owners.by_name(connection, "Alice")
        assert owner
        (row,) = sources.listed(connection, owner.id)
    book = Book(owner.id, frozenset({ALICE}), owner.salt, NOW)
    with closing(ImapSource(**account.settings())) as source:
        capture.sync(store, book, source, row)


def reads(how: BaseException | int) -> Callable[[Store, Fault], Any]:
    """A read that ends in `how`: an error, or 0 for the end of the stream."""

    @contextmanager
    def failing(_store: Store, fault: Fault) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patched:
            for name in ("recv", "recv_into"):
                patched.setattr(socket.socket, name, _reading(getattr(socket.socket, name), name, how, fault))
            yield

    return failing


def _reading(real: Call, name: str, how: BaseException | int, fault: Fault) -> Call:
    def read(self: socket.socket, *arguments: Any) -> Any:
        if not fault.strikes():
            return real(self, *arguments)
        self.shutdown(socket.SHUT_RDWR)
        if isinstance(how, BaseException):
            raise how
        return how if name == "recv_into" else b""

    return read


def writes(share: float) -> Callable[[Store, Fault], Any]:
    """A write of which this share gets out before the connection is reset."""

    @contextmanager
    def failing(_store: Store, fault: Fault) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patched:
            for name in ("send", "sendall"):
                patched.setattr(socket.socket, name, _writing(getattr(socket.socket, name), share, fault))
            yield

    return failing


def _writing(real: Call, share: float, fault: Fault) -> Call:
    def write(self: socket.socket, data: bytes, *arguments: Any) -> Any:
        if not fault.strikes():
            return real(self, data, *arguments)
        real(self, bytes(data)[: int(len(data) * share)], *arguments)
        self.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError(104, "Connection reset by peer")

    return write


@contextmanager
def connections(_store: Store, fault: Fault) -> Iterator[None]:
    """A connection that is refused."""
    real = socket.create_connection

    def connect(*arguments: Any, **more: Any) -> socket.socket:
        if fault.strikes():
            raise ConnectionRefusedError(111, "Connection refused")
        return real(*arguments, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket, "create_connection", connect)
        yield


def database(what: str) -> Callable[[Store, Fault], Any]:
    """A statement or a commit that the disk fails."""

    @contextmanager
    def failing(store: Store, fault: Fault) -> Iterator[None]:
        def count(*_: Any) -> None:
            if fault.strikes():
                raise OperationalError("", {}, sqlite3.OperationalError("disk I/O error"))

        event.listen(store._readers, what, count)
        yield
        event.remove(store._readers, what, count)

    return failing


FAULTS = {
    "a read that is reset": reads(ConnectionResetError(104, "Connection reset by peer")),
    "a read that finds the end": reads(0),
    "a read that takes too long": reads(TimeoutError("timed out")),
    "a write that is reset": writes(0.0),
    "a write of which half gets out": writes(0.5),
    "a write that gets out, with no answer": writes(1.0),
    "a connection that is refused": connections,
    "a statement": database("before_cursor_execute"),
    "a commit": database("commit"),
}
STEP = {"a statement": 1 if "WEAKTIE_SOAK" in os.environ else 3}
LEAST = {"a connection that is refused": 1, "a statement": 80, "a commit": 6}


@pytest.mark.parametrize("kind", FAULTS)
def test_whichever_call_fails_the_next_sync_comes_to_the_same_ledger(
    mailbox: dovecot_server.Account, empty: Path, tmp_path: Path, kind: str
) -> None:
    expected = synced(mailbox, copied(empty, tmp_path / "whole.db"))
    number, struck = 0, True
    while struck:
        number += STEP.get(kind, 1)
        path = copied(empty, tmp_path / f"{number}.db")
        with opened(path) as store:
            fault = Fault(number)
            with FAULTS[kind](store, fault):
                attempt(store, mailbox, fault)
            struck = fault.calls >= number
        assert synced(mailbox, path) == expected, f"{kind}, number {number}"
    assert number > LEAST.get(kind, 12)


def attempt(store: Store, mailbox: dovecot_server.Account, fault: Fault) -> None:
    """A sync that may end in an error of ours, and in no other."""
    try:
        sync(store, mailbox)
    except (StoreError, Unavailable):
        assert fault.calls >= fault.number


def synced(mailbox: dovecot_server.Account, path: Path) -> list[Any]:
    """What the store knows after a sync that nothing disturbs."""
    with opened(path) as store:
        sync(store, mailbox)
    return facts(path)


def copied(path: Path, target: Path) -> Path:
    shutil.copy(path, target)
    return target
