"""Text of strangers made harmless, and plain text laid out: cleaning, inert links, folding, display width."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

COLUMNS = 72
MARKS = 3
BREAK = "\u200b"
JOINERS = "\u200c\u200d"
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"
LINK_JOINTS = re.compile(r"(?<=\S)([.。．｡@＠]|://)(?=\S)")
DROPPED = ("Cc", "Cf", "Cs", "Co", "Cn")


def clean(text: str, limit: int = 80) -> str:
    """One line of visible characters: no control, bidi or private ones, no pile of accents, no encoded word.

    Longer than `limit` characters is cut with an ellipsis. The result may be empty.
    """
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text[: limit * 8]):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if character.isspace() or category in ("Zl", "Zp") or character in BLANK_LETTERS:
            kept.append(" ")
        elif marks <= MARKS and (category not in DROPPED or character in JOINERS):
            kept.append(character)
    line = " ".join("".join(kept).split())
    line = line.replace("=?", "= ?").replace("?=", "? =")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def inert(text: str, limit: int = 80) -> str:
    """As `clean`, and so that no mail client makes a link of it: an invisible break after each dot, at and ://."""
    return LINK_JOINTS.sub(rf"\1{BREAK}", clean(text, limit))


def whole(value: Any) -> Any:
    """Text, or lists and tables of it, without the invisible breaks: for machines to read."""
    if isinstance(value, str):
        return value.replace(BREAK, "")
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    return [whole(item) for item in value] if isinstance(value, list | tuple) else value


def width(text: str) -> int:
    """Columns a line takes in a fixed-width font (Unicode TR 11: wide characters take two)."""
    return sum(_columns(character) for character in text)


def fold(text: str, columns: int = COLUMNS) -> str:
    """Break lines longer than `columns` at blanks; what follows hangs under the text of the first line."""
    lines = [piece for line in text.splitlines() for piece in _folded(line.rstrip(), columns)]
    squeezed = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return squeezed + "\n"


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _folded(line: str, columns: int) -> list[str]:
    if width(line) <= columns:
        return [line]
    lead = re.match(r"\s*(?:[-→!] +)?", line)
    hang = " " * (lead.end() if lead else 0)
    pieces = [line[: len(hang)]]
    fresh = True
    for word in _words(line[len(hang) :], columns - len(hang)):
        if not fresh and width(pieces[-1]) + 1 + width(word) > columns:
            pieces.append(hang)
            fresh = True
        pieces[-1] += word if fresh else f" {word}"
        fresh = False
    return pieces


def _words(text: str, columns: int) -> Iterator[str]:
    """The words of a line; one that is wider than the line in pieces that fit."""
    for word in text.split(" "):
        rest = word
        while width(rest) > columns:
            size = next(size for size in range(len(rest), 0, -1) if width(rest[:size]) <= columns)
            yield rest[:size]
            rest = rest[size:]
        yield rest
