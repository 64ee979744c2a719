"""A first capture puts two indexes off; whatever becomes of it, they are there afterwards."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import inspect

from agent.capture.ledger import Book
from agent.capture.sync import sync
from agent.store import owners, sources
from agent.store.db import Store
from agent.store.schema import metadata
from connectors.errors import AuthFailed
from tests.agent.ahead_source import Letters
from tests.letters import ALICE, at

PUT_OFF = {"ix_participant_identity_id", "ix_interaction_identity_id_at"}


def capture(store: Store, letters: Letters, progress: Callable[[], None] = lambda: None) -> None:
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
        row = sources.ensure(connection, owner.id, "mail", "imap")
    book = Book(owner.id, frozenset({ALICE}), owner.salt, at("2026-03-02"))
    with closing(letters) as source:
        sync(store, book, source, row, lambda *_: progress())


def missing(store: Store) -> set[str]:
    """The indexes that the schema has and the store has not."""
    with store.read() as connection:
        look = inspect(connection)
        there = {index["name"] for table in metadata.tables for index in look.get_indexes(table)}
    return {str(index.name) for table in metadata.tables.values() for index in table.indexes} - there


def test_a_first_capture_puts_them_off_and_makes_them_at_its_end(store: Store) -> None:
    seen: list[set[str]] = []
    capture(store, Letters(count=2), lambda: seen.append(missing(store)))
    assert seen == [PUT_OFF] * 4
    assert missing(store) == set()


def test_later_captures_keep_them(store: Store) -> None:
    capture(store, Letters(count=2))
    seen: list[set[str]] = []
    capture(store, Letters(count=3), lambda: seen.append(missing(store)))
    assert seen == [set()] * 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, AuthFailed("The server refused the sign-in.")])
def test_one_that_breaks_off_makes_them_too(store: Store, error: BaseException | type[BaseException]) -> None:
    def broken() -> None:
        assert missing(store) == PUT_OFF
        raise error

    with pytest.raises((KeyboardInterrupt, AuthFailed)):
        capture(store, Letters(count=2), broken)
    assert missing(store) == set()


def test_after_one_that_died_the_next_makes_up_for_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def death(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr("agent.store.loading.end", death)
        with pytest.raises(SystemExit):
            capture(store, Letters(count=2))
    assert missing(store) == PUT_OFF
    capture(store, Letters(count=3))
    assert missing(store) == set()
