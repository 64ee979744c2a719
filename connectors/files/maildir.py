"""Maildirs: one file a message in `cur` and `new`; Maildir++ (`.Sent`) and nested ones, as mbsync writes them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from connectors.base import Batch, Cursors, Health, Stream, counted
from connectors.errors import NotFound, Unavailable, Unsupported
from connectors.files.reading import is_excluded, rank, read_start, shown, to_record
from connectors.files.roles import decode_name, role_of
from connectors.files.seen import Listed, poll_listed
from connectors.mime_date import EARLIEST, LATEST
from connectors.records import Malformed, Record, Role

SKIPPED = {Role.DRAFTS: "drafts are not sent yet", Role.JUNK: "junk mail", Role.TRASH: "deleted mail"}

_INFO = re.compile(r"[:;!]2,([A-Za-z]*)$")
_STAMP = re.compile(r"\d{9,10}(?=[._,-])")


@dataclass(frozen=True, slots=True)
class Folder:
    """One Maildir: its name with `/` between the levels, and where it lies."""

    name: str
    path: Path
    role: Role
    skipped: str = ""


class MaildirSource:
    """Reads a Maildir and all Maildirs below it. See connectors.base.Source for the contract.

    `exclude` names folders that are never read, with all below them (`*` and `?` match). Drafts, junk and deleted
    mail are not read. Nothing is moved from `new` to `cur`, no flag is set. The time of arrival is the one in the
    file name. A cursor holds the digests of the names that were read, so that mail with an old name is found too.
    """

    def __init__(self, path: str | Path, *, exclude: tuple[str, ...] = ()) -> None:
        self.path = Path(path)
        self._exclude = exclude

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """New messages of every folder, newest first. A second poll of an unchanged Maildir opens no file."""
        for folder in self._folders():
            if folder.skipped:
                continue
            try:
                listed = list_messages(folder)
            except OSError as error:
                reason = f"The folder cannot be listed: {error.strerror}."
                yield Batch(folder.name, (Malformed("folder", folder.name, reason),), cursors.get(folder.name))
                continue
            yield from poll_listed(folder.name, listed, cursors.get(folder.name), partial(_read, folder))

    def check(self) -> Health:
        """Look at the folders, open no message."""
        streams = tuple(Stream(f.name, f.role, _count(f), f.skipped) for f in self._folders())
        read = [stream for stream in streams if not stream.skipped]
        total = sum(stream.messages or 0 for stream in read)
        warnings = tuple(f"The folder {s.name} cannot be listed." for s in read if s.messages is None)
        found = f"{counted(len(read), 'folder')} to read, {counted(total, 'message')}"
        return Health(f"Maildir {self.path}: {found}.", streams, warnings)

    def close(self) -> None:
        """Nothing is held open."""

    def _folders(self) -> list[Folder]:
        if not self.path.is_dir():
            raise NotFound(f"There is no Maildir at {self.path}.", hint="Check the path in the settings.")
        found: dict[str, Path] = {}
        try:
            for name, path in find_maildirs(self.path):
                found[f"{name} ({shown(path.name)})" if name in found else name] = path
        except OSError as error:
            hint = "Check that the folder is there and yours to read."
            raise Unavailable(f"{self.path} cannot be read: {error.strerror}.", hint=hint) from error
        folders = [self._folder(name, path) for name, path in found.items()]
        if not folders:
            raise Unsupported(f"{self.path} is no Maildir: neither it nor a folder in it has cur and new.")
        return sorted(folders, key=lambda folder: rank(folder.role, folder.name))

    def _folder(self, name: str, path: Path) -> Folder:
        role = role_of(name)
        skipped = "excluded in the settings" if is_excluded(name, self._exclude) else SKIPPED.get(role, "")
        return Folder(name, path, role, skipped)


def is_maildir(path: Path) -> bool:
    """Whether `path` has the two folders every Maildir has. Raises OSError."""
    return (path / "cur").is_dir() and (path / "new").is_dir()


def find_maildirs(root: Path) -> Iterator[tuple[str, Path]]:
    """(name, path) of `root`, named INBOX, if it is a Maildir, and of every Maildir below; links are not followed.

    A folder that cannot be looked into is named too, so that reading it fails in the open. Raises OSError for `root`.
    """
    if is_maildir(root):
        yield "INBOX", root
    yield from _below(root, "")


def _below(path: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for name in sorted(entry.name for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False)):
        if name in {"cur", "new", "tmp"}:
            continue
        full = prefix + decode_name(shown(name[1:].replace(".", "/") if name.startswith(".") else name))
        child = path / name
        if not os.access(child, os.R_OK | os.X_OK):
            yield full, child
            continue
        if is_maildir(child):
            yield full, child
        yield from _below(child, f"{full}/")


def list_messages(folder: Folder) -> list[Listed]:
    """The messages by their unchanging names, newest first; flagged drafts are left out. Raises OSError."""
    found: dict[str, Listed] = {}
    for part in ("new", "cur"):
        with os.scandir(folder.path / part) as entries:
            for entry in entries:
                info = _INFO.search(entry.name)
                if entry.name.startswith(".") or (info and "D" in info[1]) or not entry.is_file(follow_symlinks=False):
                    continue
                key = entry.name[: info.start()] if info else entry.name
                found[key] = Listed(key, shown(key), folder.path / part / entry.name)
    return sorted(found.values(), key=lambda each: (_stamp(each.key), each.key), reverse=True)


def _stamp(name: str) -> int:
    stamp = _STAMP.match(name)
    return int(stamp[0]) if stamp else 0


def _read(folder: Folder, each: Listed) -> Record:
    raw, size = read_start(each.path)
    return to_record(raw, ref=each.ref, folder=folder.name, role=folder.role, arrived=_arrived(each.key), size=size)


def _arrived(name: str) -> datetime | None:
    stamp = _stamp(name)
    arrived = datetime.fromtimestamp(stamp, UTC) if stamp else None
    return arrived if arrived and EARLIEST <= arrived.year <= LATEST else None


def _count(folder: Folder) -> int | None:
    try:
        return len(list_messages(folder))
    except OSError:
        return None
