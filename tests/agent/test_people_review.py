"""`people review` asks as little as it can: n addresses of one person are n - 1 questions, the best reasons first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.people.match import Match, Sameness
from agent.people.merging import Question, fewest
from agent.store.merges import Entry
from tests.agent.desk import Desk
from tests.conftest import Clock

ELEVEN = [f"{local}@{domain}" for local in ("erik.holm", "eholm") for domain in ("gmail.com", "gmx.de")]
ELEVEN += [f"erik.holm@firm{number}.example" for number in range(7)]
PEOPLE = range(8)


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Erik Holm writes from eleven addresses, some firms' and some his own."""
    made = Desk(tmp_path)
    for number, address in enumerate(ELEVEN):
        made.exchange(f"Erik Holm <{address}>", f"2025-{number + 1:02}-07", f"2026-01-{number + 10}")
    assert made.weaktie("sync").code == 0
    return made


def asked(desk: Desk) -> list[Any]:
    return list(desk.weaktie("people", "review", "--json").json["suggestions"])


def sides(question: Any) -> list[set[str]]:
    return [set(person["addresses"]) for person in question["people"]]


def test_eleven_addresses_are_ten_questions_and_one_person_once_all_are_accepted(desk: Desk) -> None:
    shown = asked(desk)
    assert len(shown) == len(ELEVEN) - 1
    assert [one["score"] for one in shown] == sorted((one["score"] for one in shown), reverse=True)
    for left in range(len(shown), 0, -1):
        first = asked(desk)
        assert len(first) == left
        assert desk.weaktie("people", "review", "--accept", first[0]["id"]).code == 0
    assert asked(desk) == []
    (tie,) = desk.ties().values()
    assert set(tie["addresses"]) == set(ELEVEN)


def test_questions_shown_together_can_all_be_answered_in_any_order(desk: Desk) -> None:
    for question in reversed(asked(desk)):
        assert desk.weaktie("people", "review", "--accept", question["id"]).code == 0
        assert desk.weaktie("people", "review", "--accept", question["id"]).code == 1
    assert len(desk.ties()) == 1


def test_a_refusal_brings_the_next_way_of_asking(desk: Desk) -> None:
    before = asked(desk)
    desk.weaktie("people", "review", "--refuse", before[0]["id"])
    after = asked(desk)
    assert len(after) == len(before)
    assert before[0]["id"] not in [question["id"] for question in after]
    (new,) = [question for question in after if question not in before]
    assert new["score"] <= before[0]["score"]
    assert sides(new) != sides(before[0])


def test_one_refusal_is_enough_for_somebody_else_once_the_others_are_one(desk: Desk) -> None:
    stranger = "eholm@gmx.de"
    while about_others := [question for question in asked(desk) if {stranger} not in sides(question)]:
        desk.weaktie("people", "review", "--accept", about_others[0]["id"])
    (last,) = asked(desk)
    desk.weaktie("people", "review", "--refuse", last["id"])
    assert asked(desk) == []
    assert {len(tie["addresses"]) for tie in desk.ties().values()} == {1, 10}


def question(one: int, other: int, score: float) -> Question:
    mine, theirs = (Entry(who, "", None, {who: ("email", f"{who}@example.com")}) for who in (one, other))
    return Question(mine, theirs, Match(Sameness.MAYBE, score, ()))


def groups(questions: list[Question]) -> set[frozenset[int]]:
    """Who is one person, where all of these are accepted."""
    found = {who: {who} for who in PEOPLE}
    for each in questions:
        joined = found[each.one.person_id] | found[each.other.person_id]
        found |= dict.fromkeys(joined, joined)
    return {frozenset(group) for group in found.values()}


PAIRS = st.sets(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)).filter(lambda pair: pair[0] < pair[1]))


@given(PAIRS, st.randoms())
def test_nothing_is_lost_and_nothing_is_asked_twice(pairs: set[tuple[int, int]], chance: Any) -> None:
    found = sorted((question(*pair, chance.random()) for pair in pairs), key=lambda each: -each.match.score)
    few = fewest(found)
    assert groups(few) == groups(found)
    assert len(few) == len(PEOPLE) - len(groups(found))
    for who in {who for pair in pairs for who in pair}:
        best = next(each for each in found if who in (each.one.person_id, each.other.person_id))
        assert best in few
