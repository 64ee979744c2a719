"""Who the report names, in which order and how many; who came back and who is new; what is said of the sources."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.report.bars import blocks, months, stack
from agent.report.figures import TRIAGE_PEOPLE, came_back, first, iso_week, new_people, weekly
from agent.report.shape import DraftLine, Month, Previous, Promise, SourceLine, Tally, Week
from agent.ties.view import LastMail, Tie
from agent.types import TieState, Wish
from tests.agent.report_sample import AS_OF, TODAY, ZONE, Person, back, crowd, first_sample, judged, sample, tie


def test_the_ties_one_would_miss_most_come_first() -> None:
    report = weekly(sample())
    fading = [one for one in sample().ties if one.reading.state is TieState.FADING and not one.colleague]
    wanted = sorted(fading, key=lambda one: -one.reading.lost)
    assert report.people == tuple(one.person_id for one in wanted[:10])
    assert [row.number for row in report.rows] == list(range(1, 11))
    assert report.more == "Three more ties are fading; these come first."
    assert report.headline == "Ten ties are going quiet"


@pytest.mark.parametrize("most", [1, 3, 50])
def test_no_more_people_than_asked_for(most: int) -> None:
    report = weekly(replace(sample(), people=most))
    assert len(report.rows) == min(most, 13)


def test_colleagues_stay_out_unless_asked_for() -> None:
    colleague = tie(70, Person("Bob Adeyemi", "Own Company", 30, 90, colleague=True))
    assert colleague.reading.state is TieState.FADING
    inputs = replace(sample(), ties=(*sample().ties, colleague), people=50)
    assert 70 not in weekly(inputs).people
    assert 70 in weekly(replace(inputs, colleagues=True)).people


def test_a_row_says_why_how_long_and_what_to_do() -> None:
    bob = next(row for row in weekly(sample()).rows if row.name == "Bob Hale")
    assert (bob.organization, bob.again) == ("Northwind Shipping", True)
    assert (bob.usual, bob.silent, bob.last) == ("40 days", "5 months", "3 Oct 2024")
    assert bob.why.startswith("You were in touch on 22 days over 2½ years, usually about every six weeks. Now 5 months")
    assert bob.bridge == "Your only way to two others: Ida Lund (Northwind), seen together twice; Northwind."
    assert bob.draft == "A note to pick up the thread waits in your Drafts: “How did the harbour study end?”"
    assert bob.advice == "Read it, make it yours, send it. Deleted, it does not come back."


def test_advice_follows_from_what_lies_between_the_two() -> None:
    days = [TODAY - gap for gap in (150, 190, 230, 270, 310, 350)]
    person = Person("Ida Lund", None, 40, 150)
    ida = judged(1, person, sorted(days))
    met = replace(ida, meetings=10)
    rhythm = ida.reading.rhythm._replace(last_sent=1, last_received=TODAY)
    theirs = replace(ida, reading=replace(ida.reading, rhythm=rhythm))
    about = judged(1, replace(person, subject="Fwd: RE: the bridge at Narvik"), sorted(days))
    linked = judged(1, replace(person, subject="pay at https://evil.example"), sorted(days))
    named = replace(
        theirs, last_mail=LastMail("<9@example.org>", "[EXTERNAL] Re: [PATCH v2 1/7] Narvik by night", AS_OF)
    )
    advice = [_advice(one) for one in (met, theirs, named, about, linked)]
    assert advice == [
        "You mostly met in person: ask for half an hour.",
        "They wrote last: even a late answer is a way back.",
        "They wrote last, about “Narvik by night”: even a late answer is a way back.",
        "Two lines are enough: your last mail was about “the bridge at Narvik”.",
        "Two lines are enough: ask how they are.",
    ]


def _advice(tie: Tie) -> str:
    return weekly(replace(sample([tie]), drafts=())).rows[0].advice


def test_who_was_quiet_and_is_in_touch_again_came_back() -> None:
    steady = judged(80, Person("Steady Sue", None, 7, 3), list(range(TODAY - 400, TODAY, 7)))
    notes = came_back(replace(sample(), ties=(*sample().ties, steady)))
    assert {note.name: note.text for note in notes} == {
        "Yusuf Demir": "in touch again on Thursday after 9 months",
        "Nora Quist": "in touch again on Thursday after 6 months",
    }


def test_contact_before_this_week_is_not_coming_back() -> None:
    yusuf = back(61, "Yusuf Demir", 260)
    assert came_back(sample([yusuf]))
    assert not came_back(replace(sample([yusuf]), as_of=AS_OF + timedelta(days=7)))


def test_no_list_runs_on() -> None:
    crowd_back = [back(number, f"Friend {number}", 260) for number in range(1, 13)]
    notes = came_back(sample(crowd_back))
    assert (len(notes), notes[-1].name) == (8, "and five more")


def test_somebody_who_only_ever_wrote_did_not_come_back() -> None:
    yusuf = back(61, "Yusuf Demir", 260)
    assert not came_back(sample([replace(yusuf, reading=replace(yusuf.reading, two_sided=False))]))


def test_first_contact_this_week_is_new() -> None:
    assert [note.name for note in new_people(sample())] == ["Dmitri Dietz", "Elif Eriksen"]


def test_a_quiet_week_is_good_news() -> None:
    report = weekly(sample([]))
    assert (report.headline, report.rows, report.more) == ("Nobody is going quiet", (), "")
    assert report.subject == "Nobody is going quiet; you were in touch with 27 people"
    assert report.lead.startswith("There is nobody yet of whom a rhythm is known")
    steady = judged(80, Person("Steady Sue", None, 7, 3), list(range(TODAY - 400, TODAY, 7)))
    assert weekly(sample([steady])).lead.startswith("Every acquaintance is within the rhythm")


def test_the_subject_of_a_quiet_week_says_what_else_it_brought() -> None:
    yusuf, elif_ = back(61, "Yusuf Demir", 260), tie(1, Person("Elif Eriksen", None, 1, 1, length=3, met=True))
    assert weekly(sample([yusuf, elif_])).subject == "Yusuf Demir came back; nobody is going quiet"
    assert weekly(sample([elif_])).subject == "Nobody is going quiet; Elif Eriksen is new"
    assert weekly(replace(sample([]), week=Week())).subject == "Nobody is going quiet this week"


def test_a_conversation_that_pauses_is_no_tie_that_fades() -> None:
    days = list(range(TODAY - 60, TODAY - 10, 2))
    paused, quiet = (judged(1, Person("Bob Hale", None, 2, 13), [day - more for day in days]) for more in (0, 20))
    assert (paused.reading.state, quiet.reading.state) == (TieState.FADING, TieState.FADING)
    assert (weekly(sample([paused])).people, weekly(sample([quiet])).people) == ((), (1,))
    once = judged(1, Person("Bob Hale", None, 2, 60), list(range(TODAY - 70, TODAY - 59, 2)))
    assert (once.reading.state, weekly(sample([once])).people) == (TieState.FADING, ())
    wished = replace(paused, wish=Wish(every_days=7))
    assert weekly(sample([wished])).people == (1,)


def test_a_fortnights_break_is_no_coming_back() -> None:
    days = [*range(TODAY - 90, TODAY - 20, 2), TODAY - 4]
    assert not came_back(sample([judged(1, Person("Bob Hale", None, 2, 4), days)]))


def test_a_known_name_from_a_new_address_is_asked_about() -> None:
    known = tie(1, Person("Ed Tanous", "Tanous Labs", 42, 151))
    fresh = replace(tie(2, Person("ed tanous", "Google", 1, 1, length=3, met=True)), name="Ed TANOUS")
    (note,) = new_people(sample([known, fresh]))
    assert "weaktie people review" in note.text


def test_an_address_for_a_name_says_the_firm_already() -> None:
    bare = tie(1, Person("ben_pai@wistron.example", "wistron.example", 42, 151))
    report = weekly(sample([bare]))
    assert (report.rows[0].organization, report.subject) == ("", "ben_pai is going quiet")


def test_the_first_report_names_what_can_be_saved_before_what_was_lost_long_ago() -> None:
    yearly, busy = Person("Yearly Yan", None, 420, 1200, length=6000), Person("Bob Hale", None, 42, 230)
    yan, bob = tie(1, yearly), tie(2, busy)
    assert (yan.reading.state, bob.reading.state) == (TieState.FADING, TieState.DORMANT)
    assert [row.name for row in first(sample([yan, bob])).rows] == ["Bob Hale", "Yearly Yan"]


def test_drafts_for_people_not_in_the_list_are_named_below_it() -> None:
    report = weekly(sample())
    assert [(note.name, note.text) for note in report.drafts] == [
        ("Elif Eriksen", "A follow-up to your first meeting: “Good to meet you on Thursday”")
    ]


def test_a_failing_or_silent_source_is_said_loudly() -> None:
    lines = (
        SourceLine("mail", True, AS_OF - timedelta(hours=3)),
        SourceLine("old", True, AS_OF - timedelta(days=3)),
        SourceLine("cal", False, None, "no route to host"),
    )
    report = weekly(replace(sample(), sources=lines))
    assert [(note.name, note.text) for note in report.sources] == [("mail", "was last read three hours ago.")]
    assert [(note.name, note.text) for note in report.alarms] == [
        ("old", "was last read 3 days ago."),
        ("cal", "has never been read: no route to host."),
    ]


def test_the_trend_compares_with_the_report_before() -> None:
    counts = weekly(sample()).tally
    assert weekly(sample()).trend == "Six more active, two more fading and one fewer dormant than in the last report."
    same = replace(sample(), previous=Previous((), counts))
    assert weekly(same).trend == "No change since the last report."
    fewer = replace(sample(), previous=Previous((), replace(counts, fading=counts.fading + 1)))
    assert weekly(fewer).trend == "One fewer fading than in the last report."
    assert counts == Tally(active=30, fading=13, dormant=14, new=1)


def test_the_first_report_is_a_short_triage() -> None:
    report = first(first_sample())
    assert len(report.rows) == TRIAGE_PEOPLE
    assert [row.state for row in report.rows[:10]] == ["fading"] * 10
    assert len(report.promise) == 3
    assert (report.new, report.came_back, report.drafts) == ((), (), ())
    assert report.lead.startswith(
        "Your mail and calendars show 59 people you were in touch with, beside three colleague"
    )


def test_the_promise_follows_the_settings() -> None:
    usual = " ".join(first(first_sample()).promise)
    assert "at most three drafts a week" in usual
    assert "It cannot send anything: only you can" in usual
    other = " ".join(first(replace(first_sample(), promise=Promise(drafts_a_week=0, sends=True))).promise)
    assert "write no drafts, because you turned them off" in other
    assert "It sends only what you approved" in other


def test_json_is_plain_and_versioned() -> None:
    table = json.loads(json.dumps(weekly(sample()).as_json()))
    assert (table["version"], table["kind"], table["period"]) == (1, "weekly", "2025-W10")
    assert table["as_of"] == "2025-03-03T06:30:00Z"
    assert len(table["rows"][0]["months"]) == 24


def test_the_week_is_the_owners() -> None:
    sunday_night = datetime(2025, 3, 2, 23, 30, tzinfo=UTC)
    assert iso_week(sunday_night, UTC) == "2025-W09"
    assert iso_week(sunday_night, ZONE) == "2025-W10"
    assert iso_week(datetime(2024, 12, 30, tzinfo=UTC), UTC) == "2025-W01"


def test_months_run_up_to_today_and_silence_is_marked() -> None:
    bars = months([TODAY - 400, TODAY - 399, TODAY - 61, TODAY + 40, TODAY - 5000], AS_OF)
    assert (len(bars), bars[0].label, bars[-1].label) == (24, "Apr 2023", "Mar 2025")
    assert sum(month.count for month in bars) == 3
    assert [month.label for month in bars if month.silent] == ["Feb 2025", "Mar 2025"]
    assert blocks(bars) == "▁▁▁▁▁▁▁▁▁▃▁▁▁▁▁▁▁▁▁▁▁▂··"


@given(st.lists(st.integers(0, 40), min_size=1, max_size=24), st.integers(0, 6))
def test_the_wall_has_one_block_a_day_up_to_five(counts: list[int], quiet: int) -> None:
    row = [Month("", count, silent=False) for count in counts] + [Month("", 0, silent=True)] * quiet
    wall = stack(row)
    assert all(sum(size for size, _ in course) == len(counts) for course in wall)
    bricks = sum(size for course in wall for size, filled in course if filled)
    assert bricks == sum(min(count, 5) for count in counts)


def test_a_report_without_names_still_reads() -> None:
    nameless = tie(90, Person("\u202e\u200b", "\x00", 42, 151))
    row = weekly(sample([nameless])).rows[0]
    assert (row.name.replace("\u200b", ""), row.organization) == ("person90@example.org", "")


def test_a_draft_for_somebody_unknown_is_still_shown() -> None:
    stray = DraftLine(999, "thank_you", "Thank you", "drafted", AS_OF, name="Ola Nord")
    assert weekly(replace(sample(), drafts=(stray,))).drafts[0].name == "Ola Nord"


def test_crowd_is_as_many_as_it_says() -> None:
    assert len(crowd()) == 60
