"""Which mailboxes lie at a path: mbox files, and those inside zip files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from connectors.errors import NotFound, Unavailable, Unsupported
from connectors.files.mbox_scan import MARGIN, starts_as_mbox
from connectors.files.reading import is_excluded, rank, shown
from connectors.files.roles import decode_name, role_of
from connectors.files.takeout import ZIP_ERRORS, ZIP_MAGIC, mailboxes_in, why_refused
from connectors.records import Role

SKIPPED = {Role.DRAFTS: "drafts are not sent yet", Role.JUNK: "junk mail"}

_ENDINGS = (".mbox", ".mbx", ".mboxrd", ".mboxo", ".sbd")


@dataclass(frozen=True, slots=True)
class Box:
    """One mailbox: the stream it makes, the folder's name, and the file (and the member of it) that holds it."""

    stream: str
    folder: str
    role: Role
    path: Path
    member: str = ""
    skipped: str = ""
    problem: str = ""


def find_boxes(root: Path, role: Role | None, exclude: tuple[str, ...]) -> list[Box]:
    """Every mailbox at or below `root`, INBOX and Sent first. Raises NotFound, Unavailable, Unsupported."""
    if not root.exists():
        raise NotFound(f"There is nothing at {root}.", hint="Check the path in the settings.")
    try:
        found = [box for path in _files(root) for box in _boxes_of(path, root)]
    except OSError as error:
        hint = "Check that it is there and yours to read."
        raise Unavailable(f"{root} cannot be read: {error.strerror}.", hint=hint) from error
    if not found and root.is_file() and root.stat().st_size:
        raise Unsupported(f"{root} is no mailbox: neither an mbox ('From … date' in its first line) nor a zip of them.")
    named = [_judged(box, role, single=root.is_file() and not box.member, exclude=exclude) for box in found]
    return sorted(named, key=lambda box: rank(box.role, box.stream))


def _files(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _boxes_of(path: Path, root: Path) -> list[Box]:
    stream = shown(path.name if path == root else path.relative_to(root).as_posix())
    try:
        with path.open("rb") as file:
            head = file.read(2 * MARGIN)
        if head.startswith(ZIP_MAGIC):
            return [
                Box(
                    f"{stream}/{shown(info.filename)}",
                    _folder_name(info.filename),
                    Role.OTHER,
                    path,
                    info.filename,
                    problem=why_refused(info),
                )
                for info in mailboxes_in(path)
            ]
    except OSError as error:
        return [
            Box(stream, _folder_name(stream), Role.OTHER, path, problem=f"The file cannot be read: {error.strerror}.")
        ]
    except ZIP_ERRORS as error:
        return [Box(stream, stream, Role.OTHER, path, problem=f"The zip file is damaged ({type(error).__name__}).")]
    if not starts_as_mbox(head) and not (path == root and not head):
        return []
    return [Box(stream, _folder_name(stream), Role.OTHER, path)]


def _judged(box: Box, given: Role | None, *, single: bool, exclude: tuple[str, ...]) -> Box:
    role = role_of(box.folder)
    if given and (single or role is Role.OTHER):
        role = given
    skipped = "excluded in the settings" if is_excluded(box.folder, exclude) else SKIPPED.get(role, "")
    return Box(box.stream, box.folder, role, box.path, box.member, skipped, box.problem)


def _folder_name(stream: str) -> str:
    """'Takeout/Mail/Sent.mbox' → 'Takeout/Mail/Sent', 'Inbox.sbd/Acme' → 'Inbox/Acme', 'Sent.mbox/mbox' → 'Sent'."""
    parts = [_without_ending(part) for part in PurePosixPath(stream).parts]
    if len(parts) > 1 and parts[-1] == "mbox":
        parts.pop()
    return decode_name(shown("/".join(parts)))


def _without_ending(name: str) -> str:
    return next((name[: -len(end)] for end in _ENDINGS if name.lower().endswith(end) and len(name) > len(end)), name)
