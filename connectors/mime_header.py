"""The header of a message split into fields (RFC 5322 §2.2), for bytes of any kind and in bounded time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from connectors.mime_fields import FAMILIAR
from connectors.mime_text import decode_bytes

HEADER_LIMIT = 65_536
FIELDS_LIMIT = 1_000
TOO_LONG = "header longer than 64 KB, the rest was not read"
TOO_MANY = "more than 1,000 header fields, the rest was not read"

_NAME = re.compile(r"[!-9;-~]+")
_BLANKS = ("", " ", "\t")
_LINE_END = re.compile(rb"\r+\n")
_BOM = b"\xef\xbb\xbf"


Fields = dict[str, list[str]]


@dataclass(slots=True)
class Header:
    """Field values by lower-case name, each name's in their order, unfolded but not decoded; and what was wrong."""

    fields: Fields = field(default_factory=dict)
    defects: list[str] = field(default_factory=list)

    def first(self, name: str) -> str:
        """The first value that is not blank, or ''."""
        values = self.fields.get(name)
        if values is None:
            return ""
        return values[0].strip() or next((value.strip() for value in values if value.strip()), "")

    def all(self, name: str) -> list[str]:
        """Every value of that name."""
        return self.fields.get(name, [])


def split_header(raw: bytes) -> Header:
    """The fields before the first empty line. 8-bit bytes are taken for UTF-8, else for Windows-1252.

    A leading mbox separator is skipped, so are single lines that are no field; two of those in a row end the
    header, since a body has begun. No more than 64 KB and 1,000 fields are looked at.
    """
    return split_common(raw) or split_carefully(raw)


def split_common(raw: bytes) -> Header | None:
    """The fields of a header as servers send it: every line ends in CR LF and is a field or goes on with one."""
    end = raw.find(b"\r\n\r\n", 0, HEADER_LIMIT)
    try:
        text = raw[:end].decode() if end > 0 else ""
    except UnicodeDecodeError:
        return None
    lines = text.split("\r\n")
    breaks = len(lines) - 1
    if breaks >= FIELDS_LIMIT or text.count("\n") != breaks or text.count("\r") != breaks:
        return None
    fields = _fields(lines)
    return Header(fields, []) if fields else None


def _fields(lines: list[str]) -> Fields | None:
    fields: Fields = {}
    values: list[str] = []
    familiar = FAMILIAR.get
    for line in lines:
        name, colon, value = line.partition(":")
        key = familiar(name)
        if key is None:
            if name[:1] in _BLANKS:
                if not values or not name:
                    return None
                values[-1] += " " + line[1:]
                continue
            if not _NAME.fullmatch(name):
                return None
            key = name.lower()
        if not colon:
            return None
        if key in fields:
            values = fields[key]
            values.append(value)
        else:
            fields[key] = values = [value]
    return fields


def split_carefully(raw: bytes) -> Header:
    """As `split_header`, for bytes of any kind."""
    header = Header()
    head = _head(raw, header.defects)
    text = _to_text(head).replace("\n ", " ").replace("\n\t", " ")
    strays = taken = 0
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        name = name.rstrip().lower()
        if not colon or not name or " " in name:
            strays += 1
            if strays > 1:
                break
            continue
        strays, taken = 0, taken + 1
        if taken > FIELDS_LIMIT:
            header.defects.append(TOO_MANY)
            break
        header.fields.setdefault(name, []).append(value)
    return header


def end_of_header(raw: bytes) -> int:
    """Where the body begins, or the length of `raw` where there is none."""
    ends = [found + len(gap) for gap in (b"\n\n", b"\r\n\r\n", b"\n\r\n") if (found := raw.find(gap)) >= 0]
    return min(ends, default=len(raw))


def _head(raw: bytes, defects: list[str]) -> bytes:
    head = raw[:HEADER_LIMIT]
    if b"\r" in head:
        head = head.replace(b"\r\n", b"\n")
    if b"\r" in head:
        head = _LINE_END.sub(b"\n", head)
        head = head.replace(b"\r", b" " if b"\n" in head else b"\n")
    head = head.removeprefix(_BOM)
    while head.startswith((b"From ", b">From ")):
        head = head.partition(b"\n")[2]
    if head.startswith(b"\n"):
        return b""
    body = head.find(b"\n\n")
    if body >= 0:
        return head[:body]
    if len(raw) > HEADER_LIMIT:
        defects.append(TOO_LONG)
        head = head[: head.rfind(b"\n") + 1]
    return head


def _to_text(head: bytes) -> str:
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(decode_bytes(line) for line in head.split(b"\n"))
