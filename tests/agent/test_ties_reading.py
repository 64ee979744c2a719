"""What a tie's state says: the weak-tie profiles that open peers get wrong, states, and the words of it."""

from __future__ import annotations

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ties.chance import p_active
from agent.ties.explain import reasons
from agent.ties.gaps import own_gap
from agent.ties.model import Contact, Rhythm, fold
from agent.ties.reading import Reading, read
from agent.types import TieClass, TieState

TODAY = 20000
NOON = TODAY + 0.5


def exchanges(*days_ago: int) -> list[Contact]:
    return [Contact(TODAY - ago, sent=1, received=1) for ago in days_ago]


def every_days(gap: int, episodes: int, last: int) -> list[Contact]:
    return exchanges(*(last + gap * i for i in range(episodes)))


def reading(history: list[Contact], as_of: float = NOON) -> Reading:
    state = fold(history)
    assert state is not None
    return read(state, as_of)


def vendor(answered: int) -> list[Contact]:
    return [Contact(TODAY - 2 - 7 * i, received=1) for i in range(40)] + [Contact(TODAY - answered, sent=1)]


PROFILES = {
    "A": every_days(7, 100, last=3),
    "B": every_days(90, 12, last=20),
    "C": every_days(90, 12, last=80),
    "D": every_days(90, 12, last=150),
    "E": every_days(7, 104, last=200),
    "F": exchanges(1460),
    "G": exchanges(300),
    "H": vendor(answered=100),
    "I": exchanges(5),
}


@pytest.mark.parametrize(
    ("profile", "state", "class_"),
    [
        ("A", TieState.ACTIVE, TieClass.STRONG),
        ("B", TieState.ACTIVE, TieClass.WEAK),
        ("C", TieState.ACTIVE, TieClass.WEAK),
        ("D", TieState.FADING, TieClass.WEAK),
        ("E", TieState.DORMANT, TieClass.STRONG),
        ("F", TieState.DORMANT, TieClass.FAINT),
        ("G", TieState.DORMANT, TieClass.FAINT),
        ("H", TieState.ACTIVE, TieClass.FAINT),
        ("I", TieState.NEW, TieClass.FAINT),
    ],
)
def test_state_and_class_of_the_profiles(profile: str, state: TieState, class_: TieClass) -> None:
    seen = reading(PROFILES[profile])
    assert (seen.state, seen.class_) == (state, class_)


@pytest.mark.parametrize("answered", [0, 1, 2, 30, 100, 270])
def test_a_vendor_answered_once_ranks_below_every_acquaintance(answered: int) -> None:
    strongest = reading(vendor(answered)).strength
    assert strongest < min(reading(PROFILES[p]).strength for p in "ABCD")


def test_strength_falls_with_the_rhythm_and_the_silence() -> None:
    a, b, c, d = (reading(PROFILES[p]).strength for p in "ABCD")
    assert 100 > a > b > c > d > 5


def test_the_report_shows_the_fading_acquaintance_before_the_rest() -> None:
    lost = {p: reading(history).lost for p, history in PROFILES.items()}
    assert max(lost, key=lambda p: lost[p]) == "D"


def test_one_exchange_long_ago_is_never_fading() -> None:
    assert {reading(exchanges(0), TODAY + day).state for day in range(0, 1500, 10)} == {TieState.NEW, TieState.DORMANT}


@pytest.mark.parametrize(
    ("history", "state"),
    [
        ([Contact(TODAY - 9, sent=1)], TieState.ONE_WAY),
        ([Contact(TODAY - 9, sent=3)], TieState.ONE_WAY),
        ([Contact(TODAY - 9 - i, received=1) for i in range(20)], TieState.ONE_WAY),
        ([Contact(TODAY - 9, sent=1), Contact(TODAY - 12, sent=1)], TieState.NEW),
        ([Contact(TODAY - 9, met=1)], TieState.NEW),
        ([Contact(TODAY - 9 - 7 * i, met=1) for i in range(6)], TieState.ACTIVE),
        ([Contact(TODAY - 90 - 7 * i, met=1) for i in range(6)], TieState.FADING),
        ([Contact(TODAY - 90 - 7 * i, sent=1) for i in range(6)], TieState.ACTIVE),
        ([Contact(TODAY - 900 - 7 * i, received=1) for i in range(20)], TieState.ONE_WAY),
    ],
)
def test_one_way_new_and_met(history: list[Contact], state: TieState) -> None:
    assert reading(history).state is state


def test_dormancy_scales_with_the_cadence() -> None:
    assert reading(every_days(180, 8, last=700)).state is TieState.FADING
    assert reading(every_days(180, 8, last=730)).state is TieState.DORMANT
    assert reading(every_days(7, 60, last=179)).state is TieState.FADING
    assert reading(every_days(7, 60, last=181)).state is TieState.DORMANT


def test_the_cadence_is_that_of_conversations() -> None:
    days = sorted({90 * quarter + day for quarter in range(12) for day in (0, 1, 2)})
    assert reading(exchanges(*days)).cadence_days == pytest.approx(88, abs=1)
    assert reading(every_days(7, 30, last=3)).cadence_days == pytest.approx(7)


def test_a_time_before_the_last_contact_reads_as_that_contact() -> None:
    assert reading(exchanges(0, 7, 14), TODAY - 20).silence_days == 0


