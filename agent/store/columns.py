"""What columns are made of, and the one list of tables: instants in whole UTC seconds, ids, references, defaults."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
    event,
    false,
)
from sqlalchemy import text as sql

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as seconds since 1970 so that every database compares it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Aware datetime → whole seconds; a naive one is a bug and raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r} offered to the store")
        return int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Whole seconds → aware UTC datetime."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")


def row_id() -> Column[int]:
    """The number a row goes by."""
    return Column("id", BigId, primary_key=True, autoincrement=True)


def ref(table: str, *, primary_key: bool = False, nullable: bool = False, name: str = "") -> Column[int]:
    """The row of another table that this one belongs to, and goes with."""
    key = ForeignKey(f"{table}.id", ondelete="CASCADE")
    return Column(name or f"{table}_id", BigId, key, primary_key=primary_key, nullable=nullable)


def flag(name: str) -> Column[bool]:
    """Yes or no; no, unless said."""
    return Column(name, Boolean, nullable=False, server_default=false())


def text(name: str) -> Column[str]:
    """Text; empty, unless given."""
    return Column(name, Text, nullable=False, server_default="")


def partial_index(name: str, *columns: Column[Any], where: str, sqlite: str = "") -> Index:
    """An index of those rows only for which `where` holds; a query uses it where it says the same.

    `sqlite`: how SQLAlchemy says it to SQLite, where that differs.
    """
    return Index(name, *columns, sqlite_where=sql(sqlite or where), info={"postgresql_where": where})


@event.listens_for(metadata, "before_create")
def _partial_on_postgresql(_metadata: MetaData, connection: Connection, **_: Any) -> None:
    """Said only now: to speak of PostgreSQL loads what SQLAlchemy knows of it, a tenth of a start on SQLite."""
    if connection.dialect.name == "postgresql":
        for index in (index for table in metadata.tables.values() for index in table.indexes):
            if where := index.info.get("postgresql_where"):
                index.dialect_options["postgresql"]["where"] = sql(where)


def instant(name: str) -> Column[Any]:
    """An instant, or none."""
    return Column(name, Instant, nullable=True)
