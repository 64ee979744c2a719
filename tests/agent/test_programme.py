"""The engagement programme: whom the owner wants to hear of when, and whom no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.report.choose import choose, paused, triage
from agent.report.figures import first, weekly
from agent.report.shape import Inputs
from agent.ties.programme import OWN, desired, due, left_alone, suspension, urgency
from agent.ties.view import EPOCH, Tie
from agent.types import Standing, TieState, Wish
from tests.agent.report_sample import AS_OF, TODAY, Person, back, first_sample, sample, tie, wished_sample

MONTHLY = Person("Bob Hale", "Northwind", 30, 45, subject="The harbour study")
TAGS = {"vip": 30, "mentors": 90}


def bob(wish: Wish | None = None, **changes: object) -> Tie:
    """Monthly contact, the last 45 days ago."""
    return replace(tie(1, MONTHLY), wish=wish or Wish(), **changes)  # type: ignore[arg-type]  # any field


def names(inputs: Inputs) -> list[str]:
    """Who is named, in order."""
    return [choice.tie.name for choice in choose(inputs)]


@pytest.mark.parametrize(
    ("wish", "days", "words"),
    [
        (Wish(every_days=14), 14, "every two weeks"),
        (Wish(every_days=14, tags=("vip",)), 14, "every two weeks"),
        (Wish(tags=("vip", "mentors")), 30, "every month (vip)"),
        (Wish(every_days=OWN), pytest.approx(30, abs=5), "the rhythm you two always had"),
    ],
)
def test_the_wanted_rhythm_is_by_hand_or_by_tag_or_the_ties_own(wish: Wish, days: float, words: str) -> None:
    wanted = desired(bob(wish), TAGS)
    assert wanted is not None
    assert wanted.days == days
    assert words in wanted.words


@pytest.mark.parametrize("wish", [Wish(), Wish(tags=("choir",)), Wish(Standing.KEPT)])
def test_without_a_wish_nobody_is_due(wish: Wish) -> None:
    assert due(bob(wish), TAGS) is None


def test_due_is_the_day_the_silence_grows_longer_than_wanted() -> None:
    early, late = due(bob(Wish(every_days=60)), {}), due(bob(Wish(every_days=30)), {})
    assert early is not None
    assert late is not None
    assert (early.now, late.now) == (False, True)
    assert early.on == (EPOCH + timedelta(days=TODAY - 45 + 60)).date()
    assert late.why == "You want to be in touch every month; the last contact was 45 days ago."


def test_contact_in_any_channel_resets_the_reminder() -> None:
    for number, met in ((1, False), (2, True)):
        fresh = back(number, "Bob Hale", 100) if not met else tie(number, replace(MONTHLY, silence=4, met=True))
        wanted = due(replace(fresh, wish=Wish(every_days=30)), {})
        assert wanted is not None
        assert not wanted.now


def test_the_report_is_ordered_by_value_and_how_overdue() -> None:
    inputs = wished_sample()
    chosen = choose(inputs)
    pressing = {choice.tie.person_id: choice.due.pressure for choice in chosen if choice.due}
    assert set(pressing) == {57, 58}
    assert all(pressure > 1 for pressure in pressing.values())
    more = replace(
        inputs, ties=tuple(replace(t, wish=Wish(every_days=1)) if t.person_id == 58 else t for t in inputs.ties)
    )
    before, after = ([choice.tie.person_id for choice in choose(i)].index(58) for i in (inputs, more))
    assert after <= before


def test_a_short_rhythm_outweighs_no_long_silence() -> None:
    recent = tie(1, replace(MONTHLY, silence=8))
    weights = [urgency(recent, due(replace(recent, wish=Wish(every_days=days)), {})) for days in (9, 8, 4, 1)]
    value = recent.reading.value
    assert weights == pytest.approx([recent.reading.lost, value * 8.27 / 8, value * 1.5, value * 1.5], rel=0.01)


def test_the_subject_says_who_is_due() -> None:
    only = weekly(sample([replace(tie(1, replace(MONTHLY, silence=20)), wish=Wish(every_days=7))]))
    assert (only.subject, only.headline) == ("Bob is due", "One tie is due")
    assert only.rows[0].why.endswith("You want to be in touch every week; the last contact was 20 days ago.")
    both = weekly(wished_sample())
    assert both.subject.endswith("are quiet or due")
    assert "are due" in both.headline


def test_dropped_private_and_snoozed_ties_are_not_named() -> None:
    everyone = names(sample())
    data = weekly(wished_sample())
    shown = str(data)
    for hidden in ("Ravi Subramanian", "Erin O’Neill"):
        assert hidden in everyone
        assert hidden not in [row.name for row in data.rows]
    assert "Ravi" not in shown
    assert data.tally.fading == weekly(sample()).tally.fading - 1


def test_a_snooze_ends_by_itself_and_does_not_reach_back() -> None:
    wish = Wish(every_days=7, snoozed_from=AS_OF, snoozed_until=AS_OF + timedelta(days=7))
    sleeping = replace(sample([bob(wish)]), previous=None)
    assert names(sleeping) == []
    assert names(replace(sleeping, as_of=AS_OF + timedelta(days=7))) == ["Bob Hale"]
    assert names(replace(sleeping, as_of=AS_OF - timedelta(days=1))) == ["Bob Hale"]


def test_a_kept_tie_is_named_even_when_it_lies_dormant() -> None:
    old = tie(1, replace(MONTHLY, silence=400))
    assert old.reading.state is TieState.DORMANT
    assert names(sample([old])) == []
    assert names(sample([replace(old, wish=Wish(Standing.KEPT))])) == ["Bob Hale"]


def test_three_days_in_vain_suspend_and_the_owner_or_an_answer_resumes() -> None:
    vain = bob(unanswered=(TODAY - 80, TODAY - 60, TODAY - 45))
    stop = suspension(vain, 3)
    assert stop is not None
    assert stop.why.startswith("You wrote on three days since they last answered, on ")
    assert suspension(vain, 4) is None
    assert suspension(vain, 0) is None
    resumed = EPOCH + timedelta(days=TODAY - 59)
    assert suspension(replace(vain, wish=Wish(resumed_at=resumed)), 3) is None
    assert suspension(replace(vain, unanswered=()), 3) is None
    assert left_alone(vain, AS_OF, 3) == stop.why


def test_who_is_suspended_is_told_once_and_then_not_named() -> None:
    vain = bob(Wish(every_days=7), unanswered=(TODAY - 80, TODAY - 60, TODAY - 45))
    inputs = sample([vain])
    data = weekly(inputs)
    assert data.rows == ()
    assert [(stop.number, stop.name) for stop in data.paused] == [(1, "Bob Hale")]
    assert data.people == (1,)
    told = replace(inputs, named={1: (AS_OF - timedelta(days=7),)})
    assert paused(told) == []
    assert weekly(told).people == ()
    before = replace(inputs, named={1: (AS_OF - timedelta(days=50),)})
    assert len(paused(before)) == 1


def test_the_first_report_asks_of_fifteen_at_most_of_whom_nothing_was_said() -> None:
    inputs = first_sample()
    data = first(inputs)
    assert len(data.rows) == 15
    said = {data.rows[0].person_id: Wish(Standing.KEPT), data.rows[1].person_id: Wish(Standing.PRIVATE)}
    again = replace(inputs, ties=tuple(replace(t, wish=said.get(t.person_id, t.wish)) for t in inputs.ties))
    assert {choice.tie.person_id for choice in triage(again)}.isdisjoint(said)
    assert "word for each number" in data.guide[0]
    assert len(data.promise) == 3


@given(st.lists(st.integers(TODAY - 400, TODAY), unique=True), st.integers(0, 5), st.integers(TODAY - 400, TODAY))
def test_resuming_never_suspends(days: list[int], most: int, resumed: int) -> None:
    vain = bob(unanswered=tuple(sorted(days)))
    after = replace(vain, wish=Wish(resumed_at=EPOCH + timedelta(days=resumed)))
    if suspension(vain, most) is None:
        assert suspension(after, most) is None
