"""The daemon is woken by the mail server, and by nothing else it should not be woken by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from unittest.mock import patch

import pytest

from agent import daemon
from agent.app import App, open_app
from agent.config import load
from agent.daemon import Lookout
from agent.jobs.tick import Outcome
from connectors.imap import idle
from tests.servers import dovecot as dovecot_server
from tests.servers.cutter import Cutter, between
from tests.servers.imap_script import scripted
from tests.servers.process import PATIENCE, soon
from tests.system.world import World

pytestmark = pytest.mark.server

DANA = "Dana Reed <dana@northwind.example>"
QUIET = "[report]\nenabled = false\n[drafts]\nenabled = false\n[capture]\nevery_minutes = 600\n"


@contextmanager
def opened(world: World) -> Iterator[App]:
    with patch.dict(os.environ, {"MAIL_PASSWORD": dovecot_server.PASSWORD}):
        app = open_app(load(world.config))
        try:
            yield app
        finally:
            app.store.close()


@contextmanager
def at_work(world: World) -> Iterator[list[Outcome]]:
    """The daemon, running; what each of its rounds did. The clock stands still, so nothing falls due."""
    done: list[Outcome] = []
    stop = Event()
    with opened(world) as app:
        thread = Thread(target=daemon.run, args=(app, stop, done.append))
        thread.start()
        try:
            yield done
        finally:
            stop.set()
            thread.join(PATIENCE)
        assert not thread.is_alive()


def through(world: World, line: Cutter) -> str:
    """Her mail, at the end of a line that can be listened to."""
    return world._mail().replace(f"port = {world.mail.port}", f"port = {line.port}")


def test_new_mail_is_captured_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "ROUND", 5.0)  # mail that comes with the server's go-ahead is news when the round is over
    with between(world.mail.port) as line:
        world.configure(mail=through(world, line), extra=QUIET)
        with at_work(world) as done:
            assert soon(lambda: b"IDLE" in line.requests)
            assert len(done) == 1
            world.receive(DANA, "2026-03-01")
            assert soon(lambda: len(done) == 2)
        world.configure(extra=QUIET)
    assert done[1].captured == ["mail"]
    assert done[1].failures == []
    assert world.weaktie("audit", "--json").json["sources"][0]["interactions"] == 1


def test_idle_can_be_switched_off(world: World) -> None:
    world.configure(extra=f"{QUIET}idle = false\n")
    with at_work(world) as done:
        assert soon(lambda: len(done) == 1)
        world.receive(DANA, "2026-03-01")
        assert not soon(lambda: len(done) > 1, seconds=1.5)


def test_a_watch_that_was_refused_waits_for_the_next_good_poll(world: World) -> None:
    with scripted(capabilities="IMAP4rev1 IDLE") as script:
        world.configure(mail=world._mail().replace(f"port = {world.mail.port}", f"port = {script.port}"))
        script.intercept = lambda command: b"TAG NO no\r\n" if command.startswith("LOGIN") else None
        stop = Event()
        with opened(world) as app:
            lookout = Lookout(app, stop)
            lookout.watch(["mail"])
            lookout.end()
            assert script.sessions == 1
            script.intercept = lambda _: None
            lookout.watch(["mail"])
            lookout.watch(["mail"])
            assert soon(lambda: "IDLE" in script.commands)
            stop.set()
            lookout.end()
        assert script.sessions == 2


def test_a_source_that_cannot_tell_is_watched_no_more(world: World) -> None:
    with scripted(capabilities="IMAP4rev1") as script:
        world.configure(mail=world._mail().replace(f"port = {world.mail.port}", f"port = {script.port}"))
        with opened(world) as app:
            lookout = Lookout(app, Event())
            for _ in range(3):
                lookout.watch(["mail"])
                lookout.end()
        assert script.sessions == 1
