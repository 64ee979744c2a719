"""The contract of calendars, bound to CalDAV on a real Radicale and to Google."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.base import Source
from connectors.caldav import CalDavSource
from connectors.google.calendar import GoogleCalendarSource
from connectors.oauth.tokens import FileTokens
from tests.connectors.calendar_contract import ALICE, ZONE, CalendarContract, Happening, Stand
from tests.connectors.calendars import AS_OF, calendar, event
from tests.servers.google import Google
from tests.servers.radicale import Account


class CalDavStand(Stand):
    def __init__(self, account: Account) -> None:
        self.account = account
        account.calendar("work", "Work")
        self.written: dict[str, list[str]] = {}

    def open(self) -> Source:
        return CalDavSource(**self.account.settings(as_of=AS_OF, zone=ZONE))

    def put(self, happening: Happening) -> None:
        self._write(happening, [_vevent(happening)])

    def delete(self, uid: str) -> None:
        self.account.delete("work", f"{uid.partition('@')[0]}.ics")

    def move(self, happening: Happening, original: str, to: str) -> None:
        moved = Happening(happening.uid, to, happening.title, happening.guests)
        changed = _vevent(moved, f"RECURRENCE-ID;TZID={ZONE}:{_local(original)}")
        self._write(happening, [*self.written[happening.uid], changed])

    def drop(self, happening: Happening, original: str) -> None:
        self._write(happening, [_vevent(happening, f"EXDATE;TZID={ZONE}:{_local(original)}")])

    def forget(self) -> None:
        self.account.forget_tokens("work")

    def _write(self, happening: Happening, events: list[str]) -> None:
        self.written[happening.uid] = events
        self.account.put("work", f"{happening.uid.partition('@')[0]}.ics", calendar(*events))


class GoogleStand(Stand):
    def __init__(self, google: Google, folder: Path) -> None:
        self.google, self.tokens = google, FileTokens(folder)
        google.sign_in(self.tokens, "calendar", "calendar.events.readonly", "calendar.calendarlist.readonly")
        self.calendar = google.calendars.add("alice@example.org", "Work")

    def open(self) -> Source:
        return GoogleCalendarSource(self.tokens, "calendar", as_of=AS_OF, zone=ZONE, endpoint=self.google.url)

    def put(self, happening: Happening) -> None:
        self.calendar.put(as_google(happening))

    def delete(self, uid: str) -> None:
        self.calendar.delete(_id(uid))

    def move(self, happening: Happening, original: str, to: str) -> None:
        moved = as_google(Happening(happening.uid, to))
        self.calendar.change(_id(happening.uid), _stamp(original), start=moved["start"], end=moved["end"])

    def drop(self, happening: Happening, original: str) -> None:
        self.calendar.change(_id(happening.uid), _stamp(original), status="cancelled")

    def forget(self) -> None:
        self.google.calendars.forget_tokens()


@pytest.mark.server
class TestCalDav(CalendarContract):
    @pytest.fixture
    def stand(self, radicale: Account) -> Stand:
        return CalDavStand(radicale)


class TestGoogle(CalendarContract):
    @pytest.fixture
    def stand(self, google: Google, tmp_path: Path) -> Stand:
        return GoogleStand(google, tmp_path / "tokens")


def _vevent(happening: Happening, *more: str) -> str:
    guests = [
        f"ATTENDEE;PARTSTAT={answer.value.upper()}{';CUTYPE=ROOM' if 'resource' in who else ''}:mailto:{who}"
        for who, answer in happening.guests
    ]
    form = ";VALUE=DATE:%Y%m%d" if happening.day else f";TZID={ZONE}:%Y%m%dT%H%M%S"
    times = [f"DTSTART{happening.begin:{form}}", f"DTEND{happening.end:{form}}"]
    rule = [f"RRULE:{happening.rule}"] if happening.rule else []
    people = [f"ORGANIZER:mailto:{ALICE}", *guests]
    return event(happening.uid, f"SUMMARY:{happening.title}", *times, *rule, *people, *more)


def as_google(happening: Happening) -> dict[str, Any]:
    """An event as Google Calendar has it."""
    answers = {"needs-action": "needsAction"}
    guests = [
        {"email": who, "responseStatus": answers.get(answer.value, answer.value)}
        | ({"resource": True} if "resource" in who else {})
        for who, answer in happening.guests
    ]
    own = {"email": ALICE, "organizer": True, "self": True, "responseStatus": "accepted"}
    return {
        "id": _id(happening.uid),
        "iCalUID": happening.uid,
        "summary": happening.title,
        "start": _told(happening.begin, day=happening.day),
        "end": _told(happening.end, day=happening.day),
        "organizer": {"email": ALICE, "self": True},
        "attendees": [own, *guests],
    } | ({"recurrence": [f"RRULE:{happening.rule}"]} if happening.rule else {})


def _told(at: datetime, *, day: bool) -> dict[str, str]:
    home = at.replace(tzinfo=ZoneInfo(ZONE))
    return {"date": f"{at:%Y-%m-%d}"} if day else {"dateTime": home.isoformat(), "timeZone": ZONE}


def _id(uid: str) -> str:
    return "id" + uid.partition("@")[0].replace("-", "")


def _local(wall: str) -> str:
    return f"{datetime.fromisoformat(wall):%Y%m%dT%H%M%S}"


def _stamp(wall: str) -> str:
    return f"{datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC):%Y%m%dT%H%M%SZ}"
