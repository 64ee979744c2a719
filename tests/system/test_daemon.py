"""The daemon is woken by the mail server, and by nothing else it should not be woken by."""

from __future__ import annotations

import os
import time
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
from tests.servers import dovecot as dovecot_server
from tests.servers.imap_script import scripted
from tests.system.world import World

pytestmark = pytest.mark.server

DANA = "Dana Reed <dana@northwind.example>"
QUIET = "[report]\nenabled = false\n[drafts]\nenabled = false\n[capture]\nevery_minutes = 600\n"


@contextmanager
def opened(world: World) -> Iterator[App]:
    with patch.dict(os.environ, {"MAIL_PASSWORD": dovecot_server.PASSWORD}):
        app = open_app(load(world.config))
        yield app
        app.store.close()


@contextmanager
def at_work(world: World) -> Iterator[list[Outcome]]:
    """The daemon, running; what each of its rounds did. The clock stands still, so nothing falls due."""
    done: list[Outcome] = []
    stop = Event()
    with opened(world) as app:
        thread = Thread(target=daemon.run, args=(app, stop, done.append))
        thread.start()
        yield done
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def rounds(done: list[Outcome], number: int, seconds: float) -> bool:
    """Whether there were so many in time."""
    end = time.monotonic() + seconds
    while len(done) < number and time.monotonic() < end:
        time.sleep(0.02)
    return len(done) >= number


def test_new_mail_is_captured_at_once(world: World) -> None:
    world.configure(extra=QUIET)
    with at_work(world) as done:
        assert rounds(done, 1, 10)
        time.sleep(0.5)
        world.receive(DANA, "2026-03-01")
        assert rounds(done, 2, 10)
    assert done[1].captured == ["mail"]
    assert done[1].failures == []
    assert world.weaktie("audit", "--json").json["sources"][0]["interactions"] == 1


def test_idle_can_be_switched_off(world: World) -> None:
    world.configure(extra=f"{QUIET}idle = false\n")
    with at_work(world) as done:
        assert rounds(done, 1, 10)
        world.receive(DANA, "2026-03-01")
        assert not rounds(done, 2, 1.5)


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
            while "IDLE" not in script.commands:
                time.sleep(0.01)
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
