"""Death at every step of drafting and sending, and again at a later one: never two drafts, never two mails.

WEAKTIE_SOAK=n takes n second deaths a first one in place of a few.
"""

from __future__ import annotations

import os
import random
from contextlib import closing
from pathlib import Path

import pytest

from agent.store.db import open_store
from agent.store.schema import metadata
from agent.types import DraftState as S
from connectors.errors import Ambiguous, Unavailable
from connectors.records import Role
from tests.agent.outreach_crash import Fate, Life, live
from tests.agent.outreach_fakes import Killed
from tests.agent.outreach_world import World

SECOND = int(os.environ.get("WEAKTIE_SOAK", "1"))
POINTS = 52


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which Alice knows Dana and nothing is planned."""
    path = tmp_path_factory.mktemp("template") / "weaktie.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        metadata.create_all(store.engine)
        World(store)
    return path


def sound(life: Life) -> None:
    """The invariants I2, I3, I4 of research/safety.md §5, and nothing left in the middle."""
    row = life.row
    transport, mailbox = life.world.transport, life.world.mailbox
    assert len(transport.delivered) <= life.approvals <= 1
    assert life.most_drafts <= 1
    assert row.state in (S.SENT, S.ASK, S.DRAFTED)
    if row.state is S.SENT and row.filed:
        assert mailbox.lying() == []
        assert len(mailbox.lying(Role.SENT)) == 1
    if transport.delivered:
        assert row.state is S.SENT or (row.state is S.ASK and transport.sent_box is None)


def test_an_undisturbed_life(template: Path, tmp_path: Path) -> None:
    life = live(template, tmp_path, Fate())
    sound(life)
    assert len(life.world.transport.delivered) == 1
    assert life.steps == [
        *("planned", "rendered", "drafting", "drafted", "approved"),
        *("queued", "sending", "committing", "sent"),
    ]
    assert 30 <= len(life.fate.names) <= POINTS


@pytest.mark.parametrize("first", range(1, POINTS + 1))
def test_one_death_at_each_point(template: Path, tmp_path: Path, first: int) -> None:
    life = live(template, tmp_path, Fate(frozenset({first})))
    sound(life)
    if life.approvals:
        assert life.row.state in (S.SENT, S.ASK)
    if life.row.state is S.ASK:
        assert life.fate.names[first - 1] in ("before the text", "after a commit")


@pytest.mark.parametrize("first", range(1, POINTS + 1))
def test_a_second_death_at_a_later_point(template: Path, tmp_path: Path, first: int) -> None:
    rng = random.Random(first)
    for turn in range(SECOND):
        folder = tmp_path / str(turn)
        folder.mkdir()
        later = [first + rng.randint(1, POINTS) for _ in range(rng.choice([1, 1, 2]))]
        sound(live(template, folder, Fate(frozenset({first, *later}))))


@pytest.mark.parametrize("first", range(1, POINTS + 1, 5))
@pytest.mark.parametrize("moment", ["before", "within", "after"])
@pytest.mark.parametrize("files", [True, False], ids=["server files a copy", "server files none"])
def test_a_cut_line_and_a_death(template: Path, tmp_path: Path, first: int, moment: str, files: bool) -> None:
    error = Unavailable("away") if moment == "before" else Ambiguous("cut")
    sound(live(template, tmp_path, Fate(frozenset({first})), None, files=files, **{moment: [error]}))


@pytest.mark.parametrize("first", range(1, POINTS + 1, 3))
@pytest.mark.parametrize("what", ["lost", "trouble"])
def test_a_lost_append_and_a_death(template: Path, tmp_path: Path, first: int, what: str) -> None:
    sound(live(template, tmp_path, Fate(frozenset({first})), None, files=False, **{what: [Ambiguous("cut")]}))


def test_death_in_the_middle_of_delivering_is_found_out(template: Path, tmp_path: Path) -> None:
    life = live(template, tmp_path, Fate(), after=[Killed("after the dot")])
    sound(life)
    assert life.row.state is S.SENT
    assert "unknown" in life.steps
