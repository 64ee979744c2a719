"""What a source holds against what the store knows of it: every message is accounted for, or named as missing.

`extra` is what the store knows and the source no longer holds. That is history, and no fault. Every source that can
tell what it holds without being read anew is audited once a week by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent.app import App, open_configured
from agent.capture.contacts import contact_key
from agent.capture.keys import excluded_digest, mail_key, meeting_key
from agent.config import SourceSettings
from agent.errors import WeaktieError
from agent.jobs import capture, pace
from agent.store import messages, sources
from agent.types import Outcome
from connectors.base import WHOLE, Countable, Held, Source, Stream
from connectors.errors import ConnectorError
from connectors.records import ContactRecord, MailRecord, MeetingRecord, Record

Place = tuple[str, str]
WEEK = timedelta(days=7)


@dataclass
class Audit:
    """One source's balance: `listed` = interactions + left out + quarantined + excluded + missing.

    `left_out`: reason → how many. `extra`: copies the source no longer holds. `unread`: folders that are not read.
    """

    source: str
    listed: int = 0
    interactions: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    quarantined: int = 0
    excluded: int = 0
    missing: list[Held] = field(default_factory=list)
    extra: int = 0
    unread: tuple[Stream, ...] = ()
    error: ConnectorError | WeaktieError | None = None


def audit(app: App, now: datetime, only: str | None = None) -> list[Audit]:
    """Audit one source or all; one that cannot be reached has its `error` and does not keep the others from it."""
    chosen = [app.settings_of(only)] if only else list(app.config.sources)
    return [_audit(app, settings, now) for settings in chosen]


def is_due(app: App, settings: SourceSettings, now: datetime) -> bool:
    """Whether a source that was just captured is to be audited by itself."""
    with closing(open_configured(settings, app.config.owner.timezone, now)) as source:
        return isinstance(source, Countable) and pace.is_due(app, job_of(settings), now)


def weekly(app: App, settings: SourceSettings, now: datetime) -> None:
    """Audit one source and keep the result for doctor. Raises WeaktieError when a message is unaccounted for.

    Mail may have come since the source was read: before anything counts as missing it is read once more.
    """
    found = _audit(app, settings, now)
    if found.missing:
        capture.poll(app, settings, now)
        found = _audit(app, settings, now)
    if found.error:
        raise found.error
    if found.missing:
        raise WeaktieError(
            f"{len(found.missing)} of the {found.listed} messages in {settings.name} are unaccounted for.",
            hint=f"`weaktie audit {settings.name}` names them.",
        )
    counted = f"{found.interactions} counted, {found.left_out.total()} left out"
    rest = f"{found.excluded} excluded, {found.quarantined} unreadable"
    told = f"all {found.listed} messages accounted for: {counted}, {rest}"
    pace.done(app, job_of(settings), now, now + WEEK, told)


def job_of(settings: SourceSettings) -> str:
    """The name a source's audits are scheduled under."""
    return f"audit:{settings.name}"


def _audit(app: App, settings: SourceSettings, now: datetime) -> Audit:
    found = Audit(settings.name)
    try:
        barred = app.book(now).folders
        with closing(open_configured(settings, app.config.owner.timezone, now, barred)) as source:
            found.unread = tuple(stream for stream in source.check().streams if stream.skipped)
            stock = _Stock(app, settings.name)
            unknown = stock.settle(found, _held(source, now))
            _explain(app, found, unknown, source)
    except (ConnectorError, WeaktieError) as error:
        found.error = error
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """A message as the source tells of it; with its record where that was read along.

    `ahead`: a meeting to come. Which of those are stored changes with the day, so none is missing.
    """

    held: Held
    record: Record | None = None
    ahead: bool = False

    @property
    def place(self) -> Place:
        return self.held.stream, self.held.ref


def _held(source: Source, now: datetime) -> Iterator[_Seen]:
    if isinstance(source, Countable):
        yield from map(_Seen, source.inventory())
        return
    for batch in source.poll({}):
        for record in batch.records:
            name = record.message_id if isinstance(record, MailRecord) else ""
            ahead = isinstance(record, MeetingRecord) and record.start > now
            yield _Seen(Held(batch.stream, record.ref, name), record, ahead)


class _Stock:
    """What the store knows of one source."""

    def __init__(self, app: App, name: str) -> None:
        with app.store.read() as connection:
            row = next((row for row in sources.listed(connection, app.owner.id) if row.name == name), None)
            self._places = sources.places(connection, row.id) if row else {}
            self._unreadable = sources.unreadable(connection, row.id) if row else set()

    def settle(self, found: Audit, everything: Iterable[_Seen]) -> list[_Seen]:
        """Count what is known; what is not is given back."""
        unknown, met = [], set()
        for seen in everything:
            met.add(seen.place)
            known = self._places.get(seen.place)
            if known is None and seen.ahead:
                continue
            found.listed += 1
            if known is None and not self._unreadable.intersection((seen.place, (seen.held.stream, WHOLE))):
                unknown.append(seen)
            elif known is None:
                found.quarantined += 1
            elif known[0] is Outcome.INTERACTION:
                found.interactions += 1
            else:
                found.left_out[known[1]] += 1
        found.extra = len(self._places.keys() - met)
        return unknown


def _explain(app: App, found: Audit, unknown: list[_Seen], source: Source) -> None:
    """Of what the store does not know: what was excluded left a salted hash, the rest is missing."""
    digests = dict(_digests(app.owner.salt, _with_records(unknown, source)))
    with app.store.read() as connection:
        left = messages.excluded_among(connection, app.owner.id, digests.values())
    for seen in unknown:
        if digests.get(seen.place) in left:
            found.excluded += 1
        else:
            found.missing.append(seen.held)


def _with_records(unknown: list[_Seen], source: Source) -> Iterator[tuple[Place, Record]]:
    refs: dict[str, list[str]] = defaultdict(list)
    for seen in unknown:
        if seen.record is None:
            refs[seen.held.stream].append(seen.held.ref)
        else:
            yield seen.place, seen.record
    if isinstance(source, Countable):
        for stream, wanted in refs.items():
            for record in source.look_up(stream, wanted):
                yield (stream, record.ref), record


def _digests(salt: bytes, records: Iterable[tuple[Place, Record]]) -> Iterator[tuple[Place, str]]:
    for place, record in records:
        if isinstance(record, MailRecord):
            yield place, excluded_digest(salt, mail_key(record))
        elif isinstance(record, MeetingRecord):
            yield place, excluded_digest(salt, meeting_key(record))
        elif isinstance(record, ContactRecord):
            yield place, excluded_digest(salt, contact_key(record))
