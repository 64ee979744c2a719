"""Google's calendars: events that recur, instances changed by themselves, and sync tokens that run out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from tests.servers.google_problem import Problem

Event = dict[str, Any]
Given = dict[str, Any]
_UNLIKE_A_TOKEN = ("timeMin", "timeMax", "iCalUID", "q", "orderBy", "updatedMin")


@dataclass
class Calendar:
    """One calendar. `changed`: ids of events and instances in the order in which they were last touched."""

    id: str
    summary: str
    role: str = "owner"
    events: dict[str, Event] = field(default_factory=dict)
    single: dict[str, Event] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)

    def put(self, event: Event) -> Event:
        """An event is made or changed, all of it; changes to single instances are gone then."""
        event = {"status": "confirmed", "iCalUID": f"{event['id']}@google.com", **event}
        self.events[event["id"]] = event
        self.single = {ref: one for ref, one in self.single.items() if one["recurringEventId"] != event["id"]}
        self.changed.append(event["id"])
        return event

    def delete(self, ref: str) -> None:
        """An event is gone, and all its instances."""
        self.events[ref] = {"id": ref, "status": "cancelled"}
        self.changed.append(ref)

    def change(self, ref: str, original: str, **changes: Any) -> None:
        """One instance, by the start it was planned for, is changed alone; `status="cancelled"` takes it out."""
        instance = next(one for one in self.expanded(self.events[ref]) if _stamp(one["originalStartTime"]) == original)
        changed = {**instance, **changes}
        if changed["status"] == "cancelled":
            kept = ("id", "status", "recurringEventId", "originalStartTime")
            changed = {name: changed[name] for name in kept}
        self.single[instance["id"]] = changed
        self.changed.append(instance["id"])

    def expanded(self, event: Event) -> list[Event]:
        """Its instances, those changed alone included; itself where it does not recur."""
        if "recurrence" not in event:
            return [event]
        rule = next(line for line in event["recurrence"] if line.startswith("RRULE:"))
        first = _moment(event["start"])
        home = first.replace(tzinfo=None)
        starts = list(rrulestr(rule.removeprefix("RRULE:"), dtstart=home).between(home, home + _FAR, inc=True))
        instances = [self._instance(event, start - home) for start in starts]
        return [self.single.get(one["id"], one) for one in instances]

    def _instance(self, event: Event, shift: timedelta) -> Event:
        start, end = _shifted(event["start"], shift), _shifted(event["end"], shift)
        made = {name: value for name, value in event.items() if name != "recurrence"}
        made |= {"id": f"{event['id']}_{_stamp(start)}", "recurringEventId": event["id"]}
        return made | {"originalStartTime": start, "start": start, "end": end}


class Calendars:
    """The account's list of calendars. `page`: how many events fit on one page at most."""

    def __init__(self) -> None:
        self.held: dict[str, Calendar] = {}
        self.page = 2_500
        self.kept_since = 0
        self._windows: dict[str, Given] = {}

    def add(self, ref: str, summary: str = "", role: str = "owner") -> Calendar:
        """A calendar appears in the list."""
        self.held[ref] = Calendar(ref, summary or ref, role)
        return self.held[ref]

    def forget_tokens(self) -> None:
        """No sync token given so far is known any more."""
        self.kept_since = len(self._windows) + 1

    def calendarlist_list(self, _: Given) -> dict[str, Any]:
        every = [{"id": one.id, "summary": one.summary, "accessRole": one.role} for one in self.held.values()]
        return {"items": [{**one, "primary": True} if "@" in one["id"] else one for one in every]}

    def events_list(self, given: Given) -> dict[str, Any]:
        calendar = self._calendar(given)
        token = given.get("syncToken", "")
        if token and any(name in given for name in _UNLIKE_A_TOKEN):
            raise Problem(400, "invalid", "Sync token cannot be used with the request restrictions.")
        if token:
            return self._page(given, self._since(calendar, token), self._token(calendar, self._windows[token]))
        if not given.get("singleEvents"):
            raise Problem(501, "notImplemented", "the fake expands recurring events")
        every = [one for event in calendar.events.values() for one in calendar.expanded(event)]
        found = [one for one in every if one["status"] != "cancelled" and _within(one, given)]
        found = [one for one in found if given.get("iCalUID", one["iCalUID"]) == one["iCalUID"]]
        return self._page(given, found, self._token(calendar, given))

    def events_instances(self, given: Given) -> dict[str, Any]:
        calendar = self._calendar(given)
        event = calendar.events.get(given["eventId"])
        if event is None or event["status"] == "cancelled" or event.get("unseen"):
            raise Problem(404, "notFound", "Not Found")
        found = [one for one in calendar.expanded(event) if one["status"] != "cancelled" and _within(one, given)]
        return self._page(given, found, "")

    def _calendar(self, given: Given) -> Calendar:
        if given["calendarId"] not in self.held:
            raise Problem(404, "notFound", "Not Found")
        return self.held[given["calendarId"]]

    def _since(self, calendar: Calendar, token: str) -> list[Event]:
        window = self._windows.get(token)
        if window is None or int(token[1:]) < self.kept_since:
            raise Problem(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
        found: dict[str, Event] = {}
        for ref in calendar.changed[window["seen"] :]:
            for one in self._told(calendar, ref):
                found[one["id"]] = one
        return [one for one in found.values() if one["status"] == "cancelled" or _within(one, window)]

    def _told(self, calendar: Calendar, ref: str) -> list[Event]:
        if ref in calendar.single:
            return [calendar.single[ref]]
        event = calendar.events.get(ref, {"id": ref, "status": "cancelled"})
        return calendar.expanded(event)

    def _page(self, given: Given, found: list[Event], token: str) -> dict[str, Any]:
        start, size = int(given.get("pageToken") or 0), min(given.get("maxResults", 250), self.page)
        told: dict[str, Any] = {"items": [_shown(one) for one in found[start : start + size]]}
        if len(found) > start + size:
            return told | {"nextPageToken": str(start + size)}
        return told | ({"nextSyncToken": token} if token else {})

    def _token(self, calendar: Calendar, window: Given) -> str:
        """The token says how far it has seen; nothing new, the same token."""
        wanted = {"id": calendar.id, "seen": len(calendar.changed)}
        wanted |= {name: window.get(name) for name in ("timeMin", "timeMax")}
        known = next((token for token, one in self._windows.items() if one == wanted), "")
        token = known if known and int(known[1:]) >= self.kept_since else f"s{len(self._windows) + 1}"
        self._windows[token] = wanted
        return token


_FAR = timedelta(days=4_000)


def _shown(event: Event) -> Event:
    return {name: value for name, value in event.items() if name != "unseen"}


def _within(event: Event, given: Given) -> bool:
    start, end = _moment(event["start"]), _moment(event["end"])
    after, before = given.get("timeMin"), given.get("timeMax")
    if after and end <= datetime.fromisoformat(after):
        return False
    return not (before and start >= datetime.fromisoformat(before))


def _moment(told: Event) -> datetime:
    if "date" in told:
        return datetime.combine(date.fromisoformat(told["date"]), datetime.min.time(), UTC)
    at = datetime.fromisoformat(told["dateTime"])
    return at.astimezone(ZoneInfo(told["timeZone"])) if "timeZone" in told else at


def _shifted(told: Event, shift: timedelta) -> Event:
    """By so much wall-clock time."""
    if "date" in told:
        return {"date": (date.fromisoformat(told["date"]) + shift).isoformat()}
    home = _moment(told)
    moved = (home.replace(tzinfo=None) + shift).replace(tzinfo=home.tzinfo)
    return {**told, "dateTime": moved.isoformat()}


def _stamp(told: Event) -> str:
    """As Google appends it to the id of an instance."""
    if "date" in told:
        return str(told["date"]).replace("-", "")
    return f"{_moment(told).astimezone(UTC):%Y%m%dT%H%M%SZ}"
