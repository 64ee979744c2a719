"""INSERT … ON CONFLICT DO UPDATE in the dialect at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.sql.dml import Insert

from agent.store.db import Connection, insert_into


def upsert(
    connection: Connection, table: Table, keys: Sequence[str], changes: Callable[[Any], dict[str, Any]]
) -> Insert:
    """Insert, or where `keys` exist already apply `changes(new)`; `new` has the columns that were offered."""
    new = insert_into(connection, table)
    return new.on_conflict_do_update(index_elements=keys, set_=changes(new.excluded))
