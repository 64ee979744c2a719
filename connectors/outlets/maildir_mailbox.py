"""A Maildir on this machine as a place for drafts and reports: for people who use mbsync, and for `try` and `demo`.

Layout (https://cr.yp.to/proto/maildir.html): a message is written to `tmp` and renamed into `new` or `cur`. Folders are
`path/Name` or, where a Maildir++ store has them, `path/.Name`. What is missing is created.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from connectors.base import Found, Health, Place, Stream, counted
from connectors.errors import NotFound, Unavailable
from connectors.files.roles import role_of
from connectors.net import crlf
from connectors.outlets.ours import Wanted, best
from connectors.records import Role

PARTS = ("tmp", "new", "cur")
USUAL = {Role.DRAFTS: "Drafts", Role.SENT: "Sent", Role.INBOX: "INBOX"}
HEADER = 65_536
_UNIQUE = re.compile(r"^([^:;!]+)(?:[:;!]2,([A-Za-z]*))?$")


@dataclass(frozen=True, slots=True)
class Folder:
    """One Maildir below the path; `special` is true where the settings name it."""

    name: str
    place: Path
    role: Role
    special: bool = False


@dataclass
class MaildirMailbox:
    """See connectors.base.Mailbox. `drafts` and `sent` name the folders where their usual names are not used."""

    path: str | Path
    drafts: str = ""
    sent: str = ""

    def put_draft(self, content: bytes) -> Place:
        """Store a message as a draft."""
        return self._put(Role.DRAFTS, content, "D")

    def put_inbox(self, content: bytes) -> Place:
        """Store a message as new mail."""
        return self._put(Role.INBOX, content, None)

    def put_sent(self, content: bytes) -> Place:
        """Store a message as sent and seen."""
        return self._put(Role.SENT, content, "S")

    def find(self, message_id: str, token: str, roles: tuple[Role, ...]) -> list[Found]:
        """Every copy, not marked as deleted, with exactly this id or token in the folders of these roles."""
        wanted = Wanted.of(message_id, token)
        if not wanted:
            return []
        with _told(self.path):
            places = [
                (folder, path) for folder in self._folders() if folder.role in roles for path in _messages(folder)
            ]
            read = [(folder, path, _read_if(path, wanted)) for folder, path in places]
        return [Found(Place(f.name, _unique(p.name)), content, f.role) for f, p, content in read if content is not None]

    def remove_draft(self, place: Place, content: bytes) -> bool:
        """Delete the file at `place` if its bytes, line ends apart, are `content`; False when edited or gone."""
        with _told(self.path):
            paths = [path for folder in self._folders() if folder.name == place.folder for path in _messages(folder)]
            ours = [path for path in paths if _unique(path.name) == place.ref]
            return any(_remove_if(path, content) for path in ours)

    def check(self) -> Health:
        """Look which folders there are; change nothing. Raises NotFound where a file is in the way."""
        root = Path(self.path)
        if root.exists() and not root.is_dir():
            raise NotFound(f"{root} is a file, not a Maildir.")
        with _told(root):
            folders = self._folders()
        streams = tuple(Stream(folder.name, folder.role) for folder in folders)
        missing = [USUAL[role] for role in USUAL if best(folders, role) is None]
        warnings = (f"Will be created when first needed: {', '.join(missing)}.",) if missing else ()
        return Health(f"Maildir {root}: {counted(len(streams), 'folder')}.", streams, warnings)

    def close(self) -> None:
        """Nothing is held open."""

    def _folders(self) -> list[Folder]:
        root = Path(self.path)
        own = [Folder("INBOX", root, Role.INBOX, special=True)] if _is_maildir(root) else []
        places = sorted(place for place in root.rglob("cur") if place.parent != root and _is_maildir(place.parent))
        return own + [self._folder(root, place.parent) for place in places]

    def _folder(self, root: Path, place: Path) -> Folder:
        name = place.relative_to(root).as_posix().removeprefix(".")
        configured = {self.drafts: Role.DRAFTS, self.sent: Role.SENT}.get(name)
        return Folder(name, place, configured or role_of(name), special=configured is not None)

    def _put(self, role: Role, content: bytes, flags: str | None) -> Place:
        with _told(self.path):
            folder = self._chosen(role) or self._missing(role)
            return Place(folder.name, _store(folder.place, content, flags))

    def _configured(self, role: Role) -> str:
        return {Role.DRAFTS: self.drafts, Role.SENT: self.sent}.get(role, "")

    def _chosen(self, role: Role) -> Folder | None:
        name, folders = self._configured(role), self._folders()
        return next((folder for folder in folders if folder.name == name), None) if name else best(folders, role)

    def _missing(self, role: Role) -> Folder:
        root = Path(self.path)
        name = self._configured(role) or USUAL[role]
        dotted = root.is_dir() and any(place.name.startswith(".") and _is_maildir(place) for place in root.iterdir())
        return Folder(name, root / (f".{name}" if dotted else name), role)


@contextmanager
def _told(root: str | Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "Is the disk full, or the folder not yours to read and write?"
        raise Unavailable(f"The Maildir {root} cannot be used: {error}.", hint=hint) from error


def _is_maildir(place: Path) -> bool:
    return (place / "cur").is_dir() and (place / "new").is_dir()


def _store(place: Path, content: bytes, flags: str | None) -> str:
    """Write to tmp, make it durable, rename; the unique name. The time in it is the file system's own."""
    for part in PARTS:
        (place / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place / "tmp" / f"{uuid4().hex}.weaktie"
    try:
        with draft.open("xb") as file:
            file.write(content.replace(b"\r\n", b"\n"))
            file.flush()
            os.fsync(file.fileno())
        unique = f"{int(draft.stat().st_mtime)}.{draft.name}"
        target = place / "new" / unique if flags is None else place / "cur" / f"{unique}:2,{flags}"
        draft.rename(target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _sync(target.parent)
    return unique


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _messages(folder: Folder) -> Iterator[Path]:
    """Its messages, the newest last, without those marked as trashed."""
    for part in ("cur", "new"):
        for path in sorted((folder.place / part).iterdir()):
            match = _UNIQUE.match(path.name)
            if match and "T" not in (match[2] or "") and not path.name.startswith("."):
                yield path


def _remove_if(path: Path, content: bytes) -> bool:
    with suppress(FileNotFoundError):
        if crlf(path.read_bytes()) == crlf(content):
            path.unlink()
            return True
    return False


def _unique(name: str) -> str:
    match = _UNIQUE.match(name)
    return match[1] if match else name


def _read_if(path: Path, wanted: Wanted) -> bytes | None:
    """The content of the message if its header is the wanted one; None otherwise, or when it has just gone."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        head = file.read(HEADER)
        needles = [text.encode() for text in (wanted.message_id, wanted.token) if text]
        if any(needle in head for needle in needles) and wanted.is_in(head):
            return crlf(head + file.read())
    return None
