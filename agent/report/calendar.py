"""Who is due, as a calendar to subscribe to (RFC 5545, RFC 7986): one all-day event a person. Pure.

An event stands on the day a word is due; once that day is over it moves on with today until there was contact, as a
reminder does. It says what the report says, to nobody but the owner.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from uuid import UUID

from icalendar import Calendar, Event

from agent.report import phrases
from agent.report.choose import choose, nameable
from agent.report.plain import inert
from agent.report.shape import Inputs
from agent.ties.programme import Due, due, suspension
from agent.ties.view import Tie

AHEAD = timedelta(days=366)
REFRESH = timedelta(hours=12)


def calendar(inputs: Inputs, salt: bytes) -> bytes:
    """Everybody with a wanted rhythm, due within a year, and those the next report would name; the same bytes for the
    same day and ledger. `salt` makes the events' ids, which stay with the person.
    """
    made = Calendar()
    made.add("prodid", "-//weaktie//due//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", "weaktie: a word is due")
    made.add("x-wr-calname", "weaktie: a word is due")
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for on, tie, wanted in sorted(_entries(inputs), key=lambda entry: (entry[0], entry[1].person_id)):
        made.add_component(_event(tie, on, wanted, salt))
    return bytes(made.to_ical())


def _entries(inputs: Inputs) -> Iterator[tuple[date, Tie, Due | None]]:
    today = phrases.local_day(inputs.as_of, inputs.zone)
    named = {choice.tie.person_id for choice in choose(inputs)[: inputs.people]}
    wished = [tie for tie in inputs.ties if not tie.wish.hidden and due(tie, inputs.tags)]
    listed = {tie.person_id: tie for tie in (*nameable(inputs), *wished)}
    for who, tie in listed.items():
        wanted = due(tie, inputs.tags)
        if not (wanted or who in named) or suspension(tie, inputs.unanswered):
            continue
        on = max(today, wanted.on if wanted else today)
        if tie.wish.snoozed_until and tie.wish.sleeps(inputs.as_of):
            on = max(on, phrases.local_day(tie.wish.snoozed_until, inputs.zone))
        if on - today <= AHEAD:
            yield on, tie, wanted


def _event(tie: Tie, on: date, wanted: Due | None, salt: bytes) -> Event:
    event = Event()
    event.add("uid", _uid(salt, tie.person_id))
    event.add("dtstamp", tie.last_contact.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", on)
    event.add("dtend", on + timedelta(days=1))
    firm = f" ({inert(tie.organization, 60)})" if tie.organization else ""
    event.add("summary", f"A word to {inert(tie.name, 60)}{firm}")
    event.add("description", _description(tie, wanted))
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    return event


def _description(tie: Tie, wanted: Due | None) -> str:
    goal = f"Your goal: {inert(tie.wish.goal, 160)}" if tie.wish.goal else ""
    wish = f"{wanted.wish}." if wanted else ""
    since = f"Last contact {phrases.short_date(phrases.utc_day(tie.last_contact))}."
    return " ".join(part for part in (phrases.reasons(tie)[0], wish, since, goal) if part)


def _uid(salt: bytes, person_id: int) -> str:
    return str(UUID(bytes=hmac.new(salt, f"due {person_id}".encode(), "sha256").digest()[:16], version=5))
