"""Mailboxes in one file: mboxo, mboxrd, folders of them, Google Takeout as it comes in a zip."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from connectors.base import Batch, Cursors, Health, Stream, counted
from connectors.files.mbox_boxes import Box, find_boxes
from connectors.files.mbox_read import poll_file, poll_zip
from connectors.files.mbox_scan import separators
from connectors.records import Malformed, Role

COUNTED = 64 << 20
"""Up to this size `check` counts the messages of a file."""


class MboxSource:
    """Reads one mbox, a folder of them, or the mailboxes in a zip. See connectors.base.Source for the contract.

    `role` stands in where a file's name says nothing, and holds for a single file whatever its name is. `exclude`
    names folders and Takeout labels that are never read. Drafts and junk are not read; deleted mail is, except where
    a Takeout label says so. Memory stays bounded whatever the size. On a first read the newest mail comes first; a
    zip is read from its beginning. A file that shrank or was replaced is read anew.
    """

    def __init__(self, path: str | Path, *, role: Role | str | None = None, exclude: tuple[str, ...] = ()) -> None:
        self.path = Path(path)
        self._role = Role(role) if role else None
        self._exclude = exclude

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """What was appended since, then what lies further back, file by file."""
        for box in find_boxes(self.path, self._role, self._exclude):
            before = cursors.get(box.stream)
            if box.problem:
                yield from _told_once(box, before == {"problem": box.problem})
            elif not box.skipped:
                yield from (poll_zip if box.member else poll_file)(box, before, self._exclude)

    def check(self) -> Health:
        """Look at the files, count the messages of those up to 64 MB."""
        boxes = find_boxes(self.path, self._role, self._exclude)
        streams = tuple(Stream(box.stream, box.role, _count(box), box.skipped or box.problem) for box in boxes)
        read = [stream for stream in streams if not stream.skipped]
        total = sum(stream.messages or 0 for stream in read)
        uncounted = sum(stream.messages is None for stream in read)
        more = f", {counted(uncounted, 'file')} too large to count" if uncounted else ""
        warnings = tuple(f"{box.stream}: {box.problem}" for box in boxes if box.problem)
        summary = f"Mailboxes in {self.path}: {len(read)} to read, {counted(total, 'message')}{more}."
        return Health(summary, streams, warnings)

    def close(self) -> None:
        """Nothing is held open between polls."""


def _told_once(box: Box, told: bool) -> Iterator[Batch]:
    if not told:
        yield Batch(box.stream, (Malformed(box.stream, box.folder, box.problem),), {"problem": box.problem})


def _count(box: Box) -> int | None:
    if box.member or box.skipped or box.problem:
        return None
    with box.path.open("rb", buffering=0) as file:
        number = file.fileno()
        size = os.fstat(number).st_size
        if size > COUNTED:
            return None
        return sum(1 for _ in separators(lambda offset, length: os.pread(number, length, offset), 0, size))
