"""What the store knows around a draft: how much was written lately, contact since, the mail the owner sent of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import Select, and_, func, not_, or_, select

from agent.store import suppression
from agent.store.db import Connection
from agent.store.drafts import Draft
from agent.store.people import EMAIL
from agent.store.schema import card, draft, draft_event, identity, interaction, message, owner, participant
from agent.store.states import OPEN
from agent.store.suppression import Suppression
from agent.types import Direction, DraftState, Kind, Part

SIMILAR = 0.9
MOST_REPORTS = 20
REPORTED_WITHIN = timedelta(days=7)  # servers give up after five days (RFC 5321 §4.5.4.1)
PROBABLE_DAYS = timedelta(days=14)
SKEW = timedelta(days=1)  # clocks of mail programs and servers; a token or Message-ID is proof enough


@dataclass(frozen=True, slots=True)
class Contact:
    """Contact with the person of a draft after it was planned."""

    at: datetime
    channel: str
    direction: str


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report: when it came, its Message-ID, and whether it refers to the mail asked about by its header."""

    at: datetime
    rfc_id: str
    refers: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail of the owner's in which a draft was recognised; `level` as in docs/states.md, 1 the surest."""

    level: int
    how: str
    at: datetime


def written_to(connection: Connection, owner_id: int) -> frozenset[str]:
    """Every address the owner wrote to or met, or that stands on a card in their own folder."""
    ours = interaction.c.direction.in_([Direction.SENT.value, Direction.MET.value])
    query = select(identity.c.value).join(interaction, interaction.c.identity_id == identity.c.id)
    met = query.where(interaction.c.owner_id == owner_id, ours).distinct()
    on_cards = select(identity.c.value).join(card, card.c.identity_id == identity.c.id)
    carded = on_cards.where(card.c.owner_id == owner_id, identity.c.kind == EMAIL).distinct()
    return frozenset(connection.scalars(met)) | frozenset(connection.scalars(carded))


def addresses_of(connection: Connection, person_id: int) -> frozenset[str]:
    """Every address of a person."""
    query = select(identity.c.value).where(identity.c.person_id == person_id, identity.c.kind == EMAIL)
    return frozenset(connection.scalars(query))


def forbidden(connection: Connection, row: Draft) -> Suppression | None:
    """The do-not-contact rule against this draft, by person, by any address of theirs, or by its recipient."""
    addresses = addresses_of(connection, row.person_id) | set(row.recipients)
    return suppression.matching(connection, row.owner_id, row.person_id, addresses)


def salt_of(connection: Connection, owner_id: int) -> bytes:
    """The owner's secret, from which tokens of drafts are made."""
    return bytes(connection.execute(select(owner.c.salt).where(owner.c.id == owner_id)).scalar_one())


def contact_since(connection: Connection, row: Draft, now: datetime) -> Contact | None:
    """The latest contact with the person, on any channel, that was not known when the draft was planned."""
    own_mail = or_(
        and_(message.c.rfc_id != "", message.c.rfc_id == row.rfc_id),
        and_(message.c.draft_token != "", message.c.draft_token == row.token),
    )
    query = (
        select(interaction.c.at, interaction.c.channel, interaction.c.direction)
        .join(identity, identity.c.id == interaction.c.identity_id)
        .join(message, message.c.id == interaction.c.message_id)
        .where(interaction.c.owner_id == row.owner_id, identity.c.person_id == row.person_id, not_(own_mail))
        .where(interaction.c.at > (row.since or row.created_at), interaction.c.at <= now)
        .order_by(interaction.c.at.desc())
        .limit(1)
    )
    found = connection.execute(query).one_or_none()
    return None if found is None else Contact(*found)


def sent_mail(connection: Connection, row: Draft, *, missing: bool) -> Sent | None:
    """The owner's sent mail that was this draft.

    1 token; 2 Message-ID. While the draft lies in Drafts nothing less is proof; once it is `missing` there also
    count 4 an answer in the same thread to the same person, and 5 a mail to that person with nearly the same
    subject within 14 days where no other draft is open for them ("probable").
    """
    if not row.rfc_id:
        return None
    for level, how, same in (
        (1, "by its token", and_(message.c.draft_token != "", message.c.draft_token == row.token)),
        (2, "by its Message-ID", and_(message.c.rfc_id != "", message.c.rfc_id == row.rfc_id)),
    ):
        at = connection.scalar(_sent_by_owner(row, SKEW).where(same).limit(1))
        if at is not None:
            return Sent(level, how, at)
    return _likely(connection, row) if missing else None


