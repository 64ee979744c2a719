"""The lines of LIST and STATUS, read one by one so that an odd folder name spoils nothing but its own line.

IMAPClient's reader for them fails as a whole on a name with a lone `[` in it, which Dovecot sends unquoted.
Grammar: RFC 9051 §9, `mailbox-list` and `mailbox-data`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.response_parser import parse_response

REMEMBERED, REMEMBERED_LENGTH = 4096, 512
"""Lines kept with what they say, and the longest: polls come again and again, and most folders stay as they are."""

_QUOTED = rb'"(?:[^"\\]|\\.)*"'
_LIST = re.compile(rb"\(([^)]*)\) (NIL|" + _QUOTED + rb") (.+)", re.DOTALL | re.IGNORECASE)
_STATUS = re.compile(rb"(" + _QUOTED + rb"|\S+) \(([^)]*)\)\s*", re.DOTALL)
_USUAL_STATUS = re.compile(
    rb'("[^"\\]*"|[^\s"{(]+) \(MESSAGES (\d{1,18}) UIDNEXT (\d{1,18}) UIDVALIDITY (\d{1,18})\)\s*'
)
_DIGITS = re.compile(rb"\d{1,20}$")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_SIZE = re.compile(rb"\{\d+\}$")


@dataclass(frozen=True, slots=True)
class Listed:
    """One LIST response: attributes in upper case, the separator, and the name's bytes without quotes."""

    attributes: frozenset[bytes]
    separator: str
    raw: bytes


class Status(NamedTuple):
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
    line = entry[0]
    usual = _usual_status(line) if isinstance(line, bytes) and len(line) <= REMEMBERED_LENGTH else None
    return usual or read_status_carefully(entry)


@lru_cache(maxsize=REMEMBERED)
def _usual_status(line: bytes) -> tuple[bytes, Status] | None:
    usual = _USUAL_STATUS.fullmatch(line)
    return (unquoted(usual[1]), Status(int(usual[2]), int(usual[3]), int(usual[4]))) if usual else None


def read_status_carefully(entry: list[Any]) -> tuple[bytes, Status] | None:
    """As `read_status`, for items in any order and names of any kind."""
    line, literal = _joined(entry)
    match = _STATUS.fullmatch(line)
    words = match[2].upper().split() if match else []
    told = {word: int(number) for word, number in zip(words[::2], words[1::2], strict=False) if _DIGITS.match(number)}
    if match is None or not told.keys() >= {b"MESSAGES", b"UIDNEXT", b"UIDVALIDITY"}:
        return None
    raw = unquoted(match[1]) if literal is None else literal
    return raw, Status(told[b"MESSAGES"], told[b"UIDNEXT"], told[b"UIDVALIDITY"])


def read_namespaces(data: list[Any]) -> tuple[bytes, ...]:
    """The prefixes of other people's and of shared folders in a NAMESPACE response (RFC 2342 §5)."""
    if data == [None] or (isinstance(data[-1], bytes) and data[-1].endswith(b" NIL NIL")):
        return ()
    parts = parse_response(data)
    return tuple(prefix for part in parts[1:3] for prefix, *_ in part or () if prefix)


def _joined(entry: list[Any]) -> tuple[bytes, bytes | None]:
    """The text of a response and, apart from it, the literal that it had in the place of its name."""
    first, literal = entry[0] if isinstance(entry[0], tuple) else (entry[0], None)
    if literal is None:
        return first, None
    rest = b"".join(piece for piece in entry[1:] if isinstance(piece, bytes))
    return _SIZE.sub(b"literal", first) + rest, literal


def unquoted(word: bytes) -> bytes:
    """The text of an `astring`."""
    if not word.startswith(b'"'):
        return word
    return _ESCAPED.sub(rb"\1", word[1:-1]) if b"\\" in word else word[1:-1]


def readable(raw: bytes) -> str | None:
    """A folder name from modified UTF-7 (RFC 3501 §5.1.3); None where it is none, or holds control characters."""
    try:
        text = raw.decode("ascii")
        if "&" not in text and text.isprintable():
            return text
        name: str = decode_utf7(raw)
        name.encode("utf-8")
    except ValueError:
        return None
    odd = any(unicodedata.category(char) in {"Cc", "Cs"} for char in name)
    return None if odd else name
