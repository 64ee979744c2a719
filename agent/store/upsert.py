"""INSERT … ON CONFLICT DO UPDATE in the dialect at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.sql.dml import Insert

from agent.store.db import Connection


def upsert(
    connection: Connection, table: Table, keys: Sequence[str], changes: Callable[[Any], dict[str, Any]]
) -> Insert:
    """Insert, or where `keys` exist already apply `changes(new)`; `new` has the columns that were offered."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        lite = sqlite.insert(table)
        return lite.on_conflict_do_update(index_elements=list(keys), set_=changes(lite.excluded))
    from sqlalchemy.dialects import postgresql

    post = postgresql.insert(table)
    return post.on_conflict_do_update(index_elements=list(keys), set_=changes(post.excluded))
