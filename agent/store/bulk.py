"""Many rows at once, past the ORM-grade care of SQLAlchemy for each: plain tuples straight into the driver.

Values come as the database keeps them (`agent.store.rows`): seconds for instants, text for JSON columns. Measured on
the tables of capture it takes a third of what a list of dictionaries through Core does. And many values in one query.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, Select, Table, Text, cast, func, literal, select
from sqlalchemy.types import TypeEngine

from agent.store.db import Connection

IGNORE = "ON CONFLICT DO NOTHING"
DIALECTS = ("sqlite", "postgresql")


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


def listed(dialect: str, values: ColumnElement[str], kind: TypeEngine[Any] | None = None) -> Select[Any]:
    """What stands in a list written as JSON, as a query for `column.in_`; `kind` is the column's, if not of texts.

    SQLAlchemy's own IN is another statement for each number of values, and keeps them until garbage is collected.
    """
    if dialect == "sqlite":
        return select(func.json_each(values).table_valued("value").c.value)
    told = func.json_array_elements_text(cast(values, JSON)).table_valued("value").c.value
    return select(told if kind is None else cast(told, kind))


def among(connection: Connection, column: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """That a column holds one of these ids, however many they are."""
    given = literal(json.dumps(list(ids)), Text)
    return column.in_(listed(connection.dialect.name, given, BigInteger()))


def next_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Ids nobody has: on SQLite, where this transaction is the only writer, those behind the last; else a sequence."""
    if connection.dialect.name == "sqlite":
        last = connection.exec_driver_sql(f'SELECT max(id) FROM "{table.name}"').scalar() or 0  # noqa: S608 - own name
        return range(last + 1, last + 1 + count)
    sequence = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
    return connection.scalars(select(sequence).select_from(func.generate_series(1, count))).all()
