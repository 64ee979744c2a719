"""A change of firm is seen in the days of contact."""

from __future__ import annotations

from agent.people.moves import Stay, move_of

NORTHWIND, FJORD = "bob@northwind.com", "bob@mail.fjord.com"


def test_who_goes_silent_at_one_firm_and_begins_at_another_has_moved() -> None:
    move = move_of([Stay(FJORD, 20_400, 20_500), Stay(NORTHWIND, 19_000, 20_380)])
    assert move is not None
    assert (move.before, move.after, move.day) == ("northwind.com", "fjord.com", 20_400)
    assert move.words.endswith("from northwind.com to fjord.com, where the first contact was on 2025-11-08.")


def test_two_firms_side_by_side_are_no_move() -> None:
    assert move_of([Stay(NORTHWIND, 19_000, 20_500), Stay(FJORD, 20_000, 20_510)]) is None
    assert move_of([Stay(NORTHWIND, 19_000, 20_500), Stay(FJORD, 20_000, 20_100)]) is None


def test_private_addresses_and_other_hosts_of_one_firm_tell_nothing() -> None:
    assert move_of([Stay(NORTHWIND, 19_000, 20_380), Stay("bob@gmail.com", 20_400, 20_500)]) is None
    assert move_of([Stay(NORTHWIND, 19_000, 20_380), Stay("bob@mail.northwind.com", 20_400, 20_500)]) is None
    assert move_of([]) is None


def test_of_several_moves_the_latest_is_told() -> None:
    stays = [Stay(NORTHWIND, 100, 200), Stay(FJORD, 210, 300), Stay("bob@acme.com", 310, 400)]
    move = move_of(stays)
    assert move is not None
    assert (move.before, move.after) == ("fjord.com", "acme.com")
