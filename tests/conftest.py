"""The cast, the clock, an empty store, and a machine without a network."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import settings

from agent.store.db import Store, open_store
from agent.store.schema import metadata

pytest_plugins = ["tests.servers.fixtures", "tests.servers.radicale", "tests.servers.postgres"]

SQLITE = "sqlite"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning
settings.register_profile("house", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "house")


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast: a name and the addresses that are theirs, the usual one first."""

    name: str
    addresses: tuple[str, ...]

    @property
    def address(self) -> str:
        """The usual address."""
        return self.addresses[0]


class Clock:
    """A clock that stands still until it is moved. Deadlines by time.monotonic go on as ever."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    @property
    def now(self) -> datetime:
        """What every caller is told: aware, UTC."""
        return datetime.now(UTC)

    def move_to(self, instant: datetime) -> None:
        """Make it `instant` (aware)."""
        self._traveller.move_to(instant, tick=False)

    def advance(self, **step: float) -> datetime:
        """Go on by timedelta(**step); the new instant."""
        self.move_to(self.now + timedelta(**step))
        return self.now


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever is marked `stores("sqlite", "postgresql")` has the store once in each."""
    marked = metafunc.definition.get_closest_marker("stores")
    if marked and "store" in metafunc.fixturenames:
        each = [pytest.param(name, marks=[] if name == SQLITE else pytest.mark.server) for name in marked.args]
        metafunc.parametrize("store", each, indirect=True)


@pytest.fixture(scope="session")
def alice() -> Member:
    """The owner."""
    return Member("Alice Lindqvist", ("alice@lindqvist.example.com", "alice.lindqvist@gmail.com"))


@pytest.fixture(scope="session")
def bob() -> Member:
    """A team mate of Alice, with a mailbox of his own."""
    return Member("Bob Adeyemi", ("bob@lindqvist.example.com",))


@pytest.fixture(scope="session")
def charlie() -> Member:
    """Somebody on the same installation who must see nothing of the others."""
    return Member("Charlie Moreau", ("charlie@moreau.example.org",))


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The time stands still at START."""
    with time_machine.travel(START, tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store in a SQLite file of its own; in another database where `stores` says so."""
    lite = getattr(request, "param", SQLITE) == SQLITE
    opened = open_store(f"sqlite:///{tmp_path / 'weaktie.db'}" if lite else request.getfixturevalue("postgres").url())
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine alone can be reached; anything else looks like a pulled cable."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_here(host):
            raise socket.gaierror(socket.EAI_NONAME, f"tests have no network: {host!r} cannot be looked up")
        return resolve(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))


def _guarded(connect: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != socket.AF_UNIX and not _is_here(address[0]):
            raise OSError(101, f"tests have no network: {address!r} cannot be reached")
        return connect(self, address)

    return guarded


def _is_here(host: Any) -> bool:
    text = host.decode() if isinstance(host, bytes) else host
    if text in (None, "", "localhost"):
        return True
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return found.is_loopback or found.is_unspecified
