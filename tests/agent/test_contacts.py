"""Business cards say who somebody is: identities, questions and signals, and never contact."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from agent.people.identities import phone_key, profile_key
from agent.store import cards, merges, people
from tests.agent.desk import Desk
from tests.letters import at

BOB = ("Bob Okafor", "bob@okafor.example.com")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "cards"
    folder.mkdir()
    return Desk(tmp_path / "desk", f'[[sources]]\nname = "cards"\nkind = "contacts"\npath = "{folder}"\n')


def drop(desk: Desk, name: str, *fields: str, when: str = "2026-02-27 21:00") -> None:
    """A card dropped into the folder in the evening."""
    file = desk.folder.parent / "cards" / name
    file.write_text("\n".join(("BEGIN:VCARD", "VERSION:3.0", *fields, "END:VCARD", "")), "utf-8")
    os.utime(file, (at(when).timestamp(),) * 2)


def card_of(name: str, *addresses: str, **more: str) -> list[str]:
    return [f"FN:{name}", *(f"EMAIL:{address}" for address in addresses), *(f"{k}:{v}" for k, v in more.items())]


def identities(desk: Desk, address: str) -> list[str]:
    with desk.read() as connection:
        (who,) = people.search(connection, 1, address)
        return sorted(merges.identities_of(connection, who).values())


def why(desk: Desk, who: str) -> dict[str, Any]:
    (found,) = desk.weaktie("why", who, "--json").json["people"]
    return dict(found)


def test_a_card_gives_a_known_person_what_else_they_are_known_by(desk: Desk, clock: Any) -> None:
    desk.exchange("Bob <bob@okafor.example.com>", "2026-02-03", "2026-02-17")
    drop(
        desk,
        "bob.vcf",
        *card_of(*BOB, TEL="+44 20 7946 0958", URL="https://linkedin.com/in/bob-okafor", TITLE="Partner"),
    )

    assert desk.weaktie("sync").code == 0

    assert identities(desk, BOB[1]) == ["+442079460958", "bob@okafor.example.com", "linkedin.com/in/bob-okafor"]
    bob = why(desk, BOB[1])
    assert (bob["person"], bob["addresses"]) == ("Bob Okafor", ["bob@okafor.example.com"])
    assert "A card noted on 2026-02-27: Bob Okafor, Partner." in bob["signals"]
    assert bob["known_by"] == ["+442079460958", "linkedin.com/in/bob-okafor"]
    assert "<bob@okafor.example.com, +442079460958, linkedin.com/in/bob-okafor>" in desk.weaktie("why", BOB[1]).out


def test_what_a_card_says_is_merged_split_exported_and_forgotten_with_the_person(desk: Desk, clock: Any) -> None:
    desk.exchange("Bob Okafor <bob@okafor.example.com>", "2026-02-03", "2026-02-17")
    desk.exchange("B. O. <bob@elsewhere.example.com>", "2026-02-04")
    drop(desk, "bob.vcf", *card_of(*BOB, TEL="+44 20 7946 0958", URL="https://linkedin.com/in/bob-okafor"))
    desk.weaktie("sync")
    known_by = ["+442079460958", "linkedin.com/in/bob-okafor"]

    assert desk.weaktie("people", "merge", "bob@elsewhere.example.com", BOB[1]).code == 0
    assert (why(desk, BOB[1])["known_by"], len(why(desk, BOB[1])["addresses"])) == (known_by, 2)
    assert desk.weaktie("people", "split", BOB[1], "bob@elsewhere.example.com").code == 0
    assert why(desk, BOB[1])["known_by"] == known_by
    assert why(desk, "bob@elsewhere.example.com")["known_by"] == []
    exported = desk.weaktie("export", BOB[1]).out
    assert all(value in exported for value in known_by)

    assert desk.weaktie("forget", BOB[1], "--yes").code == 0
    assert set(desk.bytes_of("bob@okafor", "442079460958", "in/bob-okafor").values()) == {0}


def test_a_card_alone_makes_a_person_and_no_tie(desk: Desk, clock: Any) -> None:
    drop(desk, "bob.vcf", *card_of(*BOB))
    desk.weaktie("sync")

    assert desk.ties() == {}
    assert why(desk, BOB[1])["tie"] is None


def test_reading_a_card_again_changes_nothing(desk: Desk, clock: Any) -> None:
    drop(desk, "bob.vcf", *card_of(*BOB))
    desk.weaktie("sync")
    drop(desk, "bob.vcf", *card_of(*BOB, TITLE="Partner"))
    desk.weaktie("sync")

    with desk.read() as connection:
        (row,) = cards.listed(connection, 1)
    assert row.title == "Partner"


def test_two_addresses_on_one_card_are_asked_about_and_not_merged(desk: Desk, clock: Any) -> None:
    desk.exchange("Bob Okafor <bob@okafor.example.com>", "2026-02-03")
    desk.exchange("Bobby <bo77@mail.example.org>", "2026-02-04")
    drop(desk, "bob.vcf", *card_of("Bob Okafor", "bob@okafor.example.com", "bo77@mail.example.org"))
    desk.weaktie("sync")

    asked = desk.weaktie("people", "review", "--json").json["suggestions"]
    assert len(asked) == 1
    assert "both addresses stand on one card" in asked[0]["reasons"]


def test_the_firms_number_makes_nobody_the_same_person(desk: Desk, clock: Any) -> None:
    drop(desk, "bob.vcf", *card_of(*BOB, TEL="+44 20 7946 0958"))
    drop(desk, "cho.vcf", *card_of("Cho Lin", "cho@okafor.example.com", TEL="+44 20 7946 0958"))
    desk.weaktie("sync")

    assert identities(desk, "cho@okafor.example.com") == ["cho@okafor.example.com"]
    assert why(desk, BOB[1])["signals"] == ["A card noted on 2026-02-27: Bob Okafor."]


def test_a_number_and_the_same_name_are_the_same_person(desk: Desk, clock: Any) -> None:
    drop(desk, "a.vcf", *card_of(*BOB, TEL="+44 20 7946 0958"))
    drop(desk, "b.vcf", *card_of("Bob Okafor", TEL="0044 20 7946 0958"))
    desk.weaktie("sync")

    with desk.read() as connection:
        assert len({row.person_id for row in cards.listed(connection, 1)}) == 1


def test_who_can_be_known_by_nothing_is_told(desk: Desk, clock: Any) -> None:
    drop(desk, "bob.vcf", *card_of("Bob Okafor", TEL="7946 0958"))
    desk.weaktie("sync")

    audit = desk.weaktie("audit", "cards", "--json").json["sources"][0]
    assert (audit["quarantined"], audit["missing"]) == (1, [])


def test_the_audit_accounts_for_every_card(desk: Desk, clock: Any) -> None:
    desk.weaktie("exclude", "secret.example.com")
    drop(desk, "bob.vcf", *card_of(*BOB))
    drop(desk, "spy.vcf", *card_of("Sly Spy", "sly@secret.example.com"))
    desk.weaktie("sync")

    ran = desk.weaktie("audit", "cards", "--json")
    (audit,) = ran.json["sources"]
    assert (ran.code, audit["listed"], audit["excluded"], audit["missing"]) == (0, 2, 1, [])


def test_who_was_forgotten_does_not_come_back_by_a_card(desk: Desk, clock: Any) -> None:
    drop(desk, "bob.vcf", *card_of(*BOB, URL="https://linkedin.com/in/bob-okafor"))
    desk.weaktie("sync")
    assert desk.weaktie("forget", BOB[1], "--yes").code == 0
    drop(desk, "again.vcf", *card_of("B.", "new@okafor.example.com", URL="https://linkedin.com/in/bob-okafor"))
    desk.weaktie("sync")

    assert set(desk.bytes_of("okafor").values()) == {0}


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("https://www.linkedin.com/in/Bob-Okafor/?trk=x", "linkedin.com/in/bob-okafor"),
        ("linkedin.com/in/zo%C3%AB-brandt", "linkedin.com/in/zoë-brandt"),
        ("https://uk.linkedin.com/comm/in/bob", "linkedin.com/in/bob"),
        ("http://twitter.com/bob_o", "x.com/bob_o"),
        ("@Bob_O", "x.com/bob_o"),
        ("https://github.com/bob/", "github.com/bob"),
        ("https://www.linkedin.com/company/acme", None),
        ("https://okafor.example.com/bob", None),
        ("https://github.com/acme/product", None),
        ("https://twitter.com/share?url=x", None),
        ("not a page", None),
    ],
)
def test_profiles_have_one_spelling_and_web_sites_are_nobodys(written: str, key: str | None) -> None:
    assert profile_key(written) == key


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("0044 20 7946 0958", "+442079460958"),
        ("7946 0958", None),
        ("+1", None),
    ],
)
def test_numbers_are_spelt_as_e164(written: str, key: str | None) -> None:
    assert phone_key(written) == key
