"""When a job is due again: after its interval, later after each failure, and an hour at least after a refusal."""

from __future__ import annotations

from datetime import datetime, timedelta

from agent.app import App
from agent.errors import WeaktieError
from agent.store import jobs
from agent.store.db import Connection
from agent.store.jobs import JobRow
from connectors.errors import AuthFailed, ConnectorError, OverQuota

Error = ConnectorError | WeaktieError
LONGEST_PAUSE = timedelta(hours=6)
REFUSED_PAUSE = timedelta(hours=1)
SLACK = timedelta(seconds=45)
FURTHEST = timedelta(days=8)
"""No job rests longer: what is due later than that was noted by a clock that was wrong."""

LEFT_ALONE = (AuthFailed.__name__, OverQuota.__name__)


def is_due(app: App, name: str, now: datetime, *, anyway: bool = False) -> bool:
    """Whether a job's time has come. `anyway` (cron's tick) waits only where a server wants to be left alone."""
    with app.store.read() as connection:
        row = jobs.listed(connection, app.owner.id).get(name)
    if row is None or row.next_due is None:
        return True
    if anyway and not row.last_error.startswith(LEFT_ALONE):
        return True
    wait = row.next_due - now
    return wait <= SLACK or wait > max(FURTHEST, timedelta(minutes=app.config.capture.every_minutes))


def done(app: App, name: str, now: datetime, next_due: datetime | None = None, result: str = "") -> None:
    """A job came to its end; due again after the capture interval, or at the time given. `result` is for doctor."""
    with app.store.write() as connection:
        note_done(connection, app, name, now, next_due, result)


def note_done(
    connection: Connection, app: App, name: str, now: datetime, next_due: datetime | None = None, result: str = ""
) -> None:
    """As `done`, within the transaction that stores what came of it."""
    every = timedelta(minutes=app.config.capture.every_minutes)
    jobs.finished(connection, app.owner.id, name, now, next_due or now + every, result)


def wake(app: App, name: str, now: datetime) -> None:
    """The owner mended what a job paused for: it is due now."""
    with app.store.write() as connection:
        if name in jobs.listed(connection, app.owner.id):
            jobs.failed(connection, app.owner.id, JobRow(name, None, None, "", 0), now)


def broke_off(app: App, name: str, now: datetime, error: Error) -> None:
    """A job failed: the pause doubles with every failure in a row; servers lock accounts that keep trying."""
    every = timedelta(minutes=app.config.capture.every_minutes)
    with app.store.write() as connection:
        before = jobs.listed(connection, app.owner.id).get(name)
        failures = (before.failures if before else 0) + 1
        pause = min(every * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
        if isinstance(error, AuthFailed):
            pause = max(pause, REFUSED_PAUSE)
        if isinstance(error, OverQuota):
            pause = max(pause, timedelta(seconds=min(error.wait, FURTHEST.total_seconds())))
        row = JobRow(name, None, None, f"{type(error).__name__}: {error}", failures)
        jobs.failed(connection, app.owner.id, row, now + pause)
