"""The best name, from all the names somebody was seen under."""

from __future__ import annotations

from agent.people.display import first_name
from agent.people.names import SIGNED, best_name

BOB = "bob.baker@northwind.example"
YEAR = 365


def test_a_full_name_beats_a_single_word_however_often_it_was_seen() -> None:
    assert best_name([("bob", 90, 20), ("Bob Baker", 1, 10)], "bob@northwind.example") == "Bob Baker"


def test_the_usual_name_beats_a_slip() -> None:
    assert best_name([("Bob Baker", 20, 10), ("Rob Baker", 1, 12)], BOB) == "Bob Baker"


def test_a_new_surname_wins_in_time() -> None:
    old, new = ("Anna Bell", 40, 0), ("Anna Carter", 4, 8 * YEAR)
    assert best_name([old, new], "anna@northwind.example") == "Anna Carter"
    assert best_name([old, ("Anna Carter", 4, 10)], "anna@northwind.example") == "Anna Bell"


def test_what_they_sign_with_stands_whatever_others_call_them() -> None:
    called = ("Stupid Danny", 300, 40)
    assert best_name([("Dana Kowalski", 2 * SIGNED, 10), called], "dana@northwind.example") == "Dana Kowalski"
    assert best_name([("Dana", 2 * SIGNED, 10), called], "dana@northwind.example") == "Dana"


def test_others_may_complete_what_they_sign_with() -> None:
    signed = ("Dana", 2 * SIGNED, 10)
    assert best_name([signed, ("Dana Kowalski", 1, 9)], "dk@northwind.example") == "Dana Kowalski"
    assert best_name([("Dana K", SIGNED, 10), ("Dana Kowalski", 1, 9)], "dk@northwind.example") == "Dana Kowalski"


def test_who_signs_with_a_user_name_is_known_by_what_others_call_them() -> None:
    assert best_name([("dkowalski", SIGNED, 10), ("Dana Kowalski", 1, 9)], "dkowalski@x.example") == "Dana Kowalski"


DESK = "office.manager@northwind.example"


def test_an_address_that_went_to_somebody_else_bears_their_name() -> None:
    before, now = ("Lena Alt", 16 * SIGNED, 0), ("Nils Neumann", 12 * SIGNED, 300)
    assert best_name([before, now], DESK) == "Nils Neumann"
    assert best_name([before, ("Nils Neumann", SIGNED, 300)], DESK) == "Lena Alt"
    assert best_name([before, ("Lena Neumann", 12 * SIGNED, 300)], DESK) == "Lena Alt"
    assert best_name([before, ("Лена Альт", 12 * SIGNED, 300)], DESK) == "Lena Alt"


def test_who_share_an_address_are_both_named_and_neither_greeted() -> None:
    shared = best_name([("Lena Alt", 16 * SIGNED, 280), ("Nils Neumann", 2 * SIGNED, 300)], DESK)
    assert shared == "Lena Alt / Nils Neumann"
    assert first_name(shared, DESK) == ""
    assert best_name([("Lena Alt", 16 * SIGNED, 310), ("Nils Neumann", 2 * SIGNED, 300)], DESK) == "Lena Alt"


def test_spellings_of_one_name_are_counted_together() -> None:
    seen = [("BOB BAKER", 3, 1), ("Baker, Bob", 3, 2), ("Robert Baker", 5, 2)]
    assert best_name(seen, BOB) == "Bob Baker"


def test_what_is_no_name_is_never_shown() -> None:
    assert best_name([("carol@fjord.example", 9, 9)], "carol@fjord.example") == ""
    assert best_name([("legal", 9, 9)], ".hall@northwind.example") == ""


def test_a_plain_address_gives_a_name_and_others_do_not() -> None:
    assert best_name([], BOB) == "Bob Baker"
    assert best_name([], "a.baker@northwind.example") == ""
    assert best_name([], "dl-trading.desk@northwind.example") == ""
    assert best_name([], "no.reply@northwind.example") == ""
    assert best_name([], "bbaker@northwind.example") == ""
    assert best_name([], "bob.iii@northwind.example") == ""


def test_a_single_word_yields_to_a_plain_address() -> None:
    assert best_name([("bob", 9, 9)], BOB) == "Bob Baker"
    assert best_name([("bob", 9, 9)], "bbaker@northwind.example") == "bob"
    assert best_name([("Alex G.", 9, 9)], "mr.nuke.me@northwind.example") == "Alex G."
    assert best_name([("Mike", 9, 9)], BOB) == "Mike"
    assert best_name([("bbaker", 9, 9)], BOB) == "Bob Baker"
    assert best_name([("", 9, 9), ("***", 3, 3)], "bbaker@northwind.example") == ""


def test_the_order_of_the_evidence_does_not_matter() -> None:
    seen = [("Bob Baker", 2, 5), ("Robert Baker", 2, 5), ("bob", 1, 1)]
    assert best_name(seen, BOB) == best_name(list(reversed(seen)), BOB)
