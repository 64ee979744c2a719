"""What the owner asks for by hand: targets, paths, an introduction, a word on a draft."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from agent.app import App
from agent.errors import NotAllowed, NotFound, UsageError
from agent.jobs import drafts as draft_jobs
from agent.jobs import reading
from agent.jobs.drafts import Written
from agent.outreach import approval, unsure
from agent.outreach.compose import digest_of
from agent.outreach.occasions import as_way, ways_to
from agent.outreach.planning import Verdict
from agent.outreach.suggest import Way, intro_request, reconnect
from agent.people.compare import spelt_plainly
from agent.people.normalise import address_key, is_address, organization
from agent.store import drafts as store_drafts
from agent.store import targets as store_targets
from agent.store.drafts import Draft, Event
from agent.store.states import OPEN
from agent.store.targets import Target
from agent.ties import listing
from agent.ties.paths import Path
from agent.ties.view import Tie
from agent.types import TieState

TARGETS = "Name a firm by its mail domain, like northwind.example, or a person by their address."


def add_target(app: App, wanted: str, now: datetime) -> tuple[Target, list[Path]]:
    """Note a firm (by mail domain) or a person (by address), and the ways there as they stand."""
    kind, value = _target_of(app, wanted)
    with app.store.write() as connection:
        noted = store_targets.add(connection, app.owner.id, kind, value, now)
    return noted, ways(app, value, now)


def remove_target(app: App, wanted: str) -> None:
    """Forget a target. Raises NotFound."""
    with app.store.write() as connection:
        found = store_targets.find(connection, app.owner.id, organization(wanted) or address_key(wanted))
        if found is None:
            raise NotFound(f"{wanted} is no target of yours.", hint="`weaktie targets list` shows them.")
        store_targets.remove(connection, app.owner.id, found.id)


def targets(app: App, *, closed: bool = False) -> list[Target]:
    """The owner's targets."""
    with app.store.read() as connection:
        return store_targets.listed(connection, app.owner.id, closed=closed)


def ways(app: App, wanted: str, now: datetime, *, replay: bool = False) -> list[Path]:
    """Who could introduce the owner, the best first; with `replay` from what was known then."""
    with app.store.read() as connection:
        everyone = listing.ties_at(connection, app.owner.id, now, replay=replay)
        return ways_to(connection, app.owner.id, wanted, everyone, now)


def ask_introduction(app: App, wanted: str, via: str, now: datetime, *, dry_run: bool = False) -> Written:
    """Draft the ask to `via` for an introduction to `wanted`, which becomes a target if it was none."""
    kind, value = _target_of(app, wanted)
    tie = _one_tie(app, via, now)
    if dry_run:
        target = Target(0, kind, value, now, None)
    else:
        with app.store.write() as connection:
            target = store_targets.add(connection, app.owner.id, kind, value, now)
    mine = [path for path in ways(app, value, now) if path.introducer.person_id == tie.person_id and not path.direct]
    way = as_way(target, mine[0]) if mine else Way(target.id, target.value, tie.person_id)
    return draft_jobs.write_now(app, intro_request(tie, way, now, asked=True), now, dry_run=dry_run)


def write_to(app: App, who: str, now: datetime, *, dry_run: bool = False) -> Written:
    """A word to a tie, because the owner wants it: silence alone is occasion enough then."""
    plan = reconnect(_one_tie(app, who, now), now, asked=True)
    return draft_jobs.write_now(app, plan, now, dry_run=dry_run)


def _one_tie(app: App, text: str, now: datetime) -> Tie:
    with app.store.read() as connection:
        everyone = listing.ties_at(connection, app.owner.id, now)
        wanted = spelt_plainly(text)
        real = [tie for tie in everyone if tie.reading.state is not TieState.ONE_WAY]
        named = [tie for tie in real if wanted and wanted in spelt_plainly(tie.name)]
        exact = [tie for tie in named if spelt_plainly(tie.name) == wanted]
        found = [tie for tie in real if text.strip().lower() in tie.addresses] or exact or named
        if not found:
            hint = "`weaktie ties` lists them; `weaktie why` tells why somebody is none of them."
            raise NotFound(f"None of your ties is called {text!r}.", hint=hint)
        if len(found) > 1:
            names = ", ".join(f"{tie.name} <{tie.addresses[0]}>" for tie in found[:5])
            raise UsageError(f"{text!r} could be {names}.", hint="Use the address.")
        return listing.with_last_mail(connection, app.owner.id, found, now)[0]


