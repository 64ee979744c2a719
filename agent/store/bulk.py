"""Many rows at once, past the ORM-grade care of SQLAlchemy for each: plain tuples straight into the driver.

Values come as the database keeps them (`agent.store.rows`): seconds for instants, text for JSON columns. Measured on
the tables of capture it takes a third of what a list of dictionaries through Core does. And many values in one
parameter (`among`), for whatever is asked about more than the few words of a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import JSON, BindParameter, ColumnElement, Select, String, Table, bindparam, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from agent.store.db import Connection

IGNORE = "ON CONFLICT DO NOTHING"
PORTION = 5_000


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


_EACH = {
    "sqlite": "(SELECT value FROM json_each({listed}))",
    "postgresql": "(SELECT CAST(value AS {kind}) FROM json_array_elements_text({listed}))",
}


class _Each(FunctionElement[Any]):
    """What stands in a list that is one parameter, written as JSON and taken apart by the database; for IN."""

    inherit_cache = True

    def __init__(self, listed: BindParameter[Any], kind: TypeEngine[Any]) -> None:
        super().__init__(listed)
        self.type = kind


@compiles(_Each)
def _each(element: _Each, compiler: SQLCompiler, **options: Any) -> str:
    kind = "TEXT" if isinstance(element.type, String) else "BIGINT"
    return _EACH[compiler.dialect.name].format(listed=compiler.process(element.clauses, **options), kind=kind)


def among(column: ColumnElement[Any], values: Iterable[Any] | BindParameter[Any]) -> ColumnElement[bool]:
    """That a column of texts or whole numbers holds one of these values, however many; never, where there are none.

    A text with a NUL is found by neither database: PostgreSQL stores none, and SQLite's JSON ends there.

    SQLAlchemy's own IN is another statement for each number of values, and keeps them until garbage is collected: it
    is for the few we list ourselves. A statement that is put together once has `several(name)` in place of values.
    """
    listed = values if isinstance(values, BindParameter) else bindparam(None, list(values), JSON, unique=True)
    return column.bool_op("IN")(_Each(listed, column.type))


def several(name: str) -> BindParameter[Any]:
    """The values of `among`, given as a list when the statement is executed."""
    return bindparam(name, type_=JSON)


def portions(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Any]]:
    """The rows of a query that may have very many, fetched by the thousand: one by one takes longer."""
    return chain.from_iterable(connection.execute(query).partitions(PORTION))


def next_ids(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """Ids nobody has: on SQLite, where this transaction is the only writer, those behind the last; else a sequence."""
    if connection.dialect.name == "sqlite":
        last = connection.exec_driver_sql(f'SELECT max(id) FROM "{table.name}"').scalar() or 0  # noqa: S608 - own name
        return range(last + 1, last + 1 + count)
    sequence = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
    return connection.scalars(select(sequence).select_from(func.generate_series(1, count))).all()
