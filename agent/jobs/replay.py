"""A year of reports, or of morning mails, from the ledger as it stood each time: what the owner would have read.

Nothing is delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from agent.app import App
from agent.jobs import conversations
from agent.jobs.reading import in_touch
from agent.report import figures
from agent.report.conversations import Today, within_cool_down
from agent.report.due import next_morning, next_report
from agent.report.gather import gather
from agent.report.render import Rendered, render
from agent.report.shape import Previous, ReportData
from agent.store.reports import REGULAR


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
        if data.kind == REGULAR:
            named = named | {who: (*named.get(who, ()), moment) for who in data.people}


def mornings(app: App, until: datetime, days: int) -> Iterator[tuple[Today, Rendered]]:
    """The last `days` morning mails due before `until`, oldest first; days on which nobody is named are left out.

    Each knows whom those before it named, as if they had been mailed; the owner's wishes are those of today.
    """
    settings, zone = app.config.conversations, app.config.owner.zone
    named: list[tuple[datetime, tuple[int, ...]]] = []
    for moment in _due(
        until, timedelta(days=7 * days // 5 + 7), days, lambda at: next_morning(at, settings.time, zone)
    ):
        since = moment - timedelta(days=settings.days_between)
        told, rendered = conversations.at(app, in_touch(app, moment), moment, within_cool_down(named, since))
        if told.talks:
            yield told, rendered
        named.append((moment, told.people))


def _moments(app: App, until: datetime, weeks: int) -> list[datetime]:
    """When the reports were due, by the owner's weekday, time and zone."""
    settings, zone = app.config.report, app.config.owner.zone
    back = timedelta(weeks=weeks, hours=2)
    return _due(until, back, weeks, lambda at: next_report(at, settings.weekday, settings.time, zone))


def _due(until: datetime, back: timedelta, most: int, following: Callable[[datetime], datetime]) -> list[datetime]:
    found: list[datetime] = []
    at = until - back
    while (at := following(at)) <= until:
        found.append(at)
    return found[-most:]
