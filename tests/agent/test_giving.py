"""Gives and asks as the mail shows them; what Alice owes; whom she could bring together."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.outreach.occasions import ways_to
from agent.store import deeds, people
from agent.store.deeds import Letter
from agent.ties.giving import Deed, Entry, entries, introductions, ledger, order, owed
from agent.ties.listing import ties_at
from tests.agent.desk import Desk
from tests.letters import ALICE, at

DANA, ERIN, FINN = 1, 2, 3
FIRMS = {DANA: "northwind.example.net", ERIN: "harbour.example.org", FINN: "harbour.example.org"}
NOW = at("2026-03-02 09:00")
_ids = iter(range(1, 10_000))


def wrote(day: str, *to: int, thread: str = "", subject: str = "Hello") -> Letter:
    """Alice wrote."""
    return Letter(next(_ids), at(f"{day} 10:00"), thread, subject, True, None, frozenset(to), frozenset(to))


def got(day: str, sender: int, *others: int, thread: str = "", subject: str = "Hello", cc: bool = False) -> Letter:
    """Somebody wrote to Alice, and to others beside her."""
    direct = frozenset[int]() if cc else frozenset(others)
    return Letter(next(_ids), at(f"{day} 10:00"), thread, subject, False, sender, frozenset(others), direct, True)


def lines(entries: list[Entry]) -> list[tuple[int, Deed, int | None]]:
    return [(entry.person_id, entry.deed, entry.other_id) for entry in entries]


def test_writing_to_two_ties_who_had_not_met_brings_them_together() -> None:
    mail = [got("2026-01-01", DANA), got("2026-01-02", ERIN), wrote("2026-01-03", DANA, ERIN)]
    assert lines(ledger(mail, [], FIRMS)) == [
        (DANA, Deed.BROUGHT_TOGETHER, ERIN),
        (ERIN, Deed.BROUGHT_TOGETHER, DANA),
    ]
    assert lines(ledger([*mail, wrote("2026-01-09", DANA, ERIN)], [], FIRMS)) == lines(ledger(mail, [], FIRMS))


def test_people_of_one_firm_know_each_other() -> None:
    assert ledger([got("2026-01-01", ERIN), got("2026-01-02", FINN), wrote("2026-01-03", ERIN, FINN)], [], FIRMS) == []


def test_a_tie_who_brings_a_stranger_introduced_us() -> None:
    mail = [got("2026-01-01", DANA), got("2026-01-05", DANA, ERIN, cc=True)]
    assert lines(ledger(mail, [], FIRMS)) == [(DANA, Deed.INTRODUCED_US, ERIN)]


def test_a_stranger_with_a_crowd_introduces_nobody() -> None:
    assert ledger([got("2026-01-05", DANA, ERIN, cc=True)], [], FIRMS) == []


def test_who_was_given_to_is_asked_before_who_was_asked_lately() -> None:
    entries = [
        Entry(DANA, Deed.BROUGHT_TOGETHER, NOW - timedelta(days=30)),
        Entry(ERIN, Deed.ASKED, NOW - timedelta(days=30)),
        Entry(FINN, Deed.ASKED, NOW - timedelta(days=900)),
    ]
    found = order(entries, NOW)
    assert sorted((DANA, ERIN, FINN), key=lambda who: -found[who]) == [DANA, FINN, ERIN]


def test_an_answer_is_owed_until_alice_writes_to_them_or_in_the_thread() -> None:
    asked = got("2026-02-20", DANA, subject="The budget", thread="t1")
    assert [(each.person_id, each.subject) for each in owed([asked], NOW)] == [(DANA, "The budget")]
    assert owed([asked, wrote("2026-02-21", DANA)], NOW) == []
    assert owed([asked, wrote("2026-02-21", ERIN, thread="t1")], NOW) == []


@pytest.mark.parametrize(
    "letter",
    [
        got("2026-03-01", DANA),
        got("2025-12-01", DANA),
        got("2026-02-20", DANA, ERIN),
        got("2026-02-20", DANA, subject="FW: minutes"),
        got("2026-02-20", DANA, subject="Re: AW: Thank you!"),
        got("2026-02-20", DANA, subject="FYI: the figures"),
        got("2026-02-20", DANA, subject="[PATCH v2 1/3] net: count once"),
        got("2026-02-20", DANA, subject="Accepted: Lunch"),
        got("2026-02-20", DANA, subject="Out of office Re: Lunch"),
    ],
    ids=["yesterday", "last year", "to others as well", "passed on", "thanks", "fyi", "patch", "invitation", "away"],
)
def test_what_waits_for_no_answer(letter: Letter) -> None:
    assert owed([letter], NOW) == []


def test_a_notice_that_comes_again_waits_for_nothing_and_a_reminder_does() -> None:
    first = got("2026-01-20", DANA, subject="SSARR update available now")
    assert owed([first, got("2026-02-20", DANA, subject="SSARR update available now")], NOW) == []
    answered = wrote("2026-01-22", DANA)
    assert owed([first, answered, got("2026-02-20", DANA, subject="SSARR update available now")], NOW)
    asked = got("2026-02-10", DANA, subject="The budget", thread="t1")
    (held,) = owed([asked, got("2026-02-20", DANA, subject="Re: The budget", thread="t1")], NOW)
    assert held.at == at("2026-02-20 10:00")


def crowd(*special: Letter) -> list[Letter]:
    return [*(got("2026-01-01", who, subject="Lunch") for who in range(10, 40)), *special]


def test_two_who_talk_of_the_same_rare_thing_could_be_introduced() -> None:
    mail = crowd(got("2026-01-02", DANA, subject="Lidar in fog"), wrote("2026-01-03", ERIN, subject="Re: cheap LIDAR"))
    (pair,) = introductions(mail, frozenset({DANA, ERIN, *range(10, 40)}), FIRMS)
    assert (pair.one, pair.other, pair.word) == (DANA, ERIN, "lidar")
    assert introductions(mail, frozenset({DANA, ERIN, *range(10, 40)}), FIRMS, {"lidar"}) == []


def test_those_who_met_need_no_introduction() -> None:
    mail = crowd(
        got("2026-01-02", DANA, subject="Lidar in fog"),
        got("2026-01-03", ERIN, subject="Lidar"),
        got("2025-01-03", FINN, DANA, ERIN, subject="Dinner", cc=True),
    )
    assert introductions(mail, frozenset({DANA, ERIN, *range(10, 40)}), FIRMS) == []


def test_letters_come_from_the_store_as_they_were_written(tmp_path: Path, clock: object) -> None:
    desk = Desk(tmp_path / "desk")
    desk.letter("2026-02-20 10:00", "Dana Reed <dana@northwind.example.net>", ALICE, subject="The budget")
    desk.letter("2026-02-21 10:00", f"Alice <{ALICE}>", "dana@northwind.example.net, erin@harbour.example.org")
    desk.letter("2026-02-22 10:00", "no-reply@shop.example.com", ALICE, subject="Your order")
    desk.weaktie("sync")

    with desk.read() as connection:
        first, second = deeds.letters(connection, 1, NOW)
        names = {who: row.addresses[0] for who, row in people.profiles(connection, 1, second.readers).items()}

    assert (first.subject, first.sent, first.to_owner, names[first.sender or 0]) == (
        "The budget",
        False,
        True,
        "dana@northwind.example.net",
    )
    assert second.sent
    assert set(names.values()) == {"dana@northwind.example.net", "erin@harbour.example.org"}
    assert isinstance(first.at, datetime)


@pytest.fixture
def introducers(tmp_path: Path, clock: object) -> Desk:
    """Dana and Erin, alike in everything, each seen once with somebody at the target."""
    desk = Desk(tmp_path / "desk")
    for who in ("Dana Reed <dana@northwind.example>", "Erin Vale <erin@harbour.example>"):
        desk.exchange(who, "2026-01-05", "2026-01-20", "2026-02-10", subject="The plan")
        desk.letter("2026-02-12 10:00", who, f"{ALICE}, Zoe Target <zoe@target.example>", subject="Meet Zoe")
    desk.weaktie("sync")
    return desk


def test_asked_of_some_the_ledger_says_what_it_says_of_them_among_all(introducers: Desk) -> None:
    introducers.letter("2026-02-20 10:00", f"Alice <{ALICE}>", "dana@northwind.example, erin@harbour.example")
    introducers.weaktie("sync")
    with introducers.read() as connection:
        everything = entries(connection, 1, NOW)
        everybody = {entry.person_id for entry in everything} | {entry.other_id or 0 for entry in everything}
        for who in everybody:
            told = entries(connection, 1, NOW, {who})
            assert told == [entry for entry in everything if entry.person_id == who]
        assert entries(connection, 1, NOW, everybody | set(range(1000, 1100))) == everything
    assert {entry.deed for entry in everything} == {Deed.BROUGHT_TOGETHER, Deed.INTRODUCED_US}


@pytest.mark.parametrize("given_to", ["Dana Reed", "Erin Vale"])
def test_of_two_alike_the_one_given_to_is_asked_first(introducers: Desk, given_to: str) -> None:
    with introducers.read() as connection:
        ties = ties_at(connection, 1, NOW)
        goodwill = {tie.person_id: 1.0 if tie.name == given_to else -1.0 for tie in ties}
        found = ways_to(connection, 1, "target.example", ties, NOW, goodwill)
        equal = ways_to(connection, 1, "target.example", ties, NOW, {})
    assert found[0].introducer.name == given_to
    assert len({path.score for path in equal}) == 1
    assert {path.introducer.name for path in found} == {"Dana Reed", "Erin Vale"}


def test_a_give_that_the_mail_shows_changes_the_order_and_is_told(introducers: Desk) -> None:
    desk = introducers
    last = paths_to(desk)[-1]["introducer_address"]
    desk.exchange("Finn Gray <finn@gray.example>", "2026-01-07")
    desk.letter("2026-02-25 10:00", f"Alice <{ALICE}>", f"{last}, finn@gray.example", subject="You two")
    desk.weaktie("sync")

    assert paths_to(desk)[0]["introducer_address"] == last
    said = desk.weaktie("why", last, "--json").json["people"][0]["signals"]
    assert "You brought them together with Finn Gray on 2026-02-25." in said


def paths_to(desk: Desk) -> list[dict[str, str]]:
    return list(desk.weaktie("paths", "target.example", "--json").json["paths"])
