"""Who is who, as the owner decided: identities moved between people, refusals for good, and a log to undo from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations, product
from typing import Any

from sqlalchemy import BigInteger, and_, delete, func, insert, or_, select, type_coerce, update

from agent.store import cards
from agent.store.bulk import among
from agent.store.db import Connection, insert_ignore
from agent.store.people import EMAIL
from agent.store.schema import apart, decision, draft, identity, interaction, name_seen, participant, person, report

DAY_SECONDS = 86_400


@dataclass
class Entry:
    """One person with what matching looks at. `names`: name → times seen; days count from 1970-01-01 UTC."""

    person_id: int
    name: str
    organization: str | None
    identities: dict[int, tuple[str, str]] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)
    days: dict[int, tuple[int, int]] = field(default_factory=dict)
    cards: frozenset[str] = frozenset()

    def known_by(self, kind: str) -> frozenset[str]:
        """Their identities of a kind: profiles, phone numbers."""
        return frozenset(value for of, value in self.identities.values() if of == kind)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Their mail addresses."""
        return tuple(value for kind, value in self.identities.values() if kind == EMAIL)


@dataclass(frozen=True, slots=True)
class Decision:
    """One of the owner's decisions: `merge`, `split` or `refuse`, and what it moved."""

    id: int
    kind: str
    moved: dict[str, Any]


def entries(connection: Connection, owner_id: int, until: datetime) -> dict[int, Entry]:
    """Everybody who is judged a person and has an identity, by id, as known at an instant."""
    query = (
        select(person.c.id, person.c.name, person.c.organization, identity.c.id, identity.c.kind, identity.c.value)
        .join(identity, identity.c.person_id == person.c.id)
        .where(person.c.owner_id == owner_id, person.c.role == "person")
        .order_by(person.c.id, identity.c.id)
    )
    found: dict[int, Entry] = {}
    for who, name, firm, ident, kind, value in connection.execute(query):
        found.setdefault(who, Entry(who, name, firm)).identities[ident] = (kind, value)
    _names(connection, owner_id, found)
    _days(connection, owner_id, found, until)
    for who, places in cards.shared(connection, owner_id).items():
        if who in found:
            found[who].cards = places
    return found


def _names(connection: Connection, owner_id: int, found: dict[int, Entry]) -> None:
    query = (
        select(identity.c.person_id, name_seen.c.name, name_seen.c.times)
        .join(name_seen, name_seen.c.identity_id == identity.c.id)
        .where(identity.c.owner_id == owner_id)
    )
    for who, name, times in connection.execute(query):
        if who in found:
            found[who].names[name] += times


