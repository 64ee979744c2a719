"""What lies at a path, told by content: the kind of source that reads it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from connectors.files.folder import is_mail_file, is_mail_name, looks_like_mail
from connectors.files.maildir import is_maildir
from connectors.files.mbox_scan import starts_as_mbox
from connectors.files.takeout import ZIP_ERRORS, ZIP_MAGIC, mailboxes_in

UNKNOWN = "unknown"
HEAD = 8_192
SAMPLE = 200
"""Files of a directory that are looked at."""


def sniff(path: str | Path) -> str:
    """'mbox', 'maildir', 'folder', 'ics' or 'unknown' for a file, a directory or a zip of mailboxes.

    The kinds are those of connectors.registry; `folder` also stands for a single message file. Of a directory that
    holds several kinds, the most frequent is told. Never raises: what cannot be opened is unknown.
    """
    path = Path(path)
    try:
        return _sniff_directory(path) if path.is_dir() else _sniff_file(path)
    except OSError:
        return UNKNOWN


def _sniff_file(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(ZIP_MAGIC):
        return "mbox" if _holds_mailboxes(path) else UNKNOWN
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].upper() == b"BEGIN:VCALENDAR":
        return "ics"
    if starts_as_mbox(head):
        return "mbox"
    return "folder" if looks_like_mail(head) or (is_mail_file(path) and _is_text(head)) else UNKNOWN


def _is_text(head: bytes) -> bool:
    return bool(head) and b"\0" not in head


def _holds_mailboxes(path: Path) -> bool:
    try:
        return bool(mailboxes_in(path))
    except ZIP_ERRORS:
        return False


def _sniff_directory(root: Path) -> str:
    kinds: Counter[str] = Counter()
    for folder, below, names in os.walk(root):
        here = Path(folder)
        if is_maildir(here):
            return "maildir"
        below[:] = sorted(name for name in below if not name.startswith(".") or is_maildir(here / name))
        kinds.update(_kinds(here, names))
        if kinds.total() >= SAMPLE:
            break
    kinds.pop(UNKNOWN, None)
    return kinds.most_common(1)[0][0] if kinds else UNKNOWN


def _kinds(folder: Path, names: list[str]) -> Iterator[str]:
    for name in islice(sorted(name for name in names if not name.startswith(".")), SAMPLE):
        try:
            kind = _sniff_file(folder / name)
            yield "folder" if kind == "mbox" and is_mail_name(name) else kind
        except OSError:
            yield UNKNOWN
