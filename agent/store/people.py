"""People and their identities: resolve addresses, keep the names they were seen under, gather facts on each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, or_, select, type_coerce, update

from agent.store.bulk import among, insert_rows, next_ids, several
from agent.store.db import Connection
from agent.store.schema import identity, interaction, name_seen, person

EMAIL = "email"
FEW = 500
SHORT = 3
_WORD = re.compile(r"[^\W_]+")
_COUNTED = (
    "ON CONFLICT (identity_id, name) DO UPDATE SET times = name_seen.times + excluded.times, last_day = "
    "CASE WHEN name_seen.last_day >= excluded.last_day THEN name_seen.last_day ELSE excluded.last_day END"
)
_FOUND = select(identity.c.value, identity.c.id, identity.c.person_id).where(
    identity.c.owner_id == bindparam("owner"),
    identity.c.kind == bindparam("kind"),
    among(identity.c.value, several("values")),
)


def find(connection: Connection, owner_id: int, values: Iterable[str], kind: str = EMAIL) -> dict[str, tuple[int, int]]:
    """Address (or what else identifies somebody) → (identity id, person id) for those already known."""
    rows = connection.execute(_FOUND, {"owner": owner_id, "kind": kind, "values": list(values)})
    return {value: (ident, who) for value, ident, who in rows}


def resolve(connection: Connection, owner_id: int, addresses: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Address → (identity id, person id); an address never seen becomes a person of its own."""
    wanted = list(dict.fromkeys(addresses))
    known = find(connection, owner_id, wanted)
    missing = [address for address in wanted if address not in known]
    if missing:
        known.update(_add(connection, owner_id, missing))
    return known


def _add(connection: Connection, owner_id: int, addresses: list[str]) -> dict[str, tuple[int, int]]:
    people, idents = (next_ids(connection, table, len(addresses)) for table in (person, identity))
    insert_rows(connection, person, ("id", "owner_id"), [(who, owner_id) for who in people])
    rows = [(i, owner_id, who, EMAIL, value) for i, who, value in zip(idents, people, addresses, strict=True)]
    insert_rows(connection, identity, ("id", "owner_id", "person_id", "kind", "value"), rows)
    return dict(zip(addresses, zip(idents, people, strict=True), strict=True))


def unjudged(connection: Connection, owner_id: int, but: Collection[str]) -> dict[str, int] | None:
    """Address → identity of people of whom something new was seen, but for some addresses; None where they are many."""
    query = (
        select(identity.c.value, identity.c.id)
        .join(person, person.c.id == identity.c.person_id)
        .where(person.c.owner_id == owner_id, person.c.touched, identity.c.kind == EMAIL)
    )
    rows = connection.execute(query.limit(FEW + len(but) + 1))
    found = {value: ident for value, ident in rows if value not in but}
    return found if len(found) <= FEW else None


def anybody(connection: Connection, owner_id: int) -> bool:
    """Whether this owner knows of anybody yet, themself included."""
    return connection.scalar(select(person.c.id).where(person.c.owner_id == owner_id).limit(1)) is not None


