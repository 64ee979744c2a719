"""One event as Microsoft Graph tells of it, in the same terms as one of an iCalendar text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.ical_text import clean
from connectors.records import Answer, Attendee, Malformed, MeetingRecord

Event = Mapping[str, Any]

_ANSWERS = {
    "accepted": Answer.ACCEPTED,
    "organizer": Answer.ACCEPTED,
    "declined": Answer.DECLINED,
    "tentativelyaccepted": Answer.TENTATIVE,
}
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")
_OBJECT = re.compile(r"040000008200E00074C5B7101A82E008([0-9A-F]{8})([0-9A-F]+)")
_FOREIGN = b"vCal-Uid\x01\x00\x00\x00"
_DATA_AT = 40


def series_uid(told: str) -> str:
    """The UID that the series has in every calendar, from Graph's iCalUId of any of its instances.

    That may be a Global Object ID (MS-OXOCAL §2.2.1.27): with the day of the instance in it, which goes, and for
    events that came from elsewhere with their own UID in it, which counts (MS-OXCICAL §2.1.3.1.1.20.26).
    """
    match = _OBJECT.fullmatch(told.upper())
    if match is None:
        return told
    data = bytes.fromhex(match[2][_DATA_AT:]) if len(match[2]) % 2 == 0 else b""
    if data.startswith(_FOREIGN):
        return data.removeprefix(_FOREIGN).split(b"\0", 1)[0].decode("utf-8", "replace")
    return f"040000008200E00074C5B7101A82E00800000000{match[2]}"


def meeting(event: Event, calendar: str, owner: str) -> MeetingRecord | Malformed:
    """The record of one instance. `owner`: the address of the calendar's owner, whose answer the event tells apart.

    Never raises for what the event holds.
    """
    try:
        return _meeting(event, calendar, owner)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        what = f"This event cannot be read ({type(error).__name__})."
        return Malformed(clean(str(event.get("id", "?")), 100), calendar, what)


def uid_of(event: Event) -> str:
    """The UID of an event's series; Graph leaves it out for some events, then its id there stands in."""
    return clean(series_uid(str(event.get("iCalUId") or ""))) or str(event.get("seriesMasterId") or event["id"])


def _meeting(event: Event, calendar: str, owner: str) -> MeetingRecord:
    all_day = event.get("isAllDay") is True
    start, end = (_instant(event[name], all_day=all_day) for name in ("start", "end"))
    planned = event.get("originalStart")
    instance = (_planned(str(planned), all_day=all_day) if planned else start).isoformat()
    uid = uid_of(event)
    return MeetingRecord(
        ref=f"{uid}#{instance}",
        calendar=calendar,
        uid=uid,
        instance=instance,
        start=start,
        end=max(start, end),
        summary=clean(str(event.get("subject") or "")),
        attendees=_people(event, owner),
        all_day=all_day,
        cancelled=event.get("isCancelled") is True,
        recurring=bool(event.get("seriesMasterId")),
    )


def _instant(told: Event, *, all_day: bool) -> datetime:
    """In UTC. A day counts at its noon, the same in every zone."""
    moment = datetime.fromisoformat(told["dateTime"])
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(told.get("timeZone") or "UTC"))
    return _noon(moment.astimezone(UTC)) if all_day else moment.astimezone(UTC).replace(microsecond=0)


def _planned(told: str, *, all_day: bool) -> datetime:
    return _instant({"dateTime": told, "timeZone": "UTC"}, all_day=all_day)


def _noon(midnight: datetime) -> datetime:
    """Noon of the day that begins nearest: some programs file days by midnight of their own zone."""
    return datetime.combine((midnight + timedelta(hours=12)).date(), time(12), UTC)


def _people(event: Event, owner: str) -> tuple[Attendee, ...]:
    """One for each address. An organiser takes part unless they say no; so does the owner by their own answer,
    also where they were invited through a group and are not listed."""
    found: dict[str, Attendee] = {}
    for told in event.get("attendees") or ():
        answer = _answer(told.get("status"))
        _add(found, told.get("emailAddress"), answer, resource=told.get("type") == "resource")
    chair = _add(found, (event.get("organizer") or {}).get("emailAddress"), Answer.ACCEPTED)
    if chair:
        known = found[chair]
        found[chair] = Attendee(chair, known.name, known.answer, known.resource, organizer=True)
    own = _answer(event.get("responseStatus"))
    if own is not Answer.NEEDS_ACTION and (len(found) > 1 or chair != owner):
        listed = found.get(_add(found, {"address": owner}, own))
        if listed:
            found[owner] = Attendee(owner, listed.name, own, listed.resource, listed.organizer)
    return tuple(found.values())


def _add(found: dict[str, Attendee], told: Any, answer: Answer, *, resource: bool = False) -> str:
    """Make somebody known who was not; their address, "" where they have none (X.500 names of old)."""
    told = told if isinstance(told, dict) else {}
    address = str(told.get("address") or "").strip().lower()
    if not _ADDRESS.fullmatch(address) or clean(address) != address:
        return ""
    name = clean(str(told.get("name") or ""))
    found.setdefault(address, Attendee(address, "" if name.lower() == address else name, answer, resource))
    return address


def _answer(status: Any) -> Answer:
    told = status.get("response") if isinstance(status, dict) else ""
    return _ANSWERS.get(str(told).lower(), Answer.NEEDS_ACTION)
