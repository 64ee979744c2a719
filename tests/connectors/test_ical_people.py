"""Who takes part in a meeting, and what of an event's text is let in."""

from __future__ import annotations

import pytest

from connectors.ical_text import clean, digest, looks_like_calendar, split_calendar
from connectors.records import Answer, Attendee
from tests.connectors.calendars import calendar, event, meetings, one, read, reasons

AT = "DTSTART:20260310T090000Z"
ALICE = "ORGANIZER;CN=Alice Lindqvist:mailto:alice@lindqvist.example.com"


def people(*lines: str) -> list[Attendee]:
    """Who takes part in an event with these lines."""
    return list(one(AT, *lines).attendees)


def test_attendees_come_with_their_answers() -> None:
    answers = ["ACCEPTED", "DECLINED", "TENTATIVE", "NEEDS-ACTION", "DELEGATED", "X-MAYBE", ""]
    lines = [f"ATTENDEE;PARTSTAT={answer}:mailto:p{n}@example.net" for n, answer in enumerate(answers)]
    assert [person.answer for person in people(*lines)] == [
        *(Answer.ACCEPTED, Answer.DECLINED, Answer.TENTATIVE, Answer.NEEDS_ACTION),
        *(Answer.DECLINED, Answer.NEEDS_ACTION, Answer.NEEDS_ACTION),
    ]


def test_the_organiser_is_one_of_them_and_comes_once() -> None:
    assert people(ALICE) == [
        Attendee("alice@lindqvist.example.com", "Alice Lindqvist", Answer.ACCEPTED, organizer=True)
    ]
    also = "ATTENDEE;PARTSTAT=DECLINED:MAILTO:Alice@Lindqvist.Example.com"
    assert people(ALICE, also) == [
        Attendee("alice@lindqvist.example.com", "Alice Lindqvist", Answer.DECLINED, organizer=True)
    ]


@pytest.mark.parametrize(
    "line",
    [
        "ATTENDEE;CUTYPE=ROOM:mailto:r1@example.com",
        "ATTENDEE;CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT:mailto:beamer@example.com",
        "ATTENDEE;CUTYPE=INDIVIDUAL:mailto:c_1888@resource.calendar.google.com",
        "ORGANIZER:mailto:abc@group.calendar.google.com",
        "ORGANIZER:mailto:unknownorganizer@calendar.google.com",
    ],
)
def test_rooms_and_calendars_are_no_people(line: str) -> None:
    assert [person.resource for person in people(line)] == [True]


@pytest.mark.parametrize("kind", ["INDIVIDUAL", "GROUP", "UNKNOWN", "X-PERSON"])
def test_everything_else_may_be_a_person(kind: str) -> None:
    assert [person.resource for person in people(f"ATTENDEE;CUTYPE={kind}:mailto:bob@example.net")] == [False]


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("ATTENDEE:mailto:Bob@Example.NET", "bob@example.net"),
        ("ATTENDEE:mailto:bob%2Bwork@example.net?subject=x", "bob+work@example.net"),
        ("ATTENDEE:bob@example.net", "bob@example.net"),
        ("ATTENDEE:mailto:Bob Adeyemi <bob@example.net>", "bob@example.net"),
        ("ATTENDEE;CN=Sales: Bob:mailto:bob@example.net", "bob@example.net"),
        ("ATTENDEE;CN=Adeyemi; Bob:mailto:bob@example.net", "bob@example.net"),
        ('ATTENDEE;CN="Bob:mailto:bob@example.net', "bob@example.net"),
        ('ATTENDEE;CN=Bob "B" Adeyemi:mailto:bob@example.net', "bob@example.net"),
        ("ATTENDEE;EMAIL=bob@example.net:urn:uuid:4f1b", "bob@example.net"),
        ("ATTENDEE;EMAIL=other@example.net:mailto:bob@example.net", "bob@example.net"),
        ("ATTENDEE;EMAIL=bob@example.net:/principals/__uids__/42/", "bob@example.net"),
    ],
)
def test_an_address_is_found_in_every_spelling(value: str, address: str) -> None:
    assert [person.address for person in people(value)] == [address]


def test_a_broken_line_keeps_its_answer_and_leaves_the_others_alone() -> None:
    broken = "ATTENDEE;PARTSTAT=DECLINED;CN=Adeyemi; Bob:mailto:bob@example.net"
    assert people(broken, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:eve@example.net", ALICE) == [
        Attendee("eve@example.net", "", Answer.ACCEPTED),
        Attendee("bob@example.net", "", Answer.DECLINED),
        Attendee("alice@lindqvist.example.com", "Alice Lindqvist", Answer.ACCEPTED, organizer=True),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "ATTENDEE;CN=Bob:invalid:nomail",
        "ATTENDEE;CN=Bob:https://example.net/bob",
        "ATTENDEE;CN=Bob:mailto:",
        "ATTENDEE;CN=Bob:mailto:bob@example.net,charlie@example.org",
        "ATTENDEE;CN=Bob:tel:+49301234",
        "ATTENDEE;ROLE=NON-PARTICIPANT:mailto:bob@example.net",
    ],
)
def test_who_cannot_be_written_to_or_was_only_told_is_kept_out(line: str) -> None:
    assert people(line) == []


