"""Who should hear from the owner, and why: plans for drafts from ties, meetings and targets. Pure.

Ties come with their last mail (`ties.listing.with_last_mail`); where there is no occasion but silence, nothing is
planned by itself: the report names the person, and `reconnect` makes the plan on request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from agent.outreach.wording import greeted, morning_after, naming, topic
from agent.ties.view import LastMail, Tie
from agent.types import DraftKind, TieState

FOLLOW_UP_DAYS = 7
THANK_DAYS = 14
THREAD_DAYS = 14  # before an occasion: older mail has nothing to do with it
STALE_DAYS = 550  # a thread older than that is not picked up again; it may still be named


@dataclass(frozen=True, slots=True)
class Plan:
    """A draft that could be written. `reason_key` is the same for the same reason, so it is made once.

    `since`: the last contact this plan knows of. `context`: plain values for the template (docs/templates.md); `when`
    is an instant, and put in words on the day of writing (`wording.when`).
    """

    kind: DraftKind
    person_id: int
    name: str
    address: str
    reason_key: str
    reasons: tuple[str, ...]
    context: Mapping[str, Any]
    since: datetime
    reply_to: LastMail | None = None
    target_id: int | None = None
    organization: str | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class FirstMeeting:
    """A meeting held with somebody for the first time."""

    person_id: int
    message_id: int
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CardMet:
    """A card noted on the evening somebody was met. `title`: the event of that day, empty where there was none."""

    person_id: int
    name: str
    address: str
    organization: str | None
    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a target through a tie, the best first. `target` and `contact` as they are to be named in the ask."""

    target_id: int
    target: str
    introducer_id: int
    contact: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Thanks:
    """An introduction came about: the introducer, and whom the owner met through them."""

    person_id: int
    message_id: int
    contact: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Occasions:
    """Everything a suggestion can come from, as of one instant."""

    as_of: datetime
    zone: tzinfo
    ties: Iterable[Tie] = ()
    meetings: Iterable[FirstMeeting] = ()
    cards: Iterable[CardMet] = ()
    ways: Iterable[Way] = ()
    thanks: Iterable[Thanks] = ()
    first_report_at: datetime | None = None
    by_person: dict[int, Tie] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_person", {tie.person_id: tie for tie in self.ties})


def suggest(occasions: Occasions) -> list[Plan]:
    """Plans in the order they should be made: thanks, follow-ups, asks, then the ties with most to lose."""
    found = [
        *(_thank(occasions, thanks) for thanks in occasions.thanks),
        *(_follow_up(occasions, met) for met in sorted(occasions.meetings, key=lambda met: met.at, reverse=True)),
        *(_carded(occasions, card) for card in sorted(occasions.cards, key=lambda card: card.at, reverse=True)),
        *(_ask(occasions, way) for way in occasions.ways),
        *_fading(occasions),
    ]
    once = {(plan.person_id, plan.kind, plan.reason_key): plan for plan in reversed(found) if plan is not None}
    return list(reversed(once.values()))


def reconnect(tie: Tie, as_of: datetime, *, asked: bool = False) -> Plan:
    """A word to somebody who has gone quiet; `asked`: on the owner's request, so a new reason every day."""
    about = topic(tie.last_mail.subject) if tie.last_mail else None
    when = {"month": tie.last_mail.at.isoformat()} if tie.last_mail else None
    key = f"fading:{tie.last_contact:%Y-%m-%d}" + (f" asked:{as_of:%Y-%m-%d}" if asked else "")
    context = {"topic": about, "when": when if about else None}
    plan = _plan(tie, DraftKind.RECONNECT, key, tie.reasons, context)
    return replace(plan, reply_to=_since(tie, as_of - timedelta(days=STALE_DAYS)), asked=asked)


def intro_request(tie: Tie, way: Way, as_of: datetime, *, asked: bool = False) -> Plan:
    """Ask a tie for an introduction. A new thread: an ask has nothing to do with what was last talked about."""
    key = f"target:{way.target_id}" + (f" asked:{as_of:%Y-%m-%d}" if asked else "")
    reasons = (f"could introduce you to {way.target}", *((way.evidence,) if way.evidence else ()))
    contact = None if "@" in way.contact else naming(way.contact)
    context = {"target": naming(way.target), "contact": contact}
    plan = _plan(tie, DraftKind.INTRO_REQUEST, key, reasons, context)
    return replace(plan, target_id=way.target_id, asked=asked)


