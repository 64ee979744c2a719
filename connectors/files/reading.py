"""What all files of mail have in common: one message to a record, which folders are read, and in which order."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from connectors.mime import parse_headers
from connectors.mime_date import parse_date
from connectors.mime_header import HEADER_LIMIT, end_of_header, split_header
from connectors.records import MailRecord, Malformed, Role

BATCH = 500
BODY_LIMIT = 65_536
READ_LIMIT = HEADER_LIMIT + 2 * BODY_LIMIT
"""Bytes of one message that are looked at, however long it is."""

ORDER = (Role.INBOX, Role.SENT, Role.ARCHIVE, Role.OTHER, Role.TRASH)
BELIEVED_DELAY = timedelta(hours=48)

_STUFFED = re.compile(rb"^>+(?=From )", re.MULTILINE)
_SOFT_BREAK = re.compile(rb"=\r?\n")


def to_record(
    raw: bytes,
    *,
    ref: str,
    folder: str,
    role: Role,
    arrived: datetime | None = None,
    labels: tuple[str, ...] = (),
    size: int | None = None,
) -> MailRecord | Malformed:
    """The record of a message that lies in a file: `raw` is its beginning, READ_LIMIT bytes or all of it."""
    record = parse_headers(
        raw,
        ref=ref,
        folder=folder,
        role=role,
        arrived=arrived,
        labels=labels,
        size=len(raw) if size is None else size,
        body_digest=body_digest(raw[end_of_header(raw) :]),
        delivered=False,
    )
    if isinstance(record, MailRecord) and not _is_believable(record, raw):
        return record._replace(arrived=None)
    return record


def body_digest(body: bytes) -> str:
    """SHA-256 over the body without what copying changes: line ends, wrapping, blanks, mbox and soft-break quoting.

    Only the first 64 KB of what remains count.
    """
    plain = _SOFT_BREAK.sub(b"", _STUFFED.sub(b"", body[: 2 * BODY_LIMIT]))
    return sha256(b" ".join(plain.split())[:BODY_LIMIT]).hexdigest()


def _is_believable(record: MailRecord, raw: bytes) -> bool:
    """Export and copying programs stamp files with the time of the copy, years after the mail.

    A time of arrival far behind Date therefore needs the word of the server that took the mail in (Received).
    """
    if record.arrived is None or record.date is None or record.arrived - record.date <= BELIEVED_DELAY:
        return True
    received = parse_date(split_header(raw).first("received").rpartition(";")[2])
    return received is not None and abs(record.arrived - received) <= BELIEVED_DELAY


def shown(name: str) -> str:
    """A file name as text that every store takes: bytes that are no UTF-8 are spelt out."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def read_start(path: Path) -> tuple[bytes, int]:
    """The first READ_LIMIT bytes of a file and its size. Raises OSError."""
    with path.open("rb") as file:
        return file.read(READ_LIMIT), os.fstat(file.fileno()).st_size


def is_excluded(name: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern names this folder or one around it; case does not matter, `*` and `?` match."""
    folded = name.casefold()
    plain = [pattern.casefold().rstrip("/") for pattern in patterns]
    return any(fnmatchcase(folded, pattern) or fnmatchcase(folded, f"{pattern}/*") for pattern in plain)


def rank(role: Role, name: str) -> tuple[int, str]:
    """Sorts folders: INBOX, Sent, archives, the rest."""
    return (ORDER.index(role) if role in ORDER else len(ORDER), name)
