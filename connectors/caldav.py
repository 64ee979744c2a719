"""Calendars on a CalDAV server (RFC 4791): what changed since the last sync token, expanded here and not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors import ical_pool
from connectors.base import Batch, Cursors, Health, Json
from connectors.caldav_client import Calendar, Changes, Client, checked_place
from connectors.calendars import Choice, renamed
from connectors.errors import CursorLost
from connectors.ical import CalendarReader, Series
from connectors.ical_marks import NEVER, WINDOW_DAYS, due, span, withdrawn
from connectors.records import Malformed

_AT_ONCE = 50
_BATCH_RECORDS = 2_000
_SAME = "="


@dataclass(slots=True)
class _Marks:
    """The cursor. `uids`: object name → uids in it, by line; what disappears from here is withdrawn."""

    since: datetime
    until: datetime
    calendar: str
    token: str
    uids: dict[str, str]

    def as_json(self) -> Json:
        """Compact: most objects are named after their uid."""
        told = {name: _SAME if name == f"{uid}.ics" else uid for name, uid in self.uids.items()}
        span_ = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        return {**span_, "path": self.calendar, "token": self.token, "uids": told}

    def known(self) -> set[str]:
        return {uid for lines in self.uids.values() for uid in lines.split("\n") if uid}


def _marks(cursor: Json, as_of: datetime, window_days: tuple[int, int]) -> _Marks:
    since, until = span(cursor, as_of, window_days)
    told = cursor if isinstance(cursor, dict) else {}
    uids = told.get("uids")
    named = {str(name): str(uid) for name, uid in uids.items()} if isinstance(uids, dict) else {}
    named = {name: name.removesuffix(".ics") if uid == _SAME else uid for name, uid in named.items()}
    return _Marks(since, until, str(told.get("path", "")), str(told.get("token", "")), named)


@dataclass
class CalDavSource:
    """The meetings of an account on a calendar server. See connectors.base.Source for the contract.

    `url`: https, or http to this machine. `password` is called at every sign-in. `calendars`: names of those to
    read, all when empty; `exclude`: names of those never read. `zone` is the owner's IANA time zone, for times
    without one. `as_of` is the present. `timeout` is in seconds per request. `ca_file` holds certificates to trust
    in place of the system's. `window_days`: how far back and ahead of the first reading. A stream is a calendar.
    """

    url: str
    _: KW_ONLY
    username: str
    password: Callable[[], str] = field(repr=False)
    as_of: datetime
    calendars: Sequence[str] = ()
    exclude: Sequence[str] = ()
    zone: str = "UTC"
    timeout: float = 60.0
    ca_file: str | Path | None = None
    window_days: tuple[int, int] = WINDOW_DAYS

    def __post_init__(self) -> None:
        """Raises Unsupported for settings that would send the password in the clear; connects to nothing yet."""
        checked_place(self.url)
        self.as_of = self.as_of.astimezone(UTC)
        self._client: Client | None = None

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """What changed, calendar by calendar; all of a calendar whose known future runs out."""
        client = self._connected()
        chosen = self._choice.among(client.calendars())
        for calendar in chosen:
            yield from self._synced(client, calendar, self._marks(cursors.get(calendar.name)))
        yield from renamed({calendar.name: calendar.path for calendar in chosen}, cursors, self._marks)

    def check(self) -> Health:
        """Sign in and list the calendars."""
        found = self._connected().calendars()
        return self._choice.health(found, self._choice.among(found))

    def close(self) -> None:
        """Sign out, and end the process that expands calendars."""
        client, self._client = self._client, None
        if client is not None:
            client.close()
        ical_pool.stop()

    def _connected(self) -> Client:
        if self._client is None:
            self._client = Client(self.url, self.username, self.password, timeout=self.timeout, ca_file=self.ca_file)
        return self._client

    @property
    def _choice(self) -> Choice:
        return Choice(f"{checked_place(self.url)} for {self.username}", self.calendars, self.exclude)

    def _marks(self, cursor: Json) -> _Marks:
        return _marks(cursor, self.as_of, self.window_days)

    def _synced(self, client: Client, calendar: Calendar, marks: _Marks) -> Iterator[Batch]:
        token = "" if due(marks.until, self.as_of) or marks.calendar != calendar.path else marks.token
        restart = False
        try:
            changes = client.changes(calendar, token)
        except CursorLost:
            restart = True
            changes = client.changes(calendar, "")
        if not (changes.full or changes.changed or changes.deleted) and changes.token == marks.token:
            return
        yield from _Sync(self, client, calendar, marks, changes).batches(restart=restart)


class _Sync:
    """One calendar brought up to date: fetched in portions, handed over in batches."""

    def __init__(
        self, source: CalDavSource, client: Client, calendar: Calendar, marks: _Marks, changes: Changes
    ) -> None:
        self._client, self._calendar, self._changes = client, calendar, changes
        self._before = marks
        window = (marks.since, source.as_of + timedelta(days=source.window_days[1]))
        self._until = window[1] if changes.full else marks.until
        self._reader = CalendarReader(calendar=calendar.name, window=window, zone=source.zone, as_of=source.as_of)
        kept = {} if changes.full and changes.whole else marks.uids
        self._uids = {name: uids for name, uids in kept.items() if name not in changes.deleted}

    def batches(self, *, restart: bool) -> Iterator[Batch]:
        records: list[Any] = []
        complete: list[str] = []
        for series in self._series():
            if len(records) + len(series.records) > _BATCH_RECORDS and records:
                yield Batch(self._calendar.name, tuple(records), self._midway(), tuple(complete), restart=restart)
                records, complete, restart = [], [], False
            records += series.records
            complete += [series.uid] if series.complete else []
        last = _Marks(self._before.since, self._until, self._calendar.path, self._changes.token, self._uids)
        for series in withdrawn(self._before.known() - last.known()):
            complete.append(series.uid)
        yield Batch(self._calendar.name, tuple(records), last.as_json(), tuple(complete), restart=restart)

    def _midway(self) -> Json:
        """Everything known so far, and still the old place to go on from."""
        before = self._before
        until, token = (NEVER, "") if self._changes.full else (before.until, before.token)
        return _Marks(before.since, until, self._calendar.path, token, before.uids | self._uids).as_json()

    def _series(self) -> Iterator[Series]:
        if self._changes.content:
            for name, data in self._changes.content:
                yield from self._read(name, data)
            return
        names = self._changes.changed
        for start in range(0, len(names), _AT_ONCE):
            for name, found in self._client.content(self._calendar, names[start : start + _AT_ONCE]):
                yield from self._read(name, found)

    def _read(self, name: str, found: bytes | str) -> Iterator[Series]:
        reading = self._reader.read(found) if isinstance(found, bytes) else None
        self._until = min(self._until, reading.until) if reading else self._until
        if reading is None or not reading.whole:
            reason = found if isinstance(found, str) else "is no whole calendar object"
            self._uids[name] = self._before.uids.get(name, "")
            yield Series("", (Malformed(name, self._calendar.name, f"This object {reason}."),), complete=False)
            return
        self._uids[name] = "\n".join(series.uid for series in reading.series)
        yield from reading.series
