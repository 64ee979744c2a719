"""The only module that asks for the date and time."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, timezone-aware UTC, whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
