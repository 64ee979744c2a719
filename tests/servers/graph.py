"""Microsoft Graph's calendars on loopback: lists, delta queries and instances, with the ways that users found out.

Instances of a series come bare in a delta. A change of any of them brings the whole series again; one that was taken
out is simply not there. What is new outside the window comes as removed. Links die when the service forgets them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.servers.microsoft import USER, Form, Identity, Microsoft, Reply

Json = dict[str, Any]
BARE = ("id", "type", "seriesMasterId", "start", "end")
OTHER_ZONE = timedelta(hours=-8)


@dataclass
class Event:
    """An event: what it says of itself, when it takes place, and which instances say something else."""

    id: str
    said: Json
    times: list[tuple[datetime, datetime]]
    series: bool = False
    changed: int = 0
    gone: bool = False
    moved: dict[datetime, Json] = field(default_factory=dict)


@dataclass
class Calendar:
    """A calendar of the account."""

    id: str
    name: str
    owner: str = USER
    events: dict[str, Event] = field(default_factory=dict)


class Graph:
    """The service's memory. `page`: how many entries at once; `forgotten`: links from before are dead."""

    def __init__(self, service: Microsoft, scope: str = "") -> None:
        self.url = service.url
        self.identity: Identity = service.identity
        self.scope = scope or f"{service.url}/Calendars.Read"
        self.calendars: dict[str, Calendar] = {}
        self.page = 100
        self.clock = 0
        self.forgotten = 0
        self.endless = False
        self.elsewhere = ""
        self.calls: list[str] = []
        self._last: tuple[Any, list[Json]] = (None, [])
        service.routes["/v1.0/"] = self.respond

    def add(self, name: str, owner: str = USER) -> Calendar:
        """A new calendar."""
        made = Calendar(f"AAMk{len(self.calendars)}/x+=", name, owner)
        self.calendars[made.id] = made
        return made

    def put(self, calendar: Calendar, id_: str, said: Json, times: list[tuple[datetime, datetime]]) -> Event:
        """Make or replace an event. Several times make a series."""
        self.clock += 1
        made = Event(id_, said, times, series=len(times) > 1, changed=self.clock)
        calendar.events[id_] = made
        return made

    def touch(self, event: Event) -> None:
        """Something about it changed."""
        self.clock += 1
        event.changed = self.clock

    def delete(self, event: Event) -> None:
        """It is deleted."""
        event.gone = True
        self.touch(event)

    def forget(self) -> None:
        """Links given out so far are good no longer."""
        self.forgotten = self.clock = self.clock + 1

    def respond(self, handler: BaseHTTPRequestHandler, form: Form) -> Reply:
        """GET below /v1.0/."""
        path = urlsplit(handler.path).path.removeprefix("/v1.0/")
        self.calls.append(path)
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        if not self.identity.good(token, self.scope):
            return refused(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        utc = 'outlook.timezone="UTC"' in handler.headers.get("Prefer", "")
        status, body = self._answered([unquote(part) for part in path.split("/")], form)
        return status, body if utc else _shifted(body)

    def _answered(self, path: list[str], form: Form) -> Reply:
        if path == ["me", "calendars"]:
            found = [self._told(one) for one in self.calendars.values()]
            return 200, self._paged(found, int(form.get("$skip", "0")), "me/calendars?$skip={}")
        calendar = self.calendars.get(path[2])
        if calendar is None:
            return refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        if path[3:] == ["calendarView", "delta"]:
            return self._delta(calendar, form)
        event = calendar.events.get(path[4])
        if event is None or event.gone:
            return refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        start, end = (datetime.fromisoformat(form[name]) for name in ("startDateTime", "endDateTime"))
        there = [part for part in instances(event) if start <= part.pop("_at") < end]
        link = f"me/calendars/{_quoted(calendar)}/events/{event.id}/instances?startDateTime={form['startDateTime']}"
        return 200, self._paged(
            there, int(form.get("$skip", "0")), f"{link}&endDateTime={form['endDateTime']}&$skip={{}}"
        )

    def _told(self, calendar: Calendar) -> Json:
        first = next(iter(self.calendars))
        owner = {"name": "Somebody", "address": calendar.owner}
        return {"id": calendar.id, "name": calendar.name, "owner": owner, "isDefaultCalendar": calendar.id == first}

    def _delta(self, calendar: Calendar, form: Form) -> Reply:
        state = form.get("$deltatoken") or form.get("$skiptoken") or ""
        since, start, end, upto, skip = _state(state) if state else (0, *_window(form), self.clock, 0)
        if state and upto < self.forgotten:
            return refused(410, "syncStateNotFound", "The sync state generation is not found.")
        if "$deltatoken" in form:
            since, upto = upto, self.clock
        there = self._changes(calendar, since, upto, start, end)
        found, more = there[skip : skip + self.page], there[skip + self.page :]
        place = f"{self.url}/v1.0/me/calendars/{_quoted(calendar)}/calendarView/delta"
        kind, past = ("skip", skip + self.page) if more or self.endless else ("delta", 0)
        past = skip if self.endless else past
        link = f"{self.elsewhere or place}?${kind}token={since}_{_stamp(start)}_{_stamp(end)}_{upto}_{past}"
        return 200, {"value": found, f"@odata.{'next' if kind == 'skip' else 'delta'}Link": link}

    def _changes(self, calendar: Calendar, since: int, upto: int, start: datetime, end: datetime) -> list[Json]:
        asked = (calendar.id, since, upto, start, end, self.clock)
        if self._last[0] != asked:
            self._last = (asked, self._changed(calendar, since, upto, start, end))
        return self._last[1]

    def _changed(self, calendar: Calendar, since: int, upto: int, start: datetime, end: datetime) -> list[Json]:
        found: list[Json] = []
        for event in calendar.events.values():
            if since < event.changed <= upto:
                there = [part for part in instances(event) if start <= part.pop("_at") < end]
                if event.gone or not there:
                    found += [{"id": event.id, "@removed": {"reason": "deleted"}}] if since else []
                elif event.series:
                    found += [_master(event), *map(_bare, there)]
                else:
                    found += there
        return found

    def _paged(self, found: list[Json], skip: int, link: str) -> Json:
        answer: Json = {"value": found[skip : skip + self.page]}
        if len(found) > skip + self.page:
            answer["@odata.nextLink"] = f"{self.url}/v1.0/{link.format(skip + self.page)}"
        return answer


def instances(event: Event) -> list[Json]:
    """Each as calendarView tells of it, with the instant it starts at under `_at`."""
    if not event.series:
        start, end = event.times[0]
        return [{**event.said, "id": event.id, "type": "singleInstance", "seriesMasterId": None, **times(start, end)}]
    found = []
    for start, end in event.times:
        other = event.moved.get(start)
        part = {**event.said, "id": f"{event.id}.{_stamp(start)}", "seriesMasterId": event.id, **times(start, end)}
        part |= {"type": "exception" if other else "occurrence", "originalStart": f"{start:%Y-%m-%dT%H:%M:%SZ}"}
        found.append({**part, "iCalUId": of_day(event.said["iCalUId"], start), **(other or {})})
    return found


def times(start: datetime, end: datetime) -> Json:
    """Start and end as Graph writes them in UTC."""
    told = {"start": start, "end": end}
    shown = {name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"} for name, at in told.items()}
    return {"_at": start.astimezone(UTC), **shown}


def of_day(uid: str, start: datetime) -> str:
    """An instance's iCalUId: a Global Object ID holds the day it was planned for (MS-OXOCAL §2.2.1.27)."""
    if not uid.startswith("040000008200E00074C5B7101A82E008"):
        return uid
    return f"{uid[:32]}{start.year:04X}{start.month:02X}{start.day:02X}{uid[40:]}"


def refused(status: int, code: str, message: str) -> Reply:
    """An error as Graph words it."""
    return status, {"error": {"code": code, "message": message, "innerError": {"request-id": "0"}}}


def _master(event: Event) -> Json:
    start, end = event.times[0]
    told = {**event.said, "id": event.id, "type": "seriesMaster", "seriesMasterId": None, **times(start, end)}
    return {name: value for name, value in told.items() if name != "_at"}


def _bare(part: Json) -> Json:
    return part if part["type"] == "exception" else {name: part[name] for name in BARE}


def _window(form: Form) -> tuple[datetime, datetime]:
    start, end = (datetime.fromisoformat(form[name]) for name in ("startDateTime", "endDateTime"))
    return start, end


def _state(token: str) -> tuple[int, datetime, datetime, int, int]:
    since, start, end, upto, skip = (int(part) for part in token.split("_"))
    return since, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), upto, skip


def _stamp(moment: datetime) -> int:
    return int(moment.timestamp())


def _quoted(calendar: Calendar) -> str:
    return re.sub(r"[/+=]", lambda found: f"%{ord(found[0]):02X}", calendar.id)


def _shifted(body: Any) -> Any:
    """Without the header times are told in the mailbox's own zone."""
    if isinstance(body, dict) and "dateTime" in body:
        moment = datetime.fromisoformat(body["dateTime"]) + OTHER_ZONE
        return {"dateTime": f"{moment:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "Pacific Standard Time"}
    if isinstance(body, dict):
        return {name: _shifted(value) for name, value in body.items()}
    return [_shifted(value) for value in body] if isinstance(body, list) else body
