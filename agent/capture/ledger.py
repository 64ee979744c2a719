"""Records into the store: facts once under one key, contacts once in the ledger, inside the caller's transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agent.capture.book import Book
from agent.capture.judge import Facts, judge
from agent.capture.keys import excluded_digest, older_key
from agent.capture.lines import Line, lines
from agent.capture.ready import Ready, ready
from agent.store import messages, people, sources, ties
from agent.store.db import Connection
from agent.ties.refresh import note_contacts
from agent.types import Direction
from connectors.base import WHOLE, Batch

__all__ = ["Book", "Memory", "Tally", "enter", "facts_of", "rejudge", "write"]

DAY_SECONDS = 86_400
REMEMBERED = 10_000


@dataclass
class Tally:
    """What became of the records of a batch or a poll."""

    seen: int = 0
    new: int = 0
    interactions: int = 0
    left_out: int = 0
    excluded: int = 0
    quarantined: int = 0
    cards: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Sum up."""
        for name in ("seen", "new", "interactions", "left_out", "excluded", "quarantined", "cards"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.kinds.update(other.kinds)


@dataclass
class Memory:
    """What one sync knows of the store by heart and need not ask or say again.

    `streams`: name → id of its source's streams. `who`: address → (identity id, person id). `waiting`: people marked to
    be judged; `stale`: people whose tie is marked to be rebuilt. `undated`: whether there is mail from before keys had
    days, None as long as nobody asked.
    Good for as long as nobody else writes and no transaction fails.
    """

    streams: dict[str, int] = field(default_factory=dict)
    who: dict[str, tuple[int, int]] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)
    stale: set[int] = field(default_factory=set)
    undated: bool | None = None

    def trim(self) -> None:
        """Forget what has become too much to remember; the store knows it."""
        for held in (self.who, self.waiting, self.stale):
            if len(held) > REMEMBERED:
                held.clear()

    def stream(self, connection: Connection, source_id: int, name: str) -> int:
        """The id of a stream, made when missing."""
        if name not in self.streams:
            self.streams[name] = sources.stream_id(connection, source_id, name)
        return self.streams[name]

    def resolve(self, connection: Connection, owner_id: int, addresses: set[str]) -> dict[str, tuple[int, int]]:
        """These addresses, and those met before, with their ids."""
        missing = addresses.difference(self.who)
        if missing:
            self.who.update(people.resolve(connection, owner_id, missing))
        return self.who

    def keys_before(self, connection: Connection, owner_id: int, keys: Iterable[str]) -> dict[str, str]:
        """What mail that was stored before keys had days goes by → its key now; nothing where there is no such mail."""
        if self.undated is None:
            self.undated = messages.any_key_from(connection, owner_id, older_key(""))
        return {older_key(key): key for key in keys} if self.undated else {}

    def touch(self, connection: Connection, persons: set[int]) -> None:
        """Have them judged again."""
        fresh = persons - self.waiting
        people.touch(connection, fresh)
        self.waiting |= fresh

    def mark_stale(self, connection: Connection, owner_id: int, persons: Iterable[int]) -> None:
        """Have their ties rebuilt."""
        fresh = set(persons) - self.stale
        ties.mark_stale(connection, owner_id, fresh)
        self.stale |= fresh


def write(connection: Connection, book: Book, stream_row: int, batch: Batch) -> Tally:
    """Enter one batch; entering it again changes nothing. The caller saves the cursor in the same transaction."""
    return enter(connection, book, stream_row, ready(batch, book), Memory())


def enter(connection: Connection, book: Book, stream_row: int, given: Ready, memory: Memory) -> Tally:
    """As `write`, for a batch made ready before."""
    memory.trim()
    mails, excluded = lines(book, given.mails)
    meetings, missed = lines(book, given.meetings)
    digests = {excluded_digest(book.salt, key) for key in (*excluded, *missed)} | given.dropped
    tally = Tally(seen=given.seen, excluded=len(excluded) + len(missed) + len(given.dropped))
    if given.batch.restart:
        sources.restart(connection, stream_row)
    messages.add_excluded(connection, book.owner_id, digests)
    sources.readable(connection, stream_row, (WHOLE, *given.refs))
    tally.quarantined = sources.set_aside(connection, stream_row, given.bad, book.seen_at)
    desk = _Desk(connection, book, stream_row, memory, tally)
    if mails:
        desk.mails(mails)
    if given.uids:
        desk.meetings(meetings, given.uids)
    return tally


