"""Where a calendar was left, and how its meetings are handed over: shared by every calendar source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Batch, Json
from connectors.ical import Series
from connectors.records import Malformed, MeetingRecord

WINDOW_DAYS = (1100, 400)
"""How far back and ahead of the first reading meetings are looked for."""
RENEW = timedelta(days=90)
"""A calendar is read anew, changed or not, when its known future is shorter than this."""
NEVER = datetime.min.replace(tzinfo=UTC)
_BATCH_RECORDS = 2_000


def span(cursor: Json, as_of: datetime, window_days: tuple[int, int]) -> tuple[datetime, datetime]:
    """(since, until) of a cursor: since when meetings are kept, and until when they are known.

    `since` was set at the first reading and never moves forward, so that nothing once known falls out at the back.
    Without a usable cursor: a fresh start, known until NEVER.
    """
    try:
        since, until = (datetime.fromisoformat(cursor[name]).astimezone(UTC) for name in ("since", "until"))
    except (KeyError, TypeError, ValueError, OverflowError):
        return as_of - timedelta(days=window_days[0]), NEVER
    return since, until


def due(until: datetime, as_of: datetime) -> bool:
    """Whether the known future runs out."""
    return until < as_of + RENEW


def given(series: Iterable[Series]) -> set[str]:
    """The uids that meetings were handed over for."""
    return {one.uid for one in series if any(isinstance(record, MeetingRecord) for record in one.records)}


def withdrawn(uids: Iterable[str]) -> list[Series]:
    """Series of which nothing is left."""
    return [Series(uid, ()) for uid in sorted(uids)]


def batches(
    stream: str,
    series: Sequence[Series],
    cursors: tuple[Json, Json],
    *,
    extra: Sequence[Malformed] = (),
    restart: bool = False,
) -> Iterator[Batch]:
    """Batches that keep each series together, at least one. `cursors`: that of all but the last, and of the last."""
    records: list[Any] = list(extra)
    complete: list[str] = []
    for one in series:
        if records and len(records) + len(one.records) > _BATCH_RECORDS:
            yield Batch(stream, tuple(records), cursors[0], tuple(complete), restart=restart)
            records, complete, restart = [], [], False
        records += one.records
        complete += [one.uid] if one.complete else []
    yield Batch(stream, tuple(records), cursors[1], tuple(complete), restart=restart)
