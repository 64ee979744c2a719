"""Fixtures of the real servers; tests/conftest.py names this module in `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.servers import dovecot as dovecot_server
from tests.servers import smtp

if TYPE_CHECKING:
    from tests.servers.google import Google


@pytest.fixture(scope="session")
def dovecot_process() -> Iterator[dovecot_server.Server]:
    """One Dovecot a test process; under pytest-xdist one a worker."""
    with dovecot_server.running() as server:
        yield server


@pytest.fixture
def dovecot(dovecot_process: dovecot_server.Server) -> Iterator[dovecot_server.Account]:
    """An account of its own for every test: `dovecot.settings()` opens a source or outlet on it."""
    account = dovecot_process.account()
    yield account
    account.close()


@pytest.fixture
def smtp_server() -> Iterator[smtp.Server]:
    """A submission server in this process: `smtp_server.inbox` is what it accepted, `.rules` how it misbehaves."""
    with smtp.running() as server:
        yield server


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    """Google's services in this process: `google.mail`, `.calendars`, `.oauth`; `.fail()` plants a fault."""
    from connectors.google import client
    from tests.servers import google as google_server

    monkeypatch.setattr(client, "PAUSES", (0.0,) * len(client.PAUSES))
    monkeypatch.setitem(client.UNITS, "gmail", 1e9)
    monkeypatch.setitem(client.UNITS, "calendar", 1e9)
    with google_server.running() as server:
        yield server
