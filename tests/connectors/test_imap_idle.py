"""IDLE wakes us when mail comes, survives silence, breaks and floods, and is never a load or a lock-out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

import pytest

from connectors.errors import AuthFailed
from connectors.imap import ImapSource, idle
from connectors.imap.wire import Client
from tests.servers import dovecot as dovecot_server
from tests.servers.clock import standing
from tests.servers.cutter import between
from tests.servers.imap_script import Script, mail, scripted
from tests.servers.process import PATIENCE, soon

IN_FORCE = idle.ROUND + idle.ANSWER
"""Seconds, before the tests hurry them."""
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute is a second here, but for an answer there is time: on a busy machine it may be late."""
    hurried = {"ROUND": 0.6, "ANSWER": PATIENCE, "SETTLE": 0.02, "FIRST_PAUSE": 0.05, "_TICK": 0.02}
    for name, seconds in hurried.items():
        monkeypatch.setattr(idle, name, seconds)


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted(capabilities="IMAP4rev1 IDLE") as server:
        server.boxes["INBOX"].fill(1, 2, 3)
        yield server


class Rests(Event):
    """A sign to stop, which whoever waits for it rests by: how long each rest was to be. Here they are all short."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Note it."""
        self.seconds.append(timeout or 0.0)
        return super().wait(0.01)


class Watched:
    """A watch in a thread of its own; `news` counts, `error` is what it ended with, `spent` its processor time."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.news = 0
        self.spent = 0.0
        self.error: Exception | None = None
        self.stop = Rests()
        self.source = ImapSource(**settings)
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.source.watch(self._tell, self.stop)
        except AuthFailed as error:
            self.error = error
        self.spent = time.thread_time()

    def _tell(self) -> None:
        self.news += 1


@contextmanager
def watching(**settings: Any) -> Iterator[Watched]:
    watched = Watched(settings)
    try:
        yield watched
    finally:
        watched.stop.set()
        watched.thread.join(PATIENCE)
    assert not watched.thread.is_alive()


class Waits:
    """How often the watch has begun to wait for a word of the server, and how often one came."""

    def __init__(self) -> None:
        self.begun = self.spoken = 0


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    counts, wait = Waits(), idle._wait

    def counted(client: Client, stop: Event) -> bool:
        counts.begun += 1
        spoke = wait(client, stop)
        counts.spoken += spoke
        return spoke

    monkeypatch.setattr(idle, "_wait", counted)
    return counts


def settings(script: Script) -> dict[str, Any]:
    account = {"host": "127.0.0.1", "port": script.port, "tls": "none", "username": "alice"}
    return {**account, "password": lambda: "secret", "timeout": PATIENCE}


def idles(script: Script) -> int:
    return script.commands.count("IDLE")


@pytest.mark.server
@pytest.mark.parametrize("tls", ["none", "tls"])
def test_new_mail_is_news_and_a_flag_is_none(
    dovecot: dovecot_server.Account, tls: str, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "ROUND", PATIENCE)
    uid = dovecot.deliver(mail(1), "INBOX", NOW)
    more = {"port": dovecot.tls_port, "tls": "tls", "ca_file": dovecot.ca_file} if tls == "tls" else {}
    with watching(**dovecot.settings(**more)) as watched:
        assert soon(lambda: waits.begun == 1)
        dovecot.client.select_folder("INBOX")
        dovecot.client.add_flags([uid], ["\\Seen"])
        dovecot.client.unselect_folder()
        assert soon(lambda: waits.begun == 2)
        assert (waits.spoken, watched.news) == (1, 0)
        dovecot.deliver(mail(2), "INBOX", NOW)
        assert soon(lambda: watched.news > 0)


@pytest.mark.server
def test_mail_that_came_before_idle_is_news_at_once(
    dovecot: dovecot_server.Account, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server tells of it in one breath with its answer to IDLE, which nobody listens to any more."""
    monkeypatch.setattr(idle, "ROUND", PATIENCE)
    begin = idle._begin

    def late(client: Client) -> Any:
        if not waits.begun:
            dovecot.deliver(mail(1), "INBOX", NOW)
        return begin(client)

    monkeypatch.setattr(idle, "_begin", late)
    with watching(**dovecot.settings()) as watched:
        assert soon(lambda: waits.begun == 1)
        assert watched.news == 1


