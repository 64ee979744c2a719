"""How SQLite goes about what is asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from agent.store.db import Connection


@contextmanager
def plans(connection: Connection, table: str) -> Iterator[list[str]]:
    """The steps taken over `table` by each statement inside (EXPLAIN QUERY PLAN), such as "SEARCH … USING INDEX …"."""
    found: list[str] = []

    def note(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if f"FROM {table}" in statement:
            rows = cursor.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(step for *_, step in rows if f" {table}" in step)

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", note)
