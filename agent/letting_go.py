"""What the owner wants left out, not written to, erased or handed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent import who_is_who
from agent.app import App, open_configured
from agent.capture import ledger
from agent.capture.keys import excluded_digest
from agent.capture.screen import NOT_SOMEBODY
from agent.config import SourceSettings
from agent.errors import NotAllowed, NotFound, UsageError, WeaktieError
from agent.jobs import drafts as draft_jobs
from agent.outreach import approval
from agent.outreach.copies import look
from agent.people.forgetting import Tombstones, speaks_of
from agent.people.normalise import address_key, domain, is_address, same_owner
from agent.store import drafts, exclusions, exporting, forgetting, merges, messages, people, suppression, ties
from agent.store.db import Connection
from agent.store.exclusions import FOLDER, Rule
from agent.store.people import Profile
from agent.store.states import IN_MAILBOX
from agent.store.suppression import Suppression
from agent.types import DraftState
from connectors.base import Countable
from connectors.errors import ConnectorError
from connectors.files.reading import is_excluded

LABELLING = ("gmail", "mbox")
"""Kinds of sources in which a message lies under labels, of which the store keeps nothing."""
UNDERWAY = (DraftState.DRAFTING, DraftState.SENDING, DraftState.COMMITTING)
_HOST = re.compile(r"@?(?:[\w-]+\.)+[\w-]{2,}")


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased: messages gone altogether, messages that stay for the others on them, and what is left to do."""

    addresses: tuple[str, ...]
    removed: int
    kept: int
    notes: tuple[str, ...]


def exclude(app: App, what: str, now: datetime, *, folder: bool = False, purge: bool = False) -> tuple[Rule, int]:
    """Never capture an address, a domain, or a folder, label or calendar again; how many messages were purged.

    Raises UsageError for the owner's own address; ConnectorError where a label is to be purged and its mailbox, which
    alone knows what bears it, cannot be read.
    """
    kind, value = _rule(what, folder=folder)
    own = app.book(now).own
    if kind == "address" and same_owner(value, own):
        raise UsageError(f"{value} is your own address.", hint="owner.not_mine says that an address is not yours.")
    labelled = _labelled(app, value, now) if purge and kind == FOLDER else []
    with app.store.write() as connection:
        exclusions.add(connection, app.owner.id, kind, value, now)
        purged = _purge(connection, app, kind, value, now, labelled) if purge else 0
    who_is_who.settle(app, now)
    if purged:
        forgetting.compact(app.store)
    return Rule(kind, value, now), purged


def include(app: App, what: str) -> None:
    """Capture it again from now on. Raises NotFound."""
    with app.store.write() as connection:
        values = {what, *(_rule(what, folder=folder)[1] for folder in (False, True))}
        if not exclusions.remove(connection, app.owner.id, values):
            hint = "`weaktie exclude --list` shows the rules; those of the configuration are taken away there."
            raise NotFound(f"{what} is not excluded.", hint=hint)


def excluded(app: App) -> list[tuple[str, str]]:
    """(kind, value) of every rule, those of the configuration last."""
    with app.store.read() as connection:
        rules = exclusions.listed(connection, app.owner.id)
    return [(rule.kind, rule.value) for rule in rules] + [("configured", item) for item in app.config.capture.exclude]


def _rule(what: str, *, folder: bool) -> tuple[exclusions.Kind, str]:
    text = what.strip()
    if not folder and is_address(text):
        return "address", address_key(text)
    if not folder and _HOST.fullmatch(text):
        return "domain", domain(f"x@{text.removeprefix('@')}")
    if not text:
        raise UsageError("Nothing to exclude was named.")
    return FOLDER, text


def _labelled(app: App, label: str, now: datetime) -> list[tuple[str, str, str]]:
    """(source, stream, ref) of all that bears a label now: what a source holds, less what it holds without it."""
    found = []
    for settings in app.config.sources:
        if settings.kind in LABELLING:
            everything, rest = (_places(app, settings, now, barred) for barred in ((), (label,)))
            found += [(settings.name, *place) for place in everything - rest]
    return found


