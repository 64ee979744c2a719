"""When a job is due again, and what stays as it was first noted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent.app import App, open_app
from agent.config import parse
from agent.jobs import pace
from agent.store import owners
from connectors.errors import AuthFailed, OverQuota, Unavailable
from tests.letters import ALICE, at

NOW = at("2026-03-02 09:00")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """Alice's app on an empty store."""
    database = {"url": f"sqlite:///{tmp_path / 'w.db'}"}
    made = open_app(parse({"owner": {"name": "Alice", "addresses": [ALICE]}, "database": database}, "of this test"))
    yield made
    made.store.close()


def pause(app: App, *, anyway: bool = False) -> timedelta:
    """How long after NOW the job is due."""
    minutes = next(
        m for m in range(24 * 60) if pace.is_due(app, "sync:mail", NOW + timedelta(minutes=m), anyway=anyway)
    )
    return timedelta(minutes=minutes)


def test_a_job_never_run_is_due_and_one_just_done_after_its_interval(app: App) -> None:
    assert pause(app) == timedelta(0)
    pace.done(app, "sync:mail", NOW)
    assert timedelta(minutes=14) <= pause(app) <= timedelta(minutes=15)


def test_a_clock_that_was_wrong_for_a_while_puts_nothing_off(app: App) -> None:
    for once in (NOW + timedelta(days=9), NOW + timedelta(days=40_000)):
        pace.done(app, "sync:mail", once)
        assert pause(app) == timedelta(0)
    pace.done(app, "report", NOW, NOW + timedelta(days=7))
    assert not pace.is_due(app, "report", NOW)


def test_a_server_that_wants_to_be_left_alone_for_ever_is_asked_again_in_a_week(app: App) -> None:
    pace.broke_off(app, "sync:mail", NOW, OverQuota("too much", wait=float("inf")))
    assert not pace.is_due(app, "sync:mail", NOW + timedelta(days=7), anyway=True)
    assert pace.is_due(app, "sync:mail", NOW + timedelta(days=8))


def test_the_pause_doubles_with_every_failure_up_to_six_hours(app: App) -> None:
    pauses = []
    for _ in range(8):
        pace.broke_off(app, "sync:mail", NOW, Unavailable("away"))
        pauses.append(round(pause(app) / timedelta(minutes=15)))
    assert pauses == [1, 2, 4, 8, 16, 24, 24, 24]
    pace.done(app, "sync:mail", NOW)
    pace.broke_off(app, "sync:mail", NOW, Unavailable("away"))
    assert pause(app) <= timedelta(minutes=15)


def test_a_refused_sign_in_rests_an_hour_even_from_cron(app: App) -> None:
    pace.broke_off(app, "sync:mail", NOW, AuthFailed("no"))
    assert pause(app, anyway=True) >= timedelta(minutes=59)


def test_cron_waits_for_nothing_else(app: App) -> None:
    pace.broke_off(app, "sync:mail", NOW, Unavailable("away"))
    assert pause(app, anyway=True) == timedelta(0)


def test_the_first_report_is_noted_once(app: App) -> None:
    for day in (0, 7):
        with app.store.write() as connection:
            owners.mark_first_report(connection, app.owner.id, NOW + timedelta(days=day))
    assert app.fresh_owner().first_report_at == NOW
