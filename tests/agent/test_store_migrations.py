"""The first migration and the schema say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from agent.store.db import Store, open_store
from agent.store.migrate import HEAD, current, upgrade
from agent.store.schema import metadata


@pytest.fixture
def migrated(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'migrated.db'}")
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
                sorted(look.get_indexes(table), key=str),
            )
            for table in metadata.tables
        }
