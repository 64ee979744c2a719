"""Drafts follow who is who, and go with those who are forgotten or must not be written to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

import pytest

from agent.app import App
from connectors.errors import Unavailable
from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import DANA, ERIK

MAILDIR = '[[sources]]\nname = "box"\nkind = "maildir"\npath = "{path}"\n[drafts]\nmailbox = "box"\n'
SECOND = "dana.reed@fjord.example.com"


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Dana and Erik; drafts go into a Maildir; a draft to Dana waits there."""
    box = tmp_path / "box"
    for name in (".", ".Drafts", ".Sent", ".Trash"):
        for part in ("cur", "new", "tmp"):
            (box / name / part).mkdir(parents=True)
    made = Desk(tmp_path, MAILDIR.format(path=box))
    made.exchange(f"Dana Reed <{DANA}>", "2025-10-07", "2025-12-02")
    made.exchange(f"Dana Reed <{SECOND}>", "2025-11-04")
    made.exchange(f"Erik Holm <{ERIK}>", "2025-10-08", "2025-12-03")
    assert made.weaktie("sync").code == 0
    written = made.weaktie("drafts", "write", DANA)
    assert written.code == 0, written
    return made


def waiting(desk: Desk) -> list[str]:
    return [path.read_text() for path in (desk.folder / "box" / ".Drafts").rglob("*") if path.is_file()]


def test_forgetting_takes_the_draft_out_of_the_mailbox(desk: Desk) -> None:
    (draft,) = waiting(desk)
    assert DANA in draft
    assert "still" not in desk.weaktie("forget", DANA, "--yes").out
    assert waiting(desk) == []
    assert desk.weaktie("drafts", "list", "--all", "--json").json["drafts"] == []
    assert desk.bytes_of(DANA) == {DANA: 0}


def test_a_draft_that_cannot_be_reached_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(app: App) -> NoReturn:
        raise Unavailable("127.0.0.1 does not answer.")

    monkeypatch.setattr("agent.jobs.drafts.opened", away)
    done = desk.weaktie("forget", DANA, "--yes")
    assert done.code == 0
    assert "A draft stays in your Drafts; delete it there (127.0.0.1 does not answer.)" in done.out
    assert desk.bytes_of(DANA) == {DANA: 0}


def test_a_draft_the_owner_edited_is_theirs_and_is_named(desk: Desk) -> None:
    (file,) = [path for path in (desk.folder / "box" / ".Drafts").rglob("*") if path.is_file()]
    file.write_text(file.read_text().replace("Hello", "Dear friend").replace("Hi", "Dear friend"))
    assert "A draft that you edited stays" in desk.weaktie("forget", DANA, "--yes").out
    assert len(waiting(desk)) == 1


def test_a_draft_goes_with_the_person_it_is_to_and_comes_back_with_them(desk: Desk) -> None:
    before = desk.weaktie("drafts", "list", "--json").json["drafts"]
    desk.weaktie("people", "merge", ERIK, DANA)
    assert desk.weaktie("drafts", "list", "--json").json["drafts"] == before
    told = json.loads(desk.weaktie("export", ERIK).out)
    assert len(told["draft"]) == 1
    desk.weaktie("people", "review", "--undo")
    assert json.loads(desk.weaktie("export", ERIK).out)["draft"] == []
    assert len(json.loads(desk.weaktie("export", DANA).out)["draft"]) == 1


def test_splitting_leaves_the_draft_with_the_address_it_is_to(desk: Desk) -> None:
    desk.weaktie("people", "merge", SECOND, DANA)
    desk.weaktie("people", "split", SECOND, DANA)
    assert json.loads(desk.weaktie("export", SECOND).out)["draft"] == []
    assert len(json.loads(desk.weaktie("export", DANA).out)["draft"]) == 1


def test_whoever_must_not_be_written_to_loses_the_draft_with_the_next_run(desk: Desk) -> None:
    desk.weaktie("suppress", "northwind.example.net")
    assert desk.weaktie("run", "--once").code == 0
    assert waiting(desk) == []
    assert desk.weaktie("drafts", "write", DANA).code == 1
