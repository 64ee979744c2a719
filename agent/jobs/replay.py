"""A year of reports from the ledger as it stood each week: what the owner would have read. Nothing is delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from agent.app import App
from agent.jobs.reading import in_touch
from agent.report import figures
from agent.report.due import next_report
from agent.report.gather import gather
from agent.report.render import Rendered, render
from agent.report.shape import Previous, ReportData


def replay(app: App, until: datetime, weeks: int) -> Iterator[tuple[ReportData, Rendered]]:
    """The last `weeks` reports due before `until`, oldest first, the first of them as the first report.

    Each knows what those before it named, as if they had been mailed; the owner's wishes are those of today.
    """
    named: dict[int, tuple[datetime, ...]] = {}
    previous: Previous | None = None
    owner = app.fresh_owner()
    for moment in _moments(app, until, weeks):
        inputs = gather(app.store, owner, app.config, in_touch(app, moment), moment, live=False)
        inputs = replace(inputs, previous=previous, named=named)
        data = figures.weekly(inputs) if previous else figures.first(inputs)
        yield data, render(data, app.templates)
        previous = Previous(data.people, data.tally)
        named = named | {who: (*named.get(who, ()), moment) for who in data.people}


def _moments(app: App, until: datetime, weeks: int) -> list[datetime]:
    """When the reports were due, by the owner's weekday, time and zone."""
    settings, zone = app.config.report, app.config.owner.zone
    found: list[datetime] = []
    at = until - timedelta(weeks=weeks, hours=2)
    while (at := next_report(at, settings.weekday, settings.time, zone)) <= until:
        found.append(at)
    return found[-weeks:]
