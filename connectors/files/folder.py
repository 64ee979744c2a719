"""Trees of message files: `.eml` exports, MH folders (`13`), and the numbered files of old archives (`13.`)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from connectors.base import Batch, Cursors, Health, Stream, counted
from connectors.errors import NotFound
from connectors.files.mbox_scan import separators
from connectors.files.reading import is_excluded, rank, read_start, shown, to_record
from connectors.files.roles import decode_name, role_of
from connectors.files.seen import Listed, poll_listed
from connectors.mime_header import split_header
from connectors.records import Malformed, Record, Role

SKIPPED = {Role.DRAFTS: "drafts are not sent yet", Role.JUNK: "junk mail"}
TELLTALE = frozenset({"from", "to", "date", "subject", "message-id", "received", "return-path", "delivered-to"})
SNIFFED = 4_096

_MAIL_NAME = re.compile(r"(?:\d{1,9}\.?|.*\.(?:eml|emlx|mail|mime))", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"(\d{1,9})(\.?)")
_EMLX_LENGTH = re.compile(rb"\s*(\d{1,12})\s*\n")


@dataclass(frozen=True, slots=True)
class Folder:
    """One directory: its name as the owner knows it, and the stream it makes ('.' for the topmost)."""

    stream: str
    name: str
    path: Path
    role: Role
    skipped: str = ""


class FolderSource:
    """Reads every message file below `path`, or the one file `path`. See connectors.base.Source for the contract.

    `role` stands in where a folder's name says nothing, and holds for `path` itself whatever its name is. `exclude`
    names folders that are never read, with all below them. Drafts and junk are not read; deleted mail is, for people
    who hand us an archive mean all of it. Other files than mail are passed over; `check` counts them. There is no
    time of arrival: the time of a file is no evidence.
    """

    def __init__(self, path: str | Path, *, role: Role | str | None = None, exclude: tuple[str, ...] = ()) -> None:
        self.path = Path(path)
        self._role = Role(role) if role else None
        self._exclude = exclude

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """New messages of every folder: numbered ones by number, others by the time of the file, newest first."""
        for folder in self._folders():
            if folder.skipped:
                continue
            try:
                listed = list_files(folder.path)
            except OSError as error:
                reason = f"The folder cannot be listed: {error.strerror}."
                yield Batch(folder.stream, (Malformed("folder", folder.name, reason),), cursors.get(folder.stream))
                continue
            yield from poll_listed(folder.stream, listed, cursors.get(folder.stream), partial(_read, folder))

    def check(self) -> Health:
        """Look at the folders and at the beginnings of files whose names do not tell what they are."""
        streams, strangers = [], 0
        for folder in self._folders():
            files = [] if folder.skipped else list_files(folder.path)
            mails = sum(is_mail_file(each.path) for each in files)
            strangers += len(files) - mails
            streams.append(Stream(folder.stream, folder.role, mails, folder.skipped))
        total = sum(stream.messages or 0 for stream in streams)
        warnings = (f"{counted(strangers, 'file')} passed over: no mail.",) if strangers else ()
        found = f"{counted(len(streams), 'folder')}, {counted(total, 'message')}"
        return Health(f"Mail files in {self.path}: {found}.", tuple(streams), warnings)

    def close(self) -> None:
        """Nothing is held open."""

    def _folders(self) -> list[Folder]:
        if not self.path.exists():
            raise NotFound(f"There is nothing at {self.path}.", hint="Check the path in the settings.")
        top = Folder(".", shown(self.path.name), self.path, self._role or role_of(shown(self.path.name)))
        folders = [top, *(self._below(name, path) for name, path in _walk(self.path))]
        return sorted(folders, key=lambda folder: rank(folder.role, folder.stream))

    def _below(self, name: str, path: Path) -> Folder:
        role = role_of(name)
        if role is Role.DRAFTS and _is_sent_of_mh(path):
            role = Role.SENT
        if role is Role.OTHER and self._role:
            role = self._role
        skipped = "excluded in the settings" if is_excluded(name, self._exclude) else SKIPPED.get(role, "")
        return Folder(name, name, path, role, skipped)


def _is_sent_of_mh(path: Path) -> bool:
    """MH files copies of what went out in `outbox`, which elsewhere holds what has not gone out yet."""
    return path.name == "outbox" and any(each.path.name.isdigit() for each in list_files(path))


def _walk(path: Path, prefix: str = "") -> Iterator[tuple[str, Path]]:
    """(name, path) of every directory below, links not followed; one that cannot be opened is named all the same."""
    if not path.is_dir() or not os.access(path, os.R_OK | os.X_OK):
        return
    for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
            name = prefix + decode_name(shown(entry.name))
            yield name, path / entry.name
            yield from _walk(path / entry.name, f"{name}/")


def list_files(path: Path) -> list[Listed]:
    """The files in a directory (or the one file), the likely newest first. Raises OSError."""
    if not path.is_dir():
        return [_listed(path, path.stat())]
    with os.scandir(path) as entries:
        found = [
            (_age(entry.name, stat.st_mtime_ns), _listed(path / entry.name, stat))
            for entry in entries
            if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
            for stat in (entry.stat(follow_symlinks=False),)
        ]
    return [each for _, each in sorted(found, key=lambda pair: (pair[0], pair[1].key), reverse=True)]


def _listed(path: Path, stat: os.stat_result) -> Listed:
    return Listed(f"{path.name}|{stat.st_size}|{stat.st_mtime_ns}", shown(path.name), path)


def _age(name: str, modified: int) -> tuple[int, int]:
    """Sorts from old to new: MH counts upwards, the exports that write `13.` count from the newest."""
    number = _NUMBER.fullmatch(name)
    if number is None:
        return 0, modified
    return 1, -int(number[1]) if number[2] else int(number[1])


def is_mail_file(path: Path) -> bool:
    """Whether a file is one message, by its name or else by its beginning."""
    if is_mail_name(path.name):
        return True
    try:
        with path.open("rb") as file:
            return looks_like_mail(file.read(SNIFFED))
    except OSError:
        return False


def is_mail_name(name: str) -> bool:
    """Whether a file of this name is one message: `*.eml`, `*.emlx`, `13`, `13.`."""
    return _MAIL_NAME.fullmatch(name) is not None


def looks_like_mail(head: bytes) -> bool:
    """Whether two header fields of a mail stand at the beginning."""
    return len(TELLTALE & split_header(head[:SNIFFED]).fields.keys()) > 1


def _read(folder: Folder, each: Listed) -> Record | None:
    raw, size = read_start(each.path)
    if not is_mail_name(each.path.name) and not looks_like_mail(raw):
        return None
    if raw.startswith(b"From ") and _holds_several(each.path, size):
        return Malformed(each.ref, folder.name, "This is a mailbox file (mbox); name it as a source of its own.")
    if each.path.suffix.lower() == ".emlx":
        raw = _EMLX_LENGTH.sub(b"", raw, count=1)
    return to_record(raw, ref=each.ref, folder=folder.name, role=folder.role, size=size)


def _holds_several(path: Path, size: int) -> bool:
    with path.open("rb", buffering=0) as file:
        number = file.fileno()
        starts = separators(lambda offset, length: os.pread(number, length, offset), 0, size)
        return len(list(islice(starts, 2))) > 1
