"""kill -9 in the middle of a sync, and two processes on one store."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from agent.store import lock
from tests.letters import ALICE, at
from tests.servers import dovecot as dovecot_server
from tests.servers.cutter import Cutter, between
from tests.servers.process import PATIENCE, soon
from tests.system.world import World, letter

pytestmark = pytest.mark.server

LETTERS = 1600
LEDGER = """
SELECT m.key, m.outcome, i.value, x.direction, x.at FROM message m
LEFT JOIN interaction x ON x.message_id = m.id LEFT JOIN identity i ON i.id = x.identity_id ORDER BY 1, 3, 4
"""


def fill(account: dovecot_server.Account) -> None:
    """Letters of forty people, one an hour."""
    start = at("2025-01-01")
    for number in range(LETTERS):
        person = f"Friend {number % 40} <friend{number % 40}@people.example>"
        when = start + timedelta(hours=number)
        if number % 3:
            account.deliver(letter(person, ALICE, when, f"Letter {number}", number).as_bytes(), "INBOX", when)
        else:
            account.deliver(letter(ALICE, person, when, f"Letter {number}", number).as_bytes(), "Sent", when)


def start_sync(world: World) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "agent", "--config", str(world.config), "sync"]
    environment = {**os.environ, "MAIL_PASSWORD": dovecot_server.PASSWORD}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def count(database: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=1)) as connection:
            return int(connection.execute("SELECT count(*) FROM message").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def ledger(database: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute(LEDGER).fetchall()


def kill_after(world: World, line: Cutter, messages: int) -> None:
    """Kill a sync as soon as it has stored more than `messages`; it gets two batches and waits for a third in vain."""
    line.cuts.clear()
    line.cut(request=rb"UID FETCH", how="hang", after=2)
    with start_sync(world) as process:
        try:
            assert soon(lambda: count(world.database) > messages or process.poll() is not None)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL


def test_a_sync_killed_twice_ends_like_one_that_was_not(dovecot: dovecot_server.Account, tmp_path: Path) -> None:
    fill(dovecot)
    killed, whole = World(dovecot, tmp_path / "killed"), World(dovecot, tmp_path / "whole")
    for world in (killed, whole):
        world.folder.mkdir()
        world.configure()
    with between(dovecot.port) as line:
        killed.configure(mail=killed._mail().replace(f"port = {dovecot.port}", f"port = {line.port}"))
        kill_after(killed, line, 0)
        kill_after(killed, line, count(killed.database))
    killed.configure()
    stored = count(killed.database)
    assert killed.weaktie("sync").code == 0
    assert whole.weaktie("sync").code == 0
    assert 0 < stored < LETTERS
    assert ledger(killed.database) == ledger(whole.database)
    assert count(whole.database) == LETTERS
    assert killed.weaktie("ties", "--json").json["ties"] == whole.weaktie("ties", "--json").json["ties"]


def test_a_second_process_on_the_same_store_refuses_politely(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    with lock.only_one(f"sqlite:///{world.database}"):
        for command in (("sync",), ("run", "--once")):
            ran = world.weaktie(*command)
            assert ran.code == 75
            assert "Another weaktie is at work on this store" in ran.err


def test_the_daemon_works_and_ends_on_sigterm(world: World) -> None:
    world.receive("Dana Reed <dana@northwind.example>", "2026-02-01")
    command = [sys.executable, "-m", "agent", "--config", str(world.config), "run"]
    environment = {**os.environ, "MAIL_PASSWORD": dovecot_server.PASSWORD}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
        try:
            assert soon(lambda: count(world.database) or process.poll() is not None)
            process.terminate()
            _, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert (process.returncode, err) == (0, b"")
    assert count(world.database) == 1
