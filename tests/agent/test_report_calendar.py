"""Due people as a calendar: valid, the same for the same day, one event a person that keeps its id."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from icalendar import Calendar

from agent.report.calendar import calendar
from agent.report.shape import Inputs
from agent.ties.view import Tie
from agent.types import Standing, Wish
from tests.agent.report_sample import AS_OF, Person, sample, tie, wished_sample
from tests.agent.test_report_render import HOSTILE

SALT = b"salt"
TODAY = date(2025, 3, 3)
BOB = Person("Bob Hale", "Northwind", 30, 10, subject="The harbour study")


def events(inputs: Inputs) -> dict[str, tuple[date, str]]:
    """Summary → (day, id) of every event; the file is parsed back strictly."""
    content = calendar(inputs, SALT)
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 75
    read: Any = Calendar.from_ical(content)
    assert read.errors == []
    assert (read["version"], read["method"]) == ("2.0", "PUBLISH")
    found = {}
    for event in read.walk("VEVENT"):
        assert event.errors == []
        assert event["dtend"].dt - event["dtstart"].dt == timedelta(days=1)
        assert {"DTSTAMP", "UID", "SUMMARY", "CLASS", "TRANSP"} <= set(event)
        found[str(event["summary"])] = (event["dtstart"].dt, str(event["uid"]))
    return found


def wished(wish: Wish, person: Person = BOB) -> Inputs:
    """Bob, in touch ten days ago, with a wish."""
    return replace(sample([replace(tie(1, person), wish=wish)]), previous=None)


def test_a_wanted_rhythm_has_a_day_ahead_and_once_over_it_is_today() -> None:
    assert events(wished(Wish(every_days=30)))["A word to Bob Hale (Northwind)"][0] == TODAY + timedelta(days=20)
    assert events(wished(Wish(every_days=7)))["A word to Bob Hale (Northwind)"][0] == TODAY
    assert events(wished(Wish(every_days=3000))) == {}
    assert events(wished(Wish())) == {}


def test_a_snooze_moves_the_day_and_hidden_ones_have_none() -> None:
    asleep = Wish(every_days=7, snoozed_from=AS_OF, snoozed_until=AS_OF + timedelta(days=60))
    assert events(wished(asleep))["A word to Bob Hale (Northwind)"][0] == TODAY + timedelta(days=60)
    for standing in (Standing.DROPPED, Standing.PRIVATE):
        assert events(wished(Wish(standing, every_days=7))) == {}


def test_whom_the_report_names_stands_on_today() -> None:
    found = events(wished_sample())
    assert found["A word to Bob Hale (Northwind Shipping)"][0] == TODAY
    assert len(found) == 10
    assert not any("Ravi" in summary or "Jonas" in summary for summary in found)


def test_ids_stay_with_the_person_and_say_nothing() -> None:
    (one,) = events(wished(Wish(every_days=30))).values()
    later = replace(wished(Wish(every_days=30)), as_of=AS_OF + timedelta(days=40))
    (two,) = events(later).values()
    assert one[1] == two[1]
    assert one[0] != two[0]
    assert "bob" not in one[1].lower()
    assert calendar(later, SALT) == calendar(later, SALT)
    assert calendar(later, SALT) != calendar(later, b"other")


@settings(max_examples=40)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_name_adds_a_line_or_a_link(name: str, firm: str, goal: str) -> None:
    bob: Tie = replace(tie(1, replace(BOB, name=name, firm=firm)), wish=Wish(every_days=7, goal=goal))
    content = calendar(replace(sample([bob]), previous=None), SALT)
    lines = content.replace(b"\r\n ", b"").split(b"\r\n")
    assert len(events(replace(sample([bob]), previous=None))) == 1
    assert sum(line.startswith(b"BEGIN:") for line in lines) == 2
    assert b"evil.example" not in content.replace(b"\r\n ", b"")
