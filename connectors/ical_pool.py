"""The one worker process that expands calendars, started when first needed and kept for the next calendar."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from connectors.errors import Unavailable

MODULE = "connectors.ical_worker"
REPLY_SECONDS = 30.0
"""How long to wait for one series before the worker counts as dead. Its processor time is limited far below."""
_BATCH_BYTES = 200_000
_MAX_REPLY_BYTES = 8_000_000
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONTZPATH", "SYSTEMROOT", "LANG", "LC_ALL")

_DIED = {"bad": "made the expanding process give up", "cut": True}


class _Died(Exception):
    """The worker is gone or does not answer."""


class _Process:
    """A running worker and what it has already been told."""

    def __init__(self) -> None:
        environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
        home = str(Path(__file__).resolve().parents[1])
        environment["PYTHONPATH"] = os.pathsep.join([home, *(path for path in sys.path if path)])
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-W", "ignore", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
        self._buffer = b""
        self.calendar: dict[str, Any] | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, request: dict[str, Any]) -> None:
        """The worker reads a whole request before it answers, so a full pipe cannot block both sides."""
        assert self._process.stdin is not None  # noqa: S101  Popen was given a pipe
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise _Died from error

    def reply(self) -> dict[str, Any]:
        deadline = time.monotonic() + REPLY_SECONDS
        while b"\n" not in self._buffer:
            self._buffer += self._read(deadline - time.monotonic())
            if len(self._buffer) > _MAX_REPLY_BYTES:
                raise _Died
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _read(self, seconds: float) -> bytes:
        assert self._process.stdout is not None  # noqa: S101  Popen was given a pipe
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            ready = selector.select(max(0.0, seconds))
        chunk = os.read(self._process.stdout.fileno(), 1 << 20) if ready else b""
        if not chunk:
            raise _Died
        return chunk

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()
        with contextlib.suppress(OSError):
            self._process.communicate()


_lock = threading.RLock()
_running: list[_Process] = []


def expand(calendar: dict[str, Any], series: Sequence[Sequence[str]], cuts: int = 0) -> list[dict[str, Any]]:
    """The worker's answer for each series, in order: {"bad": reason, "cut": …} where it could not be read.

    `calendar`: zones (texts), zone_name, zone, start, end, pivot (seconds UTC). `cuts`: how many series of this
    calendar were cut off before; the worker loses patience with them. Safe from any thread, one call at a time.
    Raises Unavailable when no worker can be started.
    """
    replies: list[dict[str, Any]] = []
    with _lock:
        for batch in _batches(series):
            replies += _answers(calendar, batch, cuts + cut(replies))
    return replies


def cut(replies: Sequence[dict[str, Any]]) -> int:
    """How many of these were cut off."""
    return sum(reply.get("cut", False) for reply in replies)


def stop() -> None:
    """End the worker, if one runs. The next calendar starts another."""
    with _lock:
        while _running:
            _running.pop().stop()


def running() -> tuple[int, ...]:
    """The process ids of the workers: one, or none."""
    return tuple(process.pid for process in _running)


atexit.register(stop)


def _batches(series: Sequence[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    batch: list[Sequence[str]] = []
    size = 0
    for events in series:
        batch.append(events)
        size += sum(map(len, events))
        if size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _answers(calendar: dict[str, Any], batch: Sequence[Sequence[str]], cuts: int) -> list[dict[str, Any]]:
    """A series that two workers die of is the bad one; the rest goes to a new worker."""
    replies: list[dict[str, Any]] = []
    suspect = -1
    while len(replies) < len(batch):
        process = _worker()
        try:
            _ask(process, calendar, batch[len(replies) :], cuts + cut(replies))
            while len(replies) < len(batch):
                replies.append(process.reply())
        except _Died:
            stop()
            if suspect != len(replies):
                suspect = len(replies)
            else:
                replies.append(dict(_DIED))
                suspect = -1
    return replies


def _ask(process: _Process, calendar: dict[str, Any], series: Sequence[Sequence[str]], cuts: int) -> None:
    request: dict[str, Any] = {"series": series, "cuts": cuts}
    if process.calendar is not calendar and process.calendar != calendar:
        request["calendar"] = calendar
    process.send(request)
    process.calendar = calendar


def _worker() -> _Process:
    if not _running:
        process = _Process()
        try:
            process.reply()
        except _Died:
            process.stop()
            raise Unavailable(
                "The process that expands calendars does not start.",
                hint=f"Try `{sys.executable} -m {MODULE}` and read what it says.",
            ) from None
        _running.append(process)
    return _running[0]