def test_one_address_is_one_person_with_the_answer_given() -> None:
    twice = ("ATTENDEE:mailto:bob@example.net", "ATTENDEE;PARTSTAT=ACCEPTED;CN=Bob:mailto:BOB@example.net")
    assert people(*twice) == [Attendee("bob@example.net", "Bob", Answer.ACCEPTED)]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ('"Adeyemi, Bob"', "Adeyemi, Bob"),
        ('"Bob^nBcc: thief@evil.example"', "Bob Bcc: thief@evil.example"),
        ("Bob\x1b[31m\x07 Adeyemi", "Bob [31m Adeyemi"),
        ("\u202ebob\u2066", "bob"),
        ("bob@example.net", ""),
        ("'Bob'", "Bob"),
        ("Zoë", "Zoë"),
    ],
)
def test_names_are_one_clean_line(told: str, name: str) -> None:
    assert [person.name for person in people(f"ATTENDEE;CN={told}:mailto:bob@example.net")] == [name]


def test_long_lines_are_unfolded_even_inside_a_letter() -> None:
    text = calendar(event("a", AT, "SUMMARY:Zo€ meets")).replace(
        "€".encode(), "€".encode()[:1] + b"\r\n " + b"\x82\xac"
    )
    assert meetings(text)[0].summary == "Zo€ meets"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
def test_any_usual_encoding_and_line_end(encoding: str, ending: str) -> None:
    text = calendar(event("a", AT, "SUMMARY:Café")).decode().replace("\r\n", ending)
    assert [meeting.summary for meeting in meetings(text.encode(encoding))] == ["Café"]


def test_alarms_do_not_lend_their_lines_to_the_event() -> None:
    alarm = "BEGIN:VALARM\r\nUID:alarm\r\nSUMMARY:Wake up\r\nATTENDEE:mailto:robot@example.net\r\nEND:VALARM"
    (meeting,) = meetings(calendar(event("a", alarm, AT, "SUMMARY:Real")))
    assert (meeting.uid, meeting.summary, meeting.attendees) == ("a", "Real", ())


def test_what_is_not_needed_never_leaves_the_text() -> None:
    text = calendar(event("a", AT, "DESCRIPTION:secret", "ATTACH:secret", "X-ALT-DESC:secret", "LOCATION:secret"))
    assert "secret" not in "".join(split_calendar(text).series["a"].events)


@pytest.mark.parametrize(("method", "count"), [("REQUEST", 1), ("PUBLISH", 1), ("REPLY", 0), ("COUNTER", 0)])
def test_answers_to_invitations_are_not_meetings(method: str, count: int) -> None:
    assert len(meetings(calendar(event("a", AT), head=(f"METHOD:{method}",)))) == count


def test_a_cancellation_cancels() -> None:
    assert one(AT, "STATUS:CONFIRMED", head=("METHOD:CANCEL",)).cancelled
    assert one(AT, "STATUS:CANCELLED").cancelled
    assert not one(AT, "STATUS:TENTATIVE").cancelled


def test_several_calendars_in_one_file_are_all_read() -> None:
    text = calendar(event("a", AT), head=("METHOD:CANCEL",)) + calendar(event("b", AT))
    assert [(meeting.uid, meeting.cancelled) for meeting in meetings(text)] == [("a", True), ("b", False)]


def test_a_text_that_stops_in_the_middle_says_so_and_gives_what_it_has() -> None:
    text = calendar(event("a", AT), event("b", AT))
    reading = read(text[: text.index(b"UID:b") + 40])
    assert not reading.whole
    assert reading.complete == ("a",)
    assert "END is missing" in reasons(reading.series[1])[0]


def test_one_oversized_event_is_left_out_alone() -> None:
    crowd = [f"ATTENDEE;CN=Member {n}:mailto:member-{n:06d}@a-rather-long-name.example.net" for n in range(40_000)]
    reading = read(calendar(event("huge", AT, *crowd), event("a", AT)))
    assert reading.complete == ("a",)
    assert "larger than 2 MB" in reasons(reading.series[0])[0]


def test_a_crowd_is_capped_and_shared() -> None:
    crowd = [f"ATTENDEE:mailto:p{n}@example.net" for n in range(1_500)]
    found = meetings(calendar(event("a", AT, "RRULE:FREQ=DAILY;COUNT=3", *crowd)))
    assert [len(meeting.attendees) for meeting in found] == [1_000] * 3
    assert found[0].attendees is found[2].attendees


def test_the_digest_overlooks_what_servers_renew() -> None:
    text = calendar(event("a", AT))
    assert digest(text) == digest(text.replace(b"DTSTAMP:2026", b"DTSTAMP:2027").replace(b"\r\n", b"\n"))
    assert digest(text) != digest(text.replace(b"0310T09", b"0310T10"))


def test_what_is_a_calendar() -> None:
    assert looks_like_calendar(b"\xef\xbb\xbfbegin:vcalendar\n")
    assert not looks_like_calendar(b"<html>Sign in</html>")
    assert not looks_like_calendar(b"")


def test_clean_keeps_to_its_limit() -> None:
    assert clean("a\u2028b\x00c" + "d" * 500, 10) == "a b cddddd"
