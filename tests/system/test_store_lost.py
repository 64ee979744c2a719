"""A store that is cut, deleted, or whose server goes away in the middle: the sources bring everything back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from agent.errors import StoreAway, StoreError
from agent.store.db import Store, open_store
from agent.store.schema import metadata
from connectors.errors import Unavailable
from connectors.imap import cursor
from tests.servers import dovecot as dovecot_server
from tests.servers import postgres as postgres_server
from tests.servers.process import forked
from tests.system.test_capture_every_call import prepared, sync
from tests.system.test_crash_points import facts, fill

pytestmark = pytest.mark.server

LEDGER = """
SELECT m.key, m.outcome, i.value, x.direction FROM message m LEFT JOIN interaction x ON x.message_id = m.id
LEFT JOIN identity i ON i.id = x.identity_id ORDER BY m.key, i.value, x.direction
"""


@pytest.fixture
def mailbox(dovecot: dovecot_server.Account, monkeypatch: pytest.MonkeyPatch) -> dovecot_server.Account:
    monkeypatch.setattr(cursor, "PAGE", 3)
    fill(dovecot, 1)
    return dovecot


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{path}")) as store:
        metadata.create_all(store.engine)
        prepared(store)
        yield store


def synced(path: Path, mailbox: dovecot_server.Account) -> list[Any]:
    with opened(path) as store:
        sync(store, mailbox)
    return facts(path)


def sync_and_leave_the_log(path: Path, username: str, port: int) -> None:
    """In a process of its own, which ends without writing the log back into the file."""
    import os

    with opened(path) as store:
        sync(store, _Account(username, port))
        os._exit(0)


class _Account:
    """What `sync` needs of an account, in a process that has no server."""

    def __init__(self, username: str, port: int) -> None:
        self.username, self.port = username, port

    def settings(self) -> dict[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "tls": "none",
            "username": self.username,
            "password": lambda: dovecot_server.PASSWORD,
        }


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 0.9, 0.99])
def test_a_log_that_was_cut_costs_its_last_batches_and_the_next_sync_reads_them_again(
    mailbox: dovecot_server.Account, tmp_path: Path, kept: float
) -> None:
    expected = synced(tmp_path / "whole.db", mailbox)
    path = tmp_path / "cut.db"
    with opened(path):
        pass
    assert forked(sync_and_leave_the_log, path, mailbox.username, mailbox.port) == 0
    log = path.with_name("cut.db-wal")
    raw = log.read_bytes()
    assert len(raw) > 100_000
    log.write_bytes(raw[: int(len(raw) * kept)])
    assert synced(path, mailbox) == expected


def test_a_store_deleted_while_it_is_used_is_made_anew(mailbox: dovecot_server.Account, tmp_path: Path) -> None:
    expected = synced(tmp_path / "whole.db", mailbox)
    path = tmp_path / "gone.db"

    def deleted() -> None:
        for name in ("gone.db", "gone.db-wal", "gone.db-shm"):
            path.with_name(name).unlink(missing_ok=True)

    with opened(path) as store:
        meanwhile(store, mailbox, after=3, happens=deleted)
    assert synced(path, mailbox) == expected


@pytest.mark.parametrize("after", range(1, 6))
def test_a_database_server_that_ends_our_connections_is_told_and_asked_again(
    mailbox: dovecot_server.Account, postgres: postgres_server.Server, after: int
) -> None:
    whole, cut = postgres.url(), postgres.url()
    expected = ledger(whole, mailbox)
    with on_postgres(cut) as store:
        struck = meanwhile(store, mailbox, after=after, happens=lambda: ended(cut))
        assert isinstance(struck, StoreAway)
        assert struck.exit_code == 75
    assert ledger(cut, mailbox) == expected


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_a_transaction_that_has_to_give_way_is_told_and_entered_again(
    mailbox: dovecot_server.Account, postgres: postgres_server.Server, state: str
) -> None:
    url = postgres.url()
    expected = ledger(postgres.url(), mailbox)
    with on_postgres(url) as store:
        left = [40]

        def give_way(_c: Any, running: Any, *_: Any) -> None:
            left[0] -= 1
            if left[0] == 0:
                running.execute(f"DO $$ BEGIN RAISE EXCEPTION 'gave way' USING ERRCODE = '{state}'; END $$")

        event.listen(store._readers, "before_cursor_execute", give_way)
        with pytest.raises(StoreAway, match="gave way"):
            sync(store, mailbox)
    assert ledger(url, mailbox) == expected


def meanwhile(
    store: Store, mailbox: dovecot_server.Account, after: int, happens: Callable[[], None]
) -> BaseException | None:
    """Something happens after so many commits of a sync; what the sync ended with."""
    left = [after]

    def committed(_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            happens()

    event.listen(store._readers, "commit", committed)
    try:
        sync(store, mailbox)
    except (StoreError, Unavailable) as error:
        return error
    finally:
        event.remove(store._readers, "commit", committed)
    return None


@contextmanager
def on_postgres(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as store:
        metadata.create_all(store.engine)
        prepared(store)
        yield store


def ledger(url: str, mailbox: dovecot_server.Account) -> list[Any]:
    """What PostgreSQL knows after a sync that nothing disturbs."""
    with on_postgres(url) as store:
        sync(store, mailbox)
        with store.read() as connection:
            return [tuple(row) for row in connection.execute(text(LEDGER))]


def ended(url: str) -> None:
    """Every connection to this database is ended by its server, as in a restart."""
    import psycopg

    address = make_url(url)
    place = f"host={address.host} port={address.port} user={address.username} dbname=postgres"
    with psycopg.connect(place, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (address.database,)
        )