def at_hosts(connection: Connection, owner_id: int, domains: Iterable[str]) -> dict[str, int]:
    """Address → identity of everybody whose address is at one of these domains or below."""
    hosts = [f"%{mark}{_escaped(domain)}" for domain in domains for mark in "@."]
    if not hosts:
        return {}
    query = select(identity.c.value, identity.c.id).where(
        identity.c.owner_id == owner_id,
        identity.c.kind == EMAIL,
        or_(*[identity.c.value.like(host, escape="\\") for host in hosts]),
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def note_names(connection: Connection, seen: Mapping[tuple[int, str], tuple[int, int]]) -> None:
    """Add (identity, name) → (times, last day) to the evidence."""
    rows = [(ident, name, times, day) for (ident, name), (times, day) in seen.items()]
    insert_rows(connection, name_seen, ("identity_id", "name", "times", "last_day"), rows, _COUNTED)


def touch(connection: Connection, people: Iterable[int]) -> None:
    """Ask for these people to be judged again."""
    asked = sorted(people)
    if asked:
        untouched = among(person.c.id, asked) & ~person.c.touched
        connection.execute(update(person).where(untouched).values(touched=True))


def touch_all(connection: Connection, owner_id: int) -> None:
    """Ask for everybody to be judged again."""
    connection.execute(update(person).where(person.c.owner_id == owner_id, ~person.c.touched).values(touched=True))


def touched(connection: Connection, owner_id: int, limit: int) -> list[int]:
    """People who wait to be judged again."""
    query = select(person.c.id).where(person.c.owner_id == owner_id, person.c.touched).limit(limit)
    return list(connection.scalars(query))


def save_judgement(connection: Connection, rows: Iterable[Mapping[str, object]]) -> None:
    """Store name, organization, colleague, role and reasons of people; rows carry `id` as `b_id`."""
    values = list(rows)
    if values:
        columns = ("name", "organization", "colleague", "role", "reasons")
        changes: dict[str, Any] = {column: bindparam(column) for column in columns}
        connection.execute(
            update(person).where(person.c.id == bindparam("b_id")).values(touched=False, **changes), values
        )


def search(connection: Connection, owner_id: int, text: str) -> list[int]:
    """People by exact address, else by part of a name or address, in whatever case and with or without accents.

    One or two letters or digits name who has them as a word: a slip like a draft's number is nobody's name.
    """
    lowered = text.strip().lower()
    exact = find(connection, owner_id, [lowered])
    if exact:
        return [exact[lowered][1]]
    query = (
        select(person.c.id, person.c.name, identity.c.value)
        .join(identity, identity.c.person_id == person.c.id)
        .where(person.c.owner_id == owner_id)
        .order_by(person.c.id)
    )
    wanted, rows = _plain(lowered), connection.execute(query)
    part: Callable[[str], Collection[str]] = _WORD.findall if wanted.isascii() and 0 < len(wanted) < SHORT else str
    return list(dict.fromkeys(who for who, name, held in rows if wanted in part(_plain(name)) or lowered in part(held)))


def _plain(text: str) -> str:
    """Small letters without accents. Not asked of the database: SQLite knows the small letters of ASCII alone."""
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join([letter for letter in parted if not unicodedata.combining(letter)])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as stored. `addresses`: the one last in use first."""

    id: int
    name: str
    organization: str | None
    colleague: bool
    role: str
    reasons: tuple[str, ...]
    addresses: tuple[str, ...]


def profiles(connection: Connection, owner_id: int, people: Iterable[int]) -> dict[int, Profile]:
    """Person id → profile."""
    columns = (person.c.id, person.c.name, person.c.organization, person.c.colleague, person.c.role, person.c.reasons)
    rows = connection.execute(select(*columns).where(person.c.owner_id == owner_id, among(person.c.id, people))).all()
    addresses = in_use(connection, [row.id for row in rows])
    return {row.id: Profile(*row[:-1], tuple(row.reasons or ()), tuple(addresses.get(row.id, ()))) for row in rows}


def organizations(connection: Connection, owner_id: int) -> dict[int, str]:
    """Person id → organization, of everybody whose organization is known."""
    query = select(person.c.id, person.c.organization).where(
        person.c.owner_id == owner_id, person.c.organization.is_not(None)
    )
    return {row.id: row.organization for row in connection.execute(query)}


def namesakes(connection: Connection, owner_id: int, known: Collection[int]) -> frozenset[int]:
    """People who bear the full name of one of those known, and are none of them: another address of theirs, likely."""
    query = select(person.c.id, person.c.name).where(person.c.owner_id == owner_id, person.c.name.contains(" "))
    names = {row.id: row.name.casefold() for row in connection.execute(query)}
    borne = {names[who] for who in known if who in names}
    return frozenset(who for who, name in names.items() if who not in known and name in borne)


def at_organization(connection: Connection, owner_id: int, wanted: str) -> list[int]:
    """People at an organization, by its domain, or by the first label of it when there is no dot in `wanted`."""
    lowered = wanted.strip().lower()
    same = person.c.organization == lowered
    if "." not in lowered:
        same = person.c.organization.like(f"{_escaped(lowered)}.%", escape="\\")
    query = select(person.c.id).where(person.c.owner_id == owner_id, person.c.role == "person", same)
    return list(connection.scalars(query.order_by(person.c.id)))


def in_use(connection: Connection, people: Iterable[int]) -> dict[int, list[str]]:
    """Person → addresses, the one last in use first."""
    query = (
        select(identity.c.person_id, identity.c.value)
        .outerjoin(interaction, interaction.c.identity_id == identity.c.id)
        .where(among(identity.c.person_id, people), identity.c.kind == EMAIL)
        .group_by(identity.c.id, identity.c.person_id, identity.c.value)
        .order_by(func.coalesce(func.max(type_coerce(interaction.c.at, BigInteger)), 0).desc(), identity.c.value)
    )
    found: dict[int, list[str]] = {}
    for who, address in connection.execute(query):
        found.setdefault(who, []).append(address)
    return found
