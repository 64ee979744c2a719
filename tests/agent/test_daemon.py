"""The daemon waits without working, and while it works it says so."""

from __future__ import annotations

import gc
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agent import daemon, vitals
from agent.app import open_app
from agent.capture import anew
from agent.config import load
from agent.errors import TryLater
from agent.jobs.tick import Outcome
from agent.store import db, lock
from agent.store.lock import only_one
from tests.agent.desk import Desk
from tests.letters import ALICE, BOB
from tests.servers.process import PATIENCE, soon

SECONDS = 0.6
QUIET = "[report]\nenabled = false\n[drafts]\nenabled = false\n[capture]\nevery_minutes = 600\nidle = false\n"


def test_waiting_costs_no_processor_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[Outcome] = []
    monkeypatch.setattr(daemon, "tick", lambda *_args, **_more: Outcome())
    stop = threading.Event()
    timer = threading.Timer(SECONDS, stop.set)
    database = SimpleNamespace(address=f"sqlite:///{tmp_path / 'weaktie.db'}")
    app = SimpleNamespace(
        config=SimpleNamespace(capture=SimpleNamespace(idle=False), database=database),
        owner=SimpleNamespace(id=1),
        derived_by=dict,
    )
    with uncollected():
        before = time.thread_time()
        timer.start()
        daemon.run(cast("Any", app), stop, beats.append)
        spent = time.thread_time() - before
    timer.join()
    assert len(beats) == 1
    assert spent < SECONDS / 4


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage of other tests, which may fall to be collected at any moment."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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


class Woken(daemon.Lookout):
    """Mail came right at the start."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.wake(["mail"])


def at_work(desk: Desk, rounds: list[Outcome], stop: threading.Event) -> threading.Thread:
    """The daemon in a thread, behind its first round; the clock stands still, so no other falls due."""

    def work() -> None:
        app = open_app(load(desk.folder / "config.toml"))
        daemon.run(app, stop, rounds.append)
        app.store.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert soon(lambda: rounds or not thread.is_alive())
    return thread


def test_the_owners_commands_get_their_turn_between_two_rounds(tmp_path: Path, clock: object) -> None:
    desk = Desk(tmp_path / "desk", QUIET)
    desk.letter("2026-02-20", "Dana Reed <dana@northwind.example>", ALICE, "INBOX")
    rounds: list[Outcome] = []
    stop = threading.Event()
    thread = at_work(desk, rounds, stop)
    try:
        for command in (("sync",), ("exclude", "shop.example"), ("ties", "set", "Dana Reed", "--keep"), ("ties",)):
            ran = desk.weaktie(*command)
            assert ran.code == 0, ran
        second = desk.weaktie("run")
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert (second.code, second.err.splitlines()[0]) == (75, "weaktie: A daemon works for you already.")


def test_each_owner_of_a_database_has_a_daemon(tmp_path: Path, clock: object) -> None:
    alice, bob = Desk(tmp_path / "alice", QUIET), Desk(tmp_path / "bob", QUIET)
    config = bob.folder / "config.toml"
    shared = config.read_text().replace(str(bob.database), str(alice.database))
    config.write_text(shared.replace("Alice Lindqvist", "Bob Adeyemi").replace(ALICE, BOB))
    rounds: tuple[list[Outcome], list[Outcome]] = ([], [])
    stop, threads = threading.Event(), []
    try:
        for desk, done in zip((alice, bob), rounds, strict=True):
            threads.append(at_work(desk, done, stop))
        again = [desk.weaktie("run").code for desk in (alice, bob)]
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert [len(done) for done in rounds] == [1, 1]
    assert again == [75, 75]


def test_while_a_command_holds_the_store_the_daemon_waits_and_forgets_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: object
) -> None:
    desk = Desk(tmp_path / "desk", QUIET)
    rounds: list[set[str]] = []
    stop = threading.Event()

    def tick(_app: object, _now: object, *, woken: set[str], **_more: object) -> Outcome:
        rounds.append(set(woken))
        if woken:
            stop.set()
        return Outcome()

    monkeypatch.setattr(daemon, "tick", tick)
    monkeypatch.setattr(daemon, "Lookout", Woken)
    app = open_app(load(desk.folder / "config.toml"))
    with only_one(app.config.database.address):
        thread = threading.Thread(target=daemon.run, args=(app, stop), daemon=True)
        thread.start()
        assert not soon(lambda: rounds, seconds=1.5)
    thread.join(PATIENCE)
    app.store.close()
    assert rounds == [{"mail"}]


def test_an_upgrade_waits_for_whoever_is_at_work_on_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: object
) -> None:
    desk = Desk(tmp_path / "desk", QUIET)
    assert desk.weaktie("sync").code == 0
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    with only_one(f"sqlite:///{desk.database}"):
        assert desk.weaktie("ties").code == 0
        monkeypatch.setattr(anew, "rhythm_form", lambda: "of a newer weaktie")
        refused = desk.weaktie("ties")
    assert (refused.code, refused.err.splitlines()[0]) == (75, "weaktie: Another weaktie is at work on this store.")
    assert desk.weaktie("ties").code == 0


def test_a_store_gone_through_by_other_rules_ends_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: object
) -> None:
    desk = Desk(tmp_path / "desk", QUIET)
    app = open_app(load(desk.folder / "config.toml"))

    def upgraded(_: Outcome) -> None:
        monkeypatch.setattr(anew, "rhythm_form", lambda: "of a newer weaktie")
        assert desk.weaktie("ties").code == 0

    monkeypatch.setattr(daemon, "Lookout", Woken)
    with pytest.raises(TryLater, match="Another version"):
        daemon.run(app, threading.Event(), upgraded)
    app.store.close()


def test_a_database_that_is_away_for_a_while_does_not_end_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: object
) -> None:
    desk = Desk(tmp_path / "desk", QUIET + '[run]\nping = "https://ping.example.com/alice"\n')
    desk.letter("2026-02-20", "Dana Reed <dana@northwind.example>", ALICE, "INBOX")
    told: list[bool] = []
    monkeypatch.setattr(vitals, "ping", lambda _url, *, ok: told.append(ok))
    monkeypatch.setattr(daemon, "Lookout", Woken)
    monkeypatch.setattr(db, "BUSY_MS", 10)
    app, stop = open_app(load(desk.folder / "config.toml")), threading.Event()
    somebody = sqlite3.connect(desk.database, isolation_level=None)
    somebody.execute("BEGIN IMMEDIATE")

    def told_of(outcome: Outcome) -> None:
        if somebody.in_transaction:
            assert [failure.job for failure in outcome.failures] == ["database"]
            somebody.rollback()
        else:
            assert outcome.captured == ["mail"]
            stop.set()

    daemon.run(app, stop, told_of)
    somebody.close()
    app.store.close()
    assert told == [False, True]


def drained(manager: socket.socket, heard: list[str]) -> list[str]:
    """What the service manager has been told so far."""
    try:
        while True:
            heard.append(manager.recv(100).decode())
    except BlockingIOError:
        return heard
