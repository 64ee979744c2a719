"""The daemon waits without working, and while it works it says so."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agent import daemon
from agent.app import open_app
from agent.config import load
from agent.jobs.tick import Outcome
from tests.agent.desk import Desk
from tests.letters import ALICE

SECONDS = 0.6


def test_waiting_costs_no_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[Outcome] = []
    monkeypatch.setattr(daemon, "tick", lambda *_args, **_more: Outcome())
    stop = threading.Event()
    timer = threading.Timer(SECONDS, stop.set)
    before = time.thread_time()
    timer.start()
    app = SimpleNamespace(config=SimpleNamespace(capture=SimpleNamespace(idle=False)))
    daemon.run(cast("Any", app), stop, beats.append)
    timer.join()
    assert len(beats) == 1
    assert time.thread_time() - before < SECONDS / 4


def test_a_long_first_capture_tells_the_watchdog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: object
) -> None:
    desk = Desk(tmp_path / "desk", "[report]\nenabled = false\n[drafts]\nenabled = false\n")
    for folder in ("INBOX", "Work", "Friends"):
        desk.letter("2026-02-20", "Dana Reed <dana@northwind.example>", ALICE, folder)
    heard: list[str] = []
    told_after: list[int] = []
    stop = threading.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        def first_round(_: Outcome) -> None:
            told_after.append(len(drained(manager, heard)))
            stop.set()

        app = open_app(load(desk.folder / "config.toml"))
        daemon.run(app, stop, first_round)
        app.store.close()
        drained(manager, heard)

    assert (heard[0], heard[-1]) == ("READY=1", "STOPPING=1")
    between_steps = 4  # before the source, settling, the audit, and what goes out
    assert told_after[0] - 1 > between_steps
    assert set(heard[1:-1]) == {"WATCHDOG=1"}


def drained(manager: socket.socket, heard: list[str]) -> list[str]:
    """What the service manager has been told so far."""
    try:
        while True:
            heard.append(manager.recv(100).decode())
    except BlockingIOError:
        return heard
