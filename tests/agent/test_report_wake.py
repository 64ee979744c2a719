"""Several ties at one firm that fall silent together are told as one loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agent.report.capacity import Capacity
from agent.report.figures import weekly
from agent.report.render import render
from agent.report.shape import Previous
from agent.report.wake import reciprocity, wakes
from agent.templating import Templates
from agent.ties.view import Tie
from agent.types import TieState
from tests.agent.report_sample import AS_OF, FADING, Person, sample, tie


def at(firm: str, *silences: int, gap: int = 30, first: int = 0) -> list[Tie]:
    people = [Person(f"Person {number} {firm}", firm, gap, silence) for number, silence in enumerate(silences)]
    return [tie(first + number, person) for number, person in enumerate(people)]


def test_three_that_fell_silent_within_45_days_are_one() -> None:
    (wake,) = wakes(at("acme.example.com", 100, 120, 140))

    assert wake.organization == "acme.example.com"
    assert len(wake.ties) == 3
    assert wake.ended == max(tie.last_contact for tie in wake.ties)


def test_two_are_two_and_a_third_long_before_is_another_story() -> None:
    assert wakes(at("acme.example.com", 100, 120)) == []
    assert wakes(at("acme.example.com", 100, 120, 170)) == []


def test_who_went_silent_long_before_is_not_in_it() -> None:
    assert wakes(at("acme.example.com", 100, 110, 120, 300)) != []


def test_while_anybody_there_is_in_touch_the_work_goes_on() -> None:
    assert wakes(at("acme.example.com", 100, 110, 120, 5)) == []


def test_long_dormant_ones_were_told_before() -> None:
    everyone = at("acme.example.com", 400, 410, 420)
    assert {tie.reading.state for tie in everyone} == {TieState.DORMANT}
    assert wakes(everyone) == []


def test_colleagues_and_people_of_no_firm_make_none() -> None:
    assert wakes([replace(tie, colleague=True) for tie in at("acme.example.com", 100, 110, 120)]) == []
    assert wakes([replace(tie, organization=None) for tie in at("acme.example.com", 100, 110, 120)]) == []


def test_the_two_to_keep_are_the_bridges_then_the_mutual_ones() -> None:
    one, two, three, four = at("acme.example.com", 100, 105, 110, 115)
    bridging = replace(two, bridge=4)
    mutual = replace(three, bridge=0, sent=10, received=10)
    lopsided = [replace(each, bridge=0, sent=1, received=12, meetings=0) for each in (one, four)]

    (wake,) = wakes([lopsided[0], bridging, mutual, lopsided[1]])

    assert [tie.person_id for tie in wake.keep] == [bridging.person_id, mutual.person_id]
    assert reciprocity(mutual) == 1.0
    assert reciprocity(lopsided[0]) == 1 / 12


def test_the_latest_engagement_comes_first() -> None:
    older = at("older.example.com", 130, 140, 150)
    newer = at("newer.example.com", 90, 100, 110, first=10)
    assert [wake.organization for wake in wakes(older + newer)] == ["newer.example.com", "older.example.com"]


def test_the_report_tells_the_engagement_and_names_only_whom_to_keep() -> None:
    gone = at("acme.example.com", 100, 110, 120, 130, first=50)
    alone = tie(1, FADING[0])
    data = weekly(sample([*gone, alone]))

    (note,) = data.ended
    keep = {each.person_id for each in wakes(gone)[0].keep}
    assert keep < set(data.people) <= keep | {alone.person_id}
    assert note.name == "acme.\u200bexample.\u200bcom"
    assert "seems to have ended in November 2024. Keep " in note.text
    assert note.text.endswith("The other two need no word.")
    again = weekly(replace(sample([*gone, alone]), previous=Previous(data.people, data.tally)))
    assert (again.ended, again.people) == ((), data.people)
    mail = render(data, Templates(None))
    assert "AN ENGAGEMENT THAT ENDED" in mail.text
    assert "seems to have ended in November 2024" in mail.html


def test_no_more_are_asked_for_than_the_owner_can_do_and_it_is_said() -> None:
    everyone = [tie(number, person) for number, person in enumerate(FADING)]
    busy = replace(sample(everyone), capacity=Capacity(weekly=4, kept=40, weeks=50))
    data = weekly(busy)

    assert len(data.rows) == 4
    assert data.more == "Nine more ties are fading. You take up four ties again in a good week, so they can wait."
    assert data.subject == "Bob, Hanna and two more are going quiet"
    calm = weekly(replace(busy, capacity=Capacity(weekly=1, kept=40, weeks=50)))
    assert (calm.headline, calm.more) == (
        "Three ties are going quiet",
        "Ten more ties are fading; these are enough for a week.",
    )
    assert "in a good week" not in weekly(sample(everyone)).more.lower()


@pytest.mark.parametrize(
    ("weeks", "rests"),
    [((1,), True), ((2,), False), ((5, 3), True), ((6, 4), False), ((13, 11, 7), True), ((14, 12, 8), False)],
)
def test_who_was_named_is_left_in_peace_two_four_and_eight_weeks(weeks: tuple[int, ...], *, rests: bool) -> None:
    (bob,) = (tie(number, person) for number, person in enumerate(FADING[:1]))
    told = tuple(AS_OF - timedelta(weeks=ago) for ago in weeks)
    assert weekly(replace(sample([bob]), named={bob.person_id: told})).people == (() if rests else (bob.person_id,))


def test_a_report_that_came_late_in_its_week_counts_for_the_week() -> None:
    (bob,) = (tie(number, person) for number, person in enumerate(FADING[:1]))
    sunday = AS_OF - timedelta(days=8)
    assert weekly(replace(sample([bob]), named={bob.person_id: (sunday,)})).people == (bob.person_id,)


def test_who_rests_is_said() -> None:
    bob, dana = (tie(number, person) for number, person in enumerate(FADING[:2]))
    heard = replace(sample([bob, dana]), named={bob.person_id: (AS_OF - timedelta(weeks=1),)})
    data = weekly(heard)

    assert data.people == (dana.person_id,)
    assert data.more == "One tie named in a report before rests for now."
    alone = weekly(replace(heard, ties=(bob,)))
    assert (alone.headline, alone.rows) == ("Nobody else is going quiet", ())


def test_contact_wipes_the_slate() -> None:
    (bob,) = (tie(number, person) for number, person in enumerate(FADING[:1]))
    before = tuple(bob.last_contact - timedelta(days=days) for days in (3, 2, 1))
    assert weekly(replace(sample([bob]), named={bob.person_id: before})).people == (bob.person_id,)