def _thank(occasions: Occasions, thanks: Thanks) -> Plan | None:
    tie = occasions.by_person.get(thanks.person_id)
    if tie is None or not timedelta(0) <= occasions.as_of - thanks.at <= timedelta(days=THANK_DAYS):
        return None
    reasons = (f"introduced you to {thanks.contact or 'somebody'} on {thanks.at:%Y-%m-%d}",)
    context = {"contact": naming(thanks.contact)}
    plan = _plan(tie, DraftKind.THANK_YOU, f"thanks:{thanks.message_id}", reasons, context)
    return replace(plan, reply_to=_since(tie, thanks.at - timedelta(days=THREAD_DAYS)))


def _follow_up(occasions: Occasions, met: FirstMeeting) -> Plan | None:
    tie = occasions.by_person.get(met.person_id)
    first_report = occasions.first_report_at
    if tie is None or first_report is None or met.at < first_report:
        return None
    due = morning_after(met.at, occasions.zone)
    if not due <= occasions.as_of <= met.at + timedelta(days=FOLLOW_UP_DAYS) or _heard_after(tie, met, occasions.zone):
        return None
    title = topic(met.title)
    named = f" (“{title}”)" if title else ""
    reasons = (f"you met for the first time on {met.at.astimezone(occasions.zone):%Y-%m-%d}{named}",)
    context = {"meeting": title, "when": {"day": met.at.isoformat()}}
    plan = _plan(tie, DraftKind.FOLLOW_UP, f"met:{met.message_id}", reasons, context)
    return replace(plan, reply_to=_since(tie, met.at - timedelta(days=THREAD_DAYS)))


def _carded(occasions: Occasions, card: CardMet) -> Plan | None:
    """The follow-up to somebody whose card came home, unless they were on the event itself or heard from since."""
    first_report, zone = occasions.first_report_at, occasions.zone
    if (
        first_report is None
        or card.at < first_report
        or card.person_id in {met.person_id for met in occasions.meetings}
    ):
        return None
    tie = occasions.by_person.get(card.person_id)
    heard = tie is not None and tie.last_contact.astimezone(zone).date() >= card.at.astimezone(zone).date()
    if heard or not morning_after(card.at, zone) <= occasions.as_of <= card.at + timedelta(days=FOLLOW_UP_DAYS):
        return None
    title, name = topic(card.title), naming(card.name)
    named = f" (“{title}”)" if title else ""
    return Plan(
        kind=DraftKind.FOLLOW_UP,
        person_id=card.person_id,
        name=name or "",
        address=card.address,
        reason_key=f"card:{card.at.astimezone(zone):%Y-%m-%d}",
        reasons=(f"you brought their card home on {card.at.astimezone(zone):%Y-%m-%d}{named}",),
        context={
            "first_name": greeted(card.name, card.address),
            "name": name,
            "organization": naming(card.organization),
            "meeting": title,
            "when": {"day": card.at.isoformat()},
        },
        since=card.at,
        organization=card.organization,
    )


def _since(tie: Tie, instant: datetime) -> LastMail | None:
    """The last mail, to be answered; not one from before `instant`, which is another matter by now."""
    mail = tie.last_mail
    return mail if mail is not None and mail.at >= instant else None


def _heard_after(tie: Tie, met: FirstMeeting, zone: tzinfo) -> bool:
    """Contact on a later day than the meeting's: the follow-up has happened."""
    return tie.last_contact.astimezone(zone).date() > met.at.astimezone(zone).date()


def _ask(occasions: Occasions, way: Way) -> Plan | None:
    tie = occasions.by_person.get(way.introducer_id)
    return None if tie is None or not tie.addresses else intro_request(tie, way, occasions.as_of)


def _fading(occasions: Occasions) -> list[Plan]:
    worth = [tie for tie in occasions.by_person.values() if _is_worth_it(tie)]
    worth.sort(key=lambda tie: (-tie.reading.lost, tie.person_id))
    return [reconnect(tie, occasions.as_of) for tie in worth]


def _is_worth_it(tie: Tie) -> bool:
    occasion = tie.last_mail is not None and topic(tie.last_mail.subject) is not None
    return tie.reading.state is TieState.FADING and occasion and not tie.colleague and bool(tie.addresses)


def _plan(tie: Tie, kind: DraftKind, key: str, reasons: tuple[str, ...], context: dict[str, Any]) -> Plan:
    name, address = naming(tie.name), tie.addresses[0] if tie.addresses else ""
    person = {"first_name": greeted(tie.name, address), "name": name, "organization": naming(tie.organization)}
    return Plan(
        kind=kind,
        person_id=tie.person_id,
        name=name or "",
        address=address,
        reason_key=key,
        reasons=reasons,
        context=person | context,
        since=tie.last_contact,
        organization=tie.organization,
    )