@dataclass
class _Desk:
    """One stream's batch on its way into the ledger."""

    connection: Connection
    book: Book
    stream_row: int
    memory: Memory
    tally: Tally

    def mails(self, lines: Sequence[Line]) -> None:
        """Store what is new, and where each copy lies; a copy may prove that a mail known before was sent."""
        index = self._known(lines)
        ids = messages.reserve(self.connection, len(lines))
        fresh: list[tuple[int, Line]] = []
        stronger: dict[int, tuple[bool, bool]] = {}
        places: list[tuple[int, str, int]] = []
        for line in lines:
            row = line.row
            held = index.get(row.key) or (index.get(row.digest) if row.digest else None)
            if held is None:
                held = next(ids), row.sent, row.untravelled
                index[row.key] = held
                if row.digest:
                    index[row.digest] = held
                fresh.append((held[0], line))
            elif (row.sent and not held[1]) or (row.untravelled and not held[2]):
                sent, untravelled = stronger.get(held[0], held[1:])
                stronger[held[0]] = (sent or row.sent, untravelled or row.untravelled)
            places.append((self.stream_row, line.ref, held[0]))
        self._insert(fresh)
        messages.add_copies(self.connection, places)
        for message_id, (sent, untravelled) in stronger.items():
            messages.strengthen(self.connection, message_id, sent=sent, untravelled=untravelled)
        rejudge(self.connection, self.book, stronger)

    def _known(self, lines: Sequence[Line]) -> dict[str, tuple[int, bool, bool]]:
        """Key or digest → the stored message it is a copy of: its id, and whether it was sent or never travelled."""
        keys = {line.row.key for line in lines}
        digests = {line.row.digest for line in lines if line.row.digest}
        index: dict[str, tuple[int, bool, bool]] = {}
        before = self.memory.keys_before(self.connection, self.book.owner_id, keys)
        for item in messages.known(self.connection, self.book.owner_id, keys.union(before), digests):
            held = item.id, item.sent, item.untravelled
            index[before.get(item.key, item.key)] = held
            if item.digest:
                index.setdefault(item.digest, held)
        return index

    def meetings(self, lines: Sequence[Line], uids: Iterable[str]) -> None:
        """Store whole series: what is no longer among the lines is withdrawn, what changed is written anew."""
        present = messages.series(self.connection, self.book.owner_id, uids)
        by_key = {line.row.key: line for line in lines}
        gone = [message_id for key, message_id in present.items() if key not in by_key]
        before = messages.people_in(self.connection, present.values())
        self.memory.mark_stale(self.connection, self.book.owner_id, before)
        messages.withdraw(self.connection, self.stream_row, gone)
        fresh = [line for key, line in by_key.items() if key not in present]
        ids = messages.reserve(self.connection, len(fresh))
        new = [(next(ids), line) for line in fresh]
        self._insert(new)
        again = [(present[key], line) for key, line in by_key.items() if key in present]
        self._reenter(again)
        held = {line.row.key: message_id for message_id, line in (*new, *again)}
        messages.add_copies(self.connection, [(self.stream_row, line.ref, held[line.row.key]) for line in lines])

    def _insert(self, lines: Sequence[tuple[int, Line]]) -> None:
        """Store new messages with everybody on them, and enter the contacts."""
        if not lines:
            return
        messages.add(self.connection, self.book.owner_id, [(mid, line.row) for mid, line in lines])
        who = self._name_everybody(lines)
        _contacts(self.connection, self.book.owner_id, lines, who)
        self._note(lines, who)
        self.tally.new += len(lines)
        for _, line in lines:
            self.tally.kinds[line.row.kind] += 1
            self.tally.interactions += bool(line.contacts)
            self.tally.left_out += not line.contacts

    def _reenter(self, lines: Sequence[tuple[int, Line]]) -> None:
        """Write messages anew that changed at their source."""
        for message_id, line in lines:
            messages.rewrite(self.connection, message_id, line.row)
        who = self._name_everybody(lines)
        messages.forget_contacts(self.connection, [message_id for message_id, _ in lines])
        _contacts(self.connection, self.book.owner_id, lines, who)
        changed = {who[address][1] for _, line in lines for address, _ in line.contacts}
        self.memory.mark_stale(self.connection, self.book.owner_id, changed)

    def _name_everybody(self, lines: Sequence[tuple[int, Line]]) -> dict[str, tuple[int, int]]:
        """Everybody on these messages, the parts they play, and the names they go by."""
        addresses = {address for _, line in lines for _, address in line.parts}
        who = self.memory.resolve(self.connection, self.book.owner_id, addresses)
        parts = [(mid, who[address][0], part) for mid, line in lines for part, address in line.parts]
        messages.add_participants(self.connection, parts)
        people.note_names(self.connection, _name_evidence(lines, who))
        self.memory.touch(self.connection, {who[address][1] for address in addresses})
        return who

    def _note(self, lines: Sequence[tuple[int, Line]], who: dict[str, tuple[int, int]]) -> None:
        """Move the ties on by new contact, but for those that wait to be rebuilt anyway."""
        stale = self.memory.stale
        contacts: dict[int, list[tuple[datetime, Direction]]] = defaultdict(list)
        for _, line in lines:
            for address, direction in line.contacts:
                person = who[address][1]
                if person not in stale:
                    contacts[person].append((datetime.fromtimestamp(line.row.at, UTC), Direction(direction)))
        if contacts:
            stale |= note_contacts(self.connection, self.book.owner_id, contacts, self.book.seen_at)


