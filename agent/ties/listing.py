"""The owner's ties, read at one instant, each with its reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from agent.store import jobs, messages, people, ties, wishes
from agent.store.db import Connection
from agent.store.messages import Stored
from agent.store.people import Profile
from agent.ties import explain
from agent.ties.bridge import Bridge, Sight, bridges
from agent.ties.model import Rhythm
from agent.ties.owner import owner_of
from agent.ties.reading import Reading, read, with_reach
from agent.ties.refresh import rhythm_of, rhythms
from agent.ties.seen import UNSEEN
from agent.ties.sightings import seen_of, sights
from agent.ties.view import LastMail, Tie, fractional_day
from agent.types import NO_WISH, Part, TieState

EVIDENCE = 3
CALIBRATION = "calibration"
"""The weekly job whose result is the owner's intercept."""


def ties_at(connection: Connection, owner_id: int, as_of: datetime, *, replay: bool = False) -> list[Tie]:
    """Every tie, one-way senders included, the strongest first.

    `replay` reads the ledger as it stood at `as_of` in place of the stored rhythms, which are those of today, and
    leaves out the personal calibration, which was learned from what came after.
    """
    known = rhythms(connection, owner_id, as_of) if replay else _stored(connection, owner_id)
    profiles = people.profiles(connection, owner_id, known)
    persons = {who: rhythm for who, rhythm in known.items() if who in profiles and profiles[who].role == "person"}
    last = ties.last_contacts(connection, owner_id, as_of)
    wished = wishes.listed(connection, owner_id)
    moment = fractional_day(as_of)
    owner = owner_of(persons.values(), moment)
    offset = 0.0 if replay else _calibration(connection, owner_id)
    small = sights(connection, owner_id, as_of)
    seen = seen_of(connection, owner_id, as_of, persons, small)
    readings = {who: read(rhythm, moment, owner, offset, seen.get(who, UNSEEN)) for who, rhythm in persons.items()}
    found = [
        replace(_tie(profiles[who], rhythm, last[who], readings[who]), wish=wished.get(who, NO_WISH))
        for who, rhythm in persons.items()
        if who in last
    ]
    real = frozenset(tie.person_id for tie in found if tie.reading.state is not TieState.ONE_WAY)
    reach = _bridges(connection, owner_id, as_of, real, small)
    found = [_reaching(tie, *reach[tie.person_id]) if tie.person_id in reach else tie for tie in found]
    return sorted(found, key=lambda tie: (-tie.reading.strength, tie.name, tie.person_id))


def with_last_mail(connection: Connection, owner_id: int, chosen: Iterable[Tie], as_of: datetime) -> list[Tie]:
    """The same ties with the last mail exchanged and their days of contact, for report and drafts."""
    listed = list(chosen)
    ids = [tie.person_id for tie in listed]
    last = messages.last_mails(connection, owner_id, ids, as_of)
    days: dict[int, set[int]] = defaultdict(set)
    sent: dict[int, set[int]] = defaultdict(set)
    for row in ties.contact_days(connection, owner_id, as_of, ids):
        days[row.person_id].add(row.day)
        if row.sent:
            sent[row.person_id].add(row.day)
    return [
        replace(
            tie,
            last_mail=_last_mail(last.get(tie.person_id)),
            addresses=_most_direct(tie, last.get(tie.person_id)),
            contact_days=tuple(sorted(days[tie.person_id])),
            unanswered=_since_answer(tie.reading.rhythm, sent[tie.person_id]),
        )
        for tie in listed
    ]


def _calibration(connection: Connection, owner_id: int) -> float:
    row = jobs.listed(connection, owner_id).get(CALIBRATION)
    return float(row.result) if row and row.result else 0.0


def _stored(connection: Connection, owner_id: int) -> dict[int, Rhythm]:
    found = {row.person_id: rhythm_of(row.rhythm) for row in ties.everyone(connection, owner_id)}
    return {who: rhythm for who, rhythm in found.items() if rhythm is not None}


def _tie(profile: Profile, rhythm: Rhythm, last: datetime, reading: Reading) -> Tie:
    return Tie(
        person_id=profile.id,
        name=profile.name or profile.addresses[0],
        addresses=profile.addresses,
        organization=profile.organization,
        colleague=profile.colleague,
        reading=reading,
        last_contact=last,
        sent=rhythm.sent,
        received=rhythm.received,
        meetings=rhythm.met,
    )


def _bridges(
    connection: Connection, owner_id: int, as_of: datetime, real: frozenset[int], small: Iterable[Sight]
) -> Mapping[int, tuple[Bridge, tuple[str, ...]]]:
    alike = people.namesakes(connection, owner_id, real)
    distinct = ((at, seen - alike) for at, seen in small)
    found = bridges(distinct, real, fractional_day(as_of), people.organizations(connection, owner_id))
    shown = {who for bridge in found.values() for who, _ in bridge.seen[:EVIDENCE]}
    names = people.profiles(connection, owner_id, shown)
    return {tie: (bridge, _evidence(bridge, names)) for tie, bridge in found.items()}


def _evidence(bridge: Bridge, names: Mapping[int, Profile]) -> tuple[str, ...]:
    lines = []
    for who, times in bridge.seen[:EVIDENCE]:
        profile = names[who]
        at = f" ({profile.organization})" if profile.organization else ""
        lines.append(f"{profile.name or profile.addresses[0]}{at}, seen together {_times(times)}")
    named = {names[who].organization for who, _ in bridge.seen[:EVIDENCE]}
    return (*lines[:1], *[firm for firm in bridge.firms if firm not in named][:1], *lines[1:])


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _reaching(tie: Tie, bridge: Bridge, evidence: tuple[str, ...]) -> Tie:
    return replace(
        tie,
        reading=with_reach(tie.reading, bridge.reach),
        bridge=bridge.count,
        bridge_evidence=evidence,
        bridge_reasons=explain.reach(bridge, evidence),
    )


def _last_mail(mail: Stored | None) -> LastMail | None:
    if mail is None or not mail.rfc_id:
        return None
    references = tuple(dict.fromkeys(ref for ref in (mail.thread, mail.rfc_id) if ref))
    return LastMail(mail.rfc_id, mail.subject, mail.at, references)


def _since_answer(rhythm: Rhythm, sent: Iterable[int]) -> tuple[int, ...]:
    answered = max(rhythm.last_received or -1, rhythm.last_met or -1)
    return tuple(sorted(day for day in sent if day > answered))


def _most_direct(tie: Tie, mail: Stored | None) -> tuple[str, ...]:
    """The address of the last mail first: where they last wrote from, or were last written to."""
    if mail is None:
        return tie.addresses
    used = [address for part, address, _ in mail.parts if part is Part.FROM and address in tie.addresses]
    used += [address for _, address, _ in mail.parts if address in tie.addresses]
    return tuple(dict.fromkeys([*used, *tie.addresses]))
