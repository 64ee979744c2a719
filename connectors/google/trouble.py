"""What an answer of Google's that is no success means: try again now, later, never, or start anew. Pure.

Reasons: https://developers.google.com/workspace/gmail/api/guides/handle-errors and its twin for the calendar.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.errors import (
    AuthFailed,
    ConnectorError,
    CursorLost,
    NotFound,
    OverQuota,
    Refused,
    Unavailable,
    Unsupported,
)
from connectors.net import clean

LATER = "It is tried again later."
RESET = ZoneInfo("America/Los_Angeles")
"""Google's daily allowances begin anew at midnight there."""

A_DAY_AT_MOST = timedelta(hours=25)
_RATE = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "RATE_LIMIT_EXCEEDED"})
_DAILY = frozenset({"dailyLimitExceeded", "dailyLimitExceededUnreg"})
_SCOPES = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """One failed call. `passing`: the same call may work in a moment; `rate`: because there were too many of them.

    `wait`: seconds the server asks for, 0 where it does not say.
    """

    error: ConnectorError
    passing: bool = False
    rate: bool = False
    wait: float = 0.0


def understand(status: int, headers: Mapping[str, str], content: bytes, place: str) -> Trouble:
    """What an HTTP answer other than 2xx means. Header names are lower-case."""
    reasons, said = _read(content)
    what = f"{place} answered {status}: {said or 'no reason given'}"
    wait = _seconds(headers)
    if reasons & _DAILY:
        hint = f"The day's allowance of your Google project is used up. {LATER}"
        return Trouble(OverQuota(what, hint=hint, wait=until_midnight(headers)))
    if status == 429 or reasons & _RATE:
        error = OverQuota(what, hint=f"Too many requests. {LATER}", wait=wait)
        return Trouble(error, passing=True, rate=True, wait=wait)
    if status >= 500 or status in (408, 409, 412):
        return Trouble(Unavailable(what, hint=LATER), passing=True, wait=wait)
    return Trouble(_lasting(status, reasons, what))


def _lasting(status: int, reasons: frozenset[str], what: str) -> ConnectorError:
    if status == 401:
        return AuthFailed(what, hint="Sign in again with `weaktie auth`.")
    if reasons & _OFF:
        hint = "Switch this API on in your Google Cloud project (APIs & Services → Library)."
        return Unsupported(what, hint=hint)
    if status == 403 and (reasons & _SCOPES or "scope" in what.lower()):
        return AuthFailed(what, hint="The sign-in lacks a permission: sign in again with `weaktie auth`, tick all.")
    if status == 404:
        return NotFound(what)
    return CursorLost(what) if status == 410 else Refused(what)


def _read(content: bytes) -> tuple[frozenset[str], str]:
    """Every reason named in an error's body, and its words; nothing for a body of any other kind."""
    try:
        error: Any = json.loads(content)["error"]
        listed = [*error.get("errors", ()), *error.get("details", ())]
        reasons = {str(item.get("reason", "")) for item in listed if isinstance(item, dict)}
        return frozenset(reasons | {str(error.get("status", ""))}) - {""}, clean(str(error.get("message", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return frozenset(), ""


def _seconds(headers: Mapping[str, str]) -> float:
    """Retry-After (RFC 9110 §10.2.3), as seconds or as a date against the answer's own Date."""
    told = headers.get("retry-after", "").strip()
    if told.isdigit():
        return float(told)
    until, now = _date(told), _date(headers.get("date", ""))
    return max(0.0, (until - now).total_seconds()) if until and now else 0.0


def until_midnight(headers: Mapping[str, str]) -> float:
    """Seconds from the answer's Date to the next midnight where Google's day ends; six hours where it has none."""
    now = _date(headers.get("date", ""))
    if now is None:
        return 6 * 3600.0
    local = now.astimezone(RESET)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return min(midnight.astimezone(UTC) - now, A_DAY_AT_MOST).total_seconds()


def _date(value: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
