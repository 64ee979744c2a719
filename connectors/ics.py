"""Calendars as files, folders of files, or one https address: read whole when they changed, and not otherwise."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from connectors import ical_pool
from connectors.base import Batch, Cursors, Health, Json, Stream
from connectors.errors import NotFound, Unavailable, Unsupported
from connectors.fetch import Fetched, checked_url, fetch
from connectors.ical import CalendarReader, Reading
from connectors.ical_marks import NEVER, WINDOW_DAYS, batches, due, given, span, withdrawn
from connectors.ical_text import digest, looks_like_calendar
from connectors.records import Malformed

SUFFIXES = (".ics", ".ical", ".icalendar", ".vcs")
MAX_FILE_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class _Marks:
    """The cursor. `known`: uids that meetings were given for; those gone from the calendar are withdrawn."""

    since: datetime
    until: datetime = NEVER
    digest: str = ""
    known: tuple[str, ...] = ()
    etag: str = ""
    modified: str = ""
    address: str = ""

    def as_json(self) -> Json:
        texts = {name: getattr(self, name) for name in ("digest", "etag", "modified", "address")}
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), "known": list(self.known), **texts}


def _marks(cursor: Json, as_of: datetime, window_days: tuple[int, int]) -> _Marks:
    since, until = span(cursor, as_of, window_days)
    if not isinstance(cursor, dict):
        return _Marks(since)
    texts = {name: str(cursor.get(name, "")) for name in ("digest", "etag", "modified", "address")}
    known = cursor.get("known")
    return _Marks(since, until, known=tuple(map(str, known)) if isinstance(known, list) else (), **texts)


@dataclass
class IcsSource:
    """The meetings of calendar files. See connectors.base.Source for the contract.

    `path` (a file, or a folder with its subfolders) or `url` (https or webcal), never both. `zone` is the owner's
    IANA time zone, for times without one. `as_of` is the present. `name`: what the calendar at `url` is called, by
    default its host. `window_days`: how far back and ahead of the first reading. `allow_private` lets `url` lead to
    addresses inside a network. A stream is a file, named by its path below the folder, or the calendar at `url`.
    """

    path: str | Path | None = None
    url: str | None = field(default=None, repr=False)
    _: KW_ONLY
    as_of: datetime
    zone: str = "UTC"
    name: str | None = None
    window_days: tuple[int, int] = WINDOW_DAYS
    allow_private: bool = False
    ca_file: str | Path | None = None

    def __post_init__(self) -> None:
        """Raises Unsupported or Refused for settings that cannot work; opens nothing yet."""
        if bool(self.path) == bool(self.url):
            raise Unsupported("A calendar needs either a path or an address (url), and not both.")
        if self.url:
            checked_url(self.url, allow_private=self.allow_private)
        self.as_of = self.as_of.astimezone(UTC)
        self._folder = Path(self.path) if self.path else Path()

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """What changed, calendar by calendar. Files that cannot be opened are told of after the others were read."""
        unread: list[str] = []
        streams = self._streams()
        for stream in streams:
            marks = _marks(cursors.get(stream), self.as_of, self.window_days)
            try:
                fetched = self._download(marks) if self.url else Fetched(self._read(stream))
            except OSError as error:
                unread.append(f"{stream} ({error.strerror})")
            else:
                yield from self._changed(stream, fetched, marks)
        if not self.url and not self._folder.is_file():
            yield from self._gone(set(cursors) - set(streams), cursors)
        if unread:
            raise Unavailable(f"Could not read {', '.join(unread)}.", hint="Is this user allowed to?")

    def check(self) -> Health:
        """Open everything, parse nothing."""
        streams = self._streams()
        if self.url:
            body = self._download(_Marks(self.as_of)).body or b""
            return Health(f"{streams[0]}: a calendar of {len(body):,} bytes", (Stream(streams[0]),))
        troubles = {stream: self._trouble(stream) for stream in streams}
        warnings = tuple(f"{stream}: {trouble}" for stream, trouble in troubles.items() if trouble)
        shown = tuple(Stream(stream, skipped=trouble) for stream, trouble in troubles.items())
        return Health(f"{len(streams)} calendar file{'s' * (len(streams) != 1)}", shown, warnings)

    def close(self) -> None:
        """End the process that expands calendars."""
        ical_pool.stop()

    def _streams(self) -> list[str]:
        if self.url:
            return [self.name or urlsplit(self.url).hostname or "calendar"]
        if self._folder.is_file():
            return [self._folder.name]
        if not self._folder.is_dir():
            raise NotFound(f"There is no file or folder {self._folder}.", hint="Check the `path` of this source.")
        files = [file for file in self._folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()]
        if not files:
            raise NotFound(f"There is no .ics file in {self._folder}.", hint="Is the folder mounted?")
        return sorted(file.relative_to(self._folder).as_posix() for file in files)

    def _read(self, stream: str) -> bytes:
        file = self._folder if self._folder.is_file() else self._folder / stream
        if file.stat().st_size > MAX_FILE_BYTES:
            raise OSError(errno.EFBIG, f"larger than {MAX_FILE_BYTES:,} bytes")
        return file.read_bytes()

    def _trouble(self, stream: str) -> str:
        try:
            return "" if looks_like_calendar(self._read(stream)) else "is no calendar"
        except OSError as error:
            return str(error.strerror)

    def _download(self, marks: _Marks) -> Fetched:
        """Conditional while the address is the same one and the future known so far is long enough."""
        same = marks.address == self._address() and not due(marks.until, self.as_of)
        etag, modified = (marks.etag, marks.modified) if same else ("", "")
        url, private = self.url or "", self.allow_private
        fetched = fetch(url, etag=etag, modified=modified, allow_private=private, ca_file=self.ca_file)
        if fetched.body is not None and not looks_like_calendar(fetched.body):
            host = urlsplit(url).hostname
            raise Unsupported(f"What {host} sent is no calendar.", hint="Use the private address ending in .ics.")
        return fetched

    def _address(self) -> str:
        """Tells addresses apart without keeping one: the address of a private calendar is a secret."""
        return sha256((self.url or "").encode()).hexdigest()[:16]

    def _changed(self, stream: str, fetched: Fetched, marks: _Marks) -> Iterator[Batch]:
        if fetched.body is None:
            return
        seen = digest(fetched.body)
        if seen == marks.digest and not due(marks.until, self.as_of):
            return
        single = bool(self.url) or self._folder.is_file()
        window = (marks.since, self.as_of + timedelta(days=self.window_days[1]))
        calendar = self.name if self.name and single else stream
        reader = CalendarReader(calendar=calendar, window=window, zone=self.zone, as_of=self.as_of)
        reading = reader.read(fetched.body)
        gone, known = _settle(reading, set(marks.known))
        last = _Marks(
            marks.since, reading.until, seen, tuple(sorted(known)), fetched.etag, fetched.modified, self._address()
        )
        between = _Marks(marks.since, known=tuple(sorted(known.union(marks.known))))
        extra = [] if reading.whole else [Malformed(stream, calendar, "This file is no whole calendar.")]
        found = [*reading.series, *withdrawn(gone)]
        yield from batches(stream, found, (between.as_json(), last.as_json()), extra=extra)

    def _gone(self, streams: set[str], cursors: Cursors) -> Iterator[Batch]:
        """Files that are no longer in the folder take their meetings with them."""
        for stream in sorted(streams):
            marks = _marks(cursors[stream], self.as_of, self.window_days)
            if marks.known:
                yield Batch(stream, (), _Marks(marks.since).as_json(), series=marks.known)


def _settle(reading: Reading, before: set[str]) -> tuple[set[str], set[str]]:
    """(what is gone from the calendar, what meetings are now on record for).

    From a text that stops in the middle nothing is concluded about what is not in it.
    """
    missing = before - {series.uid for series in reading.series}
    unread = {series.uid for series in reading.series if not series.complete} & before
    known = given(reading.series) | unread
    return (missing, known) if reading.whole else (set(), known | missing)