def _target_of(app: App, wanted: str) -> tuple[store_targets.Kind, str]:
    own = app.config.owner.addresses
    if is_address(wanted):
        if address_key(wanted) in map(address_key, own):
            raise UsageError("That is you.", hint=TARGETS)
        return "person", address_key(wanted)
    firm = organization(wanted)
    if firm is None:
        raise UsageError(f"{wanted!r} is neither a firm's mail domain nor an address.", hint=TARGETS)
    if firm in map(organization, own):
        raise UsageError(f"{firm} is your own firm.", hint=TARGETS)
    return "organization", firm


@dataclass(frozen=True, slots=True)
class Sheet:
    """A draft with its life so far, and its text as it lies in Drafts at this moment."""

    row: Draft
    events: tuple[Event, ...]
    written: Written | None
    digest: str


def drafts(app: App, *, everything: bool = False) -> list[Draft]:
    """Drafts that wait for the owner, or all there ever were."""
    with app.store.read() as connection:
        return store_drafts.listed(connection, app.owner.id, None if everything else OPEN)


def not_written(app: App, now: datetime) -> list[Verdict]:
    """Whom the program could write to and does not now, with the reasons."""
    return draft_jobs.put_off(app, reading.ties(app), now)


def not_written_to(app: App, people: Collection[int], ties: Sequence[Tie], now: datetime) -> list[Verdict]:
    """The same of these people alone. `ties`: all of the owner's, as they are read now."""
    return draft_jobs.put_off(app, ties, now, people)


def drafts_to(app: App, person_id: int) -> list[Draft]:
    """Every draft to one person."""
    with app.store.read() as connection:
        return store_drafts.listed(connection, app.owner.id, person_id=person_id)


def hold_draft(app: App, draft_id: int, now: datetime, *, off: bool = False) -> Draft:
    """Set one draft aside, or let it go on."""
    deed = approval.release if off else approval.hold_draft
    return deed(app.store, app.owner.id, draft_id, now)


def revoke(app: App, draft_id: int, now: datetime) -> Draft:
    """Take an approval back while it can be."""
    return approval.revoke(app.store, app.owner.id, draft_id, now)


def draft_sheet(app: App, draft_id: int) -> Sheet:
    """Everything on one draft. Raises NotFound; ConnectorError when the mailbox cannot be looked at."""
    with closing(draft_jobs.opened(app)) as mailbox:
        row, content, _ = approval.present(app.store, app.owner.id, draft_id, mailbox)
    with app.store.read() as connection:
        events = tuple(store_drafts.events(connection, draft_id))
    written = draft_jobs.as_written(content) if content else None
    return Sheet(row, events, written, digest_of(content))


def require_send_mode(app: App) -> None:
    """Raises NotAllowed, telling how the owner sends a draft themself, while send mode is off."""
    if not app.config.send.enabled:
        raise NotAllowed("Send mode is off, so nothing can be approved.", hint=approval.UNSENT)


def approve(app: App, draft_id: int, who: str, seen: str, now: datetime) -> Draft:
    """The owner's word on the exact bytes; `seen` is the digest of what they were shown."""
    with closing(draft_jobs.opened(app)) as mailbox:
        word = approval.Word(who, now, seen)
        return approval.approve(app.store, app.owner.id, draft_id, mailbox, word, app.config.send)


def reject(app: App, draft_id: int, now: datetime) -> Draft:
    """Close a draft."""
    with closing(draft_jobs.opened(app)) as mailbox:
        return approval.reject(app.store, app.owner.id, draft_id, mailbox, now)


def settle(app: App, draft_id: int, answer: unsure.Answer, who: str, now: datetime) -> Draft:
    """The owner's word on a mail of unknown fate: it went, send it again, or leave it."""
    return unsure.settle(app.store, app.owner.id, draft_id, answer, who, now)


def hold(app: App, now: datetime, *, off: bool = False) -> None:
    """Throw the kill switch, or release it."""
    if off:
        approval.let_go(app.store, app.owner.id)
    else:
        approval.hold(app.store, app.owner.id, now)