def answered(connection: Connection, row: Draft, now: datetime) -> datetime | None:
    """When somebody first answered this very mail or a delivery report on it came, whichever was first."""
    query = (
        select(message.c.at)
        .where(message.c.owner_id == row.owner_id, not_(message.c.sent), message.c.thread == row.rfc_id)
        .where(message.c.at.between(row.created_at - SKEW, now))
        .order_by(message.c.at)
        .limit(1)
    )
    return connection.scalar(query) if row.rfc_id else None


def reports(connection: Connection, row: Draft) -> list[Report]:
    """Delivery reports that may be of this mail, newest first: those that refer to it, and those of its first week."""
    threads = [thread for thread in (row.rfc_id, row.thread) if thread]
    refers = message.c.thread.in_(threads)
    soon = message.c.at.between(row.changed_at - SKEW, row.changed_at + REPORTED_WITHIN)
    query = (
        select(message.c.at, message.c.rfc_id, refers)
        .where(message.c.owner_id == row.owner_id, message.c.kind == Kind.BOUNCE.value)
        .where(message.c.at >= row.created_at, or_(refers, soon))
        .order_by(message.c.at.desc())
        .limit(MOST_REPORTS)
    )
    return [Report(at, rfc_id, bool(refers_)) for at, rfc_id, refers_ in connection.execute(query)]


def may_name(connection: Connection, row: Draft) -> list[tuple[str, datetime]]:
    """Message-IDs and times of mails that may name this one, newest first: its thread, and reports of the next week.

    The ledger keeps where a thread begins, and not whom a mail answers: each has to be read to know.
    """
    report = and_(message.c.kind == Kind.BOUNCE.value, message.c.at <= row.changed_at + REPORTED_WITHIN)
    query = (
        select(message.c.rfc_id, message.c.at)
        .where(message.c.owner_id == row.owner_id, not_(message.c.sent), message.c.rfc_id != "")
        .where(message.c.at >= row.created_at, or_(message.c.thread == row.thread, report))
        .order_by(message.c.at.desc())
        .limit(MOST_REPORTS)
    )
    return [(rfc_id, at) for rfc_id, at in connection.execute(query)]


def tries(connection: Connection, row: Draft) -> int:
    """How often it was tried to send since it was approved."""
    query = (
        select(func.count())
        .where(draft_event.c.draft_id == row.id, draft_event.c.after == DraftState.SENDING.value)
        .where(draft_event.c.at >= row.approved_at)
    )
    return connection.scalar(query) or 0


def handed_over_since(connection: Connection, owner_id: int, instant: datetime) -> int:
    """How many mails reached the point of no return after `instant`: what the daily limit counts."""
    query = (
        select(func.count())
        .select_from(draft_event.join(draft, draft.c.id == draft_event.c.draft_id))
        .where(draft.c.owner_id == owner_id, draft_event.c.after == DraftState.COMMITTING.value)
        .where(draft_event.c.at > instant)
    )
    return connection.scalar(query) or 0


def _sent_by_owner(row: Draft, skew: timedelta = timedelta()) -> Select[Any]:
    return (
        select(message.c.at)
        .where(message.c.owner_id == row.owner_id, message.c.sent, message.c.at >= row.created_at - skew)
        .order_by(message.c.at)
    )


def _likely(connection: Connection, row: Draft) -> Sent | None:
    to_person = (
        select(participant.c.message_id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .where(participant.c.part.in_([Part.TO.value, Part.CC.value, Part.BCC.value]))
        .where(identity.c.person_id == row.person_id)
    )
    sent = _sent_by_owner(row).where(message.c.id.in_(to_person))
    if row.reply:
        at = connection.scalar(sent.where(message.c.thread.in_([row.thread, row.reply["rfc_id"]])).limit(1))
        if at is not None:
            return Sent(4, "by its thread and recipient", at)
    lie = draft.c.state.in_([state.value for state in OPEN])
    theirs = select(draft.c.id).where(draft.c.owner_id == row.owner_id, draft.c.person_id == row.person_id, lie)
    if len(connection.scalars(theirs.limit(2)).all()) > 1:
        return None
    until = row.created_at + PROBABLE_DAYS
    query = sent.add_columns(message.c.subject).where(message.c.at <= until)
    for at, subject in connection.execute(query):
        if SequenceMatcher(None, subject.casefold(), row.subject.casefold()).ratio() >= SIMILAR:
            return Sent(5, "probably: the same recipient and nearly the same subject", at)
    return None