@pytest.mark.server
@pytest.mark.parametrize("silent", [b"DONE", b"IDLE"])
def test_a_line_that_died_in_silence_is_noticed_and_what_came_meanwhile_is_news(
    dovecot: dovecot_server.Account, silent: bytes
) -> None:
    """As after a laptop slept: nobody hangs up, the line is just dead."""
    with (
        standing() as too_late,
        between(dovecot.port) as line,
        watching(**dovecot.settings(port=line.port)) as watched,
    ):
        assert soon(lambda: b"IDLE" in line.requests)
        hung = Event()
        line.cut(request=silent, how="hang", hung=hung.set)
        assert hung.wait(PATIENCE)
        dovecot.deliver(mail(2), "INBOX", NOW)
        too_late()
        assert soon(lambda: watched.news > 0)
        assert line.connections == 2


def test_a_silent_server_is_asked_again_and_again_and_stays_connected(script: Script) -> None:
    with watching(**settings(script)) as watched:
        assert soon(lambda: idles(script) > 2)
    assert watched.news == 0
    assert script.sessions == 1
    assert script.commands.count("DONE") == idles(script)


def test_death_is_noticed_within_a_minute() -> None:
    assert IN_FORCE < 60


@pytest.mark.parametrize(
    "answer", [b"* BYE so long\r\nCLOSE", b"CLOSE", b"HANG", b"DRIP", b"+ ok\r\n* BYE later\r\nCLOSE"]
)
def test_a_server_that_always_breaks_is_asked_less_and_less(
    script: Script, answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "ROUND", PATIENCE)
    script.intercept = lambda command: answer if command == "IDLE" else None
    with standing() as script.later, watching(**settings(script)) as watched:
        assert soon(lambda: len(watched.stop.seconds) > 2)
    assert watched.stop.seconds[:3] == [0.1, 0.2, 0.4]
    assert script.sessions <= len(watched.stop.seconds)
    assert watched.error is None
    assert watched.spent < 0.5


def test_news_that_never_end_are_no_load(script: Script, waits: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "SETTLE", 0.2)
    flood = b"+ idling\r\nLATER" + b"* 4 EXISTS\r\n" * 500
    script.intercept = lambda command: flood if command == "IDLE" else None
    script.later = lambda: soon(lambda: waits.begun == script.commands.count("IDLE"))
    with watching(**settings(script)) as watched:
        assert soon(lambda: watched.news > 3)
    assert waits.begun - 1 <= waits.spoken == watched.stop.seconds.count(0.2)


def test_words_without_news_wake_nobody(script: Script) -> None:
    script.intercept = lambda command: b"+ idling\r\n* OK still here\r\n" if command == "IDLE" else None
    with watching(**settings(script)) as watched:
        assert soon(lambda: idles(script) > 2)
        assert watched.news == 0


def test_a_refused_sign_in_ends_the_watch_at_once(script: Script) -> None:
    script.intercept = lambda command: b"TAG NO [AUTHENTICATIONFAILED] no\r\n" if "LOGIN" in command else None
    with watching(**settings(script)) as watched:
        assert soon(lambda: watched.error is not None)
    assert script.sessions == 1


@pytest.mark.parametrize(("capabilities", "refused"), [("IMAP4rev1", ""), ("IMAP4rev1 IDLE", "EXAMINE")])
def test_a_server_that_cannot_tell_is_left_to_polling(script: Script, capabilities: str, refused: str) -> None:
    script.capabilities = capabilities
    script.intercept = lambda command: b"TAG NO not here\r\n" if refused and command.startswith(refused) else None
    with watching(**settings(script)) as watched:
        assert soon(lambda: not watched.thread.is_alive())
    assert (watched.error, script.sessions) == (None, 1)


def test_a_busy_server_is_asked_again_later(script: Script) -> None:
    busy = iter([b"TAG NO [UNAVAILABLE] later\r\n"])
    script.intercept = lambda command: next(busy, None) if command.startswith("EXAMINE") else None
    with watching(**settings(script)):
        assert soon(lambda: idles(script) > 0)
