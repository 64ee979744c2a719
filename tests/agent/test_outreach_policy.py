"""May we write, may we send: every rule alone, and what each says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import Drafts, Owner, Send
from agent.outreach import lookalike
from agent.outreach.policy import (
    Facts,
    Limits,
    SendFacts,
    SendLimits,
    is_quiet,
    may_draft,
    may_send,
    owner_wide,
    recipient_doubts,
)
from agent.outreach.settings import limits_of, send_limits_of, writer_of
from agent.types import DraftKind
from tests.letters import ALICE, BOB, DANA, ERIK, at

NOW = at("2026-03-02 09:00")
FINE = Facts(
    now=NOW,
    kind=DraftKind.RECONNECT,
    address=DANA,
    own=frozenset({ALICE}),
    written_to=frozenset({DANA, ERIK}),
    first_report_at=NOW - timedelta(days=3),
)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("change", "reason", "lasting"),
    [
        ({"address": ""}, "no mail address of theirs is known", True),
        ({"address": "not an address"}, "'not an address' is not an address one can write to", True),
        ({"address": "dana@localhost"}, "'dana@localhost' is not an address one can write to", True),
        ({"address": "dana@northwind"}, "'dana@northwind' is not an address one can write to", True),
        (
            {"address": "ｄana@northwind.example.net"},
            "'ｄana@northwind.example.net' is not an address one can write to",
            True,
        ),
        ({"address": ALICE}, f"{ALICE} is your own address", True),
        ({"address": BOB}, "you never wrote to bob@lindqvist.example.com nor met them", True),
        ({"suppressed": "northwind must not be contacted"}, "northwind must not be contacted", True),
        ({"bounced": True}, f"mail to {DANA} came back", True),
        ({"colleague": True}, "a colleague", True),
        ({"open_with_person": 1}, "a draft to this person is open already", False),
        ({"has_target": True, "open_for_target": 1}, "an ask for this target is open already", False),
        ({"first_report_at": None}, "drafts start after your first report", False),
        ({"first_report_at": NOW - timedelta(hours=23)}, "drafts start 24 hours after your first report", False),
        ({"made_this_week": 3}, "3 drafts in seven days; the limit is 3", False),
        ({"unreviewed": 5}, "5 drafts wait for you; the limit is 5", False),
        ({"kind": DraftKind.INTRO_REQUEST, "asks_this_month": 10}, "10 asks in thirty days; the limit is 10", False),
        (
            {"kind": DraftKind.INTRO_REQUEST, "last_ask_of_person": NOW - 89 * DAY},
            "an ask of this person was made on 2025-12-03; the next one 90 days later",
            False,
        ),
        ({"last_with_person": NOW - 29 * DAY}, "a draft to this person was made on 2026-02-01", False),
        ({"last_at_firm": NOW - 13 * DAY}, "a draft to this firm was made on 2026-02-17", False),
        ({"has_target": True, "last_for_target": NOW - 29 * DAY}, "an ask for this target was made on", False),
    ],
)
def test_one_reason_against_is_enough(change: dict[str, Any], reason: str, lasting: bool) -> None:
    decision = may_draft(replace(FINE, **change), Limits())
    assert decision.allowed is False
    assert decision.reasons[0].startswith(reason)
    assert decision.lasting == lasting


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"first_report_at": NOW - timedelta(hours=24)},
        {"made_this_week": 2, "unreviewed": 4, "asks_this_month": 10},
        {"last_with_person": NOW - 30 * DAY, "last_at_firm": NOW - 14 * DAY},
        {"open_for_target": 1, "last_for_target": NOW},
        {"kind": DraftKind.INTRO_REQUEST, "colleague": True},
        {"last_ask_of_person": NOW - 31 * DAY},
        {"kind": DraftKind.INTRO_REQUEST, "last_ask_of_person": NOW - 90 * DAY},
    ],
)
def test_what_is_within_the_limits_is_allowed(change: dict[str, Any]) -> None:
    assert may_draft(replace(FINE, **change), Limits()).allowed


def test_what_the_owner_asks_for_passes_by_restraint_alone() -> None:
    busy = replace(
        FINE,
        asked=True,
        first_report_at=None,
        made_this_week=9,
        unreviewed=9,
        asks_this_month=99,
        last_with_person=NOW,
        last_at_firm=NOW,
        colleague=True,
    )
    assert may_draft(busy, Limits()).allowed
    for change in ({"suppressed": "no"}, {"open_with_person": 1}, {"address": BOB}, {"bounced": True}):
        assert not may_draft(replace(busy, **change), Limits()).allowed


def test_the_owners_own_limits_stand_against_everybody() -> None:
    assert owner_wide(FINE, Limits()) == ()
    assert owner_wide(replace(FINE, made_this_week=3), Limits())
    assert owner_wide(replace(FINE, unreviewed=5), Limits())
    assert owner_wide(replace(FINE, first_report_at=None), Limits())


def test_a_limit_of_none_drafts_nothing() -> None:
    assert not may_draft(FINE, Limits(max_new_per_week=0)).allowed


READY = SendFacts(
    local=datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Europe/Berlin")),
    recipients=(DANA,),
    own=frozenset({ALICE}),
    written_to=frozenset({DANA}),
    digest="d",
    approved_digest="d",
)


@pytest.mark.parametrize(
    ("change", "reason", "lasting"),
    [
        ({"recipients": ()}, "it has 0 recipients", True),
        ({"recipients": (DANA, ERIK)}, "it has 2 recipients", True),
        ({"recipients": (ERIK,)}, "you never wrote to", True),
        ({"suppressed": "no"}, "no", True),
        ({"digest": "e"}, "the text is not the one that was approved", True),
        ({"digest": "", "approved_digest": ""}, "the text is not the one that was approved", True),
        ({"sent_last_day": 3}, "3 went out within a day", False),
        ({"local": READY.local.replace(hour=6, minute=59)}, "quiet hours until 07:00", False),
        ({"local": READY.local.replace(hour=20)}, "quiet hours until 07:00", False),
    ],
)
def test_one_reason_against_sending_is_enough(change: dict[str, Any], reason: str, lasting: bool) -> None:
    decision = may_send(replace(READY, **change), SendLimits())
    assert decision.allowed is False
    assert decision.reasons[0].startswith(reason)
    assert decision.lasting == lasting
    assert may_send(READY, SendLimits()).allowed


@given(st.times(), st.times(), st.times())
def test_quiet_hours_go_over_midnight(local: time, begin: time, end: time) -> None:
    limits = SendLimits(quiet_from=begin, quiet_until=end)
    other = SendLimits(quiet_from=end, quiet_until=begin)
    assert not is_quiet(end, limits)
    if begin == end:
        assert not is_quiet(local, limits)
    else:
        assert is_quiet(local, limits) != is_quiet(local, other)


@pytest.mark.parametrize(
    "address",
    [
        "dana@nоrthwind.example.net",  # Cyrillic o
        "dana@xn--nrthwind-9ig.example.net",
        "dana@n0rthwind.example.net",
        "dana@northvvind.example.net",
        "dаna@northwind.example.net",  # Cyrillic a
        "dana@northwlnd.example.net",
    ],
)
def test_an_address_that_looks_like_another_is_doubted(address: str) -> None:
    assert lookalike.doubt(address, {DANA, address})
    assert recipient_doubts(address, frozenset(), frozenset({DANA, address}))


@pytest.mark.parametrize(
    "address",
    [
        DANA,
        "dana.reed@northwind.example.net",
        "paul@xn--mller-kva.example.de",
        "li@xn--fiqs8s.example.org",
        "kim@xn--3e0b707e.example.org",
        "pавел@example.org"[:1] + "avel@xn--80ak6aa92e.example.org",
    ],
)
def test_honest_addresses_are_not(address: str) -> None:
    assert lookalike.doubt(address, {DANA, ERIK, address}) == ""


def test_doubts_name_both_addresses_and_the_decoded_domain() -> None:
    doubt = lookalike.doubt("dana@n0rthwind.example.net", {DANA})
    assert "dana@n0rthwind.example.net looks like dana@northwind.example.net" in doubt
    mixed = lookalike.doubt("bob@xn--cme-5cd.com", set())
    assert "аcme.com (that is xn--cme-5cd.com) mixes alphabets: Cyrillic, Latin" in mixed


def test_a_double_of_a_domain_in_another_alphabet_names_both_as_they_are_shown() -> None:
    known = "x@xn--bcher-kva.example"
    assert lookalike.doubt("y@bucher.example", {known}) == (
        "the domain bucher.example looks like bücher.example, which you also know"
    )
    assert lookalike.doubt("y@xn--bcher-kva.example", {"x@bucher.example"}) == (
        "the domain bücher.example looks like bucher.example, which you also know"
    )


def test_a_double_of_an_address_at_an_encoded_domain_is_told_as_one() -> None:
    assert lookalike.doubt("x@xn--bcher-kva.example", {"x@bucher.example"}) == (
        "x@xn--bcher-kva.example looks like x@bucher.example, whom you also know"
    )


def test_a_name_in_quotes_may_hold_an_at_sign() -> None:
    """RFC 5321 §4.1.2: the domain stands behind the last one."""
    told = "the domain n0rthwind.example.net looks like northwind.example.net, which you also know"
    assert lookalike.doubt("x@n0rthwind.example.net", {'"dana@home"@northwind.example.net'}) == told
    assert lookalike.doubt('"dana@home"@n0rthwind.example.net', {"x@northwind.example.net"}) == told


def test_a_label_that_decodes_to_nothing_is_shown_as_it_is() -> None:
    assert lookalike.shown_host("xn--é.example") == "xn--é.example"


def test_alphabets_that_are_written_together_are_no_mixture() -> None:
    host = "xn--" + "日本ひらカタ한".encode("punycode").decode()
    assert lookalike.doubt(f"a@{host}.example", set()) == ""


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_gets_an_answer(one: str, other: str) -> None:
    assert isinstance(lookalike.doubt(one, {other}), str)
    assert isinstance(recipient_doubts(one, frozenset(), frozenset({other})), list)


def test_settings_speak_the_configurations_words() -> None:
    assert limits_of(Drafts(days_between=7, max_new_per_week=1)) == Limits(days_between=7, max_new_per_week=1)
    assert send_limits_of(Send(quiet_from="21:30")) == SendLimits(quiet_from=time(21, 30))
    assert send_limits_of(Send(quiet_until="6:05")) == SendLimits(quiet_until=time(6, 5))
    with pytest.raises(ValueError, match="not a time of day"):
        Send(quiet_from="evening")
    writer = writer_of(Owner(name="Alice", addresses=(ALICE, BOB), timezone="Europe/Berlin", signature="A"))
    assert (writer.address, writer.domain, writer.signature) == (ALICE, "lindqvist.example.com", "A")
