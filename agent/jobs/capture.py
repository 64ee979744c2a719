"""Sources into the ledger, and what follows from it: aliases, people, ties."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from agent.app import App, opener
from agent.capture import anew
from agent.capture import sync as capture
from agent.capture.ledger import Tally
from agent.capture.sync import Progress
from agent.config import SourceSettings
from agent.errors import WeaktieError
from agent.jobs import pace
from agent.jobs.pace import Error
from agent.store import sources
from connectors.errors import ConnectorError


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll of one source brought, or the error it broke off with."""

    name: str
    tally: Tally
    error: Error | None = None


def sync(app: App, now: datetime, only: str | None = None, progress: Progress | None = None) -> list[Polled]:
    """Poll one source or all; a failure of one does not keep the others from being read."""
    chosen = [app.settings_of(only)] if only else list(app.config.sources)
    return [poll(app, settings, now, progress) for settings in chosen]


def poll(app: App, settings: SourceSettings, now: datetime, progress: Progress | None = None) -> Polled:
    """Poll one source, and note when it is next due."""
    row, book = app.opened(settings, now)
    try:
        again = opener(settings, app.config.owner.timezone, now, book.folders)
        with closing(again()) as source:
            tally = capture.sync(app.store, book, source, row, progress, again)
        with app.store.write(repeatable=not tally.seen) as connection:  # what was read is on disk before it counts
            sources.succeeded(connection, row.id, now)
            pace.note_done(connection, app, job_of(settings), now)
    except (ConnectorError, WeaktieError) as error:
        pace.broke_off(app, job_of(settings), now, error)
        return Polled(settings.name, Tally(), error)
    return Polled(settings.name, tally)


def job_of(settings: SourceSettings) -> str:
    """The name a source's polls are scheduled under."""
    return f"sync:{settings.name}"


def settle(app: App, now: datetime) -> None:
    """After capture: learn aliases, judge people of whom something new was seen, bring their ties up to date."""
    anew.settle(app.store, app.book(now), now)
