"""What may go into a template and what may stand on a line: plain values, printable text."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

DEPTH = 12
TAG = "\0"
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ue000\ufff9-\ufffb\ud800-\udfff]"
)


def one_line(text: str, limit: int = 500) -> str:
    """What may stand in a header or a table cell: one line, no control, invisible or direction-changing characters.

    Nor half a surrogate pair, which nothing can encode. `=?` is broken up, because a decoded encoded word can hold
    another one that a later fold makes real again (CVE-2024-6923). Longer text is cut at `limit` characters with an
    ellipsis.
    """
    flat = " ".join(UNSEEN.sub(" ", text).replace("=?", "= ?").split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def plain(value: Any, where: str = "value", depth: int = 0) -> Any:
    """The value in a form that can be sent to the child. Raises TypeError for anything that is not plain data."""
    if depth > DEPTH:
        raise TypeError(f"{where} is nested deeper than {DEPTH} levels")
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, datetime | date):
        return {"\0": type(value).__name__, "iso": value.isoformat()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)]
    if isinstance(value, dict) and all(isinstance(key, str) and key != "\0" for key in value):
        return {str.__str__(key): plain(item, f"{where}.{key}", depth + 1) for key, item in value.items()}
    raise TypeError(f"{where} is a {type(value).__name__}; templates get plain values only")


def revive(value: Any) -> Any:
    """The inverse of `plain`, on the far side of JSON (a tuple comes back as a list)."""
    if isinstance(value, list):
        return [revive(item) for item in value]
    if isinstance(value, dict):
        if TAG in value:
            return (datetime if value[TAG] == "datetime" else date).fromisoformat(value["iso"])
        return {key: revive(item) for key, item in value.items()}
    return value