def _contacts(
    connection: Connection, owner_id: int, lines: Sequence[tuple[int, Line]], who: dict[str, tuple[int, int]]
) -> None:
    rows = [
        (message_id, who[address][0], direction, owner_id, line.row.channel, line.row.at)
        for message_id, line in lines
        for address, direction in line.contacts
    ]
    messages.add_contacts(connection, rows)


def _name_evidence(
    lines: Sequence[tuple[int, Line]], who: dict[str, tuple[int, int]]
) -> dict[tuple[int, str], tuple[int, int]]:
    """(identity, name) → (times, last day)."""
    seen: dict[tuple[int, str], tuple[int, int]] = {}
    for _, line in lines:
        day = line.row.at // DAY_SECONDS
        for address, name, weight in line.names:
            key = who[address][0], name
            before = seen.get(key)
            seen[key] = (weight, day) if before is None else (before[0] + weight, max(before[1], day))
    return seen


def rejudge(connection: Connection, book: Book, message_ids: Iterable[int]) -> int:
    """Judge stored messages anew, as after an alias was learned; returns how many were looked at."""
    stored = messages.stored(connection, message_ids)
    verdicts, affected = [], messages.people_in(connection, [item.id for item in stored])
    for item in stored:
        facts = facts_of(item)
        judgement = judge(facts, book.mine(address for _, address in facts.parts), book.max_recipients)
        idents = {address: ident for _, address, ident in item.parts}
        contacts = tuple((idents[address], direction) for address, direction in sorted(judgement.contacts))
        verdicts.append(messages.Verdict(item.id, item.at, item.channel, judgement.outcome, judgement.reason, contacts))
    messages.reenter(connection, book.owner_id, verdicts)
    affected |= messages.people_in(connection, [item.id for item in stored])
    ties.mark_stale(connection, book.owner_id, affected)
    people.touch(connection, affected)
    return len(stored)


def facts_of(item: messages.Stored) -> Facts:
    """The judge's view of a stored message."""
    return Facts(
        channel=item.channel,
        kind=item.kind,
        parts=frozenset((part, address) for part, address, _ in item.parts),
        recipients=item.recipients,
        sent=item.sent,
        untravelled=item.untravelled,
        reasons=item.reasons,
    )