def _places(app: App, settings: SourceSettings, now: datetime, barred: tuple[str, ...]) -> set[tuple[str, str]]:
    with closing(open_configured(settings, app.config.owner.timezone, now, barred)) as source:
        if isinstance(source, Countable):
            return {(held.stream, held.ref) for held in source.inventory()}
        return {(batch.stream, record.ref) for batch in source.poll({}) for record in batch.records}


def _purge(
    connection: Connection, app: App, kind: str, value: str, now: datetime, labelled: list[tuple[str, str, str]]
) -> int:
    book = app.book(now)
    if kind == FOLDER:
        streams = exclusions.messages_in(connection, app.owner.id, lambda name: is_excluded(name, [value]))
        found = sorted({*streams, *exclusions.messages_at(connection, app.owner.id, labelled)})
    else:
        only = replace(book, exclude=frozenset({value}))
        found = exclusions.messages_with(connection, app.owner.id, only.excludes)
    _take_out(connection, app, found)
    return len(found)


def _take_out(connection: Connection, app: App, found: list[int]) -> None:
    affected = exclusions.take_out(connection, app.owner.id, found, lambda key: excluded_digest(app.owner.salt, key))
    people.touch(connection, affected)
    ties.mark_stale(connection, app.owner.id, affected)


def suppress(app: App, what: str, now: datetime) -> str:
    """Never write to an address, a domain or a person; drafts to them are withdrawn with the next run.

    Returns whom that is, by name and addresses where it is a person.
    """
    with app.store.write() as connection:
        kind, value, person = _barred(connection, app.owner.id, what)
        suppression.add(connection, app.owner.id, kind, value, now)
    return who_is_who.called(person) if person else value


def allow(app: App, what: str) -> tuple[str, Suppression | None]:
    """Take a suppression back, of a person those of their addresses, too. Raises NotFound.

    Returns whom that is, and the rule that forbids to write to them all the same.
    """
    with app.store.write() as connection:
        kind, value, person = _barred(connection, app.owner.id, what)
        rules: list[tuple[suppression.Kind, str]] = [(kind, value)]
        rules += [("address", address) for address in person.addresses] if person else []
        gone = [suppression.remove(connection, app.owner.id, *rule) for rule in rules]
        if not any(gone):
            raise NotFound(f"{what} is not suppressed.", hint="`weaktie suppress --list` shows the rules.")
        addresses = person.addresses if person else [value] * (kind == "address")
        still = suppression.matching(connection, app.owner.id, person.id if person else None, addresses)
    return who_is_who.called(person) if person else value, still


def suppressed(app: App) -> list[tuple[str, str]]:
    """(kind, whom) of every rule but the kill switch, people by their names."""
    with app.store.read() as connection:
        rules = [rule for rule in suppression.listed(connection, app.owner.id) if rule.kind != suppression.ALL]
        known = people.profiles(connection, app.owner.id, [int(rule.value) for rule in rules if rule.kind == "person"])
    named = {str(who): who_is_who.called(profile) for who, profile in known.items()}
    return [(rule.kind, named.get(rule.value, rule.value)) for rule in rules]


def _barred(connection: Connection, owner_id: int, what: str) -> tuple[suppression.Kind, str, Profile | None]:
    text = what.strip()
    if is_address(text):
        return "address", address_key(text), None
    if _HOST.fullmatch(text):
        return "domain", domain(f"x@{text.removeprefix('@')}"), None
    person = who_is_who.one_person(connection, owner_id, text)
    return "person", str(person.id), person


