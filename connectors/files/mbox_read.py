"""Batches out of one mailbox file: backwards on a first read, forwards over what was appended since."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from zipfile import ZipInfo

from connectors.base import Batch, Json
from connectors.files import mbox_cursor
from connectors.files.mbox_boxes import Box
from connectors.files.mbox_cursor import Cursor
from connectors.files.mbox_scan import LINE_LIMIT, ReadAt, parse_from_line, separators
from connectors.files.reading import BATCH, READ_LIMIT, is_excluded, to_record
from connectors.files.takeout import ZIP_ERRORS, ForwardReader, gmail_labels, mailboxes_in, role_by_labels
from connectors.mime_header import split_header
from connectors.records import Malformed, Record

_PSEUDO_SUBJECT = "FOLDER INTERNAL DATA"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mails:
    """The messages of one open mailbox by their spans of bytes."""

    box: Box
    read_at: ReadAt
    exclude: tuple[str, ...]

    def records(self, spans: Sequence[Span]) -> tuple[Record, ...]:
        """The records of these messages; what is not to be read is left out."""
        return tuple(record for record in map(self._record, spans) if record is not None)

    def _record(self, span: Span) -> Record | None:
        start, end = span
        line, _, raw = self.read_at(start, min(end - start, LINE_LIMIT + READ_LIMIT)).partition(b"\n")
        separator = parse_from_line(line)
        sender, arrived = (separator.sender, separator.arrived) if separator else ("", None)
        role, labels = self.box.role, gmail_labels(sender, raw)
        if labels is not None:
            by_label = role_by_labels(labels)
            if by_label is None or any(is_excluded(label, self.exclude) for label in labels):
                return None
            role = by_label
        if sender == "MAILER-DAEMON" and _PSEUDO_SUBJECT in split_header(raw).first("subject"):
            return None
        return to_record(
            raw,
            ref=str(start),
            folder=self.box.folder,
            role=role,
            arrived=arrived,
            labels=labels or (),
            size=end - start - len(line) - 1,
        )


def poll_file(box: Box, before: Json, exclude: tuple[str, ...]) -> Iterator[Batch]:
    """What is new in an mbox file since the cursor `before`."""
    try:
        file = box.path.open("rb", buffering=0)
    except OSError as error:
        yield Batch(
            box.stream, (Malformed(box.stream, box.folder, f"The file cannot be read: {error.strerror}."),), before
        )
        return
    with file:
        number = file.fileno()
        mails = Mails(box, lambda offset, length: os.pread(number, max(length, 0), offset), exclude)
        size = os.fstat(number).st_size
        cursor = mbox_cursor.parse(before)
        if cursor is not None and mbox_cursor.is_same(cursor, mails.read_at, size):
            yield from _go_on(mails, cursor, size)
        else:
            yield from _begin(mails, size, restart=before is not None)


def _begin(mails: Mails, size: int, *, restart: bool) -> Iterator[Batch]:
    starts = array("Q", separators(mails.read_at, 0, size))
    cursor = mbox_cursor.at(mails.read_at, size, size, starts[-1] if starts else 0)
    if restart and not starts:
        yield Batch(mails.box.stream, (), replace(cursor, low=0).json(), restart=True)
    for batch in _backwards(mails, cursor, starts, len(starts)):
        yield replace(batch, restart=restart)
        restart = False


def _go_on(mails: Mails, cursor: Cursor, size: int) -> Iterator[Batch]:
    if cursor.high == size and cursor.low == 0:
        return
    ahead = array("Q", separators(mails.read_at, mbox_cursor.grown_from(cursor, mails.read_at, size), size))
    behind = array("Q", separators(mails.read_at, 0, cursor.low))
    expected = len(ahead) + len(behind)
    for begin in range(0, len(ahead), BATCH):
        spans = _spans(ahead, begin, begin + BATCH, size)
        cursor = mbox_cursor.at(mails.read_at, cursor.low, spans[-1][1], spans[-1][0])
        yield Batch(mails.box.stream, mails.records(spans), cursor.json(), expected=expected)
    yield from _backwards(mails, cursor, behind, expected)


def _backwards(mails: Mails, cursor: Cursor, starts: Sequence[int], expected: int) -> Iterator[Batch]:
    top = cursor.low
    for stop in range(len(starts), 0, -BATCH):
        begin = max(0, stop - BATCH)
        spans = _spans(starts, begin, stop, top)
        cursor = replace(cursor, low=starts[begin] if begin else 0)
        yield Batch(mails.box.stream, mails.records(spans[::-1]), cursor.json(), expected=expected)


def _spans(starts: Sequence[int], begin: int, stop: int, end: int) -> list[Span]:
    """The messages from `begin` to before `stop`; `end` is where the last one of all ends."""
    return list(pairwise([*starts[begin : stop + 1], *([end] if stop >= len(starts) else [])]))


def poll_zip(box: Box, before: Json, exclude: tuple[str, ...]) -> Iterator[Batch]:
    """What the cursor `before` does not cover of an mbox inside a zip, from its beginning to its end.

    Nothing is unpacked to disk: one reader finds where messages begin, another follows and reads them.
    """
    info = next((info for info in mailboxes_in(box.path) if info.filename == box.member), None)
    if info is None:
        return
    same = isinstance(before, dict) and (before.get("size"), before.get("crc")) == (info.file_size, info.CRC)
    done = int(before["done"]) if same else 0
    restart = before is not None and not same
    try:
        for spans, records in _unzipped(box, exclude, done, info.file_size):
            yield Batch(box.stream, records, _zip_cursor(info, spans[-1][1]), restart=restart)
            restart = False
    except ZIP_ERRORS as error:
        reason = f"The zip file is damaged ({type(error).__name__}); what lies behind is lost."
        record = Malformed(box.stream, box.folder, reason)
        yield Batch(box.stream, (record,), _zip_cursor(info, info.file_size), restart=restart)


def _zip_cursor(info: ZipInfo, done: int) -> Json:
    return {"size": info.file_size, "crc": info.CRC, "done": done}


def _unzipped(
    box: Box, exclude: tuple[str, ...], done: int, size: int
) -> Iterator[tuple[list[Span], tuple[Record, ...]]]:
    if done >= size:
        return
    scout, reader = ForwardReader(box.path, box.member), ForwardReader(box.path, box.member)
    try:
        spans = _pairs(separators(scout.read_at, done, size), size)
        mails = Mails(box, reader.read_at, exclude)
        while chunk := list(islice(spans, BATCH)):
            yield chunk, mails.records(chunk)
    finally:
        scout.close()
        reader.close()


def _pairs(starts: Iterator[int], end: int) -> Iterator[Span]:
    previous = next(starts, None)
    for start in starts:
        if previous is not None:
            yield previous, start
        previous = start
    if previous is not None:
        yield previous, end
