"""Everything a report is made from, read from the store at one instant; and the finished report to deliver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta

from agent.config import Config
from agent.report.capacity import Capacity, Day, capacity
from agent.report.envelope import message, stamp
from agent.report.plain import inert
from agent.report.render import Rendered
from agent.report.shape import Answer, DraftLine, Inputs, Previous, Promise, ReportData, SourceLine, Tally, Week
from agent.store import people, replies, reports, sources, wishes
from agent.store import ties as store_ties
from agent.store.db import Connection, Store
from agent.store.owners import OwnerRow
from agent.store.people import Profile
from agent.store.replies import Reply
from agent.store.reports import NewReport, ReportRow
from agent.ties.view import Tie, day_of

WEEK = timedelta(days=7)


def gather(
    store: Store, owner: OwnerRow, config: Config, ties: Iterable[Tie], as_of: datetime, *, live: bool = True
) -> Inputs:
    """The inputs of a report on `ties`, which were judged at `as_of`. Not `live` (a past date, a trial): the state
    of the sources and the report before say nothing about that day and are left out.
    """
    known = tuple(ties)
    with store.read() as connection:
        drafts = reports.waiting_drafts(connection, owner.id, as_of)
        counts = reports.counts(connection, owner.id, as_of - WEEK, as_of)
        before = reports.last(connection, owner.id) if live else None
        heard = replies.since(connection, owner.id, before.at if before else None) if live else []
        names = people.profiles(connection, owner.id, {who for reply in heard for who in reply.people})
        named = reports.namings(connection, owner.id, as_of)
        unseen = wishes.hidden(connection, owner.id)
        able = _capacity(connection, owner.id, as_of, known)
        health = sources.listed(connection, owner.id) if live else []
    return Inputs(
        owner=owner.name,
        as_of=as_of,
        zone=config.owner.zone,
        ties=known,
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
        named=named,
        capacity=able,
        answers=tuple(_answer(reply, names, unseen) for reply in heard),
        promise=Promise(config.drafts.max_new_per_week if config.drafts.enabled else 0, config.send.enabled),
    )


def _capacity(connection: Connection, owner_id: int, as_of: datetime, known: Iterable[Tie]) -> Capacity:
    """What the owner did by themself in the year before, with everybody but colleagues."""
    people = [tie.person_id for tie in known if not tie.colleague]
    rows = store_ties.contact_days(connection, owner_id, as_of, people)
    return capacity((Day(row.person_id, row.day, bool(row.sent or row.met)) for row in rows), day_of(as_of))


def sealed(owner: OwnerRow, config: Config, data: ReportData, rendered: Rendered, at: datetime) -> NewReport:
    """A rendered report as the mail that `deliver` puts into the INBOX."""
    address = config.owner.addresses[0]
    marks = stamp(owner.salt, address, data.period)
    content = message(
        rendered, owner=config.owner.name, address=address, marks=marks, at=at.astimezone(config.owner.zone)
    )
    return NewReport(data.kind, data.period, marks.rfc_id, marks.token, content, data.people, asdict(data.tally))


def _answer(reply: Reply, names: Mapping[int, Profile], unseen: frozenset[int]) -> Answer:
    """What came of a reply: commands with the names they are about, but for those who are not to be named."""
    done: list[str] = []
    refused: list[str] = []
    for order in reply.orders:
        number = order.get("number", 0)
        who = reply.people[number - 1] if 1 <= number <= len(reply.people) else 0
        name = names[who].name if who in names and who not in unseen else ""
        text = f"{order['text']} ({name})" if name else str(order["text"])
        if order["state"] == "done":
            done.append(inert(text, 90))
        else:
            verb = "not understood" if order["state"] == "unclear" else "not done"
            refused.append(f"{verb}: “{text}”, {order['note']}" if order["note"] else f"on its way: “{text}”")
    return Answer(reply.report_at, tuple(done), tuple(refused), reply.stray)


def _previous(row: ReportRow | None) -> Previous | None:
    if row is None:
        return None
    return Previous(row.people, Tally(**row.tally | {"ended": tuple(row.tally.get("ended", ()))}))
