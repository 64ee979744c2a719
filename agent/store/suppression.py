"""Do not contact: addresses, domains, people, or everybody (the kill switch). It wins over every approval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select

from agent.store.db import Connection, insert_ignore
from agent.store.schema import suppression, wish
from agent.types import Standing

Kind = Literal["address", "domain", "person", "everybody"]
ALL: Kind = "everybody"
EVERYBODY = "*"
HIDDEN = (Standing.DROPPED.value, Standing.PRIVATE.value)


@dataclass(frozen=True, slots=True)
class Suppression:
    """One rule: an address, a domain with all below it, a person's id, or everybody.

    Kinds `dropped` and `private` are the owner's wishes of a tie (`agent.store.wishes`), with the person's id.
    """

    kind: str
    value: str
    since: datetime

    @property
    def words(self) -> str:
        """The rule as a reason."""
        if self.kind == "everybody":
            return f"everything is on hold since {self.since:%Y-%m-%d %H:%M} UTC (`weaktie hold --off` lets go)"
        if self.kind in HIDDEN:
            return f"you said {self.kind} of this tie (since {self.since:%Y-%m-%d})"
        what = "this person" if self.kind == "person" else self.value
        return f"{what} must not be contacted (since {self.since:%Y-%m-%d})"


def add(connection: Connection, owner_id: int, kind: Kind, value: str, at: datetime) -> bool:
    """Add a rule; False where it stood already. Addresses and domains are given as they are compared: lower-case."""
    row = {"owner_id": owner_id, "kind": kind, "value": value, "since": at}
    return connection.execute(insert_ignore(connection, suppression).values(**row)).rowcount == 1


def remove(connection: Connection, owner_id: int, kind: Kind, value: str) -> bool:
    """Take a rule away; False where there was none."""
    rule = (suppression.c.owner_id == owner_id, suppression.c.kind == kind, suppression.c.value == value)
    return connection.execute(delete(suppression).where(*rule)).rowcount == 1


def copy(connection: Connection, owner_id: int, person_id: int, other_id: int) -> None:
    """Whoever must not be written to as one person must not be as the other."""
    for since in _since(connection, owner_id, person_id):
        add(connection, owner_id, "person", str(other_id), since)


def hand_over(connection: Connection, owner_id: int, gone: int, kept: int) -> None:
    """The rule for a person holds for the one they were merged into."""
    copy(connection, owner_id, gone, kept)
    remove(connection, owner_id, "person", str(gone))


def people(connection: Connection, owner_id: int) -> frozenset[int]:
    """People there is a rule for."""
    same = (suppression.c.owner_id == owner_id, suppression.c.kind == "person")
    return frozenset(map(int, connection.scalars(select(suppression.c.value).where(*same))))


def keep_by_address(connection: Connection, owner_id: int, person_id: int, addresses: Iterable[str]) -> None:
    """The rule for a person who is known no longer holds for their addresses."""
    for since in _since(connection, owner_id, person_id):
        for address in addresses:
            add(connection, owner_id, "address", address, since)
    remove(connection, owner_id, "person", str(person_id))


def _since(connection: Connection, owner_id: int, person_id: int) -> list[datetime]:
    """When there came to be a rule for this person, if there is one."""
    same = (suppression.c.owner_id == owner_id, suppression.c.kind == "person", suppression.c.value == str(person_id))
    return list(connection.scalars(select(suppression.c.since).where(*same)))


def listed(connection: Connection, owner_id: int) -> list[Suppression]:
    """Every rule of this owner, oldest first."""
    columns = (suppression.c.kind, suppression.c.value, suppression.c.since)
    query = select(*columns).where(suppression.c.owner_id == owner_id)
    return [Suppression(*row) for row in connection.execute(query.order_by(suppression.c.since, suppression.c.value))]


def held(connection: Connection, owner_id: int) -> Suppression | None:
    """The kill switch, if it is thrown."""
    return next((rule for rule in listed(connection, owner_id) if rule.kind == "everybody"), None)


def matching(
    connection: Connection, owner_id: int, person_id: int | None, addresses: Iterable[str]
) -> Suppression | None:
    """The first rule that forbids writing to this person at any of these addresses; the kill switch first of all."""
    return first(rules(connection, owner_id, person_id), person_id, addresses)


def rules(connection: Connection, owner_id: int, person_id: int | None = None) -> list[Suppression]:
    """Every rule, and what the owner wishes of this person, or of everybody when none is given."""
    return listed(connection, owner_id) + _wished(connection, owner_id, person_id)


def first(among: Iterable[Suppression], person_id: int | None, addresses: Iterable[str]) -> Suppression | None:
    """Of these rules the first that forbids writing to this person at any of these addresses."""
    wanted = [address.lower() for address in addresses]
    return min((rule for rule in among if _hits(rule, person_id, wanted)), key=_rank, default=None)


def _rank(rule: Suppression) -> int:
    return ("everybody", "person", *HIDDEN, "address", "domain").index(rule.kind)


def _wished(connection: Connection, owner_id: int, person_id: int | None) -> list[Suppression]:
    """Whom the owner dropped or keeps private is not written to by us."""
    columns = (wish.c.standing, wish.c.person_id, wish.c.changed_at)
    query = select(*columns).where(wish.c.owner_id == owner_id, wish.c.standing.in_(HIDDEN))
    found = connection.execute(query if person_id is None else query.where(wish.c.person_id == person_id))
    return [Suppression(kind, str(who), since) for kind, who, since in found]


def _hits(rule: Suppression, person_id: int | None, addresses: list[str]) -> bool:
    if rule.kind == "everybody":
        return True
    if rule.kind in ("person", *HIDDEN):
        return rule.value == str(person_id)
    if rule.kind == "address":
        return rule.value in addresses
    hosts = (address.rpartition("@")[2] for address in addresses)
    return any(host == rule.value or host.endswith(f".{rule.value}") for host in hosts)
