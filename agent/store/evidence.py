"""What was seen of people, summed up: the facts their judgement rests on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, distinct, func, or_, select, type_coerce

from agent.store.bulk import among
from agent.store.db import Connection
from agent.store.people import EMAIL
from agent.store.schema import identity, interaction, message, name_seen, participant
from agent.types import NOT_ADDRESSED, Direction, Kind, Part

DAY_SECONDS = 86_400
FEW = 200


@dataclass(slots=True)
class Evidence:
    """One person's sums. `names`: (name, times, last day); `recipients`: size of the mails from them → how many.

    `subjects`: how many different subjects their mails have when numbers are left out. `answers`: how many of the
    mails answer another.
    """

    addresses: list[str] = field(default_factory=list)
    names: list[tuple[str, int, int]] = field(default_factory=list)
    from_kinds: Counter[Kind] = field(default_factory=Counter)
    recipients: Counter[int] = field(default_factory=Counter)
    subjects: int = 0
    answers: int = 0
    list_role: int = 0
    sent: int = 0
    sent_days: int = 0
    received_days: int = 0
    met: int = 0
    relayed_senders: int = 0


def of(
    connection: Connection,
    people: Iterable[int],
    known: Callable[[list[str]], bool] = lambda _: False,
    doubted: Callable[[Evidence], bool] = lambda _: True,
) -> dict[int, Evidence]:
    """Person → evidence. At most some thousand people a call.

    Of people whose addresses are `known` no more than their names is gathered: the owner stands on every mail. What
    their mails are about is looked at of those only who are `doubted` by the rest.
    """
    found = {who: Evidence() for who in people}
    _addresses(connection, found)
    _names(connection, found)
    asked = {who: evidence for who, evidence in found.items() if not known(evidence.addresses)}
    for gather in (_written, _listed, _contact, _relayed):
        gather(connection, asked)
    _subjects(connection, {who: evidence for who, evidence in asked.items() if doubted(evidence)})
    return found


def _among(found: Collection[int]) -> ColumnElement[bool]:
    """That an identity is one of theirs.

    SQLite starts from people that are named, and so reads the messages of many in no order; from an expression it
    cannot, and reads the tables as they lie, which for thousands takes a third of the time.
    """
    return among(identity.c.person_id if len(found) <= FEW else identity.c.person_id + 0, found)


def _addresses(connection: Connection, found: dict[int, Evidence]) -> None:
    query = select(identity.c.person_id, identity.c.value).where(
        among(identity.c.person_id, found), identity.c.kind == EMAIL
    )
    for who, address in connection.execute(query.order_by(identity.c.value)):
        found[who].addresses.append(address)


def _names(connection: Connection, found: dict[int, Evidence]) -> None:
    query = (
        select(identity.c.person_id, name_seen.c.name, name_seen.c.times, name_seen.c.last_day)
        .join(name_seen, name_seen.c.identity_id == identity.c.id)
        .where(among(identity.c.person_id, found))
        .order_by(name_seen.c.name)
    )
    for who, name, times, day in connection.execute(query):
        found[who].names.append((name, times, day))


def _written(connection: Connection, found: dict[int, Evidence]) -> None:
    columns = (identity.c.person_id, message.c.kind, message.c.recipients)
    query = _from_them(select(*columns, func.count()), found).group_by(*columns)
    for who, kind, size, times in connection.execute(query):
        found[who].from_kinds[Kind(kind)] += times
        found[who].recipients[size] += times


def _subjects(connection: Connection, found: dict[int, Evidence]) -> None:
    without_numbers: ColumnElement[str] = message.c.subject
    for digit in "0123456789":
        without_numbers = func.replace(without_numbers, digit, "")
    replies = [message.c.subject.ilike(f"{prefix}:%") for prefix in ("re", "aw", "sv", "antw")]
    answer = case((or_(message.c.thread != message.c.rfc_id, *replies), 1), else_=0)
    columns = (identity.c.person_id, func.count(distinct(without_numbers)), func.sum(answer))
    for who, subjects, answers in connection.execute(_from_them(select(*columns), found).group_by(columns[0])):
        found[who].subjects, found[who].answers = subjects, int(answers)


def _from_them(query: Any, found: Collection[int]) -> Any:
    return (
        query.select_from(identity)
        .join(participant, participant.c.identity_id == identity.c.id)
        .join(message, message.c.id == participant.c.message_id)
        .where(_among(found), participant.c.part == Part.FROM.value)
    )


def _listed(connection: Connection, found: dict[int, Evidence]) -> None:
    query = (
        select(identity.c.person_id, func.count())
        .join(participant, participant.c.identity_id == identity.c.id)
        .where(_among(found), participant.c.part == Part.LIST.value)
        .group_by(identity.c.person_id)
    )
    for who, count in connection.execute(query):
        found[who].list_role = count


def _contact(connection: Connection, found: dict[int, Evidence]) -> None:
    day = type_coerce(interaction.c.at, BigInteger) // DAY_SECONDS
    query = (
        select(identity.c.person_id, interaction.c.direction, func.count(), func.count(distinct(day)))
        .join(interaction, interaction.c.identity_id == identity.c.id)
        .where(among(identity.c.person_id, found))
        .group_by(identity.c.person_id, interaction.c.direction)
    )
    sums: dict[tuple[int, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for who, direction, times, days in connection.execute(query):
        sums[who, direction] = (times, days)
    for who, evidence in found.items():
        evidence.sent, evidence.sent_days = sums[who, Direction.SENT.value]
        evidence.received_days = sums[who, Direction.RECEIVED.value][1]
        evidence.met = sums[who, Direction.MET.value][0]


def _relayed(connection: Connection, found: dict[int, Evidence]) -> None:
    """By how many senders mail reached the owner although it was addressed to nobody but them."""
    sender = participant.alias()
    query = (
        select(identity.c.person_id, func.count(distinct(sender.c.identity_id)))
        .join(participant, participant.c.identity_id == identity.c.id)
        .join(message, message.c.id == participant.c.message_id)
        .join(sender, sender.c.message_id == message.c.id)
        .where(_among(found), participant.c.part.in_((Part.TO.value, Part.CC.value)))
        .where(message.c.outcome_reason == NOT_ADDRESSED, message.c.recipients == 1, sender.c.part == Part.FROM.value)
        .group_by(identity.c.person_id)
    )
    for who, senders in connection.execute(query):
        found[who].relayed_senders = senders
