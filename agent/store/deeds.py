"""Small mails between people, with who wrote and who received: what the ledger of gives and asks is read from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select

from agent.store.db import Connection
from agent.store.schema import draft, draft_event, identity, message, participant, person
from agent.types import Channel, DraftKind, DraftState, Kind, Part

MOST = 4
WROTE = (Part.FROM.value,)
READ = (Part.TO.value, Part.CC.value, Part.BCC.value)


@dataclass(frozen=True, slots=True)
class Letter:
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


def letters(connection: Connection, owner_id: int, until: datetime) -> Iterator[Letter]:
    """Mails written by people to at most four, oldest first."""
    columns = (message.c.id, message.c.at, message.c.thread, message.c.subject, message.c.sent)
    query = (
        select(*columns, participant.c.part, identity.c.person_id, person.c.role)
        .join(participant, participant.c.message_id == message.c.id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .join(person, person.c.id == identity.c.person_id)
        .where(message.c.owner_id == owner_id, message.c.at <= until, message.c.recipients <= MOST)
        .where(message.c.channel == Channel.MAIL.value, message.c.kind == Kind.PERSON.value)
        .where(participant.c.part.in_((*WROTE, *READ)), person.c.role.in_(("person", "self")))
        .order_by(message.c.at, message.c.id)
    )
    for head, rows in groupby(connection.execute(query), key=itemgetter(0, 1, 2, 3, 4)):
        yield _letter(head, [tuple(row[5:]) for row in rows])


def _letter(head: tuple[int, datetime, str, str, bool], rows: list[tuple[str, int, str]]) -> Letter:
    others: dict[bool, set[int]] = defaultdict(set)
    for part, who, role in rows:
        if role == "person":
            others[part in WROTE].add(who)
    return Letter(
        *head,
        sender=min(others[True], default=None),
        readers=frozenset(others[False]),
        direct=frozenset(who for part, who, role in rows if part == Part.TO.value and role == "person"),
        to_owner=any(part == Part.TO.value and role == "self" for part, _, role in rows),
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
