"""One source from its cursors to its end: one transaction a batch, then the owner's aliases."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from agent.capture import contacts, ledger
from agent.capture.ahead import Opener, batches
from agent.capture.ledger import Book, Tally
from agent.people.aliases import is_alias, is_own_mailbox, is_short_alias
from agent.store import messages, owners, people, sources
from agent.store.db import Connection, Store
from agent.store.sources import SourceRow
from connectors.base import Source
from connectors.errors import ConnectorError

SEEN_BEFORE_LEARNT = 2
WRITERS_BEFORE_LEARNT = 3
Progress = Callable[[str, int, int | None], None]


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Batches make many small objects and hardly a cycle: looking for those at every turn is a seventh of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(10_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@_seldom_collected()
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

    Raises ConnectorError after noting it; the batches before it are safe and the next call goes on behind them.
    """
    total, memory = Tally(), ledger.Memory()
    with store.write() as connection:
        sources.started(connection, row.id, book.seen_at)
        cursors = sources.cursors(connection, row.id)
    try:
        for given in batches(source, book, cursors, opener):
            batch = given.batch
            with store.write(repeatable=True) as connection:
                stream_row = sources.stream_id(connection, row.id, batch.stream)
                total.add(ledger.enter(connection, book, stream_row, given, memory))
                total.add(contacts.enter(connection, book, stream_row, batch))
                sources.save_cursor(connection, stream_row, batch.cursor)
            if progress:
                progress(batch.stream, total.seen, batch.expected)
    except ConnectorError as error:
        with store.write() as connection:
            sources.failed(connection, row.id, str(error))
        raise
    with store.write() as connection:
        sources.succeeded(connection, row.id, book.seen_at)
    return total


def learn_aliases(store: Store, book: Book) -> tuple[str, ...]:
    """Addresses that mail in Sent was written from are the owner's, those spelt like their name that mail came by, and
    those at their firm that servers delivered mail to.

    Mail judged before is judged again.
    """
    with store.write() as connection:
        written = owners.written_from(connection, book.owner_id, SEEN_BEFORE_LEARNT)
        fresh = owners.learn(connection, book.owner_id, written, "sent")
        own, names = owners.addresses(connection, book.owner_id), owners.names(connection, book.owner_id)
        through = owners.reached_through(connection, book.owner_id, SEEN_BEFORE_LEARNT)
        spelt = [address for address in through if is_alias(address, own, names)]
        alone = owners.reached_alone(connection, book.owner_id, WRITERS_BEFORE_LEARNT)
        spelt += [address for address in alone if is_short_alias(address, own, names)]
        fresh += owners.learn(connection, book.owner_id, spelt, "received")
        taken_in = owners.delivered_to(connection, book.owner_id, SEEN_BEFORE_LEARNT)
        fresh += owners.learn(connection, book.owner_id, [a for a in taken_in if is_own_mailbox(a, own)], "delivered")
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
