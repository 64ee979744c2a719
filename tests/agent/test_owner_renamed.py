"""An owner under another name in the configuration: who is meant, and who must not be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.app import open_app
from agent.config import load
from agent.store import owners
from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import ALICE, BOB, DANA, ERIK

PRIVATE = "alice@private.example.org"
OFFICE = "office@lindqvist.example.com"
ANN, IDA = "ann@fjord.example.org", "ida@harbour.example"


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Alice, who said of each of four people something else."""
    made = Desk(tmp_path / "alice")
    for who in (f"Dana Reed <{DANA}>", f"Erik Sund <{ERIK}>", f"Ann Low <{ANN}>", f"Ida Most <{IDA}>"):
        made.exchange(who, "2026-01-06", "2026-01-20")
    assert made.weaktie("sync").code == 0
    said = (("ties", "set", DANA, "--keep"), ("suppress", ERIK), ("forget", ANN, "--yes"), ("exclude", IDA, "--purge"))
    for words in said:
        assert made.weaktie(*words).code == 0
    return made


@pytest.fixture
def bob(tmp_path: Path, desk: Desk) -> Desk:
    """A team mate of hers, on the same database, who has read nothing yet."""
    made = Desk(tmp_path / "bob")
    made.letter("2026-02-03", f"Ida Most <{IDA}>", BOB)
    config = made.folder / "config.toml"
    config.write_text(config.read_text().replace(str(made.database), str(desk.database)))
    configure(made, "Bob Adeyemi", BOB)
    return made


def configure(desk: Desk, name: str, *addresses: str, formerly: str = "") -> None:
    config = desk.folder / "config.toml"
    told = f'name = "{name}"\nformerly = "{formerly}"'
    named = re.sub(r'(?m)^name = ".*"(\nformerly = ".*")?$', told, config.read_text(), count=1)
    config.write_text(re.sub(r"(?m)^addresses = .*$", f"addresses = {list(addresses)}", named))


def held(desk: Desk) -> tuple[object, ...]:
    """What the store holds of an owner, told by the commands, after everything was read once more."""
    assert desk.weaktie("sync").code == 0
    return desk.ties(), *(desk.weaktie(command, "--list").out for command in ("suppress", "exclude"))


def called(desk: Desk) -> list[str]:
    """Who stands in the database."""
    with desk.read() as connection:
        found = [owners.by_id(connection, number) for number in (1, 2, 3)]
    return [owner.name for owner in found if owner]


def test_what_was_said_forgotten_and_excluded_holds_under_another_name(desk: Desk) -> None:
    ties, *before = held(desk)
    assert isinstance(ties, dict)
    assert set(ties) == {DANA, ERIK}
    configure(desk, "Alice Marsh", ALICE.title(), formerly="Alice Lindqvist")
    assert held(desk) == (ties, *before)
    assert called(desk) == ["Alice Marsh"]
    configure(desk, "Alice Marsh", ALICE)
    assert held(desk) == (ties, *before)


def test_who_copies_all_but_the_name_is_refused(desk: Desk, bob: Desk) -> None:
    before = held(desk)
    configure(bob, "Bob Adeyemi", ALICE)
    for command in ("ties", "sync"):
        ran = bob.weaktie(command)
        assert (ran.code, ran.out) == (4, "")
        assert "set owner.formerly to the name before" in ran.err
    assert (called(desk), held(desk)) == (["Alice Lindqvist"], before)


def test_one_of_several_addresses_is_enough(desk: Desk) -> None:
    configure(desk, "Alice Lindqvist", ALICE, PRIVATE)
    ties = desk.ties()
    configure(desk, "Alice Marsh", PRIVATE, formerly="Alice Lindqvist")
    assert desk.ties() == ties
    assert called(desk) == ["Alice Marsh"]


def test_the_name_before_is_no_way_to_somebody_else(desk: Desk, bob: Desk) -> None:
    before = held(desk)
    configure(bob, "Bob Adeyemi", BOB, formerly="Alice Lindqvist")
    assert (bob.weaktie("ties").code, called(desk), held(desk)) == (4, ["Alice Lindqvist"], before)


