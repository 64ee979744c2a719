"""A target is open until an introduction to it came about, and again when the owner notes it anew."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from agent.app import open_app
from agent.config import load
from agent.jobs.drafts import plan
from agent.store import drafts, people, targets
from agent.store.drafts import New
from agent.types import DraftKind, DraftState
from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import ALICE

DANA = "dana@northwind.example"


def asked(desk: Desk, clock: Clock) -> None:
    """Dana was asked for an introduction, by a draft that Alice sent."""
    with desk.write() as connection:
        target = targets.listed(connection, 1)[0]
        (dana,) = people.search(connection, 1, DANA)
        new = New(dana, DraftKind.INTRO_REQUEST, "target:1", "Dana", DANA, (), {}, target_id=target.id)
        number = drafts.create(connection, 1, new, clock.now)
        for before, after in ((DraftState.PLANNED, DraftState.RENDERED), (DraftState.RENDERED, DraftState.DRAFTING)):
            assert drafts.move(connection, number or 0, before, after, clock.now)
        assert drafts.move(connection, number or 0, DraftState.DRAFTING, DraftState.SENT, clock.now)


def states(desk: Desk, clock: Clock) -> list[bool]:
    """Whether each target is open, after the next round of planning."""
    assert desk.weaktie("sync").code == 0
    with closing((app := open_app(load(desk.folder / "config.toml"))).store):
        plan(app, clock.now)
    return [target["open"] for target in desk.weaktie("targets", "list", "--all", "--json").json["targets"]]


def test_an_introduction_closes_its_target(tmp_path: Path, clock: Clock) -> None:
    desk = Desk(tmp_path / "desk")
    desk.exchange(f"Dana Reed <{DANA}>", "2026-01-06", "2026-01-20")
    desk.weaktie("sync")
    desk.weaktie("targets", "add", "acme.example")
    asked(desk, clock)
    assert states(desk, clock) == [True]
    clock.advance(days=2)
    desk.letter("2026-03-03 10:00", f"Dana Reed <{DANA}>", f"{ALICE}, Carol Jones <carol@acme.example>")
    assert states(desk, clock) == [False]
    desk.weaktie("targets", "add", "acme.example")
    assert states(desk, clock) == [True]
