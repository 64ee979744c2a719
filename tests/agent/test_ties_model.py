"""The running state of a tie: any order, any portions, the same bits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ties.model import Contact, Rhythm, advance, fold

counts = st.integers(0, 3)
contacts = st.builds(
    Contact, day=st.integers(15000, 15400), sent=counts, received=counts, met=st.integers(0, 1)
).filter(lambda c: c.sent + c.received + c.met > 0)
histories = st.lists(contacts, min_size=1, max_size=60)


def by_day(history: list[Contact]) -> list[Contact]:
    days: dict[int, Contact] = {}
    for c in history:
        old = days.get(c.day, Contact(c.day))
        days[c.day] = Contact(c.day, old.sent + c.sent, old.received + c.received, old.met + c.met)
    return list(days.values())


@given(histories, st.randoms())
def test_any_arrival_order_and_a_rebuild_give_the_same_bits(history: list[Contact], random: object) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives no narrower type
    assert repr(fold(shuffled)) == repr(fold(history)) == repr(fold(by_day(history)))


@given(histories)
def test_mail_by_mail_is_the_same_as_day_by_day(history: list[Contact]) -> None:
    single: Rhythm | None = None
    for c in sorted(history, key=lambda c: c.day):
        for one in [Contact(c.day, sent=1)] * c.sent + [Contact(c.day, received=1)] * c.received:
            single = advance(single, one)
        if c.met:
            single = advance(single, Contact(c.day, met=c.met))
    assert repr(single) == repr(fold(history))


@given(histories)
def test_a_state_survives_a_round_through_plain_values(history: list[Contact]) -> None:
    state = fold(history)
    assert state is not None
    assert Rhythm(**state._asdict()) == state
    assert all(value is None or type(value) in (int, float) for value in state)


@given(histories)
def test_counts_are_the_counts(history: list[Contact]) -> None:
    state = fold(history)
    assert state is not None
    days = by_day(history)
    assert (state.n, state.first, state.last) == (len(days), min(c.day for c in days), max(c.day for c in days))
    assert state.own_episodes == sum(1 for c in days if c.sent or c.met)
    assert state.sent == sum(c.sent for c in history)
    assert state.credited <= 2 * state.own_episodes + 1
    assert 0 <= state.k160 <= state.credited


def test_no_contact_is_no_tie() -> None:
    assert fold([]) is None


def test_an_earlier_day_is_refused_with_what_to_do() -> None:
    state = fold([Contact(100, sent=1)])
    with pytest.raises(ValueError, match="fold the tie again"):
        advance(state, Contact(99, received=1))


def test_a_contact_in_which_nothing_happened_is_refused() -> None:
    with pytest.raises(ValueError, match="must hold a message or a meeting"):
        advance(None, Contact(100))


def test_inbound_is_credited_up_to_the_owners_own_and_one() -> None:
    vendor = fold([Contact(day, received=1) for day in range(0, 280, 7)])
    assert vendor is not None
    assert vendor.credited == 1
    answered = advance(vendor, Contact(300, sent=1))
    assert answered.credited == 2
    assert advance(advance(answered, Contact(310, received=1)), Contact(320, received=1)).credited == 3


def test_an_exchange_over_two_days_is_one_conversation() -> None:
    days = [day for quarter in range(12) for day in (90 * quarter, 90 * quarter + 1)]
    state = fold([Contact(day, sent=1) for day in days])
    assert state is not None
    assert (state.n, state.talks) == (24, 11)


def test_a_quarterly_tie_that_turns_daily_is_seen_as_daily_within_weeks() -> None:
    days = [90 * quarter for quarter in range(8)] + list(range(640, 700))
    state = fold([Contact(day, sent=1) for day in days])
    assert state is not None
    assert state.tm / state.tw < 0.7  # a usual gap under two days


@given(histories)
def test_credit_by_the_rule_read_aloud(history: list[Contact]) -> None:
    """Day by day: own days count; an inbound-only day counts while no more than own + 1 of them do."""
    own = inbound = 0
    for c in sorted(by_day(history), key=lambda c: c.day):
        if c.sent or c.met:
            own += 1
        elif inbound <= own:
            inbound += 1
    state = fold(history)
    assert state is not None
    assert (state.own_episodes, state.credited) == (own, own + inbound)
