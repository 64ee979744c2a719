"""Is this message contact between the owner and somebody, and with whom? Pure: facts in, contacts and reasons out.

The proof of sending is the copy in Sent (or one that bears no trace of transport), never the From header.
"""

from __future__ import annotations

from typing import NamedTuple

from agent.types import NOT_ADDRESSED, Channel, Direction, Kind, Outcome, Part

RECIPIENTS = (Part.TO, Part.CC, Part.BCC)
ATTENDING = (Part.ORGANIZER, Part.ATTENDEE, Part.INVITED)
WRITTEN_BY_PEOPLE = (Kind.PERSON, Kind.LIST)
# A member of an enum costs a call of Python each time it is named (3.11): too much for every address of every mail.
_FROM, _LIST, _MEETING, _SENT, _RECEIVED = Part.FROM, Part.LIST, Channel.MEETING, Direction.SENT, Direction.RECEIVED


class Facts(NamedTuple):
    """What the judge looks at. `parts`: every (part, address) known; `recipients`: how many the message had."""

    channel: Channel
    kind: Kind
    parts: frozenset[tuple[Part, str]]
    recipients: int
    sent: bool = False
    untravelled: bool = False
    reasons: tuple[str, ...] = ()

    def at(self, *parts: Part) -> frozenset[str]:
        """The addresses that played one of these parts."""
        return frozenset([address for part, address in self.parts if part in parts])


class Judgement(NamedTuple):
    """Who was in contact with the owner through a message, or why nobody was."""

    contacts: frozenset[tuple[str, Direction]]
    reason: str

    @property
    def outcome(self) -> Outcome:
        """Whether the message counts at all."""
        return Outcome.INTERACTION if self.contacts else Outcome.LEFT_OUT


def judge(facts: Facts, own: frozenset[str], max_recipients: int) -> Judgement:
    """The verdict on one message for the owner of the addresses `own` (plus-addresses already folded in)."""
    if facts.channel is _MEETING:
        return _meeting(facts, own, max_recipients)
    if facts.kind not in WRITTEN_BY_PEOPLE:
        return _nobody("; ".join(facts.reasons) or f"judged {facts.kind.value}")
    senders = [address for part, address in facts.parts if part is _FROM]
    if len(senders) != 1:
        return _nobody("the sender cannot be told for certain")
    if senders[0] in own:
        return _written(facts, own, max_recipients)
    return _received(facts, own, senders[0], max_recipients)


def _written(facts: Facts, own: frozenset[str], max_recipients: int) -> Judgement:
    if not (facts.sent or facts.untravelled):
        return _nobody("from your address, but there is no copy of it in Sent")
    others = facts.at(*RECIPIENTS) - own - facts.at(_LIST)
    if facts.recipients > max_recipients:
        return _nobody(f"you wrote to {facts.recipients} people at once: too many to be contact with each")
    if not others:
        where = "a mailing list" if facts.at(_LIST) else "yourself"
        return _nobody(f"you wrote to {where} only")
    return Judgement(frozenset([(address, _SENT) for address in others]), "you wrote")


def _received(facts: Facts, own: frozenset[str], sender: str, max_recipients: int) -> Judgement:
    if (_LIST, sender) in facts.parts:
        return _nobody("the sender is a mailing list")
    if not any(address in own and part in RECIPIENTS for part, address in facts.parts):
        return _nobody(NOT_ADDRESSED)
    if facts.recipients > max_recipients:
        return _nobody(f"sent to {facts.recipients} people at once: too many to be contact with each")
    return Judgement(frozenset(((sender, _RECEIVED),)), "they wrote to you")


def _meeting(facts: Facts, own: frozenset[str], max_people: int) -> Judgement:
    absent = "; ".join(facts.reasons) or _absence(facts, own)
    if absent:
        return _nobody(absent)
    others = facts.at(*ATTENDING) - own
    if not others:
        return _nobody("nobody else was there")
    if len(others) > max_people:
        return _nobody(f"{len(others)} people were invited: too many to be contact with each")
    return Judgement(frozenset((address, Direction.MET) for address in others), "you met")


def _absence(facts: Facts, own: frozenset[str]) -> str:
    """Why the owner was not there; empty when they were, as in an event of their own that lists no organizer."""
    if facts.at(Part.ORGANIZER, Part.ATTENDEE) & own:
        return ""
    if facts.at(Part.DECLINED) & own:
        return "you declined"
    if facts.at(Part.INVITED) & own:
        return "you have not accepted"
    return "somebody else's event that does not list you" if facts.at(Part.ORGANIZER) else ""


def _nobody(reason: str) -> Judgement:
    return Judgement(_NO_CONTACTS, reason)


_NO_CONTACTS: frozenset[tuple[str, Direction]] = frozenset()
