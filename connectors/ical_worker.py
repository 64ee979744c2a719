"""The worker process: reads series of events as JSON lines, answers each with one line, within hard limits.

Started by ical_pool as `python -m connectors.ical_worker`; ends when its input ends. A rule that would run for
ever is interrupted by a timer of processor time; where Python does not come to handle the signal, the kernel's own
limit ends the process and the parent starts another one.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType
from typing import IO, Any

from connectors import ical_expand, ical_zones

MEMORY_BYTES = 256 * 1024 * 1024
SERIES_SECONDS = 0.8
_PER_EVENT_SECONDS = 0.002
_HURRIED_SECONDS = 0.05
PATIENCE = 5
"""After so many series were cut off in one calendar the others get little time, and after…"""
END_OF_PATIENCE = 200
"""…so many none that recurs is tried any more: a calendar cannot hold us longer than about 15 s."""

_armed = False


class _Cut(BaseException):
    """The time for this series is over. No Exception, so that no library swallows it."""


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    if _armed:
        raise _Cut


def _within(seconds: float, work: Callable[[], Any]) -> Any:
    """Run with so much processor time. Raises _Cut. The timer rings again in case a finaliser ate the first ring."""
    global _armed  # noqa: PLW0603  a signal handler has no other way to know
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 3, hard))
    _armed = True
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.05)
    try:
        return work()
    finally:
        _armed = False
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit() -> None:
    signal.signal(signal.SIGPROF, _on_signal)
    for what, most in (("RLIMIT_AS", MEMORY_BYTES), ("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", 0)):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, what), (most, most))


class Worker:
    """Holds the calendar being read (zones and window) between batches."""

    def __init__(self) -> None:
        self._calendar: dict[str, Any] = {}
        self._context: Any = None
        self._cuts = 0

    def answer(self, request: dict[str, Any], write: Callable[[dict[str, Any]], None]) -> None:
        """One line for every series of the request, in order."""
        if "calendar" in request:
            self._calendar = request["calendar"]
            self._load(self._calendar["zones"])
        self._cuts = request["cuts"]
        for events in request["series"]:
            write(self._series(events, recurs=len(events) > 1 or "RRULE" in events[0].upper()))

    def _load(self, zones: list[str]) -> None:
        """A time zone that takes too long is a time zone nobody knows."""
        try:
            _within(SERIES_SECONDS, lambda: ical_zones.load_zones(zones))
        except (_Cut, Exception):  # noqa: BLE001  hostile input: whatever it breaks, the calendar is read without it
            ical_zones.load_zones([])
        calendar = self._calendar
        zone = ical_zones.owner_zone(calendar["zone"])
        moments = [datetime.fromtimestamp(calendar[name], UTC) for name in ("start", "end", "pivot")]
        self._context = ical_expand.Context(zone, ical_zones.zone_called(calendar["zone_name"]), *moments)

    def _series(self, events: list[str], *, recurs: bool) -> dict[str, Any]:
        if recurs and self._cuts >= END_OF_PATIENCE:
            return {"bad": "was not expanded: this calendar has used up its time", "cut": False}
        seconds = SERIES_SECONDS if self._cuts < PATIENCE else _HURRIED_SECONDS
        seconds += _PER_EVENT_SECONDS * (len(events) - 1)
        try:
            found: dict[str, Any] = _within(seconds, lambda: ical_expand.read_series(events, self._context))
        except ical_expand.Bad as error:
            return {"bad": str(error), "cut": False}
        except _Cut:
            return self._cut(f"takes longer than {seconds:.2g} s to expand")
        except (MemoryError, RecursionError):
            return self._cut(f"takes more than {MEMORY_BYTES >> 20} MB to expand")
        except Exception as error:  # noqa: BLE001  hostile input: one bad series must not stop the rest
            return {"bad": f"cannot be read ({type(error).__name__}: {error})", "cut": False}
        return found

    def _cut(self, reason: str) -> dict[str, Any]:
        """Zones may have been left half-used (and locked) by what was cut off: learn them anew."""
        self._cuts += 1
        self._load(self._calendar["zones"])
        return {"bad": reason, "cut": True}


def serve(source: IO[bytes], sink: IO[bytes]) -> None:
    """Say hello, then answer until the input ends."""
    worker = Worker()

    def write(reply: dict[str, Any]) -> None:
        sink.write(json.dumps(reply).encode() + b"\n")
        sink.flush()

    write({"ready": True})
    for line in source:
        worker.answer(json.loads(line), write)


def main() -> None:
    """Take standard input and output for the parent's, and let nothing else print there."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _limit()
    serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
