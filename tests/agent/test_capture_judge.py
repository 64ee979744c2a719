"""Who was in contact through a message: the judge's table, case by case."""

from __future__ import annotations

import pytest

from agent.capture.judge import Facts, judge
from agent.types import Channel, Direction, Kind, Outcome, Part
from tests.letters import ALICE, BOB, DANA, ERIK

OWN = frozenset({ALICE})
LIST = "tea@lists.example.org"


def facts(*parts: tuple[Part, str], kind: Kind = Kind.PERSON, **more: object) -> Facts:
    recipients = more.pop("recipients", sum(part in {Part.TO, Part.CC, Part.BCC} for part, _ in parts))
    channel = Channel.MEETING if kind is Kind.MEETING else Channel.MAIL
    return Facts(channel, kind, frozenset(parts), recipients, **more)  # type: ignore[arg-type]  # a test's shorthand


def contacts(given: Facts) -> set[tuple[str, Direction]]:
    return set(judge(given, OWN, 10).contacts)


def test_a_mail_to_the_owner_is_contact_with_its_sender_only() -> None:
    given = facts((Part.FROM, DANA), (Part.TO, ALICE), (Part.CC, ERIK))
    assert contacts(given) == {(DANA, Direction.RECEIVED)}


def test_a_mail_in_sent_is_contact_with_everybody_it_was_addressed_to() -> None:
    given = facts((Part.FROM, ALICE), (Part.TO, DANA), (Part.CC, ERIK), sent=True)
    assert contacts(given) == {(DANA, Direction.SENT), (ERIK, Direction.SENT)}


def test_the_owners_from_alone_proves_nothing() -> None:
    verdict = judge(facts((Part.FROM, ALICE), (Part.TO, DANA)), OWN, 10)
    assert verdict.outcome is Outcome.LEFT_OUT
    assert "no copy of it in Sent" in verdict.reason


def test_a_copy_that_never_travelled_proves_that_the_owner_wrote_it() -> None:
    given = facts((Part.FROM, ALICE), (Part.TO, DANA), untravelled=True)
    assert contacts(given) == {(DANA, Direction.SENT)}


@pytest.mark.parametrize("kind", [Kind.BULK, Kind.AUTOMATED, Kind.BOUNCE, Kind.AUTO_REPLY, Kind.CALENDAR, Kind.SOCIAL])
def test_machines_are_nobodys_contact_and_the_reason_is_kept(kind: Kind) -> None:
    verdict = judge(facts((Part.FROM, DANA), (Part.TO, ALICE), kind=kind, reasons=("told by X",)), OWN, 10)
    assert verdict.outcome is Outcome.LEFT_OUT
    assert verdict.reason == "told by X"


def test_a_list_post_counts_only_when_the_owner_is_addressed_by_name() -> None:
    through = facts((Part.FROM, DANA), (Part.TO, LIST), (Part.LIST, LIST), kind=Kind.LIST)
    named = facts((Part.FROM, DANA), (Part.TO, LIST), (Part.CC, ALICE), (Part.LIST, LIST), kind=Kind.LIST)
    assert contacts(through) == set()
    assert contacts(named) == {(DANA, Direction.RECEIVED)}


def test_writing_to_a_list_reaches_the_people_beside_it_but_not_the_list() -> None:
    given = facts((Part.FROM, ALICE), (Part.TO, LIST), (Part.CC, DANA), (Part.LIST, LIST), kind=Kind.LIST, sent=True)
    assert contacts(given) == {(DANA, Direction.SENT)}


@pytest.mark.parametrize("direction", ["sent", "received"])
def test_more_than_ten_recipients_are_no_contact_between_two(direction: str) -> None:
    crowd = [(Part.TO, f"guest{n}@party.example.com") for n in range(10)]
    if direction == "sent":
        given = facts((Part.FROM, ALICE), (Part.TO, DANA), *crowd, sent=True)
    else:
        given = facts((Part.FROM, DANA), (Part.TO, ALICE), *crowd)
    verdict = judge(given, OWN, 10)
    assert verdict.outcome is Outcome.LEFT_OUT
    assert "11 people" in verdict.reason


def test_two_senders_cannot_be_told_apart() -> None:
    verdict = judge(facts((Part.FROM, DANA), (Part.FROM, ERIK), (Part.TO, ALICE)), OWN, 10)
    assert verdict.outcome is Outcome.LEFT_OUT


def test_a_meeting_counts_when_the_owner_accepted_or_organized_it() -> None:
    accepted = facts((Part.ORGANIZER, DANA), (Part.ATTENDEE, ALICE), (Part.INVITED, ERIK), kind=Kind.MEETING)
    organized = facts((Part.ORGANIZER, ALICE), (Part.INVITED, DANA), (Part.DECLINED, ERIK), kind=Kind.MEETING)
    assert contacts(accepted) == {(DANA, Direction.MET), (ERIK, Direction.MET)}
    assert contacts(organized) == {(DANA, Direction.MET)}


@pytest.mark.parametrize(
    ("mine", "reason"),
    [(Part.DECLINED, "you declined"), (Part.INVITED, "you have not accepted"), (None, "not list you")],
)
def test_a_meeting_the_owner_was_not_at_is_left_out(mine: Part | None, reason: str) -> None:
    parts = [(Part.ORGANIZER, DANA), (Part.ATTENDEE, BOB)]
    if mine:
        parts.append((mine, ALICE))
    verdict = judge(facts(*parts, kind=Kind.MEETING), OWN, 10)
    assert verdict.outcome is Outcome.LEFT_OUT
    assert reason in verdict.reason


def test_an_own_event_without_organizer_is_a_meeting_with_those_listed() -> None:
    assert contacts(facts((Part.ATTENDEE, DANA), kind=Kind.MEETING)) == {(DANA, Direction.MET)}
