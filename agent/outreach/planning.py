"""Plans → rows: each is judged by the policy, and made, refused or put off, one transaction each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from agent.outreach.policy import Decision, Facts, Limits, may_draft, owner_wide
from agent.outreach.suggest import Plan
from agent.store import draft_facts, drafts, owners, restraint, suppression
from agent.store.db import Connection, Store
from agent.store.drafts import New
from agent.types import DraftState


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one plan; `draft_id` where a row stands for it now."""

    plan: Plan
    decision: Decision
    draft_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What stays as it is while plans are made."""

    own: frozenset[str]
    written_to: frozenset[str]
    bounced: frozenset[str]
    first_report_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Now:
    """What every plan that is made may change, and what is known of the people plans are for."""

    made: list[restraint.Made]
    rules: list[suppression.Suppression]
    who: dict[int, restraint.Who]


def plan_drafts(store: Store, owner_id: int, plans: Iterable[Plan], limits: Limits, now: datetime) -> list[Verdict]:
    """Judge plans in their order and keep those that are allowed; running it again makes nothing twice.

    Plans that have a draft already are passed over in silence. Once the owner's own limits are reached, the rest
    waits without a look at each.
    """
    with store.read() as connection:
        known = _known(connection, owner_id)
        stop = suppression.held(connection, owner_id)
    full: tuple[str, ...] = (stop.words,) if stop else ()
    verdicts: list[Verdict] = []
    for plan in plans:
        if stop or (full and not plan.asked):
            verdicts.append(Verdict(plan, Decision(False, full)))
            continue
        with store.write() as connection:
            facts = _facts(plan, known, _now(connection, owner_id, [plan]), now)
            verdict = _settle(connection, owner_id, plan, may_draft(facts, limits), now)
        if verdict is not None:
            verdicts.append(verdict)
        full = owner_wide(facts, limits)
    return verdicts


def judged(store: Store, owner_id: int, plans: Iterable[Plan], limits: Limits, now: datetime) -> list[Verdict]:
    """What `plan_drafts` would say of plans that have no draft yet, each by itself; nothing is stored."""
    with store.read() as connection:
        fresh = [plan for plan in plans if drafts.existing(connection, owner_id, _new(plan)) is None]
        known, today = _known(connection, owner_id), _now(connection, owner_id, fresh)
    return [Verdict(plan, may_draft(_facts(plan, known, today, now), limits)) for plan in fresh]


def _known(connection: Connection, owner_id: int) -> _Known:
    return _Known(
        own=owners.addresses(connection, owner_id),
        written_to=draft_facts.written_to(connection, owner_id),
        bounced=restraint.bounced_addresses(connection, owner_id),
        first_report_at=restraint.first_report_at(connection, owner_id),
    )


def _now(connection: Connection, owner_id: int, plans: list[Plan]) -> _Now:
    return _Now(
        made=restraint.made(connection, owner_id),
        rules=suppression.rules(connection, owner_id),
        who=restraint.who(connection, {plan.person_id for plan in plans}),
    )


def _facts(plan: Plan, known: _Known, today: _Now, now: datetime) -> Facts:
    """Everything the policy wants to know about one plan."""
    who = today.who.get(plan.person_id, restraint.NOBODY)
    rule = suppression.first(today.rules, plan.person_id, who.addresses | {plan.address})
    counts = restraint.counts(today.made, plan.person_id, who.organization, plan.target_id, now)
    return Facts(
        now=now,
        kind=plan.kind,
        address=plan.address,
        own=known.own,
        written_to=known.written_to,
        suppressed=rule.words if rule else "",
        bounced=plan.address in known.bounced,
        colleague=who.colleague,
        asked=plan.asked,
        first_report_at=known.first_report_at,
        has_target=plan.target_id is not None,
        **asdict(counts),
    )


def _settle(connection: Connection, owner_id: int, plan: Plan, decision: Decision, now: datetime) -> Verdict | None:
    new = _new(plan)
    there = drafts.existing(connection, owner_id, new)
    if there is not None and not _may_rise_again(connection, there):
        return None
    if decision.allowed and there is not None:
        fresh = drafts.columns_of(new)
        drafts.move(connection, there.id, DraftState.REFUSED, DraftState.PLANNED, now, created_at=now, **fresh)
        return Verdict(plan, decision, there.id)
    if decision.allowed:
        return Verdict(plan, decision, drafts.create(connection, owner_id, new, now))
    if decision.lasting and there is None:
        return Verdict(plan, decision, drafts.create(connection, owner_id, new, now, refused=decision.words))
    return Verdict(plan, decision, there.id if there else None)


def _may_rise_again(connection: Connection, there: drafts.Draft) -> bool:
    """Refused before it was ever written: the rule that forbade it may be gone."""
    return there.state is DraftState.REFUSED and len(drafts.events(connection, there.id)) == 1


def _new(plan: Plan) -> New:
    mail = plan.reply_to
    reply = (
        None if mail is None else {"rfc_id": mail.rfc_id, "subject": mail.subject, "references": list(mail.references)}
    )
    return New(
        person_id=plan.person_id,
        kind=plan.kind,
        reason_key=plan.reason_key,
        name=plan.name,
        address=plan.address,
        reasons=plan.reasons,
        context=plan.context,
        reply=reply,
        since=plan.since,
        target_id=plan.target_id,
    )
