"""One exchange, one deadline: whoever outlasts it is cut off, and nobody else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from connectors import net
from connectors.net import Watchdog
from tests.servers.process import PATIENCE, soon


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        here.settimeout(PATIENCE / 2)
        yield here, there


@pytest.fixture
def dog(line: tuple[socket.socket, socket.socket]) -> Iterator[Watchdog]:
    watchdog = Watchdog()
    watchdog.guard(line[0])
    yield watchdog
    watchdog.release()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by the watchdog's clock, which moves when it is set: on a busy machine any exchange may last."""
    moment = [time.monotonic()]
    monkeypatch.setattr(net, "time", SimpleNamespace(monotonic=lambda: moment[0]))
    return moment


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "watchdog"]


def test_a_read_that_outlasts_its_deadline_ends(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    with dog.within(0.05):
        assert line[0].recv(1) == b""
    assert dog.fired


def test_a_deadline_before_the_last_one_is_kept(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    with dog.within(PATIENCE):
        pass
    with dog.within(0.05):
        assert line[0].recv(1) == b""  # the line itself would give up, with an error, before the longer deadline


def test_one_inside_another_has_no_longer_than_that(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    with dog.within(0.05), dog.within(60):
        assert line[0].recv(1) == b""
    assert dog.fired


def test_a_line_that_came_about_late_has_its_time_from_then_on(line: tuple[socket.socket, socket.socket]) -> None:
    dog = Watchdog()
    with dog.within(0.05):
        assert soon(lambda: dog.fired)
        dog.guard(line[0])
        line[0].sendall(b"still open")
        assert line[0].recv(1) == b""
    dog.release()


def test_the_one_around_it_goes_on_after_it(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    with dog.within(0.1):
        with dog.within(60):
            pass
        assert line[0].recv(1) == b""


def test_an_exchange_that_ended_in_time_is_not_cut_later(
    dog: Watchdog, line: tuple[socket.socket, socket.socket], now: list[float]
) -> None:
    with dog.within(0.05):
        pass
    until_it_looked_up(now)
    assert not dog.fired
    line[1].sendall(b"x")
    assert line[0].recv(1) == b"x"


def test_it_watches_again_after_there_was_nothing_to_watch(
    dog: Watchdog, line: tuple[socket.socket, socket.socket], now: list[float]
) -> None:
    with dog.within(0.01):
        pass
    until_it_looked_up(now)
    assert not dog.fired
    with dog.within(0.05):
        now[0] += 1
        assert line[0].recv(1) == b""


def test_whoever_is_late_is_cut_and_nobody_else(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    other = Watchdog()
    here, there = socket.socketpair()
    with here, there, other.within(60), dog.within(0.05):
        other.guard(here)
        assert line[0].recv(1) == b""
        there.sendall(b"x")
        assert here.recv(1) == b"x"
        other.release()
    assert (dog.fired, other.fired) == (True, False)


def test_many_exchanges_of_many_take_one_thread(dog: Watchdog) -> None:
    with dog.within(60):
        for _ in range(100):
            with Watchdog().within(60):
                pass
    assert len(threads()) == 1


def until_it_looked_up(now: list[float]) -> None:
    """A later deadline than any before is kept: the thread has been through all of them."""
    here, there = socket.socketpair()
    last = Watchdog()
    with here, there:
        last.guard(here)
        with last.within(0.1):
            now[0] += 1
            assert here.recv(1) == b""
        last.release()
