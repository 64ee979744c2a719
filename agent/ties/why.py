"""Why somebody is among the ties, or is not: what was seen of them, message by message, and what was made of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.people.signals import signals
from agent.store import merges, messages, people
from agent.store.db import Connection
from agent.store.messages import Stored
from agent.store.people import Profile
from agent.ties import giving
from agent.ties.listing import ties_at, with_last_mail
from agent.ties.view import Tie
from agent.types import Outcome, Part

PARTS = {
    Part.FROM: "from them",
    Part.TO: "to them",
    Part.CC: "copied to them",
    Part.BCC: "blind copy to them",
    Part.LIST: "through this list",
    Part.DELIVERED: "delivered to it",
    Part.ORGANIZER: "their meeting",
    Part.ATTENDEE: "meeting with them",
    Part.INVITED: "meeting they were invited to",
    Part.DECLINED: "meeting they declined",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the timeline: `counted` when it is contact with the person asked about."""

    at: datetime
    part: str
    subject: str
    counted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Why:
    """Everything known about one person, with the reasons. `known_by`: their profiles and phone numbers."""

    name: str
    addresses: tuple[str, ...]
    organization: str | None
    role: str
    role_reasons: tuple[str, ...]
    tie: Tie | None
    timeline: tuple[Line, ...]
    signals: tuple[str, ...] = ()
    known_by: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many messages they are on, counted and left out by reason, the most frequent first."""
        found = Counter("counted" if line.counted else line.reason for line in self.timeline)
        return dict(found.most_common())

    def as_json(self) -> dict[str, Any]:
        """The stable form (version 1)."""
        return {
            "person": self.name,
            "addresses": list(self.addresses),
            "known_by": list(self.known_by),
            "organization": self.organization,
            "role": self.role,
            "role_reasons": list(self.role_reasons),
            "tie": self.tie.as_json() if self.tie else None,
            "signals": list(self.signals),
            "counts": self.counts,
            "timeline": [
                {
                    "at": line.at.isoformat().replace("+00:00", "Z"),
                    "part": line.part,
                    "subject": line.subject,
                    "counted": line.counted,
                    "reason": line.reason,
                }
                for line in self.timeline
            ],
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """Those of the `matching` people who are told about, and the `ties` read for it: all there are."""

    people: tuple[Why, ...] = ()
    matching: int = 0
    ties: tuple[Tie, ...] = ()


def why(
    connection: Connection, owner_id: int, text: str, as_of: datetime, *, replay: bool = False, most: int | None = None
) -> Answer:
    """What is known about everybody whose address is `text`, or whose name or address contains it; of many the
    `most` with the strongest ties.
    """
    found = people.search(connection, owner_id, text)
    if not found:
        return Answer()
    everyone = ties_at(connection, owner_id, as_of, replay=replay)
    known = {tie.person_id: tie for tie in everyone}
    chosen = sorted(found, key=lambda who: (-known[who].reading.strength if who in known else 1.0, who))[:most]
    theirs = with_last_mail(connection, owner_id, [known[who] for who in chosen if who in known], as_of)
    ties = {tie.person_id: tie for tie in theirs}
    profiles = people.profiles(connection, owner_id, chosen)
    told = signals(connection, owner_id, chosen, as_of)
    deeds = _deeds(connection, owner_id, chosen, as_of)
    explained = (
        _why(connection, profiles[who], ties.get(who), (*told.get(who, ()), *deeds.get(who, ())), as_of)
        for who in chosen
    )
    return Answer(tuple(explained), len(found), tuple(everyone))


def _deeds(connection: Connection, owner_id: int, found: list[int], as_of: datetime) -> dict[int, tuple[str, ...]]:
    """Person → what they and the owner did for each other, as sentences."""
    theirs = giving.entries(connection, owner_id, as_of, found)
    others = people.profiles(connection, owner_id, {entry.other_id for entry in theirs if entry.other_id})
    names = {who: other.name or other.addresses[0] for who, other in others.items()}
    return {who: giving.told((e for e in theirs if e.person_id == who), names) for who in found}


def _why(connection: Connection, profile: Profile, tie: Tie | None, told: tuple[str, ...], as_of: datetime) -> Why:
    seen = [item for item in messages.of_person(connection, profile.id) if item.at <= as_of]
    own = set(profile.addresses)
    return Why(
        name=profile.name,
        addresses=profile.addresses,
        organization=profile.organization,
        role=profile.role,
        role_reasons=profile.reasons,
        tie=tie,
        timeline=tuple(_line(item, own) for item in seen),
        signals=told,
        known_by=tuple(sorted(set(merges.identities_of(connection, profile.id).values()) - own)),
    )


def _line(item: Stored, addresses: set[str]) -> Line:
    parts = [part for part, address, _ in item.parts if address in addresses]
    part = PARTS.get(parts[0], parts[0].value) if parts else ""
    contacts = item.contact_addresses & addresses
    counted = item.outcome is Outcome.INTERACTION and bool(contacts)
    reason = item.outcome_reason
    if item.outcome is Outcome.INTERACTION and not contacts:
        reason = "contact with somebody else on it, not with them"
    return Line(item.at, part, item.subject, counted, reason)