def test_a_team_mate_with_addresses_of_their_own_begins_anew_and_takes_nobody_over(desk: Desk, bob: Desk) -> None:
    before = held(desk)
    assert bob.weaktie("sync").code == 0
    assert set(bob.ties()) == {IDA}
    assert (called(desk), held(desk)) == (["Alice Lindqvist", "Bob Adeyemi"], before)


@pytest.mark.parametrize("addresses", [(BOB, OFFICE), (OFFICE, BOB, ALICE)])
def test_a_team_mate_with_an_address_of_both_is_nobody_else(desk: Desk, bob: Desk, addresses: tuple[str, ...]) -> None:
    configure(desk, "Alice Lindqvist", ALICE, OFFICE)
    before = held(desk)
    configure(bob, "Bob Adeyemi", *addresses)
    for command in ("ties", "sync", "doctor"):
        ran = bob.weaktie(command)
        assert (ran.code, ran.out) == (4, "")
        assert "leave out of owner.addresses what is not yours alone" in ran.err
        assert not {word for word in ("Alice", ALICE, DANA) if word in ran.err}
    assert (called(desk), held(desk)) == (["Alice Lindqvist"], before)
    configure(bob, "Bob Adeyemi", BOB)
    assert bob.weaktie("sync").code == 0
    assert set(bob.ties()) == {IDA}


def test_of_two_with_an_address_in_common_each_keeps_what_is_theirs(desk: Desk, bob: Desk) -> None:
    assert bob.weaktie("sync").code == 0
    configure(bob, "Bob Adeyemi", BOB, OFFICE)
    configure(desk, "Alice Lindqvist", ALICE, OFFICE)
    ties = desk.ties(), bob.ties()
    configure(desk, "Alice Marsh", ALICE, OFFICE, formerly="Alice Lindqvist")
    assert (desk.ties(), bob.ties()) == ties
    configure(desk, "Somebody Else", OFFICE)
    assert desk.weaktie("ties").code == 4
    assert called(desk) == ["Alice Marsh", "Bob Adeyemi"]


@pytest.mark.parametrize("read", [True, False])
def test_the_name_of_another_owner_is_refused(desk: Desk, bob: Desk, read: bool) -> None:
    assert bob.weaktie("sync" if read else "ties").code == 0
    before = held(desk), bob.ties()
    configure(desk, "Bob Adeyemi", ALICE)
    for command in ("ties", "sync"):
        ran = desk.weaktie(command)
        assert (ran.code, ran.out) == (4, "")
        assert "another owner.name" in ran.err
    configure(desk, "Alice Lindqvist", ALICE)
    assert (held(desk), bob.ties()) == before
    assert called(desk) == ["Alice Lindqvist", "Bob Adeyemi"]


def test_an_address_that_was_taken_back_tells_nothing(desk: Desk) -> None:
    config = desk.folder / "config.toml"
    configure(desk, "Alice Lindqvist", ALICE, OFFICE)
    assert desk.weaktie("ties").code == 0
    config.write_text(config.read_text().replace("addresses = ", f'not_mine = ["{OFFICE}"]\naddresses = ', 1))
    configure(desk, "Alice Lindqvist", ALICE)
    assert desk.weaktie("ties").code == 0
    config.write_text(config.read_text().replace(f'not_mine = ["{OFFICE}"]\n', ""))
    configure(desk, "Bob Adeyemi", OFFICE)
    assert desk.ties() == {}
    assert called(desk) == ["Alice Lindqvist", "Bob Adeyemi"]


def test_the_daemon_goes_on_for_an_owner_who_is_renamed_meanwhile(desk: Desk) -> None:
    app = open_app(load(desk.folder / "config.toml"))
    configure(desk, "Alice Marsh", ALICE, formerly="Alice Lindqvist")
    assert desk.weaktie("ties").code == 0
    assert app.fresh_owner().name == "Alice Marsh"
    app.store.close()
