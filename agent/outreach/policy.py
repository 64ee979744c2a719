"""May we write this draft, may we send it now? Pure: facts in, the answer and its reasons out.

The address comes first, then do-not-contact, then restraint. What a lasting rule forbids is kept as refused and
shown; what only restraint forbids is asked again another day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from email_validator import EmailNotValidError, validate_email

from agent.outreach.lookalike import doubt
from agent.types import DraftKind


@dataclass(frozen=True, slots=True)
class Limits:
    """How little is enough. Days are counted backwards from now, not by calendar."""

    days_between: int = 30
    max_new_per_week: int = 3
    max_unreviewed: int = 5
    start_after_hours: int = 24
    days_between_at_firm: int = 14
    asks_per_month: int = 10
    days_between_asks: int = 90


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one plan. `suppressed` is the rule in words, empty for none.

    `written_to`: every address the owner wrote to or met. `asked`: the owner asked for this very draft, so only
    the address, do-not-contact and a draft that is open already stand against it.
    """

    now: datetime
    kind: DraftKind
    address: str
    own: frozenset[str]
    written_to: frozenset[str]
    suppressed: str = ""
    bounced: bool = False
    colleague: bool = False
    asked: bool = False
    first_report_at: datetime | None = None
    made_this_week: int = 0
    unreviewed: int = 0
    open_with_person: int = 0
    last_with_person: datetime | None = None
    has_target: bool = False
    open_for_target: int = 0
    last_for_target: datetime | None = None
    asks_this_month: int = 0
    last_ask_of_person: datetime | None = None
    last_at_firm: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and why. `lasting`: waiting will not change it."""

    allowed: bool
    reasons: tuple[str, ...] = ()
    lasting: bool = False

    @property
    def words(self) -> str:
        """The reasons in one line."""
        return "; ".join(self.reasons)


@dataclass(frozen=True, slots=True)
class SendFacts:
    """What is known when an approved draft is due. `local` is now where the owner is."""

    local: datetime
    recipients: tuple[str, ...]
    own: frozenset[str]
    written_to: frozenset[str]
    suppressed: str = ""
    sent_last_day: int = 0
    digest: str = ""
    approved_digest: str = ""


@dataclass(frozen=True, slots=True)
class SendLimits:
    """When and how much. Quiet from and until are local times of day; the same time twice means never quiet."""

    max_per_day: int = 3
    quiet_from: time = field(default=time(20))
    quiet_until: time = field(default=time(7))


def may_draft(facts: Facts, limits: Limits) -> Decision:
    """Whether this draft may be made now."""
    against = recipient_doubts(facts.address, facts.own, facts.written_to)
    if facts.suppressed:
        against.append(facts.suppressed)
    if facts.bounced:
        against.append(f"mail to {facts.address} came back")
    if facts.colleague and facts.kind is not DraftKind.INTRO_REQUEST and not facts.asked:
        against.append("a colleague: you see each other anyway")
    if against:
        return Decision(False, tuple(against), lasting=True)
    now_not = _already_open(facts)
    if not facts.asked:
        now_not += [*owner_wide(facts, limits), *_too_many_asks(facts, limits), *_too_soon_again(facts, limits)]
    return Decision(not now_not, tuple(now_not))


def owner_wide(facts: Facts, limits: Limits) -> tuple[str, ...]:
    """What stands against any further draft at this time, whoever it is for, besides one the owner asks for."""
    return tuple(_too_early(facts, limits) + _too_many(facts, limits))


def may_send(facts: SendFacts, limits: SendLimits) -> Decision:
    """Whether an approved draft may go out at this moment; everything is judged anew."""
    against: list[str] = []
    if len(facts.recipients) != 1:
        against.append(f"it has {len(facts.recipients)} recipients in place of one")
    for address in facts.recipients:
        against += recipient_doubts(address, facts.own, facts.written_to)
    if facts.suppressed:
        against.append(facts.suppressed)
    if not facts.digest or facts.digest != facts.approved_digest:
        against.append("the text is not the one that was approved")
    if against:
        return Decision(False, tuple(against), lasting=True)
    now_not: list[str] = []
    if facts.sent_last_day >= limits.max_per_day:
        now_not.append(f"{facts.sent_last_day} went out within a day; the limit is {limits.max_per_day}")
    if is_quiet(facts.local.time(), limits):
        now_not.append(f"quiet hours until {limits.quiet_until:%H:%M}")
    return Decision(not now_not, tuple(now_not))


def is_quiet(local: time, limits: SendLimits) -> bool:
    """Whether a local time of day lies in the quiet hours, which may go over midnight."""
    begin, end = limits.quiet_from, limits.quiet_until
    return begin <= local < end if begin <= end else local >= begin or local < end


def recipient_doubts(address: str, own: frozenset[str], written_to: frozenset[str]) -> list[str]:
    """Why nothing should be addressed there: no valid address, the owner's own, never written to, a lookalike."""
    if not address:
        return ["no mail address of theirs is known"]
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        return [f"{address!r} is not an address one can write to: {error}"]
    if address in own:
        return [f"{address} is your own address"]
    found = []
    if address not in written_to:
        found.append(f"you never wrote to {address} nor met them")
    suspicion = doubt(address, written_to)
    return [*found, suspicion] if suspicion else found


def _already_open(facts: Facts) -> list[str]:
    found = []
    if facts.open_with_person:
        found.append("a draft to this person is open already")
    if facts.has_target and facts.open_for_target:
        found.append("an ask for this target is open already")
    return found


def _too_early(facts: Facts, limits: Limits) -> list[str]:
    if facts.first_report_at is None:
        return ["drafts start after your first report"]
    start = facts.first_report_at + timedelta(hours=limits.start_after_hours)
    if facts.now < start:
        return [f"drafts start {limits.start_after_hours} hours after your first report"]
    return []


def _too_many(facts: Facts, limits: Limits) -> list[str]:
    found = []
    if facts.made_this_week >= limits.max_new_per_week:
        found.append(f"{facts.made_this_week} drafts in seven days; the limit is {limits.max_new_per_week}")
    if facts.unreviewed >= limits.max_unreviewed:
        found.append(f"{facts.unreviewed} drafts wait for you; the limit is {limits.max_unreviewed}")
    return found


def _too_many_asks(facts: Facts, limits: Limits) -> list[str]:
    if facts.kind is DraftKind.INTRO_REQUEST and facts.asks_this_month >= limits.asks_per_month:
        return [f"{facts.asks_this_month} asks in thirty days; the limit is {limits.asks_per_month}"]
    return []


def _too_soon_again(facts: Facts, limits: Limits) -> list[str]:
    asks = facts.kind is DraftKind.INTRO_REQUEST
    checks = (
        (facts.last_with_person, limits.days_between, "a draft to this person"),
        (facts.last_for_target if facts.has_target else None, limits.days_between, "an ask for this target"),
        (facts.last_ask_of_person if asks else None, limits.days_between_asks, "an ask of this person"),
        (facts.last_at_firm, limits.days_between_at_firm, "a draft to this firm"),
    )
    return [
        f"{what} was made on {last:%Y-%m-%d}; the next one {days} days later"
        for last, days, what in checks
        if last is not None and facts.now < last + timedelta(days=days)
    ]
