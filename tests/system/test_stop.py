"""Told to stop in the middle of a first capture, weaktie stops behind the batch at hand; the next one goes on."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from agent.daemon import until_terminated
from tests.agent.desk import Desk
from tests.letters import ALICE, at
from tests.servers.process import PATIENCE
from tests.system.held import HELD
from tests.system.test_crash import count

LETTERS = 4_000
BATCH = 500
SECONDS = 30.0
QUIET = "[report]\nenabled = false\n[drafts]\nenabled = false\n[capture]\nidle = false\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Alice's mail as an mbox of letters by a hundred people, long enough for a second process to read ahead."""
    made = Desk(tmp_path / "desk", QUIET)
    config = made.folder / "config.toml"
    config.write_text(config.read_text().replace('"folder"', '"mbox"').replace(str(made.mail), f"{made.mail}/INBOX"))
    stamp = at("2026-01-05")
    with (made.mail / "INBOX").open("w") as box:
        for number in range(LETTERS):
            box.write(
                f"From x@people.example {stamp:%a %b %d %H:%M:%S %Y}\n"
                f"From: Friend {number % 100} <friend{number % 100}@people.example>\nTo: {ALICE}\n"
                f"Date: {stamp:%a, %d %b %Y %H:%M:%S +0000}\nMessage-ID: <{number}@people.example>\n"
                f"Subject: Letter {number}\n\nHello.\n\n"
            )
    return made


@contextmanager
def running(desk: Desk, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [str(desk.database), "--config", str(desk.folder / "config.toml"), "run", *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "tests.system.held", *arguments], stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("options", [(), ("--once",)])
def test_a_first_capture_stops_behind_the_batch_and_the_next_goes_on(desk: Desk, options: tuple[str, ...]) -> None:
    with running(desk, *options) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == HELD
        before, asked = count(desk.database), time.monotonic()
        process.send_signal(signal.SIGTERM)
        told = process.communicate(b"\n", timeout=PATIENCE)
    took = time.monotonic() - asked
    stopped = count(desk.database)
    assert (process.returncode, told) == (0, (b"", b""))
    assert 0 < before < stopped < LETTERS
    assert stopped % BATCH == 0
    assert took < SECONDS
    assert jobs(desk) == []
    assert desk.weaktie("sync", "--json").json["sources"][0]["new"] == LETTERS - stopped
    assert count(desk.database) == LETTERS


def test_asked_twice_it_ends_at_once() -> None:
    usual = signal.getsignal(signal.SIGTERM)
    with until_terminated() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.is_set()
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) == usual


def jobs(desk: Desk) -> list[tuple[str, str]]:
    """What broke off or waits for a later time: nothing after a stop."""
    with closing(sqlite3.connect(desk.database)) as connection:
        return connection.execute("SELECT name, last_error FROM job").fetchall()
