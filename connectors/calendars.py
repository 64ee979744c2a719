"""The calendars of one account: which of them are read, what is told of them, and what is left of a renamed one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from connectors.base import Batch, Cursors, Health, Json, Stream
from connectors.errors import NotFound
from connectors.ical_marks import NEVER


class Named(Protocol):
    """A calendar as the owner knows it."""

    @property
    def name(self) -> str:
        """Its name, which no other of the account has."""
        ...


class Left(Protocol):
    """What a cursor says of where a calendar was left."""

    @property
    def since(self) -> datetime:
        """Since when meetings are kept."""
        ...

    @property
    def calendar(self) -> str:
        """What the server knows the calendar by, whatever its name."""
        ...

    def known(self) -> set[str]:
        """The uids that meetings were handed over for."""
        ...


C = TypeVar("C", bound=Named)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which calendars at `place` are read: those in `names`, without any the usual ones; never those in `exclude`."""

    place: str
    names: Sequence[str]
    exclude: Sequence[str]

    def among(self, found: Sequence[C], usual: Callable[[C], bool] = lambda _: True) -> list[C]:
        """Those that are read. Raises NotFound where one that is named does not exist, or none at all."""
        there = {calendar.name for calendar in found}
        missing = [name for name in self.names if name not in there]
        if missing or not found:
            what = f"no calendar {missing[0]!r}" if missing else "no calendars"
            raise NotFound(f"{self.place} has {what}.", hint=f"Found: {', '.join(sorted(there)) or 'none'}.")
        wanted = set(self.names) or {calendar.name for calendar in found if usual(calendar)}
        return [calendar for calendar in found if calendar.name in wanted and calendar.name not in self.exclude]

    def health(self, found: Sequence[C], chosen: Sequence[C], warnings: Iterable[str] = ()) -> Health:
        """Every calendar, and why it is not read; a warning for each exclusion that excludes nothing."""
        names, read = {calendar.name for calendar in found}, {calendar.name for calendar in chosen}
        streams = tuple(Stream(one.name, skipped="" if one.name in read else self._why(one.name)) for one in found)
        unknown = [f"There is no calendar {name!r} to exclude." for name in self.exclude if name not in names]
        summary = f"Signed in to {self.place}: {len(read)} of {len(names)} calendars read"
        return Health(summary, streams, (*unknown, *warnings))

    def _why(self, name: str) -> str:
        if name in self.exclude:
            return "excluded"
        return "not chosen" if self.names else "not yours; name it in calendars to read it"


def renamed(chosen: Mapping[str, str], cursors: Cursors, read: Callable[[Json], Left]) -> Iterator[Batch]:
    """A calendar under a new name was read anew; under its old one nothing is left. Unshared ones keep theirs.

    `chosen`: name → what the server knows the calendar by.
    """
    for stream in sorted(set(cursors) - set(chosen)):
        marks = read(cursors[stream])
        if marks.calendar in chosen.values() and marks.known():
            left = {"since": marks.since.isoformat(), "until": NEVER.isoformat()}
            yield Batch(stream, (), left, series=tuple(sorted(marks.known())))
