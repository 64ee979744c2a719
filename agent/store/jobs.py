"""What is due: a column, not a timer, so that a restart forgets nothing and missed runs coalesce into one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, bindparam, insert, select, update

from agent.store.db import Connection
from agent.store.schema import job

_MINE = update(job).where(job.c.owner_id == bindparam("owner"), job.c.name == bindparam("job"))
_FINISHED = _MINE.values(
    last_ok=bindparam("at"),
    next_due=bindparam("due"),
    last_error="",
    failures=0,
    result=bindparam("told"),
)
_FAILED = _MINE.values(
    next_due=bindparam("due"),
    last_error=bindparam("told"),
    failures=bindparam("times"),
)


@dataclass(frozen=True, slots=True)
class JobRow:
    """One recurring job of an owner and how it went."""

    name: str
    next_due: datetime | None
    last_ok: datetime | None
    last_error: str
    failures: int
    result: str = ""


def listed(connection: Connection, owner_id: int) -> dict[str, JobRow]:
    """Name → job, for those that have run at least once."""
    columns = (job.c.name, job.c.next_due, job.c.last_ok, job.c.last_error, job.c.failures, job.c.result)
    rows = connection.execute(select(*columns).where(job.c.owner_id == owner_id))
    return {row.name: JobRow(*row) for row in rows}


def finished(
    connection: Connection, owner_id: int, name: str, at: datetime, next_due: datetime, result: str = ""
) -> None:
    """A run came to its end; the next one is due at `next_due`. `result` says what it found, where that is kept."""
    _save(connection, _FINISHED, owner_id, name, {"at": at, "due": next_due, "told": result})


def failed(connection: Connection, owner_id: int, row: JobRow, next_due: datetime) -> None:
    """A run broke off; `row` carries the error and the number of failures in a row."""
    _save(
        connection,
        _FAILED,
        owner_id,
        row.name,
        {"due": next_due, "told": row.last_error, "times": row.failures},
    )


def _save(connection: Connection, change: Update, owner_id: int, name: str, values: dict[str, object]) -> None:
    told = {"owner": owner_id, "job": name, **values}
    if not connection.execute(change, told).rowcount:
        connection.execute(insert(job), {"owner_id": owner_id, "name": name})
        connection.execute(change, told)
