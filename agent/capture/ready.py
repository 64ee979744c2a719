"""A batch made ready to be written: all of the work that needs no database. Pure, so another process can do it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from agent.capture.book import Book
from agent.capture.judge import Judgement, judge
from agent.capture.keys import excluded_digest
from agent.capture.records import Entry, of_mail, of_meeting
from agent.capture.screen import outside
from agent.store.rows import MessageRow, as_json, seconds
from agent.types import Channel, Direction, Kind, Outcome, Part
from connectors.base import Batch
from connectors.records import MailRecord, Malformed, MeetingRecord, Record

SIGNED = 3
"""What people sign with weighs as much as three times being called so."""


class Line(NamedTuple):
    """One message, judged, as the ledger takes it: plain values, cheap to hand to another process.

    `parts`: (part, address). `names`: (address, name, weight). `contacts`: (address, direction).
    """

    ref: str
    row: MessageRow
    parts: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, str, int], ...]
    contacts: tuple[tuple[str, str], ...]


class Ready(NamedTuple):
    """One batch. `batch` keeps all of it but mails, meetings and what could not be read.

    `seen`: how many records it had. `excluded`: how many the owner's rules keep out, `digests` their salted hashes.
    `refs` and `bad`: what could be read, and (ref, reason) of what could not. `uids`: the series whose meetings are
    complete.
    """

    batch: Batch
    seen: int
    mails: tuple[Line, ...] = ()
    meetings: tuple[Line, ...] = ()
    uids: frozenset[str] = frozenset()
    refs: tuple[str, ...] = ()
    bad: tuple[tuple[str, str], ...] = ()
    excluded: int = 0
    digests: frozenset[str] = frozenset()


def ready(batch: Batch, book: Book) -> Ready:
    """Screen, classify and judge every record of a batch."""
    inside, dropped = outside(batch, book.folders)
    out = {excluded_digest(book.salt, key) for key in dropped}
    kinds: dict[type[Any], list[Any]] = {MailRecord: [], MeetingRecord: [], Malformed: []}
    rest: list[Record] = []
    for record in inside.records:
        kinds.get(type(record), rest).append(record)
    given = [(mail.ref, of_mail(mail, book.own, book.seen_at)) for mail in kinds[MailRecord]]
    meetings = [(meeting.ref, of_meeting(meeting)) for meeting in kinds[MeetingRecord]]
    kept, gone = _admitted(book, given)
    held, missed = _admitted(book, meetings)
    return Ready(
        Batch(batch.stream, tuple(rest), batch.cursor, batch.series, batch.expected, batch.restart),
        len(batch.records),
        kept,
        held,
        frozenset(batch.series).union(meeting.uid for meeting in kinds[MeetingRecord]),
        tuple([record.ref for record in inside.records if not isinstance(record, Malformed)]),
        tuple([(record.ref, record.reason) for record in kinds[Malformed]]),
        len(out) + len(gone) + len(missed),
        frozenset(out).union(excluded_digest(book.salt, key) for key in (*gone, *missed)),
    )


def _admitted(book: Book, given: Iterable[tuple[str, Entry]]) -> tuple[tuple[Line, ...], list[str]]:
    """The lines of what may be stored, and the keys of what may not."""
    if not (book.exclude or book.forgotten):
        return tuple([line(book, ref, entry) for ref, entry in given]), []
    kept: list[Line] = []
    gone: list[str] = []
    for ref, entry in given:
        admitted = book.admitted(entry)
        if admitted is None:
            gone.append(entry.key)
        else:
            kept.append(line(book, ref, admitted))
    return tuple(kept), gone


def line(book: Book, ref: str, entry: Entry) -> Line:
    """One entry, judged for the owner of `book`."""
    facts, addresses = entry.facts, entry.addresses
    judgement = judge(facts, book.mine(addresses), book.max_recipients)
    parts = tuple([(_VALUE[part], address) for part, address in facts.parts])
    names = [
        (address, name, SIGNED if (_FROM, address) in facts.parts else 1)
        for address, name in entry.names
        if address in addresses
    ]
    return Line(ref, _row(entry, judgement), parts, tuple(names), _contacts(judgement))


_FROM = Part.FROM
_COUNTED, _LEFT_OUT = Outcome.INTERACTION.value, Outcome.LEFT_OUT.value
_VALUE = {member: member.value for kind in (Part, Kind, Channel, Direction) for member in kind}


def _contacts(judgement: Judgement) -> tuple[tuple[str, str], ...]:
    if not judgement.contacts:
        return ()
    return tuple([(address, _VALUE[direction]) for address, direction in sorted(judgement.contacts)])


def _row(entry: Entry, judgement: Judgement) -> MessageRow:
    facts = entry.facts
    return MessageRow(
        entry.key,
        entry.digest,
        _VALUE[facts.channel],
        entry.rfc_id,
        entry.thread,
        seconds(entry.at),
        entry.subject,
        _VALUE[facts.kind],
        as_json(facts.reasons),
        _COUNTED if judgement.contacts else _LEFT_OUT,
        judgement.reason,
        facts.sent,
        facts.untravelled,
        facts.recipients,
        entry.draft_token,
    )
