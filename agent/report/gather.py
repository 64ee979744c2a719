"""Everything a report is made from, read from the store at one instant; and the finished report to deliver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta

from agent.config import Config
from agent.report.envelope import message, stamp
from agent.report.render import Rendered
from agent.report.shape import DraftLine, Inputs, Previous, Promise, ReportData, SourceLine, Tally, Week
from agent.store import reports, sources, wishes
from agent.store.db import Store
from agent.store.owners import OwnerRow
from agent.store.reports import NewReport, ReportRow
from agent.ties.view import Tie

WEEK = timedelta(days=7)


def gather(
    store: Store, owner: OwnerRow, config: Config, ties: Iterable[Tie], as_of: datetime, *, live: bool = True
) -> Inputs:
    """The inputs of a report on `ties`, which were judged at `as_of`. Not `live` (a past date, a trial): the state
    of the sources and the report before say nothing about that day and are left out.
    """
    with store.read() as connection:
        drafts = reports.waiting_drafts(connection, owner.id, as_of)
        counts = reports.counts(connection, owner.id, as_of - WEEK, as_of)
        before = reports.last(connection, owner.id) if live else None
        named = reports.last_named(connection, owner.id, as_of)
        unseen = wishes.hidden(connection, owner.id)
        health = sources.listed(connection, owner.id) if live else []
    return Inputs(
        owner=owner.name,
        as_of=as_of,
        zone=config.owner.zone,
        ties=tuple(ties),
        drafts=tuple(
            DraftLine(d.person_id, d.kind, d.subject, d.state, d.since, d.name)
            for d in drafts
            if d.person_id not in unseen
        ),
        week=Week(**asdict(counts)),
        sources=tuple(SourceLine(row.name, not row.last_error, row.last_ok, row.last_error) for row in health),
        previous=_previous(before),
        people=config.report.people,
        colleagues=config.report.colleagues,
        tags=config.programme.tags,
        unanswered=config.programme.unanswered,
        last_named=named,
        promise=Promise(config.drafts.max_new_per_week if config.drafts.enabled else 0, config.send.enabled),
    )


def sealed(owner: OwnerRow, config: Config, data: ReportData, rendered: Rendered, at: datetime) -> NewReport:
    """A rendered report as the mail that `deliver` puts into the INBOX."""
    address = config.owner.addresses[0]
    marks = stamp(owner.salt, address, data.period)
    content = message(
        rendered, owner=config.owner.name, address=address, marks=marks, at=at.astimezone(config.owner.zone)
    )
    return NewReport(data.kind, data.period, marks.rfc_id, marks.token, content, data.people, asdict(data.tally))


def _previous(row: ReportRow | None) -> Previous | None:
    return None if row is None else Previous(row.people, Tally(**row.tally))
