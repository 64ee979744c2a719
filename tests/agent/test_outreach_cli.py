"""The owner's word from their shell, and what the program says of drafts it does not write."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from agent.store.lock import only_one
from agent.ties import listing
from agent.ties.sightings import sights
from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import DANA, ERIK

BOX = (
    '[[sources]]\nname = "box"\nkind = "maildir"\npath = "{path}"\n'
    '[drafts]\nmailbox = "box"\nlanguages = {{"{dana}" = "de"}}\n'
)
SEND = '[send]\nenabled = true\nhost = "127.0.0.1"\nport = 9\ntls = "none"\n'
MONTHLY = [f"2025-{month:02}-05" for month in range(1, 12)]


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Dana and Erik have gone quiet; a draft to Dana waits, in German; send mode is on."""
    for part in ("cur", "new", "tmp"):
        (tmp_path / "box" / part).mkdir(parents=True)
    made = Desk(tmp_path, BOX.format(path=tmp_path / "box", dana=DANA) + SEND)
    made.exchange(f"Dana Reed <{DANA}>", *MONTHLY, subject="Budget for the pilot")
    made.exchange(f"Erik Holm <{ERIK}>", *MONTHLY, subject="The harbour study")
    assert made.weaktie("sync").code == 0
    assert made.weaktie("drafts", "write", DANA).code == 0
    return made


def state(desk: Desk) -> str:
    (row,) = desk.weaktie("drafts", "list", "--all", "--json").json["drafts"]
    return str(row["state"])


def test_the_language_of_a_tie_is_that_of_its_draft(desk: Desk) -> None:
    shown = desk.weaktie("drafts", "show", "1").out
    assert "Hallo Dana," in shown
    assert "im November über „Budget for the pilot“" in shown
    assert "Hi Erik," in desk.weaktie("drafts", "write", ERIK, "--dry-run").out


def test_a_word_is_given_and_taken_back_while_the_daemon_is_at_work(desk: Desk) -> None:
    with only_one(f"sqlite:///{desk.database}"):
        said = desk.weaktie("drafts", "approve", "1", "--yes")
        assert "until then `weaktie drafts revoke 1` stops it" in said.out
        assert state(desk) == "approved"
        assert desk.weaktie("drafts", "revoke", "1").code == 0
        assert state(desk) == "drafted"
        assert "cannot be done" in desk.weaktie("drafts", "revoke", "1").err


def test_an_edited_draft_is_approved_by_doing_what_the_refusal_says(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (draft,) = (path for path in desk.folder.joinpath("box").rglob("*:2,*") if b"Hallo Dana" in path.read_bytes())
    draft.write_bytes(draft.read_bytes().replace(b"Hallo Dana", b"Liebe Dana"))
    refused = desk.weaktie("drafts", "approve", "1", "--yes")
    assert refused.code == 1
    assert "You edited draft 1." in refused.err
    assert "`weaktie drafts approve 1` without --yes" in refused.err
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    said = desk.weaktie("drafts", "approve", "1")
    assert "Liebe Dana" in said.out
    assert (said.code, state(desk)) == (0, "approved")


def test_one_draft_is_set_aside_and_goes_on(desk: Desk) -> None:
    desk.weaktie("drafts", "approve", "1", "--yes")
    assert desk.weaktie("drafts", "hold", "1").out == "Draft 1 is held now.\n"
    refused = desk.weaktie("drafts", "approve", "1", "--yes")
    assert "is held" in refused.err
    assert desk.weaktie("drafts", "hold", "1", "--off").out == "Draft 1 is drafted now.\n"
    again = desk.weaktie("drafts", "hold", "1", "--off")
    assert again.code != 0
    assert "Draft 1 is drafted" in again.err


def test_what_is_not_written_is_told_with_the_reason(desk: Desk) -> None:
    listed = desk.weaktie("drafts", "list", "--all")
    assert "Not written now:" in listed.out
    assert "drafts start after your first report" in listed.out
    assert "Not written now:" not in desk.weaktie("drafts", "list").out
    told = desk.weaktie("drafts", "list", "--all", "--json").json["not_now"]
    assert {(row["person"], row["kind"], row["lasting"]) for row in told} == {
        ("Erik Holm", "reconnect", False),
        ("Dana Reed", "reconnect", False),
    }


def test_why_tells_of_drafts_and_of_none(desk: Desk) -> None:
    desk.weaktie("suppress", ERIK)
    dana, erik = desk.weaktie("why", DANA).out, desk.weaktie("why", ERIK).out
    assert "→ draft 1 (reconnect): drafted" in dana
    assert "→ no draft (reconnect) now: a draft to this person is open already" in dana
    assert f"→ no draft (reconnect) now: {ERIK} must not be contacted" in erik
    (person,) = desk.weaktie("why", ERIK, "--json").json["people"]
    assert person["drafts"][0].startswith("no draft (reconnect) now:")


def test_why_reads_the_ties_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Mock(wraps=sights)
    monkeypatch.setattr(listing, "sights", look)
    assert "no draft" in desk.weaktie("why", DANA).out
    look.assert_called_once()
