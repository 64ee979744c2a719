"""Calendars by Microsoft Graph: what changed since the last link, each changed series read anew as a whole.

https://learn.microsoft.com/graph/delta-query-events. What its users found out and the pages do not tell: instances of
a series come without anything but their times; a deleted instance is not told of at all, though its series is; new
events outside the window come as removed ones; and a list may go on for ever without a new word in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

from connectors.base import Batch, Cursors, Health, Json
from connectors.calendars import Choice, renamed
from connectors.errors import CursorLost, NotFound, Unavailable
from connectors.ical import Series
from connectors.ical_marks import NEVER, WINDOW_DAYS, batches, due, span, withdrawn
from connectors.microsoft.events import Event, meeting, uid_of
from connectors.microsoft.graph import Graph
from connectors.net import AccessToken, clean
from connectors.records import MeetingRecord

LONGEST = timedelta(days=1825)
"""The widest window Graph opens."""

KEEP_LINK = timedelta(days=1)
"""A link in which nothing changed is replaced by the newer one after this long, before the service forgets it."""

SAME_PAGES = 3
"""A list that gives the same events this often in a row goes in circles."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar of the account; `owner` is an address, that of another person for a shared one."""

    name: str
    id: str
    owner: str

    @property
    def path(self) -> str:
        """Where it is asked about."""
        return f"me/calendars/{quote(self.id, safe='')}"


@dataclass(slots=True)
class _Marks:
    """The cursor. `uids`: event (by a short digest of its id) → uid; what disappears from here is withdrawn."""

    since: datetime
    until: datetime
    calendar: str = ""
    link: str = ""
    asked: datetime = NEVER
    uids: dict[str, str] = field(default_factory=dict)

    def known(self) -> set[str]:
        return set(self.uids.values())

    def as_json(self) -> Json:
        times = {name: getattr(self, name).isoformat() for name in ("since", "until", "asked")}
        return {**times, "calendar": self.calendar, "link": self.link, "uids": self.uids}


