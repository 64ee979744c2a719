"""Suggestions: which occasions make a plan, in which order, in which words; and what the policy makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.outreach import wording
from agent.outreach.policy import Limits
from agent.outreach.suggest import FirstMeeting, Occasions, Thanks, Way, intro_request, reconnect, suggest
from agent.store import suppression
from agent.store.db import Store
from agent.ties.model import Contact, fold
from agent.ties.reading import read
from agent.ties.view import LastMail, Tie, day_of, fractional_day
from agent.types import DraftKind, TieState
from agent.types import DraftState as S
from tests.agent.outreach_world import NOW, ZONE, World
from tests.letters import BOB, DANA, ERIK, at, mail

TODAY = day_of(NOW)
MAIL = LastMail("m@example.net", "Re: Budget for the pilot", NOW - timedelta(days=120))


def tie(person_id: int = 1, gap: int = 14, silence: int = 120, **changes: object) -> Tie:
    """A two-sided tie of ten episodes at this gap, silent since."""
    days = [TODAY - silence - gap * number for number in range(9, -1, -1)]
    rhythm = fold(Contact(day, sent=1, received=1) for day in days)
    assert rhythm is not None
    values: dict[str, object] = {
        "person_id": person_id,
        "name": "Dana Reed",
        "addresses": (DANA,),
        "organization": "northwind.example.net",
        "colleague": False,
        "reading": read(rhythm, fractional_day(NOW)),
        "last_contact": NOW - timedelta(days=silence),
        "sent": 10,
        "received": 10,
        "meetings": 0,
        "last_mail": MAIL,
    }
    return Tie(**{**values, **changes})  # type: ignore[arg-type]


def of(*ties: Tie, as_of: datetime = NOW, **more: object) -> Occasions:
    return Occasions(as_of=as_of, zone=ZONE, ties=ties, first_report_at=at("2026-02-01"), **more)  # type: ignore[arg-type]


def test_a_fading_tie_is_written_to_about_what_was_last_talked_about() -> None:
    dana = tie()
    assert dana.reading.state is TieState.FADING
    (plan,) = suggest(of(dana))
    assert (plan.kind, plan.address, plan.reason_key) == (DraftKind.RECONNECT, DANA, "fading:2025-11-02")
    assert plan.context["topic"] == "Budget for the pilot"
    assert wording.when(plan.context["when"], NOW, ZONE) == "in November"
    assert plan.reply_to == MAIL
    assert plan.reasons == dana.reasons
    assert plan.since == dana.last_contact


@pytest.mark.parametrize(
    "change",
    [
        {"colleague": True},
        {"addresses": ()},
        {"last_mail": None},
        {"last_mail": replace(MAIL, subject="(no subject)")},
        {"last_mail": replace(MAIL, subject="Claim your prize at https://evil.example")},
    ],
)
def test_without_an_occasion_but_silence_nothing_is_planned(change: dict[str, Any]) -> None:
    assert suggest(of(tie(**change))) == []


@pytest.mark.parametrize("silence", [3, 3000])
def test_ties_that_are_well_or_long_gone_are_left_alone(silence: int) -> None:
    assert suggest(of(tie(silence=silence))) == []


def test_those_with_most_to_lose_come_first() -> None:
    ties = [tie(1, silence=90), tie(2, silence=170), tie(3, gap=30, silence=150)]
    order = sorted(ties, key=lambda one: -one.reading.lost)
    assert [plan.person_id for plan in suggest(of(*ties))] == [one.person_id for one in order]
    assert order != ties


def test_a_thread_from_years_ago_is_named_and_not_picked_up_again() -> None:
    old = LastMail("m@example.net", "Re: Budget for the pilot", NOW - timedelta(days=600))
    plan = reconnect(tie(silence=600, last_mail=old), NOW, asked=True)
    assert (plan.reply_to, plan.context["topic"]) == (None, "Budget for the pilot")
    assert wording.when(plan.context["when"], NOW, ZONE) is None


@pytest.mark.parametrize(("days", "answered"), [(10, True), (40, False)])
def test_thanks_and_follow_ups_answer_only_mail_that_belongs_to_them(days: int, answered: bool) -> None:
    last = LastMail("m@example.net", "Drawings", MET.at - timedelta(days=days))
    dana = tie(silence=3, last_contact=MET.at, last_mail=last)
    thanks = Thanks(1, 5, "Carol Jones", MET.at)
    for more in ({"meetings": [MET]}, {"thanks": [thanks]}):
        (plan,) = suggest(of(dana, as_of=at("2026-02-27 09:00"), **more))
        assert (plan.reply_to == last) is answered


def test_on_request_a_tie_is_written_to_whatever_its_state() -> None:
    plan = reconnect(tie(silence=3, last_mail=None), NOW, asked=True)
    assert plan.reason_key == "fading:2026-02-27 asked:2026-03-02"
    assert plan.context["topic"] is plan.context["when"] is None


MET = FirstMeeting(1, 77, "Product roundtable", at("2026-02-26 14:00"))  # a Thursday


@pytest.mark.parametrize(
    ("as_of", "due"),
    [
        ("2026-02-26 18:00", False),
        ("2026-02-27 06:59", False),  # 07:59 in Berlin
        ("2026-02-27 07:00", True),
        ("2026-03-05 13:00", True),
        ("2026-03-05 15:00", False),
    ],
)
def test_a_follow_up_is_due_the_morning_after_for_a_week(as_of: str, due: bool) -> None:
    dana = tie(silence=3, last_contact=MET.at)
    assert bool(suggest(of(dana, as_of=at(as_of), meetings=[MET]))) == due


def test_after_a_friday_it_is_due_on_monday() -> None:
    assert wording.morning_after(at("2026-02-27 14:00"), ZONE) == at("2026-03-02 07:00")


def test_a_follow_up_says_where_and_when() -> None:
    (plan,) = suggest(of(tie(silence=3, last_contact=MET.at), as_of=at("2026-02-27 09:00"), meetings=[MET]))
    assert (plan.kind, plan.reason_key) == (DraftKind.FOLLOW_UP, "met:77")
    assert plan.context["meeting"] == "Product roundtable"
    assert wording.when(plan.context["when"], at("2026-02-27 09:00"), ZONE) == "on Thursday"
    assert plan.reasons == ("you met for the first time on 2026-02-26 (“Product roundtable”)",)


@pytest.mark.parametrize("report", [None, "2026-02-26 15:00"])
def test_meetings_before_the_first_report_are_past(report: str | None) -> None:
    seen = at(report) if report else None
    found = Occasions(at("2026-02-27 09:00"), ZONE, [tie(silence=3, last_contact=MET.at)], [MET], first_report_at=seen)
    assert suggest(found) == []


def test_who_was_in_touch_after_the_meeting_needs_no_follow_up() -> None:
    heard = tie(last_contact=at("2026-02-27 08:00"), silence=3)
    assert suggest(of(heard, as_of=at("2026-02-27 12:00"), meetings=[MET])) == []
    assert suggest(of(tie(2, silence=3), meetings=[MET])) == []


def test_an_ask_names_the_target_and_starts_a_thread() -> None:
    way = Way(5, "acme.example", 1, "Carol Jones", "Dana Reed and Carol Jones seen together twice")
    (plan,) = suggest(of(tie(silence=3), ways=[way, Way(5, "acme.example", 99)]))
    assert (plan.kind, plan.reason_key, plan.target_id) == (DraftKind.INTRO_REQUEST, "target:5", 5)
    assert plan.context["target"] == "acme.example"
    assert plan.context["contact"] == "Carol Jones"
    assert plan.reply_to is None
    assert plan.reasons[1].startswith("Dana Reed and Carol Jones")
    nameless = intro_request(tie(), replace(way, contact="carol@acme.example"), NOW, asked=True)
    assert nameless.context["contact"] is None
    assert nameless.reason_key == "target:5 asked:2026-03-02"


def test_thanks_come_first_and_in_time() -> None:
    thanks = Thanks(1, 42, "Carol Jones", NOW - timedelta(days=2))
    way = Way(5, "acme.example", 1)
    plans = suggest(of(tie(), ways=[way], thanks=[thanks, thanks]))
    assert [plan.kind for plan in plans] == [DraftKind.THANK_YOU, DraftKind.INTRO_REQUEST, DraftKind.RECONNECT]
    assert plans[0].reason_key == "thanks:42"
    for late in (replace(thanks, at=NOW - timedelta(days=15)), replace(thanks, at=NOW + timedelta(days=1))):
        assert DraftKind.THANK_YOU not in [plan.kind for plan in suggest(of(tie(), thanks=[late]))]


@pytest.mark.parametrize(
    ("subject", "topic"),
    [
        ("Re: AW: [list] Fwd: Budget", "Budget"),
        ("Re: AW: Fwd: [EXT] ***SPAM*** Re: Budget", "Budget"),
        ("*****SPAM***** Budget", "Budget"),
        ("{Spam?} Budget", "Budget"),
        ("Spam in the budget", "Spam in the budget"),
        ("Accepted: Coffee @ Tue 3 Mar 2026 10:00 (CET)", "Coffee"),
        ("  “Budget”  ", "Budget"),
        ("Re:", None),
        ("(kein Betreff)", None),
        ("12345", None),
        ("a" * 81, None),
        ("see www.evil.example", None),
        ("mail me at x@evil.example", None),
        ("<b>Hi there</b>", None),
        ("line\nbreak and\u202ebidi", "line break and bidi"),
    ],
)
def test_topics_are_quoted_only_if_they_are_fit_for_it(subject: str, topic: str | None) -> None:
    assert wording.topic(subject) == topic


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("2026-03-01", "in March"),
        ("2025-05-31", "in May"),
        ("2025-04-30", "in April last year"),
        ("2025-01-15", "in January last year"),
        ("2024-12-15", None),
        ("2026-04-15", None),
    ],
)
def test_months_in_words(then: str, words: str | None) -> None:
    assert wording.month_of(at(then), NOW, ZONE) == words


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("2026-03-02", "on Monday"),
        ("2026-02-24", "on Tuesday"),
        ("2026-02-23", "last week"),
        ("2026-02-16", None),
        ("2026-03-03", None),
    ],
)
def test_days_in_words(then: str, words: str | None) -> None:
    assert wording.weekday_of(at(then), NOW, ZONE) == words


def test_words_in_german_and_none_in_a_language_that_we_do_not_speak() -> None:
    march, year = {"month": "2026-03-01T09:00:00+00:00"}, {"month": "2025-04-30T09:00:00+00:00"}
    day = at("2026-02-24")
    assert wording.when(march, NOW, ZONE, "de") == "im März"
    assert wording.when(year, NOW, ZONE, "de-AT") == "im April letzten Jahres"
    assert wording.when({"day": day.isoformat()}, NOW, ZONE, "de") == "am Dienstag"
    assert wording.when({"day": at("2026-02-20").isoformat()}, NOW, ZONE, "de") == "letzte Woche"
    assert wording.when(march, NOW, ZONE, "fr") is None
    assert wording.when({}, NOW, ZONE) is None


@given(st.text(max_size=100), st.datetimes())
def test_no_figures_and_no_markup_leave_for_the_template(text: str, when: datetime) -> None:
    for words in (wording.month_of(NOW, NOW, ZONE), wording.weekday_of(NOW, NOW, ZONE)):
        assert words
        assert not any(char.isdigit() for char in words)
    assert not set(wording.given(text) or "") & set("<>{}@/:0123456789")
    assert not set(wording.naming(text) or "") & set("<>{}")


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_plans_become_drafts_up_to_the_limits(world: World) -> None:
    for number in range(7):
        world.acquainted(f"p{number}@firm{number}.example", "Somebody Else")
    plans = [world.plan(f"p{number}@firm{number}.example") for number in range(7)]
    verdicts = world.planned(*plans)
    assert [verdict.draft_id is not None for verdict in verdicts] == [True] * 3 + [False] * 4
    assert verdicts[3].decision.reasons == ("3 drafts in seven days; the limit is 3",)
    world.later(days=8)
    world.planned(*plans)
    assert len(world.rows()) == 5
    assert "5 drafts wait for you" in world.planned(*plans)[-1].decision.reasons[0]


def test_a_hundred_thousand_plans_make_three_drafts_quickly(world: World) -> None:
    plan = world.plan()
    world.limits = Limits(max_new_per_week=1)
    verdicts = world.planned(*(replace(plan, reason_key=str(number)) for number in range(100_000)))
    assert len(verdicts) == 100_000
    assert len(world.rows()) == 1


def test_a_lasting_refusal_is_kept_shown_and_lifted(world: World) -> None:
    with world.store.write() as connection:
        suppression.add(connection, world.owner_id, "address", DANA, world.now)
    world.planned()
    world.planned()
    assert world.state() is S.REFUSED
    assert f"{DANA} must not be contacted" in world.row().note
    with world.store.write() as connection:
        suppression.remove(connection, world.owner_id, "address", DANA)
    world.later(hours=1)
    world.planned(world.plan(context={"first_name": "Dana", "topic": "News", "when": None}))
    assert world.state() is S.PLANNED
    assert world.row().context["topic"] == "News"
    assert world.row().created_at == world.now


def test_what_could_not_be_written_is_not_tried_for_ever(world: World) -> None:
    world.planned(world.plan(context={"first_name": "Dana"}))
    world.push()
    assert world.state() is S.PLANNED  # 'topic' is not among the values: the template's fault, not the person's
    world.capture(mail("x", "2026-03-01 09:00", DANA, "alice@lindqvist.example.com"))
    world.push()
    assert world.state() is S.WITHDRAWN


def test_one_ask_a_target_and_then_a_pause(world: World) -> None:
    for address in (ERIK, "fay@fay.example.org", BOB):
        world.acquainted(address, "Somebody Else")
    from agent.store import targets

    with world.store.write() as connection:
        target = targets.add(connection, world.owner_id, "organization", "acme.example", world.now)
    ask = {"kind": DraftKind.INTRO_REQUEST, "reason_key": f"target:{target.id}", "target_id": target.id}
    values = {"first_name": None, "target": "acme.example", "contact": None}
    plans = [world.plan(address, **ask, context=values) for address in (ERIK, "fay@fay.example.org")]
    world.planned(*plans)
    assert [row.recipients for row in world.rows()] == [(ERIK,)]
    world.push()
    world.mailbox.copies.clear()
    world.observe()
    world.later(hours=25)
    world.observe()
    world.planned(*plans)
    assert [row.state for row in world.rows()] == [S.DISMISSED]
    world.later(days=30)
    world.planned(*plans)
    assert [row.state for row in world.rows()] == [S.DISMISSED, S.PLANNED]


def test_on_hold_nothing_is_planned_or_refused(world: World) -> None:
    with world.store.write() as connection:
        suppression.add(connection, world.owner_id, "everybody", "*", world.now)
    (verdict,) = world.planned()
    assert "everything is on hold" in verdict.decision.reasons[0]
    assert world.rows() == []


def test_nothing_before_the_first_report(store: Store) -> None:
    world = World(store, now=NOW - timedelta(days=400))
    world.now = NOW - timedelta(days=403, hours=-2)
    (verdict,) = world.planned()
    assert verdict.decision.reasons == ("drafts start 24 hours after your first report",)


@pytest.mark.parametrize(
    ("name", "address", "greeting"),
    [
        ("Dana Reed", "dana.reed@northwind.example", "Dana"),
        ("Dana Reed", "d.reed@northwind.example", "Dana"),
        ("Reed Dana", "dana.reed@northwind.example", None),
        ("Müller Sabine", "s.mueller@firm.example", None),
        ("Sabine Müller", "s.mueller@firm.example", "Sabine"),
        ("Dana Reed", "reed@northwind.example", "Dana"),
        ("Reed Trading", "mail@reed.example", None),
        ("Dana", "dana@solo.example", None),
        ("", "", None),
    ],
)
def test_nobody_is_greeted_by_a_name_that_may_be_their_surname(name: str, address: str, greeting: str | None) -> None:
    assert wording.greeted(name, address) == greeting
    who = tie(name=name, addresses=(address,)) if address else tie(name=name, addresses=())
    assert reconnect(who, NOW).context["first_name"] == greeting
