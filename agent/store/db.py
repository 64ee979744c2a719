"""The engine: one SQLite file (0600, WAL, durable commits) or PostgreSQL, and the two ways to hold a connection."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlalchemy.sql.dml import Insert

from agent.errors import StoreAway, StoreError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["Connection", "Store", "insert_ignore", "insert_into", "open_store"]

BUSY_MS = 30_000
CHECKPOINT_PAGES = 12_000
CRASHED = 70
"""The status a process ends with that was told to crash."""
UNREACHABLE = (
    "Is the server running",
    "connection timeout expired",
    "failed to resolve host",
    "server closed the connection",
    "the database system is",
)
"""PostgreSQL's English and its client's words for a server that takes nobody in just now: they give it no SQLSTATE."""
CROWDED = ("too many clients", "too many connections", "connection slots")
"""Its words for one without a place free, which gives SQLSTATE 53300 at most to those inside."""
AWAY = "Is PostgreSQL running, and is database.url right? Nothing is lost; try again when it is."
TAKEN = "Nothing is lost; try again when a connection is free, or allow more (max_connections, CONNECTION LIMIT)."
NO_SPACE = "Free some disk space where the database lies; nothing was half written. Then try again."
NO_ROOM = "Nothing was half written. Let the database server have more of what it lacks, or try again later."
AGAIN = "Nothing is lost; try again in a moment."
LATER: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    ((), UNREACHABLE, AWAY),
    (("53300",), CROWDED, TAKEN),
    (("53100",), ("disk is full",), NO_SPACE),
    (("53",), (), NO_ROOM),
    ((), ("locked",), "Another process holds the database; try again when it is done."),
    (("40", "57"), (), AGAIN),
)
"""What passes: how its SQLSTATE begins (PostgreSQL, appendix A: 53 no room, 40 rolled back, 57 shut down), or words;
and what to do."""

_COMMITS = count(1)


class Store:
    """A database of ours. `read()` and `write()` give a connection inside one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._readers = engine
        self._writers = engine.execution_options(weaktie_write=True)
        self._repeaters = self._writers.execution_options(weaktie_repeatable=True)
        self._adders = self._repeaters.execution_options(weaktie_adding=True)

    @property
    def engine(self) -> Engine:
        """The engine itself, for migrations."""
        return self._writers

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; never waits for a writer. Raises StoreError when the database cannot be read."""
        with _told(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def write(self, *, repeatable: bool = False, adding: bool = False) -> Iterator[Connection]:
        """One transaction, all or nothing, durable when the block ends. Raises StoreError when it cannot be.

        With `repeatable` it is not waited for until the disk has it: a failure of power may undo it, and whatever came
        after it. For work that the store itself then asks for again, as capture does with its cursor. With `adding`
        it is that too, and SQLite does not look up what each row refers to: for work that only adds to what it has
        itself read or written, as long as nobody else may remove anything.

        Tests of crashes end the process here: WEAKTIE_CRASH_AT=3+before (or 3+after) at its third commit.
        """
        with _told():
            engine = self._adders if adding else self._repeaters if repeatable else self._writers
            with engine.begin() as connection:
                yield connection
                number = next(_COMMITS)
                _crash_at(f"{number}+before")
            _crash_at(f"{number}+after")

    def close(self) -> None:
        """Let go of every connection."""
        self._readers.dispose()


def open_store(url: str) -> Store:
    """Open (or create) the database at a SQLAlchemy URL. Raises StoreError for an unusable one."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            _private(parsed.database)
        engine = create_engine(parsed, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(f"The database address is not usable: {error}.", hint="Set database.url.") from error
    except ModuleNotFoundError as error:
        raise StoreError(f"{error}.", hint="Install the extra: weaktie[postgres].") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return Store(engine)


def insert_into(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """INSERT in the dialect of this connection, for which ON CONFLICT can be said."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def insert_ignore(connection: Connection, table: Table) -> Insert:
    """INSERT … ON CONFLICT DO NOTHING; `rowcount` says how many were new.

    SQLAlchemy keeps that of an INSERT only where asked to: else psycopg, whose cursor is closed by then, tells -1.
    """
    return insert_into(connection, table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def _crash_at(point: str) -> None:
    if os.environ.get("WEAKTIE_CRASH_AT") == point:
        os._exit(CRASHED)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        cause, *_ = str(error.orig or error).split("\nMultiple connection attempts failed")
        later = _later(error, cause)
        kind = StoreAway if later else StoreError
        refusal, *_ = cause.split("\n")
        raise kind(f"The database refused: {refusal}.", hint=later or _advice(cause)) from error


def _later(error: DatabaseError, cause: str) -> str:
    """What to do where the same work may succeed later; empty where it would not."""
    state = getattr(error.orig, "sqlstate", None) or ""
    for states, words, hint in LATER:
        if state.startswith(states) or any(said in cause for said in words):
            return hint
    if _between_times(error):
        return AWAY
    return AGAIN if error.connection_invalidated else ""


def _between_times(error: DatabaseError) -> bool:
    """Whether the PostgreSQL that did not let us in is starting or going down, by libpq's PQping.

    It says so in words of its own language, and by now may be up: so both are asked. PQping does not know a full one.
    """
    refused = getattr(error.orig, "pgconn", None)
    if refused is None:
        return False
    from psycopg import pq
    from psycopg.conninfo import make_conninfo

    given = {option.keyword.decode(): option.val.decode() for option in refused.info if option.val}
    return pq.PGconn.ping(make_conninfo(**given).encode()) == pq.Ping.REJECT


def _advice(cause: str) -> str:
    if cause.startswith("connection "):
        return "Check the database, user and password of database.url."
    if "disk I/O error" in cause:
        return "The database's disk fails or has no space left: see to it, then try again. Nothing was half written."
    if "readonly" in cause:
        return "Check the permissions of the database file and of its folder: both have to be yours to write."
    if "malformed" in cause or "not a database" in cause:
        return (
            "The file is damaged. Put a backup in its place, or move it away: then `weaktie sync` reads everything "
            "anew from your sources, and only what you decided yourself (merges, wishes, drafts) is lost."
        )
    return "Run `weaktie doctor`."


def _private(database: str | None) -> None:
    """Make the folder 0700 and the file 0600 before SQLite can create it wider."""
    if not database or database == ":memory:":
        return
    path = Path(database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise StoreError(
            f"The database file {path} cannot be opened: {error.strerror}.",
            hint="Check the folder's owner and permissions, or set database.url.",
        ) from error


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # sqlite3's own BEGIN leaves DDL outside the transaction
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "secure_delete=ON",
        f"busy_timeout={BUSY_MS}",
        f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    writes = "weaktie_write" in options
    if writes:
        connection.exec_driver_sql(f"PRAGMA foreign_keys={'OFF' if 'weaktie_adding' in options else 'ON'}")
    connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if 'weaktie_repeatable' in options else 'FULL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