def _marks(cursor: Json, as_of: datetime, window_days: tuple[int, int]) -> _Marks:
    since, until = span(cursor, as_of, window_days)
    told = cursor if isinstance(cursor, dict) else {}
    uids = told.get("uids")
    named = {str(key): str(uid) for key, uid in uids.items()} if isinstance(uids, dict) else {}
    try:
        asked = datetime.fromisoformat(told["asked"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        asked = NEVER
    return _Marks(since, until, str(told.get("calendar") or ""), str(told.get("link") or ""), asked, named)


@dataclass
class OutlookCalendarSource:
    """The meetings of an account. See connectors.base.Source for the contract. A stream is a calendar.

    `token` gives access tokens for Calendars.Read. `calendars`: names of those to read, all when empty; `exclude`:
    names of those never read. `as_of` is the present. `timeout` is in seconds a request. `window_days`: how far back
    and ahead of the first reading. The texts of events are sent along by the service, and are not looked at.
    """

    token: AccessToken = field(repr=False)
    _: KW_ONLY
    as_of: datetime
    graph: str = "https://graph.microsoft.com"
    calendars: Sequence[str] = ()
    exclude: Sequence[str] = ()
    timeout: float = 60.0
    ca_file: str | Path | None = None
    window_days: tuple[int, int] = WINDOW_DAYS

    def __post_init__(self) -> None:
        """Raises Unsupported where the extra is missing; connects to nothing yet."""
        self.as_of = self.as_of.astimezone(UTC)
        self._graph = Graph(self.graph, self.token, timeout=self.timeout, ca_file=self.ca_file)

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """What changed, calendar by calendar; all of a calendar whose known future runs out."""
        chosen = self._choice.among(self._found())
        for calendar in chosen:
            yield from self._synced(calendar, self._marks(cursors.get(calendar.name)))
        yield from renamed({calendar.name: calendar.id for calendar in chosen}, cursors, self._marks)

    def check(self) -> Health:
        """Sign in and list the calendars."""
        found = self._found()
        return self._choice.health(found, self._choice.among(found))

    def close(self) -> None:
        """Let go of connections."""
        self._graph.close()

    @property
    def _choice(self) -> Choice:
        return Choice(self._graph.place, self.calendars, self.exclude)

    def _marks(self, cursor: Json) -> _Marks:
        return _marks(cursor, self.as_of, self.window_days)

    def _found(self) -> list[Calendar]:
        """By name; of two with one name the second shows its owner, or a number."""
        told = [one for page in self._graph.pages("me/calendars") for one in _listed(page)]
        found: dict[str, Calendar] = {}
        for one in sorted(told, key=lambda entry: (entry.get("isDefaultCalendar") is not True, str(entry.get("id")))):
            owner = str((one.get("owner") or {}).get("address") or "").lower()
            plain = clean(str(one.get("name") or ""), 100) or "Calendar"
            names = (plain, f"{plain} ({owner})", *(f"{plain} ({number})" for number in range(2, 1000)))
            name = next(name for name in names if name not in found)
            found[name] = Calendar(name, str(one["id"]), owner)
        return list(found.values())

    def _synced(self, calendar: Calendar, marks: _Marks) -> Iterator[Batch]:
        restart = False
        if marks.link and marks.calendar == calendar.id:
            try:
                yield from self._sync(calendar, marks).changed()
            except CursorLost:
                restart = True
            else:
                if not due(marks.until, self.as_of):
                    return
        try:
            yield from self._sync(calendar, marks).whole(self.window_days[1], restart=restart)
        except CursorLost as error:
            what = f"{self._graph.place} does not come to the end of the calendar {calendar.name!r}."
            raise Unavailable(what, hint="It is tried again later.") from error

    def _sync(self, calendar: Calendar, marks: _Marks) -> _Sync:
        return _Sync(self._graph, calendar, marks, self.as_of)


class _Sync:
    """One calendar brought up to date. `marks` move on with it."""

    def __init__(self, graph: Graph, calendar: Calendar, marks: _Marks, as_of: datetime) -> None:
        self._graph, self._calendar, self._marks, self._as_of = graph, calendar, marks, as_of

    @property
    def _since(self) -> datetime:
        return max(self._marks.since, self._marks.until - LONGEST)

    @property
    def _all_there(self) -> bool:
        """Whether the window reaches back to all that was ever read; else what is not in it may still be."""
        return self._since == self._marks.since

    def changed(self) -> Iterator[Batch]:
        """What changed since the link of the last time. Raises CursorLost."""
        marks = self._marks
        events, link = _round(self._graph, marks.link)
        if not events and self._as_of - marks.asked < KEEP_LINK:
            return
        uids = dict(marks.uids)
        gone = {uids.pop(_short(id_), "") for id_, event in events.items() if "@removed" in event}
        here = {id_: event for id_, event in events.items() if "@removed" not in event}
        masters = {str(event.get("seriesMasterId") or id_) for id_, event in here.items() if _recurs(event)}
        series = [*self._singles(here), *map(self._reread, sorted(masters))]
        yield from self._handed(series, uids, gone, link)

    def whole(self, days_ahead: int, *, restart: bool) -> Iterator[Batch]:
        """Everything in the window, which is opened as far ahead as it was at first. Raises CursorLost."""
        marks = self._marks
        done = marks.until
        marks.until = self._as_of + timedelta(days=days_ahead)
        window = {"startDateTime": _zulu(self._since), "endDateTime": _zulu(marks.until)}
        try:
            events, link = _round(self._graph, f"{self._calendar.path}/calendarView/delta", **window)
        except CursorLost:
            marks.until = done
            raise
        here = {id_: event for id_, event in events.items() if "@removed" not in event}
        kept = {} if self._all_there else marks.uids
        gone = marks.known() - set(kept.values())
        series = [*self._singles(here), *self._assembled(here)]
        yield from self._handed(series, dict(kept), gone, link, until=NEVER, restart=restart)

    def _handed(
        self,
        series: list[tuple[str, Series]],
        uids: dict[str, str],
        gone: set[str],
        link: str,
        *,
        until: datetime | None = None,
        restart: bool = False,
    ) -> Iterator[Batch]:
        """Batches: each series whole, then those nothing is left of. `until`: how far is known before the last one."""
        marks = self._marks
        for id_, one in series:
            uids[_short(id_)] = one.uid or marks.uids.get(_short(id_), "")
        uids = {key: uid for key, uid in uids.items() if uid}
        lost = gone - set(uids.values()) - {""}
        midway = replace(marks, calendar=self._calendar.id, until=until or marks.until, uids=marks.uids | uids)
        marks.calendar, marks.link, marks.asked, marks.uids = self._calendar.id, link, self._as_of, uids
        told = [*(one for _, one in series if one.uid or one.records), *withdrawn(lost)]
        yield from batches(self._calendar.name, told, (midway.as_json(), marks.as_json()), restart=restart)

    def _singles(self, events: dict[str, Event]) -> Iterator[tuple[str, Series]]:
        for id_, event in events.items():
            if not _recurs(event):
                yield id_, self._series([event])

    def _assembled(self, events: dict[str, Event]) -> Iterator[tuple[str, Series]]:
        """Series from a whole list: what an instance does not say of itself, its master says."""
        parts: dict[str, list[Event]] = {id_: [] for id_, event in events.items() if _is_master(event)}
        for event in events.values():
            if _recurs(event) and not _is_master(event):
                parts.setdefault(str(event.get("seriesMasterId")), []).append(event)
        for master, instances in parts.items():
            if master in events:
                common = {name: value for name, value in events[master].items() if name != "originalStart"}
                told = [{**common, "seriesMasterId": master, **_said(instance)} for instance in instances]
                yield master, self._series(told, uid_of(events[master]))
            else:
                yield self._reread(master)

    def _reread(self, master: str) -> tuple[str, Series]:
        """One series as it is now; of one that is gone nothing."""
        marks = self._marks
        window = {"startDateTime": _zulu(self._since), "endDateTime": _zulu(marks.until)}
        try:
            pages = self._graph.pages(f"{self._calendar.path}/events/{quote(master, safe='')}/instances", **window)
            instances = [event for page in pages for event in _listed(page)]
        except NotFound:
            instances = []
        known = marks.uids.get(_short(master), "")
        uid = known or next((uid_of(event) for event in instances), "")
        return master, self._series([{**event, "seriesMasterId": master} for event in instances], uid)

    def _series(self, events: Iterable[Event], uid: str = "") -> Series:
        records = [meeting(event, self._calendar.name, self._calendar.owner) for event in events]
        meetings = [record for record in records if isinstance(record, MeetingRecord)]
        uid = uid or next((record.uid for record in meetings), "")
        inside = [r for r in records if not isinstance(r, MeetingRecord) or r.start >= self._marks.since]
        return Series(uid, tuple(inside), complete=len(meetings) == len(records) and self._all_there)


def _round(graph: Graph, address: str, **query: str) -> tuple[dict[str, Event], str]:
    """All that a list and its further pages tell, the last word on each event; and the link for the next time.

    Raises CursorLost where it goes in circles.
    """
    found: dict[str, Event] = {}
    before: frozenset[str] = frozenset()
    repeated = 0
    for page in graph.pages(address, **query):
        told = {str(event["id"]): event for event in _listed(page) if event.get("id")}
        repeated = repeated + 1 if told and told.keys() == before else 0
        before = frozenset(told)
        found |= told
        link = str(page.get("@odata.deltaLink") or "")
        if link:
            return found, link
        if repeated >= SAME_PAGES:
            break
    raise CursorLost(f"{graph.place} lists changes without an end.")


def _listed(page: dict[str, Any]) -> list[dict[str, Any]]:
    told = page.get("value")
    return [entry for entry in told if isinstance(entry, dict)] if isinstance(told, list) else []


def _recurs(event: Event) -> bool:
    return _is_master(event) or bool(event.get("seriesMasterId"))


def _is_master(event: Event) -> bool:
    return event.get("type") == "seriesMaster"


def _said(event: Event) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not None}


def _short(id_: str) -> str:
    return blake2b(id_.encode(), digest_size=9).hexdigest()


def _zulu(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
