"""Who is who: merging and splitting move people, never the ledger, and every decision can be taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from agent.store import people
from agent.store.schema import interaction, report
from tests.agent.desk import Desk
from tests.conftest import START, Clock
from tests.letters import ALICE

OLD, NEW = "erik.holm@fjord.example.com", "erik.holm@northwind.example.net"
ANNA, AXEL = "anna.berg@fjord.example.com", "axel.berg@fjord.example.com"


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Erik changed his job in autumn; Anna and Axel Berg are colleagues of his."""
    made = Desk(tmp_path)
    made.exchange(f"Erik Holm <{OLD}>", "2025-01-07", "2025-03-04", "2025-06-03", "2025-08-28")
    made.exchange(f"Erik Holm <{NEW}>", "2025-10-07", "2025-12-02", "2026-02-03")
    made.exchange(f"Anna Berg <{ANNA}>", "2025-05-06", "2025-11-04")
    made.exchange(f"Axel Berg <{AXEL}>", "2025-05-07", "2025-11-05")
    assert made.weaktie("sync").code == 0
    return made


def ledger(desk: Desk) -> list[Any]:
    store = desk.store()
    with store.read() as connection:
        rows = list(connection.execute(select(interaction).order_by(interaction.c.message_id)))
    store.close()
    return rows


def test_a_change_of_job_is_asked_and_said_not_done(desk: Desk) -> None:
    assert {OLD, NEW} <= desk.ties().keys()
    (asked,) = desk.weaktie("people", "review", "--json").json["suggestions"]
    assert {address for person in asked["people"] for address in person["addresses"]} == {OLD, NEW}
    assert 0.5 <= asked["score"] < 1
    assert any("change of job" in reason for reason in asked["reasons"])
    assert "a new job" in desk.weaktie("why", NEW).out


def test_accepting_makes_one_tie_of_two_and_tells_of_the_new_job(desk: Desk) -> None:
    before, written = desk.ties(), ledger(desk)
    label = desk.weaktie("people", "review", "--json").json["suggestions"][0]["id"]
    assert desk.weaktie("people", "review", "--accept", label).code == 0
    tie = desk.ties()[NEW]
    assert tie["addresses"] == [NEW, OLD]
    assert tie["organization"] == "example.net"
    assert tie["episodes"] == before[OLD]["episodes"] + before[NEW]["episodes"] == 7
    assert OLD not in desk.ties()
    assert ledger(desk) == written
    (told,) = desk.weaktie("why", NEW, "--json").json["people"]
    assert "from example.com to example.net" in told["signals"][0]
    assert "2025-10-07" in told["signals"][0]


def test_undoing_a_merge_gives_the_very_same_ties_again(desk: Desk) -> None:
    before = desk.ties()
    assert "is one person now" in desk.weaktie("people", "merge", OLD, ANNA).out
    assert desk.ties()[ANNA]["episodes"] == 6
    assert desk.weaktie("people", "review", "--undo").code == 0
    assert desk.ties() == before
    assert desk.weaktie("people", "review", "--undo").code == 1


def test_reports_that_told_of_one_told_of_the_other(desk: Desk) -> None:
    store = desk.store()
    with store.write() as connection:
        (old, _), (new, _) = (people.find(connection, 1, [address])[address][::-1] for address in (OLD, NEW))
        told = {"kind": "weekly", "period": "2026-W09", "state": "placed", "rfc_id": "r", "at": START}
        connection.execute(insert(report).values(owner_id=1, people=[old, new], **told))
    desk.weaktie("people", "merge", NEW, OLD)
    with store.read() as connection:
        assert connection.scalar(select(report.c.people)) == [new, new]
    store.close()


def test_what_was_refused_is_never_asked_again_until_that_is_undone(desk: Desk) -> None:
    label = desk.weaktie("people", "review", "--json").json["suggestions"][0]["id"]
    desk.weaktie("people", "review", "--refuse", label)
    assert desk.weaktie("people", "review", "--json").json["suggestions"] == []
    assert "Perhaps the same person" not in desk.weaktie("why", NEW).out
    desk.exchange(f"Erik Holm <{NEW}>", "2026-02-27")
    desk.weaktie("sync")
    assert "No open questions" in desk.weaktie("people", "review").out
    desk.weaktie("people", "review", "--undo")
    assert len(desk.weaktie("people", "review", "--json").json["suggestions"]) == 1


