"""Events of Microsoft Graph in the terms of every other calendar: people, days, cancellations, UIDs, and junk."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.microsoft.events import meeting, series_uid
from connectors.records import Answer, Malformed, MeetingRecord
from tests.connectors.calendar_contract import ALICE, BOB, ONE
from tests.connectors.test_microsoft_calendar import OBJECT, happens, said, wall
from tests.servers import graph as graph_server

FIELDS = ["dateTime", "timeZone", "emailAddress", "address", "status", "response"]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
)


def of(event: dict[str, Any]) -> MeetingRecord:
    """The record of an event at the time of ONE."""
    record = meeting({**event, "id": "x", **graph_server.times(*next(happens(ONE)))}, "Work", ALICE)
    assert isinstance(record, MeetingRecord)
    return record


def test_the_owners_own_answer_counts_also_where_they_are_not_listed() -> None:
    invited = {"organizer": {"emailAddress": {"address": BOB}}, "isOrganizer": False}
    answers = {"accepted": Answer.ACCEPTED, "declined": Answer.DECLINED, "tentativelyAccepted": Answer.TENTATIVE}
    for response, answer in answers.items():
        record = of(said(ONE, **invited, attendees=[], responseStatus={"response": response}))
        assert {one.address: one.answer for one in record.attendees} == {BOB: Answer.ACCEPTED, ALICE: answer}
    listed = said(
        replace(ONE, guests=((ALICE, Answer.NEEDS_ACTION),)), **invited, responseStatus={"response": "accepted"}
    )
    assert {one.address: one.answer for one in of(listed).attendees} == {BOB: Answer.ACCEPTED, ALICE: Answer.ACCEPTED}
    silent = said(ONE, **invited, attendees=[], responseStatus={"response": "notResponded"})
    assert [one.address for one in of(silent).attendees] == [BOB]


def test_cancelled_meetings_are_marked_and_old_names_of_people_left_out() -> None:
    legacy = {
        "emailAddress": {"name": "Carl", "address": "/O=EXCHANGELABS/CN=CARL"},
        "status": None,
        "type": "required",
    }
    record = of(said(ONE, isCancelled=True, attendees=[legacy]))
    assert record.cancelled
    assert [one.address for one in record.attendees] == [ALICE]


@pytest.mark.parametrize(
    "midnight", ["2026-03-10T00:00:00.0000000", "2026-03-09T23:00:00.0000000", "2026-03-10T05:00:00"]
)
def test_a_day_is_that_day_by_whatever_midnight_it_was_filed(midnight: str) -> None:
    day = {"dateTime": midnight, "timeZone": "UTC"}
    record = meeting({**said(ONE), "id": "x", "isAllDay": True, "start": day, "end": day}, "Work", ALICE)
    assert isinstance(record, MeetingRecord)
    assert record.start == datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_the_uid_is_that_of_every_other_calendar() -> None:
    whole = OBJECT.format("00000000")
    assert series_uid(OBJECT.format("07EA030A")) == series_uid(whole.lower()) == series_uid(whole) == whole
    foreign = (b"vCal-Uid\x01\x00\x00\x00" + b"abc@google.com\0").hex().upper()
    assert series_uid(f"040000008200E00074C5B7101A82E00807EA030A{'00' * 16}{24 + 2:08X}{foreign}") == "abc@google.com"
    assert series_uid("abc@google.com") == "abc@google.com"


@given(JUNK, st.data())
def test_whatever_an_event_holds_it_is_read_or_told_of(junk: Any, data: st.DataObject) -> None:
    names = ["start", "end", "attendees", "organizer", "responseStatus", "iCalUId", "subject", "originalStart", "id"]
    whole = {**said(ONE), "id": "x", **graph_server.times(wall(ONE.start), wall(ONE.start))}
    told = meeting({**whole, data.draw(st.sampled_from(names)): junk}, "Work", ALICE)
    assert isinstance(told, MeetingRecord | Malformed)
