"""The backtest on a ledger, as a command and as a page; the calibration that a week's work keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import at

NOW = at("2026-03-02 09:00")
DANA, ERIK = "Dana Roth <dana@northwind.example>", "Erik Dahl <erik@fjord.example>"


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Dana was in touch every month until last summer, Erik to this day."""
    clock.move_to(NOW)
    desk = Desk(tmp_path / "desk")
    months = [f"{year}-{month:02d}-15" for year in (2024, 2025) for month in range(1, 13)]
    desk.exchange(DANA, *months[:18])
    desk.exchange(ERIK, *months, "2026-01-15", "2026-02-15")
    assert desk.weaktie("sync").code == 0
    return desk


def test_the_command_tells_whom_it_would_have_named_and_what_became_of_them(desk: Desk, tmp_path: Path) -> None:
    page = tmp_path / "past.html"
    told = desk.weaktie("backtest", "--weeks", "52", "--html", str(page), "--json").json
    (naming,) = told["namings"]
    assert (naming["person"], naming["back_after_days"], naming["resolved"]) == ("Dana Roth", None, True)
    assert (told["named"], told["never_back"]) == (1, 1)
    assert "Dana Roth" in page.read_text()
    listed = desk.weaktie("backtest", "--weeks", "52", "--names").out
    assert "not back" in listed
    assert "would have named 1 ties" in listed


def test_an_earlier_day_knows_nothing_of_the_days_after(desk: Desk) -> None:
    told = desk.weaktie("backtest", "--weeks", "8", "--as-of", "2025-06-30", "--json").json
    assert (told["last"], told["named"]) == ("2025-06-30", 0)


def test_whom_the_owner_keeps_private_is_not_named(desk: Desk) -> None:
    assert desk.weaktie("ties", "set", "dana", "--private").code == 0
    assert desk.weaktie("backtest", "--weeks", "52", "--json").json["namings"] == []


def test_a_week_of_work_learns_how_true_the_chances_are_for_this_owner(tmp_path: Path, clock: Clock) -> None:
    """Twelve people who always come back within the month: more often than other organisations' mail would have it."""
    clock.move_to(NOW)
    desk = Desk(tmp_path / "faithful", "[report]\nenabled = false\n[drafts]\nenabled = false\n")
    months = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
    for number in range(12):
        person = f"Person{chr(65 + number)} Example <person{number}@firm{number}.example>"
        desk.exchange(person, *(f"{month}-{number + 10}" for month in [*months, "2026-01", "2026-02"]))
    assert desk.weaktie("run", "--once").code == 0
    calibrated = desk.weaktie("ties", "--json").json["ties"]
    plain = desk.weaktie("ties", "--as-of", NOW.isoformat(), "--json").json["ties"]
    assert len(calibrated) == len(plain) == 12
    assert all(now["p_active"] > before["p_active"] for now, before in zip(calibrated, plain, strict=True))
