"""What Google's refusals mean, how fast it may be asked, and what stands in a message: without a server."""

from __future__ import annotations

import json
from bisect import bisect_left
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from connectors.google import pace
from connectors.google.client import MESSAGE, UNITS
from connectors.google.gmail_cursor import Cursor, arrived, parse
from connectors.google.gmail_message import Labels, header, record
from connectors.google.pace import Pace
from connectors.google.trouble import understand, until_midnight
from connectors.mime_header import split_header
from connectors.records import MailRecord, Malformed, Role


def body(reason: str, message: str = "so it is") -> bytes:
    return json.dumps({"error": {"message": message, "errors": [{"reason": reason}]}}).encode()


@pytest.mark.parametrize(
    ("status", "content", "error", "passing"),
    [
        (429, b"", OverQuota, True),
        (403, body("rateLimitExceeded"), OverQuota, True),
        (403, body("userRateLimitExceeded"), OverQuota, True),
        (403, body("quotaExceeded"), OverQuota, True),
        (403, body("dailyLimitExceeded"), OverQuota, False),
        (403, b'{"error": {"details": [{"reason": "RATE_LIMIT_EXCEEDED"}]}}', OverQuota, True),
        (403, body("insufficientPermissions"), AuthFailed, False),
        (403, b'{"error": {"details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}', AuthFailed, False),
        (403, body("forbidden", "Metadata scope does not support 'q' parameter"), AuthFailed, False),
        (403, body("accessNotConfigured"), Unsupported, False),
        (403, b'{"error": {"details": [{"reason": "SERVICE_DISABLED"}]}}', Unsupported, False),
        (403, body("forbidden"), Refused, False),
        (401, body("authError"), AuthFailed, False),
        (400, body("invalidArgument"), Refused, False),
        (404, b"<html>", NotFound, False),
        (410, body("fullSyncRequired"), CursorLost, False),
        (302, b"", Refused, False),
        *((status, b"", Unavailable, True) for status in (408, 409, 412, 500, 502, 503, 504)),
    ],
)
def test_what_an_answer_means(status: int, content: bytes, error: type[ConnectorError], passing: bool) -> None:
    trouble = understand(status, {}, content, "Gmail")
    assert (type(trouble.error), trouble.passing) == (error, passing)
    assert f"Gmail answered {status}" in str(trouble.error)


@given(st.integers(300, 599), st.binary(max_size=200), st.text(max_size=30), st.text(max_size=30))
def test_any_answer_means_something(status: int, content: bytes, after: str, date: str) -> None:
    trouble = understand(status, {"retry-after": after, "date": date}, content, "Gmail")
    assert trouble.wait >= 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "17"}, 17),
        ({"retry-after": "Mon, 02 Mar 2026 09:00:30 GMT", "date": "Mon, 02 Mar 2026 09:00:00 GMT"}, 30),
        ({"retry-after": "Mon, 02 Mar 2026 08:00:30 GMT", "date": "Mon, 02 Mar 2026 09:00:00 GMT"}, 0),
        ({"retry-after": "Mon, 02 Mar 2026 09:00:30 GMT"}, 0),
        ({"retry-after": "soon"}, 0),
        ({}, 0),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert understand(503, headers, b"", "Gmail").wait == seconds


@pytest.mark.parametrize(
    ("date", "hours"),
    [
        ("Mon, 02 Mar 2026 20:00:00 GMT", 12),
        ("Mon, 02 Mar 2026 07:59:00 GMT", 1 / 60),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 24),
        ("Sun, 08 Mar 2026 08:00:00 GMT", 23),
        ("no date", 6),
    ],
)
def test_the_day_ends_at_midnight_in_california(date: str, hours: float) -> None:
    assert until_midnight({"date": date}) == pytest.approx(hours * 3600)


def test_it_asks_as_fast_as_it_may_and_slower_after_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: now[0]))
    allowed = Pace(600)

    def minutes_for(calls: int) -> float:
        start = now[0]
        for _ in range(calls):
            now[0] += allowed.due(5)
        return (now[0] - start) / 60

    assert minutes_for(240) == pytest.approx(2, abs=0.2)
    allowed = Pace(6_000)
    allowed.complain()
    assert minutes_for(1_200) == pytest.approx(2, abs=0.2)
    for _ in range(50):
        allowed.complain()
    assert minutes_for(120) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(("api", "cost", "allowed"), [("gmail", MESSAGE, 6_000), ("calendar", 1, 600)])
def test_no_minute_takes_more_than_google_allows(
    api: str, cost: int, allowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: now[0]))
    asked, calls = Pace(UNITS[api]), []
    for _ in range(1_500):
        now[0] += asked.due(cost)
        calls.append(now[0])
    busiest = max(bisect_left(calls, at + 60) - number for number, at in enumerate(calls))
    assert 0.9 * allowed < busiest * cost <= allowed


def test_the_history_names_what_came_and_forgets_what_went() -> None:
    def change(ref: str, **more: Any) -> dict[str, Any]:
        return {"message": {"id": ref}, **more}

    history = [
        {"id": "1", "messagesAdded": [change("a"), change("b")]},
        {"id": "2", "labelsRemoved": [change("c", labelIds=["SPAM"]), change("d", labelIds=["UNREAD"])]},
        {"id": "3", "messagesDeleted": [change("a"), change("never seen")]},
        {"id": "4", "labelsAdded": [change("e", labelIds=["INBOX"])]},
    ]
    assert arrived(history) == ["b", "c"]


@given(st.text("0123456789", min_size=1), st.none() | st.text(), st.lists(st.text()), st.none() | st.integers())
def test_a_cursor_comes_back_as_it_was(history: str, page: str | None, again: list[str], total: int | None) -> None:
    cursor = Cursor(str(int(history)), page, tuple(again), total)
    assert parse(json.loads(json.dumps(cursor.json()))) == cursor


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=60)), max_size=5))
def test_no_value_begins_a_field_of_its_own(fields: list[tuple[str, str]]) -> None:
    raw = header([{"name": "Subject", "value": value} for _, value in fields])
    assert set(split_header(raw).fields) <= {"subject"}
    assert raw.count(b"\r\n") == len(fields) + 1


@pytest.mark.parametrize("payload", [None, 7, {}, {"headers": None}, {"headers": [7]}, {"headers": [{"name": "From"}]}])
def test_a_message_that_makes_no_sense_is_told(payload: Any) -> None:
    found = record({"id": "m", "payload": payload}, Role.INBOX, Labels({}))
    assert isinstance(found, Malformed)
    assert (found.ref, found.folder) == ("m", "Inbox")


@pytest.mark.parametrize("when", [None, "soon", "9" * 30, [], -(10**20)])
def test_a_time_that_is_none_is_left_out(when: Any) -> None:
    told = {"id": "m", "internalDate": when, "payload": {"headers": [{"name": "From", "value": "a@b.example"}]}}
    found = record(told, Role.INBOX, Labels({}))
    assert isinstance(found, MailRecord)
    assert found.arrived is None
