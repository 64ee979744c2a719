"""One source from its cursors to its end: one transaction a batch, then the owner's aliases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256

from agent.capture import contacts, ledger
from agent.capture.ahead import Opener, batches
from agent.capture.garbage import seldom_collected
from agent.capture.ledger import Book, Tally
from agent.people.aliases import is_alias, is_own_mailbox, is_short_alias
from agent.people.normalise import organization
from agent.store import forms, loading, messages, owners, people, sources
from agent.store.db import Connection, Store
from agent.store.sources import SourceRow
from connectors.base import Source
from connectors.errors import ConnectorError

ALIASES = "aliases"
"""The kind of derived facts that `learn_aliases` marks with the names and addresses it knew."""

SEEN_BEFORE_LEARNT = 2
WRITERS_BEFORE_LEARNT = 3
Progress = Callable[[str, int, int | None], None]


@seldom_collected()
def sync(
    store: Store,
    book: Book,
    source: Source,
    row: SourceRow,
    progress: Progress | None = None,
    opener: Opener | None = None,
) -> Tally:
    """Capture what is new since the last time. `progress(stream, seen so far, expected)` is told after every batch.

    With `opener`, which opens the same source again, a second process reads ahead where a lot is to come.

    Raises ConnectorError after noting it; the batches before it are safe and the next call goes on behind them. That it
    came to its end is for the caller to note.
    """
    total, memory, loads = Tally(), ledger.Memory(), False
    with store.read() as connection:
        cursors = sources.cursors(connection, row.id)
    try:
        for given in batches(source, book, cursors, opener):
            batch = given.batch
            if not total.seen:
                with store.write(repeatable=True) as connection:
                    loads = loading.begin(connection)
            with store.write(repeatable=True, adding=given.adds_only) as connection:
                stream_row = memory.stream(connection, row.id, batch.stream)
                total.add(ledger.enter(connection, book, stream_row, given, memory))
                total.add(contacts.enter(connection, book, stream_row, batch))
                sources.save_cursor(connection, stream_row, batch.cursor)
            if progress:
                progress(batch.stream, total.seen, batch.expected)
    except ConnectorError as error:
        with store.write() as connection:
            sources.failed(connection, row.id, str(error))
        raise
    finally:
        if loads:
            with store.write(repeatable=True) as connection:
                loading.end(connection)
    return total


def learn_aliases(store: Store, book: Book) -> tuple[str, ...]:
    """Addresses that mail in Sent was written from are the owner's, those spelt like their name that mail came by, and
    those at their firm that servers delivered mail to.

    Looked at are those of whom something new was seen, and all whenever other addresses or names are the owner's than
    when they were looked at last. Mail judged before is judged again.
    """
    with store.write() as connection:
        owner_id = book.owner_id
        seen = people.unjudged(connection, owner_id, owners.addresses(connection, owner_id))
        among = None if seen is None else list(seen.values())
        written = owners.written_from(connection, owner_id, among, SEEN_BEFORE_LEARNT)
        learnt = owners.learn(connection, owner_id, written, "sent")
        while fresh := _learn_at_firm(connection, owner_id, seen):
            learnt += fresh
        _readdress(connection, book, learnt)
    return learnt


def _learn_at_firm(connection: Connection, owner_id: int, seen: dict[str, int] | None) -> tuple[str, ...]:
    own, names = owners.addresses(connection, owner_id), owners.names(connection, owner_id)
    mark = sha256("\n".join([*sorted(own), "", *sorted(names)]).encode()).hexdigest()
    if forms.noted(connection, owner_id).get(ALIASES) != mark:
        seen = None
        forms.note(connection, owner_id, ALIASES, mark)
    strange = _at_firm(connection, owner_id, own, seen)
    spelt = [ident for address, ident in strange.items() if is_alias(address, own, names)]
    received = owners.reached_through(connection, owner_id, spelt, SEEN_BEFORE_LEARNT)
    short = [ident for address, ident in strange.items() if is_short_alias(address, own, names)]
    received += owners.reached_alone(connection, owner_id, short, WRITERS_BEFORE_LEARNT)
    fresh = owners.learn(connection, owner_id, received, "received")
    boxes = [ident for address, ident in strange.items() if is_own_mailbox(address, own)]
    taken_in = owners.delivered_to(connection, owner_id, boxes, SEEN_BEFORE_LEARNT)
    return fresh + owners.learn(connection, owner_id, taken_in, "delivered")


def _at_firm(connection: Connection, owner_id: int, own: frozenset[str], seen: dict[str, int] | None) -> dict[str, int]:
    """Address → identity of those of `seen` (None: of all) at a firm of the owner's, without the owner's own."""
    if seen is None and not people.anybody(connection, owner_id):
        return {}
    found = people.at_hosts(connection, owner_id, _firms(own)) if seen is None else seen
    return {address: i for address, i in found.items() if address not in own and organization(address) in _firms(own)}


@lru_cache(maxsize=4)
def _firms(own: frozenset[str]) -> frozenset[str]:
    return frozenset(firm for firm in map(organization, own) if firm)


def acknowledge(store: Store, book: Book, given: Iterable[str]) -> tuple[str, ...]:
    """Addresses the owner says are theirs; returns the new ones. Mail judged before is judged again."""
    with store.write() as connection:
        fresh = owners.learn(connection, book.owner_id, given, "config")
        _readdress(connection, book, fresh)
    return fresh


def disown(store: Store, book: Book, refused: Iterable[str]) -> tuple[str, ...]:
    """Addresses the owner says are not theirs, for good; mail judged before is judged again."""
    with store.write() as connection:
        gone = owners.disown(connection, book.owner_id, refused)
        _readdress(connection, book, gone)
    return gone


def _readdress(connection: Connection, book: Book, changed: tuple[str, ...]) -> None:
    if not changed:
        return
    own = owners.addresses(connection, book.owner_id)
    now_book = replace(book, own=own)
    found = people.find(connection, book.owner_id, changed)
    affected = messages.with_identity(connection, [identity for identity, _ in found.values()])
    ledger.rejudge(connection, now_book, affected)
    people.touch(connection, [person for _, person in found.values()])
