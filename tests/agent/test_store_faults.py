"""A disk that is full or fails, a lock that does not come free, a damaged file: nothing is ever half written."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from agent.capture import ledger
from agent.capture.ledger import Book
from agent.errors import StoreAway, StoreError
from agent.store import db, owners, sources
from agent.store.db import Store, open_store
from agent.store.schema import metadata
from connectors.base import Batch
from tests.letters import ALICE, DANA, ERIK, at, batch, mail, meeting

NOW = at("2026-03-02 09:00")


def letters() -> tuple[Batch, Batch]:
    """Mail and a meeting; the second batch holds copies, a proof of sending and a changed meeting."""
    first = batch(
        mail("1", "2026-02-01", f"Dana Reed <{DANA}>", ALICE),
        mail("2", "2026-02-02", ALICE, [DANA, ERIK]),
        meeting("3", "2026-02-03 10:00", ALICE, DANA),
    )
    second = batch(
        mail("1", "2026-02-01", f"Dana Reed <{DANA}>", ALICE),
        mail("4", "2026-02-04", f"Erik Sund <{ERIK}>", ALICE),
        meeting("3", "2026-02-03 11:00", ALICE, ERIK),
    )
    return first, second


def book(store: Store) -> Book:
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
    return Book(owner.id, frozenset({ALICE}), owner.salt, NOW)


def enter(store: Store, rules: Book, one: Batch) -> None:
    with store.write() as connection:
        row = sources.ensure(connection, rules.owner_id, "mail", "imap")
        stream = sources.stream_id(connection, row.id, one.stream)
        ledger.write(connection, rules, stream, one)
        sources.save_cursor(connection, stream, one.cursor)


def contents(store: Store) -> list[Any]:
    """Every row of every table of capture."""
    tables = ("message", "participant", "interaction", "copy", "person", "identity", "name_seen", "tie", "stream")
    with store.read() as connection:
        return [sorted(map(str, connection.execute(text(f"SELECT * FROM {table}")))) for table in tables]


@contextmanager
def failing(store: Store, number: int) -> Iterator[Callable[[], int]]:
    """The `number`-th statement of this store fails as on a disk that does; tells how many there were."""
    ran = 0

    def count(*_: Any) -> None:
        nonlocal ran
        ran += 1
        if ran == number:
            raise OperationalError("", {}, sqlite3.OperationalError("disk I/O error"))

    event.listen(store._readers, "before_cursor_execute", count)
    yield lambda: ran
    event.remove(store._readers, "before_cursor_execute", count)


def test_whichever_statement_fails_the_batch_is_undone_and_can_be_entered_again(tmp_path: Path) -> None:
    first, second = letters()
    whole = fresh(tmp_path / "whole")
    rules = book(whole)
    enter(whole, rules, first)
    with failing(whole, 0) as ran:
        enter(whole, rules, second)
        statements = ran()
    expected = contents(whole)
    assert statements > 20
    for number in range(1, statements + 1):
        store = fresh(tmp_path / str(number))
        rules = book(store)
        enter(store, rules, first)
        before = contents(store)
        with failing(store, number), pytest.raises(StoreError, match="disk I/O error") as told:
            enter(store, rules, second)
        assert "see to it, then try again" in told.value.hint
        assert contents(store) == before
        enter(store, rules, second)
        assert contents(store) == expected
        store.close()
    whole.close()


def fresh(folder: Path) -> Store:
    opened = open_store(f"sqlite:///{folder / 'weaktie.db'}")
    metadata.create_all(opened.engine)
    return opened


def test_a_full_disk_is_told_and_undoes_the_batch(store: Store) -> None:
    rules = book(store)
    first, _ = letters()
    enter(store, rules, first)
    before = contents(store)
    event.listen(store.engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA max_page_count=1"))
    many = tuple(mail(str(n), "2026-02-05", f"Friend <friend{n}@people.example>", ALICE) for n in range(100, 900))
    with pytest.raises(StoreAway, match="full") as told:
        enter(store, rules, batch(*many))
    assert "Free some disk space" in told.value.hint
    assert contents(store) == before
    with store.read() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


def test_a_database_that_may_not_be_written_is_told(store: Store) -> None:
    event.listen(store.engine, "begin", lambda connection: connection.exec_driver_sql("PRAGMA query_only=1"))
    with pytest.raises(StoreError, match="readonly") as told:
        enter(store, book(store), letters()[0])
    assert "yours to write" in told.value.hint


def test_a_lock_that_does_not_come_free_is_told_and_readers_do_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_MS", 50)
    one, other = fresh(tmp_path / "store"), open_store(f"sqlite:///{tmp_path / 'store' / 'weaktie.db'}")
    with one.write():
        with pytest.raises(StoreError, match="locked") as told, other.write():
            pass
        with other.read() as connection:
            assert connection.scalar(text("SELECT count(*) FROM message")) == 0
    assert "try again" in told.value.hint
    one.close()
    other.close()


def test_what_a_row_refers_to_is_looked_up_but_in_work_that_only_adds(store: Store) -> None:
    stray = text("INSERT INTO name_seen (identity_id, name, times, last_day) VALUES (:who, 'Dana Reed', 1, 1)")
    with store.write(repeatable=True, adding=True) as connection:
        connection.execute(stray, {"who": 7})
    for repeatable in (False, True):
        with pytest.raises(StoreError, match="FOREIGN KEY"), store.write(repeatable=repeatable) as connection:
            connection.execute(stray, {"who": 8})


def test_a_writer_waits_for_the_one_before_it(tmp_path: Path) -> None:
    one, other = fresh(tmp_path / "store"), open_store(f"sqlite:///{tmp_path / 'store' / 'weaktie.db'}")
    begun, told = threading.Event(), []

    def later() -> None:
        begun.set()
        with other.write() as connection:
            told.append(owners.ensure(connection, "Bob").name)

    thread = threading.Thread(target=later)
    with one.write() as connection:
        thread.start()
        assert begun.wait(60)
        owners.ensure(connection, "Alice")
        assert told == []
    thread.join(60)
    assert told == ["Bob"]
    one.close()
    other.close()


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o400])
def test_a_store_others_could_read_is_made_private(tmp_path: Path, mode: int) -> None:
    fresh(tmp_path).close()
    file = tmp_path / "weaktie.db"
    file.chmod(mode)
    if mode == 0o400 and os.geteuid() != 0:
        pytest.skip("only root opens a file it may not write")
    open_store(f"sqlite:///{file}").close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_damaged_file_is_told_in_words(tmp_path: Path) -> None:
    fresh(tmp_path).close()
    file = tmp_path / "weaktie.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw = file.read_bytes()
    file.write_bytes(raw[:4096] + b"\xff" * (len(raw) - 4096))
    store = open_store(f"sqlite:///{file}")
    with pytest.raises(StoreError, match=r"malformed|not a database") as told, store.read() as connection:
        connection.execute(text("SELECT * FROM message")).all()
    assert "move it away: then `weaktie sync` reads everything anew" in told.value.hint
    store.close()
