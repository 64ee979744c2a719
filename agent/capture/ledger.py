"""Records into the store: facts once under one key, contacts once in the ledger, inside the caller's transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.capture.judge import Facts, Judgement, judge
from agent.capture.keys import excluded_digest
from agent.capture.records import Entry, of_mail, of_meeting
from agent.capture.screen import without_forgotten
from agent.people.forgetting import NOBODY, Tombstones
from agent.people.normalise import same_owner
from agent.store import messages, people, sources, ties
from agent.store.db import Connection
from agent.ties.refresh import note_contacts
from agent.types import Direction, Outcome, Part
from connectors.base import Batch
from connectors.records import MailRecord, Malformed, MeetingRecord

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Book:
    """Whose ledger it is, and the owner's rules for it. `exclude`: addresses, or domains with or without an @.

    `folders`: folders, labels and calendars that are not read, `*` and `?` match. `forgotten`: who must not come back.

    `seen_at`: now, as far as this entry goes; nothing is dated later than that but meetings ahead.
    """

    owner_id: int
    own: frozenset[str]
    salt: bytes
    seen_at: datetime
    max_recipients: int = 10
    exclude: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    forgotten: Tombstones = NOBODY

    def mine(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of these addresses that are the owner's, plus-addresses included."""
        return frozenset(address for address in addresses if same_owner(address, self.own))

    def admitted(self, entry: Entry) -> Entry | None:
        """What may be stored of it: None where somebody excluded is on it, nothing of those who are forgotten."""
        if self.exclude and any(map(self.excludes, entry.addresses)):
            return None
        return without_forgotten(entry, self.mine(entry.addresses), self.forgotten) if self.forgotten else entry

    def excludes(self, address: str) -> bool:
        """Whether a rule names this address or its domain; the owner's own are never excluded."""
        if same_owner(address, self.own):
            return False
        domain = address.rpartition("@")[2]
        parents = {domain.split(".", n)[n] for n in range(domain.count(".") + 1)}
        return address in self.exclude or any({d, f"@{d}"} & self.exclude for d in parents)


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


def write(connection: Connection, book: Book, stream_row: int, batch: Batch) -> Tally:
    """Enter one batch; entering it again changes nothing. The caller saves the cursor in the same transaction."""
    tally = Tally(seen=len(batch.records))
    if batch.restart:
        sources.restart(connection, stream_row)
    bad = [(record.ref, record.reason) for record in batch.records if isinstance(record, Malformed)]
    tally.quarantined = sources.set_aside(connection, stream_row, bad, book.seen_at)
    mails = [record for record in batch.records if isinstance(record, MailRecord)]
    _mails(connection, book, stream_row, [(m.ref, of_mail(m, book.own, book.seen_at)) for m in mails], tally)
    meetings = [record for record in batch.records if isinstance(record, MeetingRecord)]
    if meetings or batch.series:
        uids = {*batch.series, *(meeting.uid for meeting in meetings)}
        _meetings(connection, book, stream_row, [(m.ref, of_meeting(m)) for m in meetings], uids, tally)
    return tally


def _mails(
    connection: Connection, book: Book, stream_row: int, given: Sequence[tuple[str, Entry]], tally: Tally
) -> None:
    kept = _without_excluded(connection, book, given, tally)
    keys = {entry.key for _, entry in kept}
    digests = {entry.digest for _, entry in kept if entry.digest}
    index = _Index(messages.known(connection, book.owner_id, keys, digests))
    fresh: list[Entry] = []
    for _, entry in kept:
        if index.find(entry) is None:
            index.expect(entry)
            fresh.append(entry)
    ids = _insert(connection, book, fresh, tally)
    index.assign(fresh, ids)
    places = [(ref, index.id_of(entry)) for ref, entry in kept]
    messages.add_copies(connection, stream_row, places)
    stronger = index.stronger(entry for _, entry in kept)
    for message_id, (sent, untravelled) in stronger.items():
        messages.strengthen(connection, message_id, sent=sent, untravelled=untravelled)
    rejudge(connection, book, stronger)


def _without_excluded(
    connection: Connection, book: Book, given: Sequence[tuple[str, Entry]], tally: Tally
) -> list[tuple[str, Entry]]:
    if not (book.exclude or book.forgotten):
        return list(given)
    admitted = [(ref, book.admitted(entry)) for ref, entry in given]
    out = [entry for (_, entry), (_, kept) in zip(given, admitted, strict=True) if kept is None]
    messages.add_excluded(connection, book.owner_id, {excluded_digest(book.salt, entry.key) for entry in out})
    tally.excluded += len(out)
    return [(ref, kept) for ref, kept in admitted if kept is not None]


class _Index:
    """Which stored message a entry is a copy of, by key or by digest, within a batch and before it."""

    def __init__(self, known: Iterable[messages.Known]) -> None:
        self._ids: dict[str, int] = {}
        self._proof: dict[int, tuple[bool, bool]] = {}
        for item in known:
            self._ids[item.key] = item.id
            if item.digest:
                self._ids.setdefault(item.digest, item.id)
            self._proof[item.id] = (item.sent, item.untravelled)

    def find(self, entry: Entry) -> int | None:
        """The id of the message this is a copy of; a negative number while that is not inserted yet."""
        return self._ids.get(entry.key) or self._ids.get(entry.digest or "")

    def expect(self, entry: Entry) -> None:
        """A new message: later copies in the batch shall find it."""
        stand_in = -len(self._ids) - 1
        self._ids[entry.key] = stand_in
        if entry.digest:
            self._ids[entry.digest] = stand_in

    def assign(self, fresh: Sequence[Entry], ids: Sequence[int]) -> None:
        """The database has given ids to the new messages."""
        for entry, message_id in zip(fresh, ids, strict=True):
            self._ids[entry.key] = message_id
            if entry.digest:
                self._ids[entry.digest] = message_id
            self._proof[message_id] = (entry.facts.sent, entry.facts.untravelled)

    def id_of(self, entry: Entry) -> int:
        """The stored message this is a copy of."""
        found = self.find(entry)
        if found is None or found < 0:
            raise LookupError(entry.key)
        return found

    def stronger(self, entries: Iterable[Entry]) -> dict[int, tuple[bool, bool]]:
        """Messages for which a copy brings proof of sending that was not known: id → (sent, untravelled)."""
        found: dict[int, tuple[bool, bool]] = {}
        for entry in entries:
            message_id = self.id_of(entry)
            sent, untravelled = found.get(message_id, self._proof[message_id])
            more = (sent or entry.facts.sent, untravelled or entry.facts.untravelled)
            if more != self._proof[message_id]:
                found[message_id] = more
        return found