def forget(app: App, who: str, now: datetime) -> Forgotten:
    """Erase a person everywhere. Raises NotFound, UsageError, NotAllowed while a draft to them is under way."""
    with app.store.read() as connection:
        profile = who_is_who.one_person(connection, app.owner.id, who)
        names = forgetting.names_of(connection, profile.id)
        known_by = merges.identities_of(connection, profile.id).values()
    if any(same_owner(address, app.book(now).own) for address in profile.addresses):
        raise UsageError("That is you.", hint="Delete the database file to forget everything.")
    tombstones = Tombstones(app.owner.salt)
    marks = Tombstones(app.owner.salt, tombstones.of(known_by, names))
    notes = list(_clear_drafts(app, profile, marks, now))
    with app.store.write() as connection:
        forgetting.bury(connection, app.owner.id, marks.digests)
        speaks = speaks_of(marks, profile.addresses, names)
        removed, kept = _erase(connection, app, profile, speaks, now)
        notes += _left(connection, app, marks)
    who_is_who.settle(app, now)
    notes.append(forgetting.compact(app.store))
    return Forgotten(profile.addresses, removed, kept, tuple(filter(None, notes)))


def _erase(
    connection: Connection, app: App, profile: Profile, names: Callable[[str], bool], now: datetime
) -> tuple[int, int]:
    """Remove the person, mail from them and what is only with them; how many messages went, and how many stay."""
    written, others = forgetting.messages_of(connection, profile.id)
    book, theirs = app.book(now), set(profile.addresses)
    stored = messages.stored(connection, others)
    company = {m.id: {a for part, a, _ in m.parts if part not in NOT_SOMEBODY} - theirs for m in stored}
    alone = [ident for ident, addresses in company.items() if not addresses - book.mine(addresses)]
    forgetting.erase(connection, app.owner.id, profile.id)
    _take_out(connection, app, [*written, *alone])
    forgetting.blank(connection, app.owner.id, names)
    staying = sorted(set(others) - set(alone))
    ledger.rejudge(connection, book, staying)
    return len(written) + len(alone), len(staying)


def _clear_drafts(app: App, profile: Profile, marks: Tombstones, now: datetime) -> Iterator[str]:
    """Take drafts to them, or about them, out of the mailbox; what could not be done."""
    with app.store.read() as connection:
        rows = drafts.listed(connection, app.owner.id, IN_MAILBOX | set(UNDERWAY))
    theirs = [row for row in rows if row.person_id == profile.id or marks.mentioned(forgetting.text_of(row.content))]
    if any(row.state in UNDERWAY for row in theirs):
        raise NotAllowed("A draft to them is under way at this moment.", hint="Try again in a few minutes.")
    for row in theirs:
        try:
            with closing(draft_jobs.opened(app)) as mailbox:
                approval.reject(app.store, app.owner.id, row.id, mailbox, now)
                if look(mailbox, row).draft is not None:
                    yield "A draft that you edited stays in your Drafts; delete it there."
        except (ConnectorError, WeaktieError) as error:
            yield f"A draft stays in your Drafts; delete it there ({error})"


def _left(connection: Connection, app: App, marks: Tombstones) -> Iterator[str]:
    folders = forgetting.folders_named(connection, app.owner.id, marks.mentioned)
    if folders:
        yield f"Folders of your own still bear the name, and are read: {', '.join(folders)}."
    alike = [who.addresses[0] for who in _everybody(connection, app) if who.name and marks.mentioned(who.name)]
    if alike:
        yield f"Somebody of the same name stays: {', '.join(alike)}. Forget them, too, if it is the same person."


def _everybody(connection: Connection, app: App) -> list[Profile]:
    ids = people.search(connection, app.owner.id, "")
    return [profile for profile in people.profiles(connection, app.owner.id, ids).values() if profile.addresses]


def export(app: App, who: str | None) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """(table, rows) of everything held on a person, or of all there is. Raises NotFound, UsageError."""
    with app.store.read() as connection:
        chosen = who_is_who.one_person(connection, app.owner.id, who) if who else None
        yield from exporting.tables(connection, app.owner.id, chosen)
