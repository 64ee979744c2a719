"""Rows as the tables of capture take them: plain values in the order of the columns, made without the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple


class MessageRow(NamedTuple):
    """The columns of `message` beside its id and owner. `at` in seconds since 1970; `reasons` as JSON."""

    key: str
    digest: str | None
    channel: str
    rfc_id: str
    thread: str
    at: int
    subject: str
    kind: str
    reasons: str
    outcome: str
    outcome_reason: str
    sent: bool
    untravelled: bool
    recipients: int
    draft_token: str


def seconds(instant: datetime) -> int:
    """An aware instant as the store keeps it. Raises ValueError for a naive one, which is a bug."""
    if instant.tzinfo is None:
        raise ValueError(f"naive datetime {instant!r} offered to the store")
    return int(instant.timestamp())


@lru_cache(maxsize=1024)
def as_json(words: Sequence[str]) -> str:
    """A tuple of texts as a JSON column keeps a list."""
    return json.dumps(words)