def _days(connection: Connection, owner_id: int, found: dict[int, Entry], until: datetime) -> None:
    seconds = type_coerce(interaction.c.at, BigInteger)
    query = (
        select(identity.c.person_id, identity.c.id, func.min(seconds), func.max(seconds))
        .join(interaction, interaction.c.identity_id == identity.c.id)
        .where(identity.c.owner_id == owner_id, interaction.c.at <= until)
        .group_by(identity.c.person_id, identity.c.id)
    )
    for who, ident, first, last in connection.execute(query):
        if who in found:
            found[who].days[ident] = (first // DAY_SECONDS, last // DAY_SECONDS)


def together(connection: Connection, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """On how many messages the two of each pair stand beside each other; pairs are (smaller id, larger id)."""
    wanted = set(pairs)
    on: defaultdict[int, set[int]] = defaultdict(set)
    query = select(participant.c.message_id, identity.c.person_id).join(identity)
    anybody = {who for pair in wanted for who in pair}
    for message_id, who in connection.execute(query.where(among(identity.c.person_id, anybody))):
        on[message_id].add(who)
    seen = Counter(pair for people in on.values() for pair in combinations(sorted(people), 2))
    return {pair: seen[pair] for pair in wanted if seen[pair]}


def refused(connection: Connection, owner_id: int) -> set[tuple[int, int]]:
    """Pairs of people of whom the owner said that they are two, as (smaller id, larger id)."""
    one, other = identity.alias(), identity.alias()
    query = (
        select(one.c.person_id, other.c.person_id)
        .join(apart, apart.c.one_id == one.c.id)
        .join(other, other.c.id == apart.c.other_id)
        .where(one.c.owner_id == owner_id)
    )
    return {(min(a, b), max(a, b)) for a, b in connection.execute(query)}


def identities_of(connection: Connection, person_id: int) -> dict[int, str]:
    """Identity id → value, of one person."""
    query = select(identity.c.id, identity.c.value).where(identity.c.person_id == person_id).order_by(identity.c.id)
    return {row[0]: row[1] for row in connection.execute(query)}


def holders(connection: Connection, identity_ids: Iterable[int]) -> dict[int, int]:
    """Identity id → the person who has it now, for those that still exist."""
    query = select(identity.c.id, identity.c.person_id).where(among(identity.c.id, identity_ids))
    return {row.id: row.person_id for row in connection.execute(query)}


def new_person(connection: Connection, owner_id: int) -> int:
    """A person without an identity yet."""
    return int(connection.scalars(insert(person).values(owner_id=owner_id).returning(person.c.id)).one())


def give(connection: Connection, identity_ids: Iterable[int], person_id: int) -> None:
    """These identities are this person's from now on; the ledger, which speaks of identities, stays as it is."""
    connection.execute(update(identity).where(among(identity.c.id, identity_ids)).values(person_id=person_id))


def drafts_of(connection: Connection, person_id: int, address: str | None = None) -> list[int]:
    """Ids of the drafts to this person, or of those to one of their addresses."""
    rows = connection.execute(select(draft.c.id, draft.c.recipients).where(draft.c.person_id == person_id)).all()
    return [ident for ident, recipients in rows if address is None or address in (recipients or ())]


def give_drafts(connection: Connection, draft_ids: Iterable[int], person_id: int) -> None:
    """These drafts are to this person; one whose reason they have a draft for already gets a reason of its own."""
    columns = (draft.c.id, draft.c.kind, draft.c.reason_key)
    held = connection.execute(select(*columns[1:]).where(draft.c.person_id == person_id))
    taken = {(kind, reason) for kind, reason in held}
    for ident, kind, reason in connection.execute(select(*columns).where(among(draft.c.id, draft_ids))).all():
        key = f"{reason} ({ident})" if (kind, reason) in taken else reason
        connection.execute(update(draft).where(draft.c.id == ident).values(person_id=person_id, reason_key=key))


def rename_in_reports(connection: Connection, owner_id: int, before: int, after: int) -> None:
    """Reports that told of one person told of the other."""
    rows = connection.execute(select(report.c.id, report.c.people).where(report.c.owner_id == owner_id)).all()
    for ident, people in rows:
        if before in (people or ()):
            told = [after if who == before else who for who in people]
            connection.execute(update(report).where(report.c.id == ident).values(people=told))


def drop_person(connection: Connection, person_id: int) -> None:
    """Remove a person who has no identity any more."""
    connection.execute(delete(person).where(person.c.id == person_id))


def keep_apart(connection: Connection, some: Iterable[int], others: Iterable[int]) -> list[list[int]]:
    """These identities are two people's, for good; the edges noted, as [smaller id, larger id]."""
    edges = sorted([min(pair), max(pair)] for pair in product(some, others))
    if edges:
        connection.execute(insert_ignore(connection, apart), [{"one_id": a, "other_id": b} for a, b in edges])
    return edges


def edges_between(connection: Connection, some: Collection[int], others: Collection[int]) -> list[list[int]]:
    """The edges that keep two groups of identities apart."""
    either = or_(
        and_(among(apart.c.one_id, some), among(apart.c.other_id, others)),
        and_(among(apart.c.one_id, others), among(apart.c.other_id, some)),
    )
    return sorted([a, b] for a, b in connection.execute(select(apart.c.one_id, apart.c.other_id).where(either)))


def drop_edges(connection: Connection, edges: Iterable[list[int]]) -> None:
    """Take edges back."""
    for one, other in edges:
        connection.execute(delete(apart).where(apart.c.one_id == one, apart.c.other_id == other))


def log(connection: Connection, owner_id: int, kind: str, at: datetime, moved: dict[str, Any]) -> int:
    """Note a decision; its id."""
    values = {"owner_id": owner_id, "kind": kind, "at": at, "moved": moved}
    return int(connection.scalars(insert(decision).values(**values).returning(decision.c.id)).one())


def last_decision(connection: Connection, owner_id: int) -> Decision | None:
    """The latest decision that is not undone."""
    query = (
        select(decision.c.id, decision.c.kind, decision.c.moved)
        .where(decision.c.owner_id == owner_id, decision.c.undone.is_(False))
        .order_by(decision.c.id.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else Decision(*found)


def mark_undone(connection: Connection, decision_id: int) -> None:
    """This decision holds no longer."""
    connection.execute(update(decision).where(decision.c.id == decision_id).values(undone=True))
