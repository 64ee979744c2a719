"""Whether the owner is in touch with the people somebody is seen with: a living circle brings back a slow tie."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.store.db import Store
from agent.ties.bridge import Sight
from agent.ties.calibrate import resolved
from agent.ties.circle import Circles, alive
from agent.ties.lives import circles_of, lives_of, readings_on
from agent.ties.model import Contact, Rhythm, fold
from tests.agent.test_ties_seen import GRACE, p_of
from tests.letters import ALICE, DANA, ERIK, mail

FRANK = "frank@fjord.example.org"
BOB, CHARLIE, ERIN, STRANGER = range(1, 5)


def tie(*days: int) -> Rhythm:
    made = fold(Contact(day, sent=1, received=1) for day in days)
    assert made is not None
    return made


def sight(at: float, *people: int) -> Sight:
    return at, frozenset(people)


TIES = {
    BOB: tie(0, 30, 60, 100),  # slow: a gap of 33 days
    CHARLIE: tie(*range(60, 100, 4), 100),  # lively
    ERIN: tie(20),
}
LATELY = {BOB: 2**-0.5, CHARLIE: 2**-0.5, ERIN: 2**-2.5}
USUAL = sum(LATELY.values()) / 3


def test_a_circle_is_alive_as_far_as_the_owner_is_in_touch_with_it() -> None:
    assert alive([], 0.3) == 0
    assert alive([(4, 4, 0.9)], 0.3) == pytest.approx(0.6 / 2)
    assert alive([(4, 4, 0.9), (1, 4, 0.1)], 0.3) == pytest.approx((0.6 - 0.1) / 2.5)
    assert alive([(4, 400, 0.9)], 0.3) < alive([(4, 4, 0.9)], 0.3)  # who is seen with everybody says little


@pytest.mark.parametrize(
    ("day", "wanted"),
    [
        (9, None),
        (10, sqrt(1) * (LATELY[ERIN] - USUAL) / 2),
        (
            90,
            (sqrt(2) * (LATELY[ERIN] - USUAL) + sqrt(1 / 11) * (LATELY[CHARLIE] - USUAL))
            / (1 + sqrt(2) + sqrt(1 / 11)),
        ),
    ],
)
def test_a_circle_knows_what_was_seen_by_the_day(day: int, wanted: float | None) -> None:
    """Of slow ties alone, by whom the owner was in touch with; on something with Bob alone there is no circle."""
    seen = [sight(90.9, BOB, ERIN, CHARLIE), sight(10.5, BOB, ERIN, STRANGER), sight(5, BOB), sight(95, CHARLIE, ERIN)]
    circles = Circles(seen, {BOB, CHARLIE})
    circles.live_until(day)
    found = circles.around(TIES, 120)
    assert found == ({} if wanted is None else {BOB: pytest.approx(wanted)})


def test_only_the_circles_asked_for_are_kept_and_of_those_there_are_ties_with() -> None:
    seen = [sight(10, BOB, ERIN)]
    for whose, known in (({CHARLIE}, TIES), ({BOB}, {ERIN: TIES[ERIN]}), ({BOB}, {})):
        circles = Circles(seen, whose)
        circles.live_until(50)
        assert circles.around(known, 120) == {}
    circles = Circles(seen, {BOB, ERIN})  # one day of contact is no slow tie yet
    circles.live_until(50)
    assert circles.around(TIES, 120).keys() == {BOB}
    assert circles.around({BOB: TIES[BOB]}, 120) == {BOB: 0}


@given(st.permutations([sight(at, BOB, who) for at in (1.5, 40, 80) for who in (CHARLIE, ERIN)]), st.integers(0, 90))
def test_the_order_of_arrival_and_the_steps_are_all_the_same(seen: list[Sight], step: int) -> None:
    found = []
    for sights, days in ((seen, (step, 90)), (sorted(seen, key=lambda one: one[0]), (90,))):
        circles = Circles(sights, {BOB})
        for day in days:
            circles.live_until(day)
        found.append(circles.around(TIES, 120))
    assert found[0] == found[1]


def test_a_time_before_a_contact_reads_as_that_of_the_contact() -> None:
    circles = Circles([sight(1, BOB, ERIN)], {BOB})
    circles.live_until(1)
    assert circles.around(TIES, 5) == circles.around(TIES, 15) == {BOB: 0}


LEDGER = {
    BOB: [Contact(day, sent=1, received=1) for day in range(0, 400, 40)],
    ERIN: [Contact(day, sent=1, received=1) for day in range(0, 500, 50)],
    CHARLIE: [Contact(5, sent=1, received=1)],
}


def test_a_replay_knows_circles_by_the_day() -> None:
    lives = lives_of(LEDGER)
    circles = circles_of(lives, [sight(200, BOB, ERIN), sight(300, BOB, CHARLIE), sight(300, BOB, CHARLIE)])
    met, gone = (readings_on(lives, circles, day)[BOB].seen.circle for day in (299, 300))
    assert met > 0 > gone
    recent = {BOB: 2 ** (-20 / 40), ERIN: 1.0, CHARLIE: 2 ** (-295 / 40)}
    both = [(1, 7, recent[ERIN]), (2, 1, recent[CHARLIE])]
    assert gone == pytest.approx(alive(both, sum(recent.values()) / 3))
    assert readings_on(lives_of(LEDGER), circles_of(lives), 300)[BOB].seen.circle == 0


def test_a_calibration_learns_from_the_circles_of_then() -> None:
    plain, told = resolved(LEDGER, 500), resolved(LEDGER, 500, {}, [sight(1, BOB, ERIN)])
    before, after = ([one.p_active for one in past] for past in (plain, told))
    assert len(before) == len(after)
    assert before != after


def test_who_was_seen_with_people_in_touch_comes_back_more(store: Store) -> None:
    """Dana and Grace were each on one mail with another: Alice still writes to Erik, and no more to Frank."""
    early = [mail("1", "2025-01-20", ALICE, [DANA, ERIK]), mail("2", "2025-01-20", ALICE, [GRACE, FRANK])]
    late = [mail(f"late{day}", f"2026-01-{day:02d}", ALICE, ERIK) for day in (3, 9, 18)]
    chances = p_of(store, *early, *late)
    assert chances[DANA] > chances[GRACE]