def _insert(connection: Connection, book: Book, fresh: Sequence[Entry], tally: Tally) -> list[int]:
    """Store new messages with everybody on them, judge them, and enter the contacts."""
    judged = [judge(d.facts, book.mine(d.addresses), book.max_recipients) for d in fresh]
    rows = [_row(book, entry, judgement) for entry, judgement in zip(fresh, judged, strict=True)]
    ids = messages.add(connection, rows)
    _enter(connection, book, list(zip(ids, fresh, judged, strict=True)), fresh=True)
    tally.new += len(ids)
    for entry, judgement in zip(fresh, judged, strict=True):
        tally.kinds[entry.facts.kind.value] += 1
        counted = judgement.outcome is Outcome.INTERACTION
        tally.interactions += counted
        tally.left_out += not counted
    return ids


def _row(book: Book, entry: Entry, judgement: Judgement) -> dict[str, object]:
    outcome = {"outcome": judgement.outcome.value, "outcome_reason": judgement.reason}
    return {"owner_id": book.owner_id, "key": entry.key, "digest": entry.digest, **entry.columns, **outcome}


def _enter(connection: Connection, book: Book, entries: Sequence[tuple[int, Entry, Judgement]], *, fresh: bool) -> None:
    addresses = {address for _, entry, _ in entries for address in entry.addresses}
    who = people.resolve(connection, book.owner_id, addresses)
    parts = [(mid, who[address][0], part) for mid, entry, _ in entries for part, address in entry.facts.parts]
    messages.add_participants(connection, parts)
    people.note_names(connection, _name_evidence(entries, who))
    verdicts = [_verdict(mid, entry, judgement, who) for mid, entry, judgement in entries]
    messages.enter(connection, book.owner_id, verdicts, fresh=fresh)
    people.touch(connection, {person for _, person in who.values()})
    contacts: dict[int, list[tuple[datetime, Direction]]] = defaultdict(list)
    for _, entry, judgement in entries:
        for address, direction in judgement.contacts:
            contacts[who[address][1]].append((entry.at, direction))
    if fresh:
        note_contacts(connection, book.owner_id, contacts, book.seen_at)
    else:
        ties.mark_stale(connection, book.owner_id, contacts)


def _name_evidence(
    entries: Sequence[tuple[int, Entry, Judgement]], who: dict[str, tuple[int, int]]
) -> dict[tuple[int, str], tuple[int, int]]:
    """(identity, name) → (times, last day). What people sign with weighs as much as three times being called so."""
    seen: dict[tuple[int, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for _, entry, _ in entries:
        day = int(entry.at.timestamp()) // DAY_SECONDS
        signed = entry.facts.at(Part.FROM)
        for address, name in entry.names:
            if address in who:
                times, last = seen[who[address][0], name]
                seen[who[address][0], name] = (times + (3 if address in signed else 1), max(last, day))
    return dict(seen)


def _verdict(message_id: int, entry: Entry, judgement: Judgement, who: dict[str, tuple[int, int]]) -> messages.Verdict:
    contacts = tuple((who[address][0], direction) for address, direction in sorted(judgement.contacts))
    channel = entry.facts.channel
    return messages.Verdict(message_id, entry.at, channel, judgement.outcome, judgement.reason, contacts)


def _meetings(
    connection: Connection,
    book: Book,
    stream_row: int,
    given: Sequence[tuple[str, Entry]],
    uids: set[str],
    tally: Tally,
) -> None:
    kept = _without_excluded(connection, book, given, tally)
    present = messages.series(connection, book.owner_id, uids)
    by_key = {entry.key: entry for _, entry in kept}
    gone = [message_id for key, message_id in present.items() if key not in by_key]
    ties.mark_stale(connection, book.owner_id, messages.people_in(connection, present.values()))
    messages.withdraw(connection, stream_row, gone)
    fresh = [entry for key, entry in by_key.items() if key not in present]
    ids = dict(zip((entry.key for entry in fresh), _insert(connection, book, fresh, tally), strict=True))
    again = [(present[key], entry) for key, entry in by_key.items() if key in present]
    _reenter(connection, book, again)
    ids.update({entry.key: message_id for message_id, entry in again})
    messages.add_copies(connection, stream_row, [(ref, ids[entry.key]) for ref, entry in kept])


def _reenter(connection: Connection, book: Book, again: Sequence[tuple[int, Entry]]) -> None:
    judged = []
    for message_id, entry in again:
        messages.rewrite(connection, message_id, entry.columns)
        judged.append((message_id, entry, judge(entry.facts, book.mine(entry.addresses), book.max_recipients)))
    _enter(connection, book, judged, fresh=False)


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
    messages.enter(connection, book.owner_id, verdicts, fresh=False)
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