def test_known_survival_of_a_regular_tie() -> None:
    """Eleven gaps of 90 days against the prior, worked out by hand from the formula."""
    state = fold(every_days(90, 12, last=0))
    assert state is not None
    weight = 11 * 15 / 26
    k, a = 0.25 + weight, 4 + weight / 2
    b = 2 + 0.25 * weight * (log(90) - 3) ** 2 / (2 * k)
    gap = own_gap(state)
    assert gap.centre == pytest.approx((0.25 * 3 + weight * log(90)) / k)
    assert gap.scale == pytest.approx((b * (k + 1) / (a * k)) ** 0.5)
    assert gap.survival(exp(gap.centre)) == pytest.approx(0.5)


contacts = st.builds(
    Contact, day=st.integers(15000, 18000), sent=st.integers(0, 2), received=st.integers(1, 2), met=st.integers(0, 1)
)


@given(st.lists(contacts, min_size=1, max_size=40), st.floats(0, 3000), st.floats(0, 500))
def test_every_reading_is_sane_and_silence_only_takes_away(history: list[Contact], silence: float, more: float) -> None:
    state = fold(history)
    assert state is not None
    now, later = read(state, state.last + silence), read(state, state.last + silence + more)
    for seen in (now, later):
        assert 0 <= seen.strength <= 100
        assert 0 <= seen.p_active <= 1
        assert 0 <= seen.survival <= 1
        assert 0 <= seen.lost <= seen.value <= 100
        assert seen.cadence_days >= 1
        assert reasons(seen)
        assert all(reason.endswith(".") and "  " not in reason for reason in reasons(seen))
    assert later.survival <= now.survival + 1e-9
    assert later.strength <= now.strength


@given(st.lists(contacts, min_size=1, max_size=40), st.floats(0.5, 2000))
def test_a_longer_horizon_can_only_raise_the_chance(history: list[Contact], silence: float) -> None:
    state = fold(history)
    assert state is not None
    chances = [p_active(state, silence, horizon) for horizon in (0, 1, 10, 60, 365)]
    assert chances[0] == pytest.approx(0, abs=1e-9)
    assert chances == sorted(chances)


def states_over_time(state: Rhythm, days: int) -> list[TieState]:
    seen: list[TieState] = []
    for day in range(0, days, 2):
        now = read(state, state.last + day).state
        if not seen or seen[-1] is not now:
            seen.append(now)
    return seen


def test_a_tie_passes_from_active_to_fading_to_dormant() -> None:
    for gap, episodes in ((1, 60), (7, 20), (30, 8), (91, 6), (182, 6), (91, 3)):
        state = fold(every_days(gap, episodes, last=0))
        assert state is not None
        assert states_over_time(state, 2000) == [TieState.ACTIVE, TieState.FADING, TieState.DORMANT]


def test_the_reasons_of_a_fading_tie() -> None:
    tie = fold(every_days(12, 41, last=47))
    assert tie is not None
    said = reasons(read(tie, NOON))
    assert said[0] == "You were in touch on 41 days over 16 months, usually about every twelve days."
    assert said[1].startswith("Now 47 days of silence; by your own rhythm, one so long comes less than 1 time in ")
    assert said[2].startswith("By itself it would come back within 60 days with a chance of ")


def test_the_reasons_of_the_others() -> None:
    assert reasons(reading([Contact(TODAY - 9, received=4)])) == (
        "You have never answered, and never met: 4 messages came in.",
        "The last message was 9 days ago.",
    )
    assert reasons(reading([Contact(TODAY - 9, sent=1)]))[0] == "You wrote once and have had no answer."
    assert "Mostly they write: you wrote or met on 1 day of 40." in reasons(reading(vendor(100)))
    assert reasons(reading(PROFILES["F"]))[1] == "Now 4 years of silence: dormant, but once a real tie."
    assert reasons(reading([Contact(TODAY - 9 * i, sent=1) for i in range(4)]))[-1] == "No answer has come so far."


def test_an_active_tie_says_how_usual_its_silence_is() -> None:
    assert "The last contact was 20 days ago, within the usual." in reasons(reading(PROFILES["B"]))
    late = reasons(reading(every_days(90, 12, last=110)))[1]
    assert late.startswith("The last contact was 4 months ago: longer than usual, but that happens 1 time in ")
    unanswered = reasons(reading([Contact(TODAY - 90 - 7 * i, sent=1) for i in range(6)]))
    assert unanswered[1] == (
        "The last contact was 3 months ago; by the rhythm so far, a silence so long comes less than 1 time in 100."
    )


def test_today_and_yesterday_are_called_so() -> None:
    once = [Contact(TODAY - 1, received=1)]
    assert [reasons(reading(once, TODAY + more))[1] for more in (-0.9, 0.5, 1.5)] == [
        "The last message was today.",
        "The last message was yesterday.",
        "The last message was 2 days ago.",
    ]
    assert "The last contact was yesterday, within the usual." in reasons(reading(every_days(7, 20, last=1)))


def test_a_silence_that_hardly_ever_happens_is_called_so() -> None:
    said = reasons(reading(every_days(1, 60, last=60)))
    assert said[1] == "Now 2 months of silence; by your own rhythm, one so long comes less than 1 time in 100."
