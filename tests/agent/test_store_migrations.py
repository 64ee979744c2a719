"""The migrations, the schema, and a store made at once say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from agent.capture.keys import older_key
from agent.store import forms
from agent.store.db import Store, open_store
from agent.store.migrate import HEAD, current, migrate, upgrade
from agent.store.schema import metadata


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'migrated.db'}")
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'made.db'}")
    upgrade(store)
    yield store
    store.close()


def test_migrating_an_empty_database_gives_the_schema(migrated: Store) -> None:
    with migrated.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert current(migrated) == HEAD


def test_keys_defaults_and_cascades_are_those_of_the_schema(migrated: Store, store: Store) -> None:
    assert shape(migrated) == shape(store)


def test_a_store_made_at_once_is_one_that_went_through_every_revision(migrated: Store, made: Store) -> None:
    assert current(made) == HEAD
    assert shape(made) == shape(migrated)
    upgrade(made)
    migrate(made)
    for store in (migrated, made):
        with store.read() as connection:
            assert connection.execute(text("SELECT * FROM alembic_version")).all() == [(HEAD,)]


def shape(store: Store) -> dict[str, Any]:
    """What comparing metadata does not see: primary keys, names of constraints, defaults, what happens on delete."""
    with store.read() as connection:
        look = inspect(connection)
        return {
            table: (
                [(c["name"], str(c["type"]), c["nullable"], str(c["default"])) for c in look.get_columns(table)],
                look.get_pk_constraint(table),
                sorted(look.get_foreign_keys(table), key=str),
                sorted(look.get_unique_constraints(table), key=str),
                sorted(
                    (index["name"], index["column_names"], index["unique"], _where(index))
                    for index in look.get_indexes(table)
                ),
            )
            for table in metadata.tables
        }


def _where(index: Any) -> str:
    return str(index.get("dialect_options", {}).get("sqlite_where", ""))


def test_the_form_of_the_ties_is_kept_on_the_way(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'older.db'}")
    migrate(store, "0006")
    with store.write() as connection:
        connection.execute(text("INSERT INTO owner (name, salt, rhythm_form) VALUES ('Alice', 'x', 'abc')"))
    upgrade(store)
    with store.read() as connection:
        assert forms.noted(connection, 1) == {"ties": "abc"}
    store.close()


def test_keys_of_old_are_marked_on_the_way(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'older.db'}")
    migrate(store, "0009")
    values = "(1, '{key}', '{channel}', 0, 'person', 'interaction')"
    rows = [values.format(key=digit * 40, channel=channel) for digit, channel in (("a", "mail"), ("b", "meeting"))]
    with store.write() as connection:
        connection.execute(text("INSERT INTO owner (name, salt) VALUES ('Alice', 'x')"))
        columns = "owner_id, key, channel, at, kind, outcome"
        connection.execute(text(f"INSERT INTO message ({columns}) VALUES {', '.join(rows)}"))
    upgrade(store)
    with store.read() as connection:
        found = connection.scalars(text("SELECT key FROM message ORDER BY id")).all()
    assert found == [older_key("a" * 40), "mmmmm" + "b" * 35]
    store.close()