def test_a_split_takes_an_address_off_and_is_not_asked_about(desk: Desk) -> None:
    before = desk.ties()
    desk.weaktie("people", "merge", OLD, NEW)
    assert "somebody else now" in desk.weaktie("people", "split", "Erik Holm", OLD).out
    assert desk.ties() == before
    assert desk.weaktie("people", "review", "--json").json["suggestions"] == []
    desk.weaktie("people", "review", "--undo")
    assert desk.ties()[NEW]["episodes"] == 7


def test_merging_what_was_refused_is_the_owners_right_and_undoing_it_restores_the_refusal(desk: Desk) -> None:
    label = desk.weaktie("people", "review", "--json").json["suggestions"][0]["id"]
    desk.weaktie("people", "review", "--refuse", label)
    assert desk.weaktie("people", "merge", OLD, NEW).code == 0
    desk.weaktie("people", "review", "--undo")
    assert desk.weaktie("people", "review", "--json").json["suggestions"] == []


def test_nobody_to_merge_or_nothing_to_split_is_said(desk: Desk) -> None:
    assert desk.weaktie("people", "merge", OLD, "nobody@example.com").code == 1
    assert desk.weaktie("people", "merge", OLD, OLD).code == 2
    assert desk.weaktie("people", "merge", OLD, ALICE).code == 2
    assert desk.weaktie("people", "split", OLD, OLD).code == 2
    ambiguous = desk.weaktie("people", "merge", "Berg", OLD)
    assert ambiguous.code == 2
    assert ANNA in ambiguous.err
    assert AXEL in ambiguous.err
    assert desk.weaktie("people", "review", "--accept", "7-9999").code == 1


def test_colleagues_of_one_surname_are_not_asked_about_even_by_initial(desk: Desk) -> None:
    desk.exchange("A. Berg <a.berg@fjord.example.com>", "2026-01-13")
    desk.weaktie("sync")
    asked = desk.weaktie("people", "review", "--json").json["suggestions"]
    pairs = [{address for person in one["people"] for address in person["addresses"]} for one in asked]
    assert {ANNA, AXEL} not in pairs
    assert all(one["score"] < 1 for one in asked)
    assert len(desk.ties()) == 5


def test_a_family_behind_one_address_is_not_offered_as_one_of_them(desk: Desk) -> None:
    for day, name in enumerate(["Anna Berg", "Kurt Berg", "Anna Berg", "Kurt Berg"], 10):
        desk.exchange(f"{name} <the.bergs@gmail.com>", f"2026-01-{day}")
    desk.weaktie("sync")
    asked = desk.weaktie("people", "review", "--json").json["suggestions"]
    assert "the.bergs" not in str(asked)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иван Петров <ivan.petrov@fjord.example.com>", "Ivan Petrov <ivan.petrov@gmail.com>"),
        ("Jürgen Müller <jm@fjord.example.com>", "Juergen Mueller <juergen.mueller@gmx.de>"),
        ("J. Keller <j.keller@fjord.example.com>", "Jana Keller <jana.keller@fjord.example.com>"),
    ],
)
def test_other_scripts_and_initials_are_questions_never_merges(desk: Desk, one: str, other: str) -> None:
    before = len(desk.ties())
    for person in (one, other):
        desk.exchange(person, "2026-01-13", "2026-01-20")
    desk.weaktie("sync")
    assert len(desk.ties()) == before + 2
    named = [q for q in desk.weaktie("people", "review", "--json").json["suggestions"] if "Erik" not in str(q)]
    assert len(named) == 1


def test_the_same_display_name_alone_merges_nobody(desk: Desk) -> None:
    desk.exchange("Anna Berg <x1@elsewhere.example.org>", "2026-01-13", "2026-01-20")
    desk.weaktie("sync")
    assert {"x1@elsewhere.example.org", ANNA} <= desk.ties().keys()
