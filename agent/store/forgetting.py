"""Erasing a person: every row that speaks of them, every text that names them, and the free pages of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email import message_from_bytes
from email.policy import default as email_policy
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Table, Text, bindparam, delete, select, update

from agent.store.bulk import among
from agent.store.db import Connection, Store, insert_ignore
from agent.store.merges import identities_of, rename_in_reports
from agent.store.reports import MISSED, PLACING
from agent.store.schema import (
    card,
    copy,
    decision,
    draft,
    draft_event,
    exclusion,
    forgotten,
    identity,
    job,
    message,
    name_seen,
    participant,
    person,
    quarantine,
    reply,
    report,
    source,
    stream,
    suppression,
    tag,
    target,
    wish,
)
from agent.types import Channel, Part

READERS_MS = 3_000
NOBODY = 0
_DIGESTS = select(forgotten.c.digest).where(forgotten.c.owner_id == bindparam("owner"))
KEPT = {("person", "name"), ("person", "organization"), ("source", "name")}
Names = Callable[[str], bool]
"""Whether a text speaks of the person."""


def digests(connection: Connection, owner_id: int) -> frozenset[str]:
    """The tombstones of this owner."""
    return frozenset(connection.scalars(_DIGESTS, {"owner": owner_id}))


def bury(connection: Connection, owner_id: int, found: Iterable[str]) -> None:
    """Note tombstones."""
    rows = [{"owner_id": owner_id, "digest": digest} for digest in sorted(found)]
    if rows:
        connection.execute(insert_ignore(connection, forgotten), rows)


def names_of(connection: Connection, person_id: int) -> tuple[str, ...]:
    """Every name somebody was seen under, and the one they go by."""
    query = select(name_seen.c.name).join(identity).where(identity.c.person_id == person_id)
    found = set(connection.scalars(query)) | set(
        connection.scalars(select(person.c.name).where(person.c.id == person_id))
    )
    return tuple(sorted(filter(None, found)))


def messages_of(connection: Connection, person_id: int) -> tuple[list[int], list[int]]:
    """Messages from them, and the others they are on."""
    written, others = set[int](), set[int]()
    query = select(participant.c.message_id, participant.c.part, message.c.channel).join(message).join(identity)
    for ident, part, channel in connection.execute(query.where(identity.c.person_id == person_id)):
        theirs = part == Part.FROM.value and channel == Channel.MAIL.value
        (written if theirs else others).add(ident)
    return sorted(written), sorted(others - written)


def erase(connection: Connection, owner_id: int, person_id: int) -> None:
    """Remove the person with identities, names, ties and drafts, and the rules that name them."""
    values = list(identities_of(connection, person_id).values())
    for table in (suppression, target, exclusion):
        connection.execute(delete(table).where(table.c.owner_id == owner_id, among(table.c.value, values)))
    barred = (suppression.c.kind == "person", suppression.c.value == str(person_id))
    connection.execute(delete(suppression).where(suppression.c.owner_id == owner_id, *barred))
    _out_of_decisions(connection, owner_id, set(identities_of(connection, person_id)))
    _out_of_reports(connection, owner_id, person_id)
    connection.execute(delete(person).where(person.c.id == person_id))


def blank(connection: Connection, owner_id: int, names: Names) -> None:
    """Empty every text, and remove every draft, target, refused place and name, that speaks of the person."""
    mine = select(source.c.id).where(source.c.owner_id == owner_id)
    streams = select(stream.c.id).where(stream.c.source_id.in_(mine))
    theirs = select(draft.c.id).where(draft.c.owner_id == owner_id)
    _remove(connection, draft, names, draft.c.owner_id == owner_id)
    _remove(connection, draft_event, names, draft_event.c.draft_id.in_(theirs))
    _remove(connection, target, names, target.c.owner_id == owner_id)
    _remove(connection, quarantine, names, quarantine.c.stream_id.in_(streams))
    _remove(connection, card, names, card.c.owner_id == owner_id)
    _remove(connection, copy, names, copy.c.stream_id.in_(streams))
    _remove(connection, decision, names, decision.c.owner_id == owner_id)
    _remove(connection, tag, names, tag.c.owner_id == owner_id)
    for table, ours in (
        (message, message.c.owner_id == owner_id),
        (person, person.c.owner_id == owner_id),  # apart from their names: a namesake is somebody else
        (report, report.c.owner_id == owner_id),
        (reply, reply.c.owner_id == owner_id),
        (wish, wish.c.owner_id == owner_id),
        (source, source.c.owner_id == owner_id),
        (job, job.c.owner_id == owner_id),
    ):
        _empty(connection, table, names, ours)


def folders_named(connection: Connection, owner_id: int, names: Names) -> list[str]:
    """Folders and files of the owner's own that bear the person's name: they are read, so they cannot be forgotten."""
    query = select(stream.c.name).join(source).where(source.c.owner_id == owner_id)
    return sorted(name for name in connection.scalars(query) if names(name))


def compact(store: Store) -> str:
    """Overwrite what was deleted, in free pages and in the log; what could not be done, in words."""
    if store.engine.dialect.name != "sqlite":
        return "PostgreSQL keeps deleted rows until it vacuums: run VACUUM FULL, and mind its backups and logs."
    raw = store.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute("VACUUM")
        cursor.execute(f"PRAGMA busy_timeout={READERS_MS}")
        (busy, _, _) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        raw.invalidate()  # its settings are not for others
    return "Another process reads the database; run `weaktie forget` again when it is done." if busy else ""


def _out_of_decisions(connection: Connection, owner_id: int, identity_ids: set[int]) -> None:
    rows = connection.execute(select(decision.c.id, decision.c.moved).where(decision.c.owner_id == owner_id)).all()
    gone = [ident for ident, moved in rows if identity_ids & _named_in(moved)]
    connection.execute(delete(decision).where(among(decision.c.id, gone)))


def _named_in(moved: dict[str, Any]) -> set[int]:
    edges = {ident for edge in moved.get("edges", ()) for ident in edge}
    return edges | set(moved.get("identities", ())) | set(moved.get("rest", ()))


def _out_of_reports(connection: Connection, owner_id: int, person_id: int) -> None:
    """The others keep their numbers there; what is on its way does not arrive."""
    rename_in_reports(connection, owner_id, person_id, NOBODY)
    on_its_way = (report.c.owner_id == owner_id, report.c.state == PLACING)
    connection.execute(update(report).where(*on_its_way).values(state=MISSED, content=None))


def _texts(table: Table) -> list[Column[Any]]:
    keys = set(table.primary_key.columns)
    words = (Text, JSON, LargeBinary)
    return [column for column in table.c if isinstance(column.type, words) and column not in keys]


def text_of(content: bytes | None) -> str:
    """What a mail of ours says: whom it is to, its subject and its text."""
    if not content:
        return ""
    mail = message_from_bytes(content, policy=email_policy)
    bodies = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*map(str, mail.values()), *bodies])


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return text_of(value)
    return value if isinstance(value, str) else _flat(value)


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(_flat(inner) for pair in value.items() for inner in pair)
    if isinstance(value, list):
        return "\n".join(map(_flat, value))
    return str(value)


def _remove(connection: Connection, table: Table, names: Names, ours: Any) -> None:
    """Delete the rows in which any text speaks of the person."""
    keys = list(table.primary_key.columns)
    texts = [*_texts(table), *(key for key in keys if isinstance(key.type, Text))]
    rows = connection.execute(select(*keys, *texts).where(ours)).all()
    for row in rows:
        if any(value and names(_shown(value)) for value in row[len(keys) :]):
            same = [key == value for key, value in zip(keys, row, strict=False)]
            connection.execute(delete(table).where(*same))


def _empty(connection: Connection, table: Table, names: Names, ours: Any) -> None:
    """Empty the texts that speak of the person: NULL where a column may be, else the empty text."""
    keys = list(table.primary_key.columns)
    for column in _texts(table):
        if (table.name, column.name) in KEPT:
            continue
        rows = connection.execute(select(*keys, column).where(ours, column.is_not(None))).all()
        for row in rows:
            if row[-1] and names(_shown(row[-1])):
                same = [key == value for key, value in zip(keys, row, strict=False)]
                connection.execute(update(table).where(*same).values({column: None if column.nullable else ""}))
