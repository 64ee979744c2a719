"""Whom the owner sees without being in touch: who is still around comes back more."""

from __future__ import annotations

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.capture.ledger import Book
from agent.people.directory import judge_touched
from agent.store import owners
from agent.store.db import Store
from agent.ties import refresh
from agent.ties.calibrate import resolved
from agent.ties.chance import WEIGHTS, around, circle, crowd, p_active
from agent.ties.explain import reasons
from agent.ties.listing import ties_at
from agent.ties.lives import circles_of, lives_of, readings_on
from agent.ties.model import Contact, Rhythm, fold
from agent.ties.owner import Owner
from agent.ties.reading import read
from agent.ties.seen import UNSEEN, Seen, seen, sightings_of
from agent.ties.sightings import sightings, sights
from agent.ties.view import day_of
from connectors.records import MailRecord
from tests.agent.test_capture_ledger import NOW, enter
from tests.letters import ALICE, DANA, ERIK, batch, box, mail

pytestmark = pytest.mark.stores("sqlite", "postgresql")

GRACE = "grace@tidewater.example.com"
OWNER = Owner(since=0, busy=60.0)


def monthly() -> Rhythm:
    made = fold(Contact(day, sent=1, received=1) for day in range(0, 400, 30))
    assert made is not None
    return made


def test_a_day_counts_once_with_its_smallest_company() -> None:
    found = sightings_of([(9, 4, [1, 2]), (3, 7, [1]), (9, 2, [1]), (9, 6, [1, 3])])
    assert found == {1: [(3, 7), (9, 2)], 2: [(9, 4)], 3: [(9, 6)]}


def test_seen_since_the_last_contact_and_by_the_day() -> None:
    days = [(5, 1), (10, 6), (11, 3), (20, 12), (30, 2)]
    assert seen(days, 10, 20) == Seen(since=2, crowd=6, company=3 / 4)
    assert seen(days, 10, 19.9) == Seen(since=1, crowd=6, company=2 / 3)
    assert seen(days, 12, 40) == Seen(since=2, crowd=1, company=4 / 5)
    assert seen(days, 30, 40, 0.25) == Seen(since=0, crowd=2, company=4 / 5, circle=0.25)
    assert seen([], 10, 20) == seen([(30, 2)], 10, 20) == UNSEEN == Seen(0, 1, 0.0, 0.0)


@given(st.permutations([(day, size, [size % 3]) for day in (1, 1, 4, 9) for size in (1, 2, 5, 11)]))
def test_the_order_of_arrival_is_all_the_same(things: list[tuple[int, int, list[int]]]) -> None:
    assert sightings_of(things) == sightings_of(sorted(things))


def test_who_is_around_comes_back_more_and_a_crowd_binds_less() -> None:
    bob = monthly()
    chances = [p_active(bob, 60, owner=OWNER, seen=Seen(since=days)) for days in range(5)]
    assert chances == sorted(chances)
    assert chances[1] - chances[0] > chances[4] - chances[1]
    crowds = [p_active(bob, 60, owner=OWNER, seen=Seen(crowd=size)) for size in (1, 3, 4, 9)]
    assert crowds[0] == crowds[1] > crowds[2] > crowds[3]
    assert chances[0] == p_active(bob, 60, owner=OWNER)


def test_whom_the_owner_sees_in_company_comes_back_more() -> None:
    shares = [p_active(monthly(), 60, owner=OWNER, seen=Seen(company=share)) for share in (0, 0.3, 1)]
    assert shares == sorted(shares)


def test_a_living_circle_brings_back_a_slow_tie_and_says_nothing_of_a_lively_one() -> None:
    weekly = fold(Contact(day, sent=1, received=1) for day in range(0, 400, 7))
    assert weekly is not None
    for bob, silence in ((monthly(), 60), (weekly, 14)):
        dead, none, living = (p_active(bob, silence, owner=OWNER, seen=Seen(circle=alive)) for alive in (-0.4, 0, 0.4))
        assert (dead < none < living) == (bob is not weekly)
        assert (dead == none == living) == (bob is weekly)


def test_the_reasons_tell_it_where_the_chance_is_told() -> None:
    bob = monthly()
    told = [reasons(read(bob, bob.last + silence, OWNER, seen=Seen(since=3))) for silence in (10, 100, 500)]
    sentence = "Since then you were both on the same mail on 3 days, but not in touch."
    assert [sentence in said for said in told] == [False, True, True]
    assert not any("same mail" in reason for reason in reasons(read(bob, bob.last + 100, OWNER)))


