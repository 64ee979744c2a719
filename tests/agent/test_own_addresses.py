"""The owner's further addresses, told by the servers that delivered their mail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import ALICE, BOB, DANA

SALES = "a.lindqvist@lindqvist.example.com"


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    made = Desk(tmp_path)
    made.exchange(f"Dana Reed <{DANA}>", "2026-01-06", "2026-01-20")
    return made


def delivered(desk: Desk, to: str, *days: str, **head: str) -> None:
    for day in days:
        desk.letter(day, f"Dana Reed <{DANA}>", to, Delivered_To=to, **head)


def own(desk: Desk) -> str:
    assert desk.weaktie("sync").code == 0
    found = desk.weaktie("doctor", "--json").json["findings"]
    return str(next(finding for finding in found if finding["what"] == "your addresses")["detail"])


def test_an_address_at_the_owners_firm_that_mail_is_delivered_to_is_theirs(desk: Desk) -> None:
    delivered(desk, SALES, "2026-02-03")
    assert SALES not in own(desk)
    received = desk.ties()[DANA]["received"]
    delivered(desk, SALES, "2026-02-04")
    assert f"{SALES} (delivered)" in own(desk)
    assert desk.ties()[DANA]["received"] == received + 2
    assert SALES not in desk.ties()


def test_an_address_named_later_counts_in_what_was_read_before(desk: Desk) -> None:
    private = "alice.lindqvist@gmail.com"
    for day in ("2026-02-03", "2026-02-04"):
        desk.letter(day, f"Dana Reed <{DANA}>", private)
    own(desk)
    received = desk.ties()[DANA]["received"]
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace(f'addresses = ["{ALICE}"', f'addresses = ["{ALICE}", "{private}"'))
    assert desk.ties()[DANA]["received"] == received + 2


def test_the_owner_can_say_that_it_is_not_theirs(desk: Desk) -> None:
    delivered(desk, SALES, "2026-02-03", "2026-02-04")
    assert SALES in own(desk)
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace("addresses = ", f'not_mine = ["{SALES}"]\naddresses = '))
    assert SALES not in own(desk)
    delivered(desk, SALES, "2026-02-05", "2026-02-06")
    assert SALES not in own(desk)


def reconfigured(desk: Desk, addresses: str) -> None:
    config = desk.folder / "config.toml"
    config.write_text(re.sub(r"(?m)^addresses = .*$", addresses, config.read_text()))


def test_a_team_mate_with_alices_name_in_the_configuration_sees_and_changes_nothing_of_hers(desk: Desk) -> None:
    before = own(desk)
    ties = desk.ties()
    for addresses in (f'addresses = ["{BOB}"]', f'addresses = ["{BOB}"]\nnot_mine = ["{SALES}"]'):
        reconfigured(desk, addresses)
        for command in ("ties", "sync", "doctor", "run"):
            ran = desk.weaktie(command, *(["--once"] if command == "run" else []))
            assert (ran.code, ran.out) == (4, "")
            assert "another owner.name" in ran.err
            assert DANA not in ran.err
            assert ALICE not in ran.err
    reconfigured(desk, f'addresses = ["{ALICE}"]')
    assert (own(desk), desk.ties()) == (before, ties)


def test_an_owner_who_keeps_one_address_or_corrects_one_goes_on(desk: Desk) -> None:
    own(desk)
    ties = desk.ties()
    reconfigured(desk, f'addresses = ["alice@new.example.com", "{ALICE.title()}"]')
    assert desk.ties() == ties
    reconfigured(desk, f'addresses = ["a@new.example.com"]\nnot_mine = ["{ALICE}"]')
    assert desk.weaktie("ties").code == 0


def test_an_address_mistyped_before_anything_was_read_is_corrected_without_a_word(desk: Desk) -> None:
    reconfigured(desk, 'addresses = ["alcie@lindqvist.example.com"]')
    assert desk.weaktie("ties").code == 0
    reconfigured(desk, f'addresses = ["{ALICE}"]')
    own(desk)
    assert DANA in desk.ties()


@pytest.mark.parametrize(
    ("to", "head"),
    [
        ("dana.cc@northwind.example.net", {}),
        ("alice.lindqvist@gmail.com", {}),
        ("info@lindqvist.example.com", {}),
        (SALES, {"List_Id": "<l.example.org>", "List_Post": "<mailto:l@example.org>"}),
    ],
)
def test_other_firms_free_mail_desks_and_lists_tell_nothing(desk: Desk, to: str, head: dict[str, str]) -> None:
    delivered(desk, to, "2026-02-03", "2026-02-04", "2026-02-05", **head)
    assert own(desk) == f"{ALICE} (config)"


def test_a_colleague_whose_mail_is_passed_on_stays_a_colleague(desk: Desk) -> None:
    desk.exchange(f"Bob Adeyemi <{BOB}>", "2026-01-07")
    delivered(desk, BOB, "2026-02-03", "2026-02-04")
    assert BOB not in own(desk)
    assert desk.ties()[BOB]["colleague"]


def test_only_the_topmost_delivery_counts(desk: Desk) -> None:
    for day in ("2026-02-03", "2026-02-04"):
        desk.letter(day, f"Dana Reed <{DANA}>", SALES, Delivered_To=ALICE, X_Original_To=SALES)
    assert own(desk) == f"{ALICE} (config)"


def test_plus_addresses_are_the_owners_without_being_learnt(desk: Desk) -> None:
    tagged = ALICE.replace("@", "+fair@")
    received = 2
    delivered(desk, tagged, "2026-02-03", "2026-02-04")
    assert own(desk) == f"{ALICE} (config)"
    assert desk.ties()[DANA]["received"] == received + 2
    assert tagged not in desk.ties()


def test_addresses_seen_before_are_looked_at_again_once_the_owners_name_is_known(tmp_path: Path, clock: Clock) -> None:
    desk, spelt = Desk(tmp_path), ALICE.replace("@", ".lindqvist@")
    for day in ("2026-02-03", "2026-02-04"):
        desk.letter(day, f"Dana Reed <{DANA}>", spelt)
    assert own(desk) == f"{ALICE} (config)"
    desk.letter("2026-02-05", f"Alice Lindqvist <{ALICE}>", "erik@fjord.example.org")
    assert f"{spelt} (received)" in own(desk)
    assert desk.ties()[DANA]["received"] == 2


def test_mail_to_the_owners_surname_alone_that_reached_them_makes_it_theirs(desk: Desk) -> None:
    surname = ALICE.replace("alice", "lindqvist")
    for number, who in enumerate(("ann@low.example", "bea@most.example")):
        desk.letter(f"2026-02-0{number + 3}", who, surname)
    assert surname not in own(desk)
    desk.letter("2026-02-06", "cleo@nash.example", surname)
    assert f"{surname} (received)" in own(desk)
    assert desk.ties()["ann@low.example"]["received"] == 1


def test_a_namesake_at_the_firm_stays_a_colleague(desk: Desk) -> None:
    brother = ALICE.replace("alice", "alindqvist")
    for number in range(4):
        desk.letter(f"2026-02-0{number + 3}", f"w{number}@most.example", brother)
    desk.letter("2026-02-09", f"Axel Lindqvist <{brother}>", ALICE)
    assert brother not in own(desk)
    assert desk.ties()[brother]["colleague"]
