"""`--as-of`: a day is one of the owner's own, to its end; an instant is what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import ALICE

WHERE = [
    ("Europe/Berlin", "2025-11-30T22:59:59Z", "2025-07-06T21:59:59Z"),
    ("America/Los_Angeles", "2025-12-01T07:59:59Z", "2025-07-07T06:59:59Z"),
    ("UTC", "2025-11-30T23:59:59Z", "2025-07-06T23:59:59Z"),
]


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    made = Desk(tmp_path)
    made.exchange("Bob Stone <bob@northwind.example>", "2025-02-03", "2025-04-07", "2025-06-02")
    return made


def lives_in(desk: Desk, zone: str) -> None:
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace("[owner]\n", f'[owner]\ntimezone = "{zone}"\n'))


@pytest.mark.parametrize(("zone", "winter", "summer"), WHERE)
def test_a_day_is_the_owners_to_its_end(desk: Desk, zone: str, winter: str, summer: str) -> None:
    lives_in(desk, zone)
    assert desk.weaktie("ties", "--as-of", "2025-11-30", "--json").json["as_of"] == winter
    assert desk.weaktie("ties", "--as-of", "2025-07-06", "--json").json["as_of"] == summer
    head = desk.weaktie("report", "--as-of", "2025-11-30").out
    assert "30 November" in head
    assert "1 December" not in head


@pytest.mark.parametrize("zone", [zone for zone, _, _ in WHERE])
def test_an_instant_is_the_same_everywhere(desk: Desk, zone: str) -> None:
    lives_in(desk, zone)
    for said in ("2025-11-30T12:00:00Z", "2025-11-30T12:00", "2025-11-30T14:00:00+02:00"):
        assert desk.weaktie("ties", "--as-of", said, "--json").json["as_of"] == "2025-11-30T12:00:00Z"


@pytest.mark.parametrize(("zone", "known"), [("Europe/Berlin", False), ("America/Los_Angeles", True)])
def test_what_comes_at_night_is_of_the_day_it_is_where_the_owner_lives(desk: Desk, zone: str, *, known: bool) -> None:
    lives_in(desk, zone)
    desk.letter("2025-12-01 03:00", "Dana Reed <dana@fjord.example>", ALICE)
    desk.weaktie("sync")
    told = desk.weaktie("ties", "--state", "all", "--as-of", "2025-11-30", "--json").json["ties"]
    assert ("dana@fjord.example" in str(told)) is known


def test_where_no_owner_is_configured_none_is_asked_for(desk: Desk) -> None:
    (desk.folder / "config.toml").unlink()
    told = desk.weaktie("try", str(desk.mail), "--me", ALICE, "--as-of", "2025-11-30", "--json")
    assert told.json["as_of"] == "2025-11-30T23:59:59Z"
