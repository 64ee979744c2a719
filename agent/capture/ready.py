"""A batch made ready: screened, classified, its messages under their keys. Pure, so another process can do it."""

from __future__ import annotations

from typing import Any, NamedTuple

from agent.capture.book import Book
from agent.capture.keys import excluded_digest
from agent.capture.records import Entry, of_mail, of_meeting
from agent.capture.screen import outside
from connectors.base import Batch
from connectors.records import MailRecord, Malformed, MeetingRecord, Record

Given = tuple[str, Entry]
"""What a message is called at its source, and the message."""


class Ready(NamedTuple):
    """One batch. `batch` keeps all of it but mails, meetings and what could not be read.

    `seen`: how many records it had. `uids`: the series whose meetings are complete. `refs` and `bad`: what could be
    read, and (ref, reason) of what could not. `dropped`: salted hashes of what lies in excluded places.
    """

    batch: Batch
    seen: int
    mails: tuple[Given, ...] = ()
    meetings: tuple[Given, ...] = ()
    uids: frozenset[str] = frozenset()
    refs: tuple[str, ...] = ()
    bad: tuple[tuple[str, str], ...] = ()
    dropped: frozenset[str] = frozenset()

    @property
    def adds_only(self) -> bool:
        """Whether there is nothing in it but mail, and nothing that it takes the place of."""
        return not (self.uids or self.batch.records or self.batch.restart)


def ready(batch: Batch, book: Book) -> Ready:
    """Screen and classify every record of a batch."""
    inside, dropped = outside(batch, book.folders)
    kinds: dict[type[Any], list[Any]] = {MailRecord: [], MeetingRecord: [], Malformed: []}
    rest: list[Record] = []
    for record in inside.records:
        kinds.get(type(record), rest).append(record)
    return Ready(
        Batch(batch.stream, tuple(rest), batch.cursor, batch.series, batch.expected, batch.restart),
        len(batch.records),
        tuple([(mail.ref, of_mail(mail, book.own, book.seen_at)) for mail in kinds[MailRecord]]),
        tuple([(meeting.ref, of_meeting(meeting)) for meeting in kinds[MeetingRecord]]),
        frozenset(batch.series).union(meeting.uid for meeting in kinds[MeetingRecord]),
        tuple([record.ref for record in inside.records if not isinstance(record, Malformed)]),
        tuple([(record.ref, record.reason) for record in kinds[Malformed]]),
        frozenset(excluded_digest(book.salt, key) for key in dropped),
    )
