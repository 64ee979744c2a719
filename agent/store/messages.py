"""Messages with their participants and copies, and the ledger of interactions drawn from them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, literal, select, update

from agent.store.bulk import IGNORE, among, insert_rows, next_ids, several
from agent.store.db import Connection, insert_ignore
from agent.store.rows import MessageRow, seconds
from agent.store.schema import copy, excluded, identity, interaction, message, participant
from agent.types import Channel, Direction, Kind, Outcome, Part

_LEDGER = ("message_id", "identity_id", "direction", "owner_id", "channel", "at")
_KNOWN = [
    select(message.c.id, message.c.key, message.c.digest, message.c.sent, message.c.untravelled).where(
        message.c.owner_id == bindparam("owner"), among(column, several("texts"))
    )
    for column in (message.c.key, message.c.digest)
]


@dataclass(frozen=True, slots=True)
class Known:
    """A message already in the store, as far as recognising a copy of it needs."""

    id: int
    key: str
    digest: str | None
    sent: bool
    untravelled: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """A message with everybody on it."""

    id: int
    key: str
    channel: Channel
    kind: Kind
    at: datetime
    subject: str
    rfc_id: str
    thread: str
    sent: bool
    untravelled: bool
    recipients: int
    reasons: tuple[str, ...]
    outcome: Outcome
    outcome_reason: str
    parts: tuple[tuple[Part, str, int], ...]
    contact_addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a message comes to: its outcome, why, and the (identity id, direction) contacts."""

    message_id: int
    at: datetime
    channel: Channel
    outcome: Outcome
    reason: str
    contacts: tuple[tuple[int, Direction], ...]


def known(connection: Connection, owner_id: int, keys: Collection[str], digests: Collection[str]) -> list[Known]:
    """Messages of this owner under any of these keys or digests."""
    found: dict[int, Known] = {}
    for query, texts in zip(_KNOWN, (keys, digests), strict=True):
        if texts:
            rows = connection.execute(query, {"owner": owner_id, "texts": list(texts)})
            found.update({row[0]: Known(*row) for row in rows})
    return list(found.values())


def any_key_from(connection: Connection, owner_id: int, key: str) -> bool:
    """Whether this owner has a message whose key sorts as this one or behind it."""
    query = select(message.c.id).where(message.c.owner_id == owner_id, message.c.key >= key)
    return connection.scalar(query.limit(1)) is not None


def reserve(connection: Connection, count: int) -> Iterator[int]:
    """Ids for so many new messages."""
    return iter(next_ids(connection, message, count))


def add(connection: Connection, owner_id: int, rows: Iterable[tuple[int, MessageRow]]) -> None:
    """Insert messages under reserved ids."""
    values = [(ident, owner_id, *row) for ident, row in rows]
    insert_rows(connection, message, ("id", "owner_id", *MessageRow._fields), values)


def add_participants(connection: Connection, rows: Sequence[tuple[int, int, str]]) -> None:
    """Note (message, identity, part), each once."""
    insert_rows(connection, participant, ("message_id", "identity_id", "part"), rows, IGNORE)


def add_copies(connection: Connection, rows: Sequence[tuple[int, str, int]]) -> None:
    """Note where copies lie: (stream, ref, message id)."""
    insert_rows(connection, copy, ("stream_id", "ref", "message_id"), rows, IGNORE)


def add_contacts(connection: Connection, rows: Sequence[tuple[int, int, str, int, str, int]]) -> None:
    """Enter contacts into the ledger: (message id, identity id, direction, owner id, channel, at)."""
    insert_rows(connection, interaction, _LEDGER, rows, IGNORE)


def forget_contacts(connection: Connection, message_ids: Iterable[int]) -> None:
    """Take these messages out of the ledger; they stay as facts."""
    connection.execute(delete(interaction).where(among(interaction.c.message_id, message_ids)))


def add_excluded(connection: Connection, owner_id: int, digests: Iterable[str]) -> None:
    """Remember excluded messages by salted hash only."""
    rows = [{"owner_id": owner_id, "digest": digest} for digest in digests]
    if rows:
        connection.execute(insert_ignore(connection, excluded), rows)


def excluded_among(connection: Connection, owner_id: int, digests: Iterable[str]) -> set[str]:
    """Those of these salted hashes that stand for an excluded message."""
    query = select(excluded.c.digest).where(excluded.c.owner_id == owner_id, among(excluded.c.digest, digests))
    return set(connection.scalars(query))


def strengthen(connection: Connection, message_id: int, *, sent: bool, untravelled: bool) -> None:
    """A further copy brought proof of sending."""
    connection.execute(update(message).where(message.c.id == message_id).values(sent=sent, untravelled=untravelled))


def rewrite(connection: Connection, message_id: int, row: MessageRow) -> None:
    """Replace the facts of a message that changed at its source; its participants are dropped."""
    connection.execute(delete(participant).where(participant.c.message_id == message_id))
    values = row._asdict() | {"at": datetime.fromtimestamp(row.at, UTC), "reasons": json.loads(row.reasons)}
    connection.execute(update(message).where(message.c.id == message_id).values(**values))


def reenter(connection: Connection, owner_id: int, verdicts: Iterable[Verdict]) -> None:
    """Write verdicts into the ledger, in place of what stood there."""
    given = list(verdicts)
    if not given:
        return
    forget_contacts(connection, [verdict.message_id for verdict in given])
    connection.execute(
        update(message)
        .where(message.c.id == bindparam("b_id"))
        .values(outcome=bindparam("b_outcome"), outcome_reason=bindparam("b_reason")),
        [{"b_id": v.message_id, "b_outcome": v.outcome.value, "b_reason": v.reason} for v in given],
    )
    rows = [
        (verdict.message_id, who, direction.value, owner_id, verdict.channel.value, seconds(verdict.at))
        for verdict in given
        for who, direction in verdict.contacts
    ]
    add_contacts(connection, rows)


