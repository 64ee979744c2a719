"""Tables for people: aligned columns, cut to the terminal, nothing that could steer a terminal."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Sequence
from typing import TextIO

import click


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody watches; a stream that was closed before we began is None."""
    return stream is not None and stream.isatty()


def clean(text: str) -> str:
    """Text of strangers without control, bidi and other invisible characters."""
    if text.isprintable():
        return text
    return "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, flexible: int = -1) -> None:
    """Print rows under a head; the column `flexible` gives way when the terminal is narrow. A file gets all of it."""
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = [max(_width(row[i]) for row in [list(head), *cells]) for i in range(len(head))]
    over = sum(widths) + 2 * (len(widths) - 1) - shutil.get_terminal_size((100, 24)).columns
    if over > 0 and is_terminal(sys.stdout):
        widths[flexible] = max(widths[flexible] - over, 12)
    click.echo(_line(head, widths).rstrip())
    click.echo(_line(["─" * width for width in widths], widths).rstrip())
    for row in cells:
        click.echo(_line(row, widths).rstrip())


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(_fit(cell, width) for cell, width in zip(row, widths, strict=True))


def _fit(text: str, width: int) -> str:
    if _width(text) > width:
        kept = ""
        for character in text:
            if _width(kept + character) > width - 1:
                break
            kept += character
        text = f"{kept}…"
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    combining = sum(bool(unicodedata.combining(c)) for c in text)
    return len(text) + wide - combining
