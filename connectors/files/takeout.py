"""Google Takeout: labels in the header of each message, and mailboxes inside zip files, read in place."""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO

from connectors.files.roles import role_of_label
from connectors.mime_header import split_header
from connectors.mime_text import clean, decode_words
from connectors.records import Role

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
RATIO_LIMIT = 100
SMALL = 10 << 20
LABELS_LIMIT = 50
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
"""What a damaged, foreign or locked zip raises while it is read."""

_GOOGLE_SENDER = re.compile(r"\d{6,}@xxx")
_SKIPPED = (Role.DRAFTS, Role.JUNK, Role.TRASH)


def gmail_labels(sender: str, head: bytes) -> tuple[str, ...] | None:
    """The labels Google wrote on top of a message; None where the separator is not Google's.

    Without that check anybody could mail the owner a header that says `Sent`.
    """
    if not _GOOGLE_SENDER.fullmatch(sender):
        return None
    value = decode_words(split_header(head).first("x-gmail-labels").replace("\n", " "))
    parts = next(csv.reader([value], skipinitialspace=True, strict=False), [])
    return tuple(clean(part, 200) for part in parts[:LABELS_LIMIT] if part.strip())


def role_by_labels(labels: tuple[str, ...]) -> Role | None:
    """SENT, INBOX or ARCHIVE; None for drafts, spam and deleted mail, which are not to be read."""
    roles = {role_of_label(label) for label in labels}
    if not roles.isdisjoint(_SKIPPED):
        return None
    return next((role for role in (Role.SENT, Role.INBOX) if role in roles), Role.ARCHIVE)


def mailboxes_in(path: Path) -> list[zipfile.ZipInfo]:
    """The mbox members of a zip, by name. Raises OSError and ZIP_ERRORS."""
    with zipfile.ZipFile(path) as archive:
        return [info for info in archive.infolist() if info.filename.lower().endswith(".mbox") and not info.is_dir()]


def why_refused(info: zipfile.ZipInfo) -> str:
    """Why a member is not opened at all, or ''."""
    if info.flag_bits & 1:
        return "The mailbox in the zip file is locked with a password; unpack it first."
    if info.file_size > SMALL and info.file_size > RATIO_LIMIT * max(info.compress_size, 1):
        return "The mailbox in the zip file unpacks to more than 100 times its size; such files are not opened."
    return ""


class ForwardReader:
    """Bytes of one zip member by offset, decompressed on the way and never kept; going back starts again."""

    def __init__(self, path: Path, member: str) -> None:
        self._archive = zipfile.ZipFile(path)
        self._member = member
        self._file: IO[bytes] | None = None

    def read_at(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on. Raises ZIP_ERRORS and OSError."""
        if self._file is None or self._file.tell() > offset:
            self._file = self._archive.open(self._member)
        if self._file.tell() < offset:
            self._file.seek(offset)
        return self._file.read(max(length, 0))

    def close(self) -> None:
        """Close the zip file."""
        if self._file is not None:
            self._file.close()
        self._archive.close()
