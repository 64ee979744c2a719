"""Entries judged and made into rows, for those the owner lets in. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from agent.capture.book import Book
from agent.capture.judge import Judgement, judge
from agent.capture.ready import Given
from agent.capture.records import Entry
from agent.people.names import SIGNED
from agent.store.rows import MessageRow, as_json, seconds
from agent.types import Channel, Direction, Kind, Outcome, Part


class Line(NamedTuple):
    """One message as the ledger takes it.

    `parts`: (part, address). `names`: (address, name, weight). `contacts`: (address, direction).
    """

    ref: str
    row: MessageRow
    parts: tuple[tuple[str, str], ...]
    names: tuple[tuple[str, str, int], ...]
    contacts: tuple[tuple[str, str], ...]


def lines(book: Book, given: Iterable[Given]) -> tuple[list[Line], list[str]]:
    """The lines of what may be stored, and the keys of what may not."""
    if not (book.exclude or book.forgotten):
        return [line(book, ref, entry) for ref, entry in given], []
    kept: list[Line] = []
    gone: list[str] = []
    for ref, entry in given:
        admitted = book.admitted(entry)
        if admitted is None:
            gone.append(entry.key)
        else:
            kept.append(line(book, ref, admitted))
    return kept, gone


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
