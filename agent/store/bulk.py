"""Many rows at once, past the ORM-grade care of SQLAlchemy for each: plain tuples straight into the driver.

Values come as the database keeps them (`agent.store.rows`): seconds for instants, text for JSON columns.
Measured on the tables of
capture it takes a third of what a list of dictionaries through Core does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Select, Table, Text, bindparam, cast, func, select

from agent.store.db import Connection

IGNORE = "ON CONFLICT DO NOTHING"


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], conflict: str = ""
) -> None:
    """Insert tuples in the order of `columns`; `conflict` is the clause for rows that are there already."""
    if rows:
        quote = connection.dialect.identifier_preparer.quote
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        names, marks = ", ".join(map(quote, columns)), ", ".join([mark] * len(columns))
        statement = f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks}) {conflict}"  # noqa: S608 - own names
        connection.exec_driver_sql(statement, list(rows))


def listed(name: str) -> dict[str, Select[tuple[str]]]:
    """Dialect → the texts of the JSON list bound as `name`, for `column.in_`, in statements put together once.

    SQLAlchemy's own IN is another statement for each number of values, and keeps them until garbage is collected.
    """
    given = bindparam(name, type_=Text)
    calls = {
        "sqlite": func.json_each(given),
        "postgresql": func.json_array_elements_text(cast(given, JSON)),
    }
    return {dialect: select(call.table_valued("value").c.value) for dialect, call in calls.items()}


def next_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Ids nobody has: on SQLite, where this transaction is the only writer, those behind the last; else a sequence."""
    if connection.dialect.name == "sqlite":
        last = connection.exec_driver_sql(f'SELECT max(id) FROM "{table.name}"').scalar() or 0  # noqa: S608 - own name
        return range(last + 1, last + 1 + count)
    sequence = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
    return connection.scalars(select(sequence).select_from(func.generate_series(1, count))).all()