def people_in(connection: Connection, message_ids: Iterable[int]) -> set[int]:
    """Everybody who is in contact through these messages."""
    query = select(identity.c.person_id).join(interaction, interaction.c.identity_id == identity.c.id).distinct()
    return set(connection.scalars(query.where(among(interaction.c.message_id, message_ids))))


def stored(connection: Connection, ids: Iterable[int]) -> list[Stored]:
    """Messages in full, by time."""
    names = ("id", "key", "channel", "kind", "at", "subject", "rfc_id", "thread", "sent", "untravelled")
    columns = [message.c[name] for name in (*names, "recipients", "reasons", "outcome", "outcome_reason")]
    query = select(*columns).where(among(message.c.id, ids)).order_by(message.c.at, message.c.id)
    rows = connection.execute(query).all()
    found = [row.id for row in rows]
    parts, contacts = _parts(connection, found), _contacts(connection, found)
    return [_stored(row, parts[row.id], frozenset(contacts[row.id])) for row in rows]


def after(connection: Connection, owner_id: int, last: int, limit: int) -> list[int]:
    """The next so many ids of messages behind one, to go through all of them."""
    query = select(message.c.id).where(message.c.owner_id == owner_id, message.c.id > last)
    return list(connection.scalars(query.order_by(message.c.id).limit(limit)))


def with_identity(connection: Connection, identity_ids: Iterable[int]) -> list[int]:
    """Ids of the messages these identities are on."""
    query = select(participant.c.message_id).where(among(participant.c.identity_id, identity_ids))
    return sorted(set(connection.scalars(query)))


def series(connection: Connection, owner_id: int, uids: Iterable[str]) -> dict[str, int]:
    """Key → id of the meetings that belong to these series."""
    query = select(message.c.key, message.c.id).where(
        message.c.owner_id == owner_id,
        message.c.channel == literal(Channel.MEETING.value, literal_execute=True),  # or the index of series is no help
        among(message.c.thread, uids),
    )
    return {row.key: row.id for row in connection.execute(query)}


def withdraw(connection: Connection, stream_row: int, ids: Collection[int]) -> None:
    """This stream no longer holds these messages; those no other stream holds either are removed."""
    connection.execute(delete(copy).where(copy.c.stream_id == stream_row, among(copy.c.message_id, ids)))
    held = exists().where(copy.c.message_id == message.c.id)
    connection.execute(delete(message).where(among(message.c.id, ids), ~held))


def last_mails(connection: Connection, owner_id: int, person_ids: Iterable[int], until: datetime) -> dict[int, Stored]:
    """Person → the last mail exchanged with them, for threading a follow-up."""
    latest = (interaction.c.at.desc(), interaction.c.message_id.desc())
    place = func.row_number().over(partition_by=identity.c.person_id, order_by=latest).label("place")
    ranked = (
        select(identity.c.person_id, interaction.c.message_id, place)
        .join(identity, identity.c.id == interaction.c.identity_id)
        .where(interaction.c.owner_id == owner_id, among(identity.c.person_id, person_ids))
        .where(interaction.c.channel == Channel.MAIL.value, interaction.c.at <= until)
    ).subquery()
    query = select(ranked.c.person_id, ranked.c.message_id).where(ranked.c.place == 1)
    wanted = {row.person_id: row.message_id for row in connection.execute(query)}
    mails = {mail.id: mail for mail in stored(connection, set(wanted.values()))}
    return {who: mails[ident] for who, ident in wanted.items()}


def of_person(connection: Connection, person_id: int) -> list[Stored]:
    """Every message a person is on, by time."""
    idents = connection.scalars(select(identity.c.id).where(identity.c.person_id == person_id)).all()
    return stored(connection, with_identity(connection, idents))


def _parts(connection: Connection, ids: Iterable[int]) -> dict[int, list[tuple[Part, str, int]]]:
    query = (
        select(participant.c.message_id, participant.c.part, identity.c.value, identity.c.id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .where(among(participant.c.message_id, ids))
    )
    found: dict[int, list[tuple[Part, str, int]]] = defaultdict(list)
    for ident, part, address, who in connection.execute(query):
        found[ident].append((Part(part), address, who))
    return found


def _contacts(connection: Connection, ids: Iterable[int]) -> dict[int, set[str]]:
    query = (
        select(interaction.c.message_id, identity.c.value)
        .join(identity, identity.c.id == interaction.c.identity_id)
        .where(among(interaction.c.message_id, ids))
    )
    found: dict[int, set[str]] = defaultdict(set)
    for ident, address in connection.execute(query):
        found[ident].add(address)
    return found


def _stored(row: Any, parts: list[tuple[Part, str, int]], contacts: frozenset[str]) -> Stored:
    return Stored(
        id=row.id,
        key=row.key,
        channel=Channel(row.channel),
        kind=Kind(row.kind),
        at=row.at,
        subject=row.subject,
        rfc_id=row.rfc_id,
        thread=row.thread,
        sent=row.sent,
        untravelled=row.untravelled,
        recipients=row.recipients,
        reasons=tuple(row.reasons or ()),
        outcome=Outcome(row.outcome),
        outcome_reason=row.outcome_reason,
        parts=tuple(sorted(parts)),
        contact_addresses=contacts,
    )
