"""The fading-ties report: written at any time, delivered once a week."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from pathlib import Path

from agent.app import App
from agent.jobs import pace
from agent.jobs.reading import in_touch, judged_at
from agent.outreach.review import open_mailbox
from agent.outreach.settings import mailbox_of
from agent.report import deliver, figures
from agent.report.calendar import calendar as due_calendar
from agent.report.deliver import Delivery
from agent.report.due import next_report
from agent.report.gather import gather, sealed
from agent.report.render import Rendered, render
from agent.report.shape import ReportData
from agent.store import sources

NAME = "report"
CALENDAR = "calendar file"


def write(app: App, as_of: datetime | None = None) -> tuple[ReportData, Rendered]:
    """The report as it would be mailed: the first one until there was one, the weekly one from then on."""
    moment, owner = judged_at(as_of), app.fresh_owner()
    inputs = gather(app.store, owner, app.config, in_touch(app, as_of), moment, live=as_of is None)
    data = figures.weekly(inputs) if owner.first_report_at else figures.first(inputs)
    return data, render(data, app.templates)


def calendar(app: App, as_of: datetime | None = None) -> bytes:
    """Who is due, as an iCalendar file."""
    moment = judged_at(as_of)
    inputs = gather(app.store, app.owner, app.config, in_touch(app, as_of), moment, live=as_of is None)
    return due_calendar(inputs, app.owner.salt)


def keep_calendar(app: App, now: datetime) -> None:
    """Write the calendar file of the configuration anew where it has changed. Raises WeaktieError."""
    deliver.write_private(Path(app.config.programme.ics).expanduser(), calendar(app))
    pace.done(app, CALENDAR, now)


def put(app: App, now: datetime) -> Delivery:
    """The report into the INBOX, once a week whatever happens; the first one marks when drafts may begin."""
    data, rendered = write(app)
    new = sealed(app.owner, app.config, data, rendered, now)
    with closing(open_mailbox(mailbox_of(app.config, app.config.report.mailbox))) as mailbox:
        deliver.resume(app.store, app.owner.id, mailbox, data.period, now)
        return deliver.deliver(app.store, app.owner.id, mailbox, new, now)


def is_due(app: App, now: datetime) -> bool:
    """The first report as soon as every source was read to its end once; from then on on the owner's weekday."""
    if app.fresh_owner().first_report_at is None and not _all_read(app):
        return False
    return pace.is_due(app, NAME, now)


def weekly(app: App, now: datetime) -> Delivery:
    """Deliver, and wait for the next week; where it is unsure whether the report arrived, only for the next tick."""
    delivery = put(app, now)
    settings, zone = app.config.report, app.config.owner.zone
    certain = delivery in (Delivery.PLACED, Delivery.ALREADY)
    pace.done(app, NAME, now, next_report(now, settings.weekday, settings.time, zone) if certain else None)
    return delivery


def _all_read(app: App) -> bool:
    with app.store.read() as connection:
        read = {row.name for row in sources.listed(connection, app.owner.id) if row.last_ok}
    return bool(app.config.sources) and all(settings.name in read for settings in app.config.sources)
