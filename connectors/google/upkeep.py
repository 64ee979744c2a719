"""What the owner should know of a sign-in while it still works. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any


def upkeep(token: Mapping[str, Any], as_of: datetime, name: str) -> Iterator[str]:
    """How old the sign-in is, and whether it ends by itself."""
    begun = _instant(token)
    if begun is None:
        return
    yield f"signed in {(as_of - begun).days} days ago"
    try:
        end = begun + timedelta(seconds=float(token["refresh_token_expires_in"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return
    when = f"on {end:%Y-%m-%d %H:%M} UTC"
    yield (
        f"this sign-in {'ends' if end > as_of else 'ended'} {when}: the Google project is in testing, where Google"
        f" allows 7 days. Publish it (Audience → Publish app), then run `weaktie auth {name}`"
    )


def _instant(token: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(str(token["authorized_at"])).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None