@pytest.mark.parametrize("horizon", [15.0, 60.0])
def test_what_is_seen_adds_to_the_odds(horizon: float) -> None:
    bob = monthly()
    company = Seen(since=3, crowd=6, company=0.5, circle=0.2)
    plain, told = (p_active(bob, 60, horizon, owner=OWNER, seen=what) for what in (UNSEEN, company))
    assert (around(company), crowd(company)) == pytest.approx((0.75, log(2)))
    assert circle(company, bob) == pytest.approx(0.2 * (log(30) - 3))
    added = WEIGHTS.around * 0.75 + WEIGHTS.crowd * log(2) + WEIGHTS.company / 2 + WEIGHTS.circle * circle(company, bob)
    added *= (horizon / 60) ** 0.5
    assert log((1 - told) / told) - log((1 - plain) / plain) == pytest.approx(added)


def test_a_replay_knows_what_was_seen_by_the_day_and_no_more() -> None:
    days = [Contact(day, sent=1, received=1) for day in range(0, 400, 30)]
    lives = lives_of({1: days, 2: days}, {1: [(400, 2), (410, 2), (420, 2)]})
    before, after = (readings_on(lives, circles_of(lives), day) for day in (399, 415))
    assert before[1].p_active == before[2].p_active
    rhythm = monthly()
    assert after[1].p_active == p_active(rhythm, 25, owner=Owner(0, 2 * busy(rhythm, 415)), seen=Seen(2, company=1))
    assert after[1].p_active > after[2].p_active


def busy(rhythm: Rhythm, day: int) -> float:
    return (rhythm.c80 + 1) * 2 ** (-(day - rhythm.last) / 80)


def test_a_calibration_learns_from_what_was_said_then() -> None:
    ledger = {1: [Contact(day, sent=1, received=1) for day in range(0, 400, 30)]}
    unseen = resolved(ledger, 500)
    around_all_along = resolved(ledger, 500, {1: [(day, 3) for day in range(500)]})
    assert all(now.p_active >= then.p_active for now, then in zip(around_all_along, unseen, strict=True))
    assert around_all_along != unseen


def p_of(store: Store, *letters: MailRecord) -> dict[str, float]:
    """Address → chance of contact after these letters and a monthly exchange with Dana and with Grace."""
    months = [f"2025-{month:02d}-05" for month in range(1, 13)]
    regular = [
        letter
        for month in months
        for who in (DANA, GRACE)
        for letter in (mail(f"{who}{month}a", month, who, ALICE), mail(f"{who}{month}b", month, ALICE, who))
    ]
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
        owners.learn(connection, owner.id, {ALICE}, "config")
    rules = Book(owner.id, frozenset({ALICE}), owner.salt, NOW)
    enter(store, rules, batch(*regular, *letters))
    judge_touched(store, owner.id, rules.own)
    refresh.refresh(store, owner.id, NOW)
    with store.read() as connection:
        found = {tie.addresses[0]: tie.reading.p_active for tie in ties_at(connection, owner.id, NOW)}
        replayed = {tie.addresses[0]: tie.reading.p_active for tie in ties_at(connection, owner.id, NOW, replay=True)}
        all_days = sightings(connection, owner.id, NOW, sights(connection, owner.id, NOW))
    assert found == replayed
    assert all(day <= day_of(NOW) for days in all_days.values() for day, _ in days)
    return found


def test_both_on_the_mail_of_somebody_else(store: Store) -> None:
    chances = p_of(store, mail("1", "2026-01-20", ERIK, [ALICE, DANA]))
    assert chances[DANA] > chances[GRACE]


def test_a_circular_tells_of_its_writer_and_of_nobody_else_on_it(store: Store) -> None:
    guests = tuple(box(f"guest{number}@party.example.com") for number in range(12))
    chances = p_of(store, mail("1", "2026-01-20", DANA, [ALICE, GRACE], cc=guests))
    assert chances[DANA] > chances[GRACE]
    assert chances[GRACE] == p_of(store)[GRACE]


def test_whom_the_owner_writes_to_among_many_is_around(store: Store) -> None:
    guests = tuple(box(f"guest{number}@party.example.com") for number in range(12))
    chances = p_of(store, mail("1", "2026-01-20", ALICE, DANA, cc=guests))
    assert chances[DANA] > chances[GRACE]


def test_a_last_contact_among_six_binds_less(store: Store) -> None:
    """The mail to Dana alone on the same day is the smaller company."""
    others = tuple(box(f"guest{number}@party.example.com") for number in range(5))
    alone = mail("2", "2026-02-01 12:00", ALICE, DANA)
    chances = p_of(store, mail("1", "2026-02-01", ALICE, [DANA, GRACE], cc=others), alone)
    assert chances[DANA] > chances[GRACE]
