"""The lines of LIST and STATUS, read one by one so that an odd folder name spoils nothing but its own line.

IMAPClient's reader for them fails as a whole on a name with a lone `[` in it, which Dovecot sends unquoted.
Grammar: RFC 9051 §9, `mailbox-list` and `mailbox-data`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from imapclient.imap_utf7 import decode as decode_utf7

_QUOTED = rb'"(?:[^"\\]|\\.)*"'
_LIST = re.compile(rb"\(([^)]*)\) (NIL|" + _QUOTED + rb") (.+)", re.DOTALL | re.IGNORECASE)
_STATUS = re.compile(rb"(" + _QUOTED + rb"|\S+) \(([^)]*)\)\s*", re.DOTALL)
_DIGITS = re.compile(rb"\d{1,20}$")
_SIZE = re.compile(rb"\{\d+\}$")


@dataclass(frozen=True, slots=True)
class Listed:
    """One LIST response: attributes in upper case, the separator, and the name's bytes without quotes."""

    attributes: frozenset[bytes]
    separator: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Status:
    """What STATUS told of a folder."""

    messages: int
    uidnext: int
    uidvalidity: int


def read_list(entry: list[Any]) -> Listed | None:
    """One LIST response, as `wire.entries` cuts them; None where it follows no grammar."""
    line, literal = _joined(entry)
    match = _LIST.fullmatch(line)
    if match is None:
        return None
    separator = b"" if match[2].upper() == b"NIL" else unquoted(match[2])
    raw = unquoted(match[3]) if literal is None else literal
    return Listed(frozenset(match[1].upper().split()), separator.decode("latin-1"), raw)


def read_status(entry: list[Any]) -> tuple[bytes, Status] | None:
    """One STATUS response: the folder's name and its numbers; None where one of them is missing."""
    line, literal = _joined(entry)
    match = _STATUS.fullmatch(line)
    words = match[2].upper().split() if match else []
    told = {word: int(number) for word, number in zip(words[::2], words[1::2], strict=False) if _DIGITS.match(number)}
    if match is None or not told.keys() >= {b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY"}:
        return None
    raw = unquoted(match[1]) if literal is None else literal
    return raw, Status(told[b"MESSAGES"], told[b"UIDNEXT"], told[b"UIDVALIDITY"])


def _joined(entry: list[Any]) -> tuple[bytes, bytes | None]:
    """The text of a response and, apart from it, the literal that it had in the place of its name."""
    first, literal = entry[0] if isinstance(entry[0], tuple) else (entry[0], None)
    if literal is None:
        return first, None
    rest = b"".join(piece for piece in entry[1:] if isinstance(piece, bytes))
    return _SIZE.sub(b"literal", first) + rest, literal


def unquoted(word: bytes) -> bytes:
    """The text of an `astring`."""
    return re.sub(rb"\\(.)", rb"\1", word[1:-1], flags=re.DOTALL) if word.startswith(b'"') else word


def readable(raw: bytes) -> str | None:
    """A folder name from modified UTF-7 (RFC 3501 §5.1.3); None where it is none, or holds control characters."""
    try:
        raw.decode("ascii")
        name: str = decode_utf7(raw)
        name.encode("utf-8")
    except ValueError:
        return None
    odd = any(unicodedata.category(char) in {"Cc", "Cs"} for char in name)
    return None if odd else name
