"""Small mails between people, with who wrote and who received: what the ledger of gives and asks is read from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, select, type_coerce

from agent.store.bulk import among, portions
from agent.store.db import Connection
from agent.store.schema import draft, draft_event, identity, message, participant, person
from agent.types import Channel, DraftKind, DraftState, Kind, Part

MOST = 4
FEW = 50
"""Of more people than that it is quicker to read everybody's letters."""
PERSON = "person"
AT = 1
SECONDS = type_coerce(message.c.at, BigInteger)
WROTE = (Part.FROM.value,)
TO = Part.TO.value
READ = (TO, Part.CC.value, Part.BCC.value)


class Letter(NamedTuple):
    """One mail of a person. `sent`: the owner wrote it. `sender`, `readers`: person ids, the owner's own left out.

    `direct`: those in To. `to_owner`: it is addressed to the owner in To.
    """

    id: int
    at: datetime
    thread: str
    subject: str
    sent: bool
    sender: int | None
    readers: frozenset[int]
    direct: frozenset[int] = frozenset()
    to_owner: bool = False

    @property
    def people(self) -> frozenset[int]:
        """Everybody on it but the owner."""
        return self.readers | ({self.sender} if self.sender is not None else frozenset())


def letters(
    connection: Connection, owner_id: int, until: datetime, people: Collection[int] | None = None
) -> list[Letter]:
    """Mails written by people to at most four, oldest first; all of them, or those that one of `people` is on."""
    if people is None or len(people) > FEW:
        found = _letters(connection, _small(until).where(message.c.owner_id == owner_id))
    else:
        theirs = select(participant.c.message_id).join(identity).where(among(identity.c.person_id, people))
        found = _letters(connection, _small(until).where(message.c.id.in_(theirs)))
    return found if people is None else [letter for letter in found if not letter.people.isdisjoint(people)]


def known_since(connection: Connection, until: datetime, people: Iterable[int]) -> dict[int, tuple[datetime, int]]:
    """Person → (when, id) of the first of all `letters` that they are on."""
    found: dict[int, tuple[int, int]] = {}
    query = _small(until).with_only_columns(person.c.id, SECONDS, message.c.id)
    for who, at, ident in connection.execute(query.where(among(person.c.id, people))):
        found[who] = min((at, ident), found.get(who, (at, ident)))
    return {who: (datetime.fromtimestamp(at, UTC), ident) for who, (at, ident) in found.items()}


def _small(until: datetime) -> Select[Any]:
    """The owner is not named where people or messages are: SQLite would begin with all of the owner's messages."""
    columns = (message.c.id, SECONDS, message.c.thread, message.c.subject, message.c.sent)
    return (
        select(*columns, participant.c.part, identity.c.person_id, person.c.role)
        .join(participant, participant.c.message_id == message.c.id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .join(person, person.c.id == identity.c.person_id)
        .where(message.c.at <= until, message.c.recipients <= MOST)
        .where(message.c.channel == Channel.MAIL.value, message.c.kind == Kind.PERSON.value)
        .where(participant.c.part.in_((*WROTE, *READ)), person.c.role.in_(("person", "self")))
    )


def _letters(connection: Connection, query: Select[Any]) -> list[Letter]:
    """In order of time. The rows of one mail lie together; to sort them by time is quicker when they are one."""
    rows = portions(connection, query.order_by(message.c.id))
    return sorted([_letter(list(of_one)) for _, of_one in groupby(rows, key=itemgetter(0))], key=itemgetter(AT, 0))


def _letter(rows: Sequence[Sequence[Any]]) -> Letter:
    ident, at, thread, subject, sent = rows[0][:5]
    others = [(part, who) for part, who, role in (row[5:] for row in rows) if role == PERSON]
    return Letter(
        ident,
        datetime.fromtimestamp(at, UTC),
        thread,
        subject,
        sent,
        min((who for part, who in others if part in WROTE), default=None),
        frozenset([who for part, who in others if part not in WROTE]),
        frozenset([who for part, who in others if part == TO]),
        any(row[5] == TO and row[7] != PERSON for row in rows),
    )


def asks(connection: Connection, owner_id: int, until: datetime) -> list[tuple[int, datetime]]:
    """(introducer, when) of every ask for an introduction that was sent, oldest first."""
    query = (
        select(draft.c.person_id, draft_event.c.at)
        .join(draft_event, draft_event.c.draft_id == draft.c.id)
        .where(draft.c.owner_id == owner_id, draft.c.kind == DraftKind.INTRO_REQUEST.value)
        .where(draft_event.c.after == DraftState.SENT.value, draft_event.c.at <= until)
        .order_by(draft_event.c.at, draft.c.id)
    )
    return [(who, at) for who, at in connection.execute(query)]
