"""One exchange, one deadline: whoever outlasts it is cut off, and nobody else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from connectors.net import Watchdog


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    with here, there:
        here.settimeout(10)
        yield here, there


@pytest.fixture
def dog(line: tuple[socket.socket, socket.socket]) -> Iterator[Watchdog]:
    watchdog = Watchdog()
    watchdog.guard(line[0])
    yield watchdog
    watchdog.release()


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "watchdog"]


def test_a_read_that_outlasts_its_deadline_ends(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    with dog.within(0.05):
        assert line[0].recv(1) == b""
    assert dog.fired


def test_a_deadline_before_the_last_one_is_kept(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    with dog.within(60):
        pass
    began = time.monotonic()
    with dog.within(0.05):
        assert line[0].recv(1) == b""
    assert time.monotonic() - began < 5


def test_one_inside_another_has_no_longer_than_that(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    with dog.within(0.05), dog.within(60):
        assert line[0].recv(1) == b""
    assert dog.fired


def test_the_one_around_it_goes_on_after_it(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    with dog.within(0.1):
        with dog.within(60):
            pass
        assert line[0].recv(1) == b""


def test_an_exchange_that_ended_in_time_is_not_cut_later(
    dog: Watchdog, line: tuple[socket.socket, socket.socket]
) -> None:
    with dog.within(0.05):
        pass
    (thread,) = threads()
    thread.join(10)
    assert not dog.fired
    line[1].sendall(b"x")
    assert line[0].recv(1) == b"x"


def test_it_watches_again_after_its_thread_has_ended(dog: Watchdog, line: tuple[socket.socket, socket.socket]) -> None:
    with dog.within(0.01):
        pass
    threads()[0].join(10)
    with dog.within(0.05):
        assert line[0].recv(1) == b""


def test_many_exchanges_take_one_thread_and_none_is_left(dog: Watchdog) -> None:
    for _ in range(100):
        with dog.within(60):
            pass
    (thread,) = threads()
    dog.release()
    thread.join(10)
    assert threads() == []
