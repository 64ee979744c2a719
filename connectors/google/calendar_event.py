"""One instance of an event as Google Calendar tells of it, in the same terms as one of an iCalendar text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from connectors.ical_text import clean
from connectors.records import Answer, Attendee, Malformed, MeetingRecord

Event = Mapping[str, Any]
_ANSWERS = {"accepted": Answer.ACCEPTED, "declined": Answer.DECLINED, "tentative": Answer.TENTATIVE}
_THING = re.compile(r"[@.]calendar\.google\.com$")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")
_NOON = time(12, tzinfo=UTC)


def series_of(event: Event) -> str:
    """The id of the series an instance belongs to; that of the event itself where it does not recur."""
    return str(event.get("recurringEventId") or event["id"])


def is_gone(event: Event) -> bool:
    """Whether it was deleted or called off. Google tells of such an event by little more than its id."""
    return event.get("status") == "cancelled"


def meeting(event: Event, calendar: str, zone: str) -> MeetingRecord | Malformed:
    """The record of one instance. `zone` is the owner's, for the odd time that says none. Never raises."""
    try:
        return _meeting(event, calendar, zone)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"This event cannot be read ({type(error).__name__})."
        return Malformed(clean(str(event.get("id", "?"))), calendar, what)


def _meeting(event: Event, calendar: str, zone: str) -> MeetingRecord:
    (start, floating), (end, _) = _instant(event["start"], zone), _instant(event["end"], zone)
    planned = event.get("originalStartTime")
    instance = (_instant(planned, zone)[0] if planned else start).isoformat()
    uid = str(event["iCalUID"])
    return MeetingRecord(
        ref=f"{uid}#{instance}",
        calendar=calendar,
        uid=uid,
        instance=instance,
        start=start,
        end=end,
        summary=clean(str(event.get("summary") or "")),
        attendees=_people(event),
        all_day="date" in event["start"],
        cancelled=is_gone(event),
        floating=floating,
        recurring="recurringEventId" in event,
    )


def _instant(told: Event, zone: str) -> tuple[datetime, bool]:
    """In UTC, and whether the owner's zone was assumed. A day counts at its noon, the same in every zone."""
    if "date" in told:
        return datetime.combine(datetime.fromisoformat(told["date"]).date(), _NOON), False
    at = datetime.fromisoformat(told["dateTime"])
    named = told.get("timeZone")
    floating = at.tzinfo is None and not named
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(named or zone))
    return at.astimezone(UTC), floating


def _people(event: Event) -> tuple[Attendee, ...]:
    """One for each address. An organiser takes part unless they say no; one whose calendar is a group's is a thing."""
    found: dict[str, Attendee] = {}
    for told in event.get("attendees") or ():
        person = _person(told, _ANSWERS.get(str(told.get("responseStatus")), Answer.NEEDS_ACTION))
        if person is not None:
            found.setdefault(person.address, person)
    organizer = _person(event.get("organizer") or {}, Answer.ACCEPTED)
    if organizer is not None:
        known = found.get(organizer.address, organizer)
        name = known.name or organizer.name
        found[known.address] = Attendee(known.address, name, known.answer, known.resource, organizer=True)
    return tuple(found.values())


def _person(told: Event, answer: Answer) -> Attendee | None:
    address = str(told.get("email") or "").strip().lower()
    if not _ADDRESS.fullmatch(address):
        return None
    name = clean(str(told.get("displayName") or ""))
    thing = bool(told.get("resource")) or bool(_THING.search(address))
    return Attendee(address, "" if name.lower() == address else name, answer, thing)
