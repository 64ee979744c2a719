"""Alice's world as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.servers import dovecot as dovecot_server
from tests.servers import radicale as radicale_server
from tests.servers import smtp as smtp_server
from tests.system.world import World, alices


@pytest.fixture
def world(dovecot: dovecot_server.Account, clock: Clock, tmp_path: Path) -> Iterator[World]:
    """A mail account and nothing else; it is Monday, 2 March 2026, 09:00 UTC."""
    with alices(dovecot, tmp_path) as made:
        yield made


@pytest.fixture
def full_world(
    dovecot: dovecot_server.Account,
    radicale: radicale_server.Account,
    smtp_server: smtp_server.Server,
    clock: Clock,
    tmp_path: Path,
) -> Iterator[World]:
    """With a calendar, and send mode on."""
    radicale.calendar("work")
    with alices(dovecot, tmp_path, calendar=radicale, smtp=smtp_server) as made:
        yield made
