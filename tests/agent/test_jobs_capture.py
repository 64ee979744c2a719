"""What a poll costs the store: it reads where it stopped, and notes at the end that it was there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from agent import config
from agent.app import App, open_app
from agent.jobs import capture
from agent.store import jobs, sources
from tests.agent.desk import Desk
from tests.letters import ALICE, DANA, at

NOW = at("2026-03-02 09:00")
LATER = NOW + timedelta(minutes=15)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Alice with one letter."""
    desk = Desk(tmp_path / "desk")
    desk.letter("2026-03-01 09:00", DANA, ALICE)
    return desk


@pytest.fixture
def app(desk: Desk) -> Iterator[App]:
    """Her app, after a first poll."""
    made = open_app(config.load(desk.folder / "config.toml"))
    assert capture.sync(made, NOW)[0].tally.new == 1
    yield made
    made.store.close()


@contextmanager
def written(app: App) -> Iterator[list[str]]:
    """How the disk is waited for, in every transaction that changes something."""
    modes: list[str] = []
    mode = ""

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        nonlocal mode
        if statement.startswith("PRAGMA synchronous="):
            mode = statement.partition("=")[2]
        elif statement.startswith(("INSERT", "UPDATE", "DELETE")) and mode:
            modes.append(mode)
            mode = ""

    event.listen(app.store._readers, "before_cursor_execute", note)
    yield modes
    event.remove(app.store._readers, "before_cursor_execute", note)


def test_one_that_finds_nothing_is_one_transaction_and_waits_for_no_disk(app: App) -> None:
    with written(app) as modes:
        assert capture.sync(app, LATER)[0].tally.seen == 0
    assert modes == ["NORMAL"]


def test_one_that_finds_something_ends_when_the_disk_has_it(app: App, desk: Desk) -> None:
    desk.letter("2026-03-02 09:05", DANA, ALICE)
    with written(app) as modes:
        assert capture.sync(app, LATER)[0].tally.new == 1
    assert modes[-1] == "FULL"


def test_it_is_known_when_a_source_was_last_read_and_is_next_due(app: App) -> None:
    capture.sync(app, LATER)
    with app.store.read() as connection:
        (row,) = sources.listed(connection, app.owner.id)
        job = jobs.listed(connection, app.owner.id)["sync:mail"]
    assert (row.last_ok, row.last_error, row.failures) == (LATER, "", 0)
    assert (job.last_ok, job.next_due) == (LATER, LATER + timedelta(minutes=app.config.capture.every_minutes))


def test_one_that_breaks_off_is_noted_and_the_next_that_does_not_clears_it(app: App, desk: Desk) -> None:
    desk.mail.rename(away := desk.folder / "Away")
    assert capture.sync(app, LATER)[0].error
    with app.store.read() as connection:
        (row,) = sources.listed(connection, app.owner.id)
    assert (row.last_ok, row.failures) == (NOW, 1)
    assert row.last_error
    away.rename(desk.mail)
    assert capture.sync(app, LATER)[0].error is None
    with app.store.read() as connection:
        (row,) = sources.listed(connection, app.owner.id)
    assert (row.last_ok, row.last_error, row.failures) == (LATER, "", 0)
