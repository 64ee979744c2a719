"""What is due: a column, not a timer, so that a restart forgets nothing and missed runs coalesce into one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from agent.store.db import Connection
from agent.store.schema import job
from agent.store.upsert import upsert


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
    when = {"last_ok": at, "last_started": at, "next_due": next_due}
    _save(connection, owner_id, name, {**when, "last_error": "", "failures": 0, "result": result})


def failed(connection: Connection, owner_id: int, row: JobRow, at: datetime, next_due: datetime) -> None:
    """A run broke off; `row` carries the error and the number of failures in a row."""
    values = {"last_started": at, "next_due": next_due, "last_error": row.last_error, "failures": row.failures}
    _save(connection, owner_id, row.name, values)


def _save(connection: Connection, owner_id: int, name: str, values: dict[str, object]) -> None:
    statement = upsert(connection, job, ("owner_id", "name"), lambda new: {key: new[key] for key in values})
    connection.execute(statement, [{"owner_id": owner_id, "name": name, **values}])
