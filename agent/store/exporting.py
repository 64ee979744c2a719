"""Everything the store holds, or everything on one person, row by row as plain values."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, false, or_, select

from agent.store import schema
from agent.store.bulk import among
from agent.store.db import Connection
from agent.store.people import Profile

SECRET = frozenset({"salt"})


def tables(
    connection: Connection, owner_id: int, person: Profile | None
) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """(table, rows) for every table of the schema; rows lazily, so each must be read before the next is asked for."""
    chosen = _of_owner(owner_id)
    if person is not None:
        chosen = dict.fromkeys(chosen, false()) | _of_person(owner_id, person)
        told = _reports_of(connection, owner_id, person.id)
        chosen |= {"report": among(schema.report.c.id, told), "reply": among(schema.reply.c.report_id, told)}
    for table in schema.metadata.sorted_tables:
        yield table.name, _rows(connection, table, chosen[table.name])


def _reports_of(connection: Connection, owner_id: int, person_id: int) -> list[int]:
    report = schema.report
    rows = connection.execute(select(report.c.id, report.c.people).where(report.c.owner_id == owner_id))
    return [ident for ident, people in rows if person_id in (people or ())]


def _rows(connection: Connection, table: Table, condition: Any) -> Iterator[dict[str, Any]]:
    columns = [column for column in table.c if column.name not in SECRET]
    query = select(*columns).where(condition).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=500).execute(query):
        yield {column.name: _plain(value) for column, value in zip(columns, row, strict=True)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return _text(value)
    return value


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(value).decode('ascii')}"


def _of_owner(owner_id: int) -> dict[str, Any]:
    """Table → the condition under which a row is this owner's."""
    s = schema
    sources = select(s.source.c.id).where(s.source.c.owner_id == owner_id)
    streams = select(s.stream.c.id).where(s.stream.c.source_id.in_(sources))
    identities = select(s.identity.c.id).where(s.identity.c.owner_id == owner_id)
    messages = select(s.message.c.id).where(s.message.c.owner_id == owner_id)
    drafts = select(s.draft.c.id).where(s.draft.c.owner_id == owner_id)
    through = {
        "owner": s.owner.c.id == owner_id,
        "stream": s.stream.c.source_id.in_(sources),
        "copy": s.copy.c.stream_id.in_(streams),
        "quarantine": s.quarantine.c.stream_id.in_(streams),
        "name_seen": s.name_seen.c.identity_id.in_(identities),
        "participant": s.participant.c.message_id.in_(messages),
        "apart": s.apart.c.one_id.in_(identities),
        "draft_event": s.draft_event.c.draft_id.in_(drafts),
    }
    every = schema.metadata.sorted_tables
    owned = {table.name: table.c.owner_id == owner_id for table in every if "owner_id" in table.c}
    return owned | through


def _of_person(owner_id: int, person: Profile) -> dict[str, Any]:
    """Table → the condition under which a row is about this person; nothing from tables that know no people."""
    s = schema
    identities = select(s.identity.c.id).where(s.identity.c.person_id == person.id)
    messages = select(s.participant.c.message_id).where(s.participant.c.identity_id.in_(identities))
    drafts = select(s.draft.c.id).where(s.draft.c.person_id == person.id)
    values = [*person.addresses, *{address.rpartition("@")[2] for address in person.addresses}]
    barred = and_(s.suppression.c.kind == "person", s.suppression.c.value == str(person.id))
    return {
        "person": s.person.c.id == person.id,
        "identity": s.identity.c.person_id == person.id,
        "name_seen": s.name_seen.c.identity_id.in_(identities),
        "card": s.card.c.identity_id.in_(identities),
        "message": s.message.c.id.in_(messages),
        "participant": s.participant.c.identity_id.in_(identities),
        "interaction": s.interaction.c.identity_id.in_(identities),
        "copy": s.copy.c.message_id.in_(messages),
        "tie": s.tie.c.person_id == person.id,
        "wish": s.wish.c.person_id == person.id,
        "tag": s.tag.c.person_id == person.id,
        "draft": s.draft.c.person_id == person.id,
        "draft_event": s.draft_event.c.draft_id.in_(drafts),
        "apart": or_(s.apart.c.one_id.in_(identities), s.apart.c.other_id.in_(identities)),
        "target": and_(s.target.c.owner_id == owner_id, among(s.target.c.value, values)),
        "exclusion": and_(s.exclusion.c.owner_id == owner_id, among(s.exclusion.c.value, values)),
        "suppression": and_(s.suppression.c.owner_id == owner_id, or_(barred, among(s.suppression.c.value, values))),
    }
