"""Google Calendar by its API: instances as Google expands them, and since the last time only what changed.

https://developers.google.com/workspace/calendar/api/guides/sync. A change may concern one instance of a series; the
series is then asked for as a whole, since a meeting that is missing from a series counts as withdrawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.base import Batch, Cursors, Health, Json
from connectors.calendars import Choice, renamed
from connectors.errors import CursorLost, NotFound, Refused
from connectors.google.account import Account
from connectors.google.calendar_event import Event, is_gone, meeting, series_of
from connectors.ical import Series
from connectors.ical_marks import NEVER, WINDOW_DAYS, batches, due, span, withdrawn
from connectors.net import clean
from connectors.records import Malformed, MeetingRecord

PAGE = 2_500
OURS = frozenset({"owner", "writer"})
SUFFIX = "@google.com"


@dataclass(frozen=True, slots=True)
class Calendar:
    """One calendar in the owner's list. `role`: what the owner may do there."""

    name: str
    id: str
    role: str

    @property
    def ours(self) -> bool:
        """Whether it is read where none is named."""
        return self.role in OURS


@dataclass(frozen=True, slots=True)
class _Marks:
    """The cursor. `uids`: id of a series → its uid; Google tells of what is deleted by id alone."""

    since: datetime
    until: datetime
    calendar: str = ""
    token: str = ""
    uids: dict[str, str] = field(default_factory=dict)

    def known(self) -> set[str]:
        return set(self.uids.values())

    def json(self) -> Json:
        """For the caller to keep; most uids are made from the id."""
        told = {ref: "" if uid == ref + SUFFIX else uid for ref, uid in self.uids.items()}
        where = {"calendar": self.calendar, "token": self.token, "uids": told}
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), **where}


def _marks(cursor: Json, as_of: datetime, window_days: tuple[int, int]) -> _Marks:
    since, until = span(cursor, as_of, window_days)
    told = cursor if isinstance(cursor, dict) else {}
    uids = told.get("uids")
    named = {str(ref): str(uid) or f"{ref}{SUFFIX}" for ref, uid in uids.items()} if isinstance(uids, dict) else {}
    return _Marks(since, until, str(told.get("calendar", "")), str(told.get("token", "")), named)


