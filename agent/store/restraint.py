"""What restraint is judged by: what was made of late and for whom, and what is known of the people it is for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from agent.store.bulk import among
from agent.store.db import Connection
from agent.store.people import EMAIL
from agent.store.schema import draft, identity, owner, person
from agent.store.states import OPEN, UNREVIEWED
from agent.types import DraftKind, DraftState


@dataclass(frozen=True, slots=True)
class Made:
    """A draft that was made and not refused, as far as restraint goes by it; with the firm of its person."""

    person_id: int
    organization: str | None
    kind: DraftKind
    target_id: int | None
    state: DraftState
    edited: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Who:
    """What restraint asks of a person."""

    organization: str | None
    colleague: bool
    addresses: frozenset[str]


NOBODY = Who(None, colleague=False, addresses=frozenset())
"""Somebody who was forgotten meanwhile."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was written lately, and to whom. Refused drafts count nowhere."""

    made_this_week: int
    unreviewed: int
    open_with_person: int
    last_with_person: datetime | None
    open_for_target: int
    last_for_target: datetime | None
    asks_this_month: int
    last_ask_of_person: datetime | None
    last_at_firm: datetime | None


def made(connection: Connection, owner_id: int) -> list[Made]:
    """Every draft of this owner that was not refused, the newest first."""
    columns = (draft.c.person_id, person.c.organization, draft.c.kind, draft.c.target_id, draft.c.state, draft.c.edited)
    query = (
        select(*columns, draft.c.created_at)
        .outerjoin(person, person.c.id == draft.c.person_id)
        .where(draft.c.owner_id == owner_id, draft.c.state != DraftState.REFUSED.value)
        .order_by(draft.c.created_at.desc())
    )
    return [
        Made(who, firm, DraftKind(kind), target, DraftState(state), edited, at)
        for who, firm, kind, target, state, edited, at in connection.execute(query)
    ]


def counts(rows: Sequence[Made], person_id: int, firm: str | None, target_id: int | None, now: datetime) -> Counts:
    """The numbers for one person, their firm and a target at `now`, from what `made` gives.

    What is dated ahead of `now` counts as just made.
    """
    month, week = now - timedelta(days=30), now - timedelta(days=7)
    theirs = [row for row in rows if row.person_id == person_id]
    asks = [row for row in rows if row.kind is DraftKind.INTRO_REQUEST]
    aimed = [row for row in asks if target_id and row.target_id == target_id]
    return Counts(
        made_this_week=sum(row.at > week for row in rows),
        unreviewed=sum(row.state in UNREVIEWED and not row.edited for row in rows),
        open_with_person=sum(row.state in OPEN for row in theirs),
        last_with_person=_last(theirs),
        open_for_target=sum(row.state in OPEN for row in aimed),
        last_for_target=_last(aimed),
        asks_this_month=sum(row.at > month for row in asks),
        last_ask_of_person=_last(asks, lambda row: row.person_id == person_id),
        last_at_firm=_last(rows, lambda row: row.organization == firm) if firm else None,
    )


def _last(rows: Iterable[Made], wanted: Callable[[Made], bool] = lambda _: True) -> datetime | None:
    return next((row.at for row in rows if wanted(row)), None)


def who(connection: Connection, people: Collection[int]) -> dict[int, Who]:
    """Person → what restraint asks of them."""
    addresses: dict[int, set[str]] = {ident: set() for ident in people}
    known = select(identity.c.person_id, identity.c.value).where(identity.c.kind == EMAIL)
    for ident, address in connection.execute(known.where(among(identity.c.person_id, people))):
        addresses[ident].add(address)
    query = select(person.c.id, person.c.organization, person.c.colleague).where(among(person.c.id, people))
    return {
        ident: Who(organization, colleague, frozenset(addresses[ident]))
        for ident, organization, colleague in connection.execute(query)
    }


def first_report_at(connection: Connection, owner_id: int) -> datetime | None:
    """When the owner got the first report; None before it."""
    return connection.scalar(select(owner.c.first_report_at).where(owner.c.id == owner_id))


def bounced_addresses(connection: Connection, owner_id: int) -> frozenset[str]:
    """Addresses from which a draft came back undeliverable."""
    query = select(draft.c.recipients).where(draft.c.owner_id == owner_id, draft.c.state == DraftState.BOUNCED.value)
    return frozenset(address for recipients in connection.scalars(query) for address in recipients or ())
