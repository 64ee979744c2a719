"""Once a week a mailbox is held against the store without anybody asking; doctor shows how that ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from unittest.mock import patch

import pytest

from agent.jobs import audit, capture
from tests.conftest import START, Clock
from tests.system.world import World

pytestmark = pytest.mark.server

DANA = "Dana Reed <dana@northwind.example>"


@pytest.fixture
def mailbox(world: World) -> World:
    world.configure(extra="[report]\nenabled = false\n[drafts]\nenabled = false\n")
    world.exchange(DANA, "2025-12-01", "2026-01-01")
    world.receive("News <news@shop.example>", "2026-01-05", List_Unsubscribe="<https://shop.example>")
    return world


@pytest.fixture
def audits() -> Iterator[list[str]]:
    """The sources that were audited, in order."""
    seen: list[str] = []
    real = audit._audit

    def noted(app, settings, now):  # type: ignore[no-untyped-def]  # as the real one
        seen.append(settings.name)
        return real(app, settings, now)

    with patch.object(audit, "_audit", noted):
        yield seen


def told(world: World) -> tuple[bool, str]:
    """What doctor says of the audit."""
    findings = world.weaktie("doctor", "--json").json["findings"]
    ((ok, detail),) = [(one["ok"], one["detail"]) for one in findings if one["what"] == "audit of mail"]
    return ok, detail


def test_it_runs_with_the_first_poll_and_then_once_a_week(mailbox: World, clock: Clock, audits: list[str]) -> None:
    for hours in (0, 1, 7 * 24 - 2):
        clock.move_to(START + timedelta(hours=hours))
        assert mailbox.weaktie("run", "--once").code == 0
    assert audits == ["mail"]
    ok, detail = told(mailbox)
    assert ok
    assert detail.startswith("all 5 messages accounted for: 4 counted, 1 left out, 0 excluded, 0 unreadable, ")
    assert "6 days ago" in detail or "7 days ago" in detail or "a week ago" in detail
    clock.move_to(START + timedelta(days=7))
    assert mailbox.weaktie("run", "--once").code == 0
    assert audits == ["mail", "mail"]


def test_a_message_that_is_missing_is_told_loudly_and_looked_for_again(mailbox: World, clock: Clock) -> None:
    assert mailbox.weaktie("run", "--once").code == 0
    with closing(sqlite3.connect(mailbox.database)) as connection:
        connection.execute("DELETE FROM message WHERE kind = 'bulk'")
        connection.commit()
    clock.move_to(START + timedelta(days=7))
    ran = mailbox.weaktie("run", "--once")
    assert ran.code != 0
    assert "1 of the 5 messages in mail are unaccounted for" in ran.err
    ok, detail = told(mailbox)
    assert not ok
    assert "1 of the 5 messages" in detail
    assert "before that: all 5" in detail


def test_mail_that_comes_between_the_poll_and_the_audit_is_not_missing(mailbox: World) -> None:
    real = capture.settle

    def late(*arguments):  # type: ignore[no-untyped-def]  # as the real one
        mailbox.receive(DANA, "2026-02-20")
        return real(*arguments)

    with patch.object(capture, "settle", late):
        assert mailbox.weaktie("run", "--once").code == 0
    assert told(mailbox)[1].startswith("all 6 messages")