@dataclass
class GoogleCalendarSource(Account):
    """The meetings of a Google account. See connectors.base.Source for the contract; a stream is a calendar.

    `calendars`: names of those to read, else all that the owner may write to; `exclude`: names of those never read.
    `zone` is the owner's IANA zone. `window_days`: how far back and ahead of the first reading.
    """

    API = "calendar"
    READING = (
        frozenset({"calendar.events.readonly", "calendar.calendarlist.readonly"}),
        frozenset({"calendar.readonly"}),
        frozenset({"calendar"}),
    )

    _: KW_ONLY
    calendars: Sequence[str] = ()
    exclude: Sequence[str] = ()
    zone: str = "UTC"
    window_days: tuple[int, int] = WINDOW_DAYS

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """What changed, calendar by calendar; all of a calendar whose known future runs out."""
        chosen = self._choice.among(self._listed(), lambda calendar: calendar.ours)
        for calendar in chosen:
            yield from self._synced(calendar, self._marks(cursors.get(calendar.name)))
        yield from renamed({calendar.name: calendar.id for calendar in chosen}, cursors, self._marks)

    def check(self) -> Health:
        """Sign in and list the calendars."""
        found = self._listed()
        chosen = self._choice.among(found, lambda calendar: calendar.ours)
        return self._choice.health(found, chosen, self._upkeep())

    @property
    def _choice(self) -> Choice:
        return Choice("Google Calendar", self.calendars, self.exclude)

    def _marks(self, cursor: Json) -> _Marks:
        return _marks(cursor, self.as_of, self.window_days)

    def _listed(self) -> list[Calendar]:
        """Every calendar in the owner's list, by name; of two with one name the second shows its id."""
        found: dict[str, Calendar] = {}
        for page in self._connected().pages(_calendars, cost=1):
            for told in page.get("items") or ():
                ref = str(told["id"])
                self._connected().belongs_to(self.account, ref if told.get("primary") else "")
                name = clean(str(told.get("summaryOverride") or told.get("summary") or ref), 100)
                shown = f"{name} ({ref})" if name in found else name
                found[shown] = Calendar(shown, ref, str(told.get("accessRole")))
        return list(found.values())

    def _synced(self, calendar: Calendar, marks: _Marks) -> Iterator[Batch]:
        if marks.token and marks.calendar == calendar.id and not due(marks.until, self.as_of):
            try:
                yield from self._changes(calendar, marks)
            except CursorLost:
                yield from self._all(calendar, marks, restart=True)
        else:
            yield from self._all(calendar, marks, restart=False)

    def _all(self, calendar: Calendar, marks: _Marks, *, restart: bool) -> Iterator[Batch]:
        until = self.as_of + timedelta(days=self.window_days[1])
        asked = partial(_window, calendar=calendar.id, since=marks.since, until=until)
        events: list[Event] = []
        token = ""
        for page in self._connected().pages(asked, cost=1):
            events += page.get("items") or ()
            token = str(page.get("nextSyncToken") or "")
        live = [event for event in events if not is_gone(event)]
        uids = {series_of(event): str(event.get("iCalUID") or series_of(event)) for event in live}
        last = _Marks(marks.since, until, calendar.id, token, uids)
        midway = _Marks(marks.since, NEVER, calendar.id, "", marks.uids | uids)
        series = self._series(calendar, live, last)
        series += withdrawn(marks.known() - set(uids.values()))
        yield from batches(calendar.name, series, (midway.json(), last.json()), restart=restart)

    def _changes(self, calendar: Calendar, marks: _Marks) -> Iterator[Batch]:
        """Raises CursorLost where Google no longer knows the token."""
        touched: dict[str, list[Event]] = defaultdict(list)
        token = marks.token
        try:
            for page in self._connected().pages(partial(_since, calendar=calendar.id, since=marks.token), cost=1):
                for event in page.get("items") or ():
                    touched[series_of(event)].append(event)
                token = str(page.get("nextSyncToken") or token)
        except Refused as error:
            raise CursorLost(str(error)) from error
        if not touched and token == marks.token:
            return
        live, bad = self._whole(calendar, marks, touched)
        uids = {ref: uid for ref, uid in marks.uids.items() if ref not in touched or ref in {one.ref for one in bad}}
        uids |= {series_of(event): str(event.get("iCalUID") or series_of(event)) for event in live}
        last = _Marks(marks.since, marks.until, calendar.id, token, uids)
        midway = _Marks(marks.since, marks.until, calendar.id, marks.token, marks.uids | uids)
        series = self._series(calendar, live, last)
        series += withdrawn(marks.known() - set(uids.values()))
        yield from batches(calendar.name, series, (midway.json(), last.json()), extra=bad)

    def _whole(
        self, calendar: Calendar, marks: _Marks, touched: dict[str, list[Event]]
    ) -> tuple[list[Event], list[Malformed]]:
        """Every living instance of these series; a series that cannot be had is told, and stays as it was."""
        alone = [e for events in touched.values() for e in events if "recurringEventId" not in e and not is_gone(e)]
        single = {str(event["id"]) for event in alone if "recurrence" not in event}
        live = [event for event in alone if str(event["id"]) in single]
        bad: list[Malformed] = []
        for ref in (ref for ref in touched if ref not in single):
            try:
                live += self._living(partial(_instances, calendar=calendar.id, ref=ref, marks=marks))
            except (NotFound, CursorLost):
                live += self._orphans(calendar, marks, touched[ref])
            except Refused as error:
                bad.append(Malformed(ref, calendar.name, clean(f"Google does not give this series: {error}")))
        return live, bad

    def _living(self, asked: Any) -> list[Event]:
        pages = self._connected().pages(asked, cost=1)
        return [event for page in pages for event in page.get("items") or () if not is_gone(event)]

    def _orphans(self, calendar: Calendar, marks: _Marks, events: list[Event]) -> list[Event]:
        """Instances to which the owner was invited without the series, whose master they cannot see."""
        uid = next((str(event["iCalUID"]) for event in events if not is_gone(event) and "iCalUID" in event), "")
        if not uid:
            return []
        return self._living(partial(_window, calendar=calendar.id, since=marks.since, until=marks.until, iCalUID=uid))

    def _series(self, calendar: Calendar, live: Iterable[Event], marks: _Marks) -> list[Series]:
        """By uid; instances outside the window are left out, as any other reading would."""
        found: dict[str, list[MeetingRecord | Malformed]] = defaultdict(list)
        for event in live:
            record = meeting(event, calendar.name, self.zone)
            inside = isinstance(record, Malformed) or marks.since <= record.start < marks.until
            found[str(event.get("iCalUID") or series_of(event))] += [record] if inside else []
        broken = {uid for uid, records in found.items() if any(isinstance(one, Malformed) for one in records)}
        return [Series(uid, tuple(records), complete=uid not in broken) for uid, records in sorted(found.items())]


def _calendars(api: Any, token: str) -> Any:
    return api.calendarList().list(maxResults=250, pageToken=token or None)


def _window(api: Any, token: str, calendar: str, since: datetime, until: datetime, **more: Any) -> Any:
    when = {"timeMin": since.isoformat(), "timeMax": until.isoformat()}
    kind = {"singleEvents": True, "maxResults": PAGE, "pageToken": token or None}
    return api.events().list(calendarId=calendar, **when, **kind, **more)


def _since(api: Any, token: str, calendar: str, since: str) -> Any:
    kind = {"singleEvents": True, "maxResults": PAGE, "pageToken": token or None}
    return api.events().list(calendarId=calendar, syncToken=since, **kind)


def _instances(api: Any, token: str, calendar: str, ref: str, marks: _Marks) -> Any:
    when = {"timeMin": marks.since.isoformat(), "timeMax": marks.until.isoformat()}
    return api.events().instances(calendarId=calendar, eventId=ref, maxResults=PAGE, pageToken=token or None, **when)
