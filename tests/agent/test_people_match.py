"""Who may be one person: the cases on which merging by itself goes wrong."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.people.compare import Names, _bare, names_agree, spelt_plainly
from agent.people.display import _visible
from agent.people.match import Sameness, Side, compare, suggestions


def side(address: str, name: str = "", first: int | None = None, last: int | None = None) -> Side:
    return Side((address,), (name,) if name else (), first_day=first, last_day=last)


BOB = side("bob.baker@northwind.com", "Bob Baker")


def test_only_an_equal_identity_is_the_same_person() -> None:
    assert compare(BOB, side("bob.baker@northwind.com", "Somebody Else")).sameness is Sameness.SAME
    profile = frozenset({"linkedin.com/in/bob-baker"})
    linked = compare(Side(names=("B. Baker",), urls=profile), Side(names=("Robert Baker",), urls=profile))
    assert linked.sameness is Sameness.SAME
    assert linked.reasons == ("the same profile",)


def test_a_shared_telephone_is_a_person_only_with_the_name() -> None:
    phone = frozenset({"+4930123456"})
    bob = Side(names=("Bob Baker",), phones=phone)
    assert compare(bob, Side(names=("Bob Baker",), phones=phone)).sameness is Sameness.SAME
    assert compare(bob, Side(names=("Carol Chen",), phones=phone)).sameness is Sameness.DIFFERENT


def test_a_change_of_job_is_a_question_and_says_why() -> None:
    old = side("bob.baker@northwind.com", "Bob Baker", 100, 900)
    new = side("bob.baker@fjord.com", "Bob Baker", 930, 1400)
    match = compare(old, new)
    assert match.sameness is Sameness.MAYBE
    assert match.reasons == (
        "the same full name",
        "the same name before the @ (bobbaker)",
        "one fell silent about when the other began, as after a change of job",
    )
    within = compare(old, side("bob.baker@mail.northwind.com", "Bob Baker", 930, 1400))
    assert within.reasons[-1] == "one fell silent about when the other began"
    beside = side("bob.baker@fjord.com", "Bob Baker", 110, 910)
    assert match.score > compare(old, beside).score


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ((901, 1400), True),  # the next day
        ((880, 1400), True),  # three weeks of both
        ((1200, 1400), True),  # a silence between
        ((800, 1400), False),  # months of both
        ((850, 880), False),  # all of it beside the other
        ((95, 890), False),
        ((100, 900), False),
        ((890, 910), False),  # half of it beside the other
        ((1300, 1400), False),  # more than a year later
    ],
)
def test_one_falls_silent_when_the_other_begins_and_not_months_later(days: tuple[int, int], told: bool) -> None:
    old, new = side("bob.baker@northwind.com", "Bob Baker", 100, 900), side("bob.baker@fjord.com", "Bob Baker", *days)
    for match in (compare(old, new), compare(new, old)):
        assert any("fell silent" in reason for reason in match.reasons) is told


def test_addresses_that_were_all_used_in_the_same_weeks_fell_silent_for_none() -> None:
    one, other = side("bob@fjord.com", "Bob Baker", 100, 140), side("bob.baker@gmail.com", "Bob Baker", 120, 160)
    assert "fell silent" not in str(compare(one, other).reasons)


def test_a_private_address_of_the_same_name_is_a_question() -> None:
    match = compare(BOB, side("bbaker77@gmail.com", "Robert Baker"))
    assert match.sameness is Sameness.DIFFERENT
    assert compare(BOB, side("bbaker77@gmail.com", "Bob Baker")).sameness is Sameness.MAYBE


@pytest.mark.parametrize("other", ["Carol Baker", "Benjamin Baker", "Bernd Baker"])
def test_family_and_colleagues_of_the_same_surname_are_others(other: str) -> None:
    assert compare(BOB, side("baker@northwind.com", other)).sameness is Sameness.DIFFERENT


def test_a_name_alone_merges_nobody_and_is_the_last_question() -> None:
    alone = compare(side("b@northwind.com", "Bob Baker"), side("x@fjord.com", "Bob Baker"))
    assert alone.sameness is Sameness.MAYBE
    assert alone.reasons == ("the same full name",)
    assert alone.score < compare(BOB, side("bbaker77@gmail.com", "Bob Baker")).score
    assert compare(side("b@northwind.com", "Bob"), side("x@fjord.com", "Bob")).sameness is Sameness.DIFFERENT


def test_initials_and_short_forms_need_more_than_themselves() -> None:
    weak = compare(side("b@northwind.com", "Bob Baker"), side("rb@fjord.com", "R. Baker"))
    firm = compare(side("bob.baker@northwind.com", "Bob Baker"), side("bobbaker@northwind.com", "Robert Baker"))
    assert weak.sameness is Sameness.DIFFERENT
    assert firm.sameness is Sameness.MAYBE
    initial = compare(side("j.keller@northwind.com", "J. Keller"), side("jana.keller@northwind.com", "Jana Keller"))
    assert initial.sameness is Sameness.MAYBE
    assert initial.reasons[-1] == "an address that can be made of the other's name (j.keller@northwind.com)"


def test_dots_and_tags_are_a_question_even_without_names() -> None:
    assert compare(side("bob+shop@northwind.com"), side("bob@northwind.com")).sameness is Sameness.MAYBE
    assert compare(side("b.ob.b@gmail.com"), side("bobb@googlemail.com")).sameness is Sameness.MAYBE


def test_who_stood_on_one_message_together_is_rather_two_people() -> None:
    private = side("bbaker77@gmail.com", "Bob Baker")
    apart, together = compare(BOB, private), compare(BOB, private, together=4)
    assert together.score < apart.score
    assert together.sameness is Sameness.DIFFERENT
    assert together.reasons[-1] == "against it: both stood on 4 messages beside each other"


def test_a_family_behind_one_mailbox_is_not_one_person() -> None:
    bob, eve = side("baker+bob@northwind.com", "Bob Baker"), side("baker+eve@northwind.com", "Eve Baker")
    assert compare(bob, eve).sameness is Sameness.DIFFERENT
    assert compare(bob, eve).reasons == ("their names differ",)


def test_an_address_a_family_shares_is_not_one_of_them() -> None:
    shared = Side(("the.bakers@gmail.com",), ("Bob Baker", "Eve Baker"))
    alone = Side(("the.bakers@gmail.com",), ("Bob Baker",))
    assert compare(BOB, alone).sameness is Sameness.MAYBE
    assert compare(BOB, shared).sameness is Sameness.DIFFERENT
    assert "Bob Baker, Eve Baker" in compare(BOB, shared).reasons[-1]


def test_a_new_surname_is_no_household() -> None:
    eve = side("eve.baker@northwind.com", "Eve Baker")
    married = Side(("eve@gmail.com",), ("Eve Baker", "Eve Chen"))
    assert compare(eve, married).sameness is Sameness.MAYBE


def test_each_piece_of_evidence_adds_to_the_score() -> None:
    bob = side("bbaker@northwind.com", "Bob Baker")
    elsewhere = compare(bob, side("rbaker@fjord.com", "Robert Baker")).score
    assert 0 < elsewhere < compare(bob, side("rbaker@northwind.com", "Robert Baker")).score
    assert elsewhere < compare(bob, side("bbaker@fjord.com", "Robert Baker")).score


def test_desks_of_one_name_at_two_firms_are_nobody() -> None:
    assert (
        compare(side("service.berlin@northwind.com"), side("service.berlin@fjord.com")).sameness is Sameness.DIFFERENT
    )


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        ("Bob Baker", "Baker Bob", Names.EQUAL),
        ("Bob B. Baker", "Bob Baker", Names.EQUAL),
        ("Dr. Jörg Møller", "Jorg Moller", Names.EQUAL),
        ("Jürgen Müller", "Juergen Mueller", Names.EQUAL),
        ("Joe Baker", "Joseph Baker", Names.COMPATIBLE),
        ("Сергей Иванов", "Sergei Ivanov", Names.EQUAL),
        ("Сергей Иванов", "Sergey Ivanov", Names.COMPATIBLE),
        ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoylos", Names.EQUAL),
        ("B. Baker", "Bob Baker", Names.COMPATIBLE),
        ("Bob B.", "Bob Baker", Names.COMPATIBLE),
        ("Robert B.", "Bob Baker", Names.COMPATIBLE),
        ("Bob C.", "Bob Baker", Names.DIFFERENT),
        ("B. O.", "Bob Okafor", Names.UNKNOWN),
        ("B O", "B. Okafor", Names.UNKNOWN),
        ("C. O.", "Bob Okafor", Names.DIFFERENT),
        ("Bob Baker", "Robert Baker", Names.COMPATIBLE),
        ("Katharina Berg", "Katarina Berg", Names.COMPATIBLE),
        ("Bob Baker", "Bill Baker", Names.DIFFERENT),
        ("Anna Berg", "Anne Berg", Names.DIFFERENT),
        ("Marina Berg", "Martina Berg", Names.DIFFERENT),
        ("Marina Berg", "Karina Berg", Names.DIFFERENT),
        ("Daniel Berg", "Daniela Berg", Names.DIFFERENT),
        ("Filip Berg", "Phillip Berg", Names.COMPATIBLE),
        ("Maria Berg", "Marie Borg", Names.DIFFERENT),
        ("Bob", "Bob Baker", Names.UNKNOWN),
        ("", "Bob Baker", Names.UNKNOWN),
    ],
)
def test_names(one: str, other: str, answer: Names) -> None:
    assert names_agree(one, other) is answer


WORDS = st.text(alphabet="abcdefgßüéжи .-", max_size=20)


@given(WORDS, WORDS)
def test_comparing_names_does_not_depend_on_the_order(one: str, other: str) -> None:
    assert names_agree(one, other) is names_agree(other, one)
    assert spelt_plainly(spelt_plainly(one)) == spelt_plainly(one)


def test_suggestions_come_best_first_and_each_pair_once() -> None:
    sides = {
        1: side("bob.baker@northwind.com", "Bob Baker"),
        2: side("bob.baker@fjord.com", "Bob Baker"),
        3: side("bob.baker+x@northwind.com", "Bob Baker"),
        4: side("carol@northwind.com", "Carol Chen"),
        5: side("carl.baker@northwind.com", "Carl Baker"),
    }
    asked = suggestions(sides)
    assert [(each.one, each.other) for each in asked] == [(1, 3), (1, 2), (2, 3)]
    assert [each.match.score for each in asked] == sorted((each.match.score for each in asked), reverse=True)
    assert [(each.one, each.other) for each in suggestions(sides, {(1, 2): 5})] == [(1, 3), (2, 3), (1, 2)]


def test_asked_about_some_the_questions_are_theirs_among_all() -> None:
    names = ("Bob Baker", "Robert Baker", "Anna Smith", "A. Smith", "Anna Smith")
    sides = {
        number: Side(addresses=(f"{name.replace(' ', '.').lower()}@firm{number}.example",), names=(name,))
        for number, name in enumerate(names)
    }
    everything = suggestions(sides)
    assert everything
    for about in (frozenset({0}), frozenset({2}), frozenset({1, 4}), frozenset({9})):
        wanted = [asked for asked in everything if {asked.one, asked.other} & about]
        assert suggestions(sides, about=about) == wanted


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_are_spelt_as_all_others_are(name: str) -> None:
    assert name.lower() == _bare(name)
    assert "".join(" " if unicodedata.category(ch)[0] == "C" else ch for ch in name[:300]) == _visible(name)
