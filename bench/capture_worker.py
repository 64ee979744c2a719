"""What `bench.capture` measures, in a process of its own: `capture` or `poll`, and a configuration."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from agent import clock, config
from agent.app import App, open_app
from agent.jobs import capture
from bench.capture_memory import own_peak_mb

POLLS = 25


class Place(NamedTuple):
    """The mailbox to ask."""

    host: str
    port: int
    username: str


def main(what: str, place: Path) -> None:
    """Print the seconds of a capture, its processor time and peak memory; or the medians of polls that find nothing new
    and of bare LIST-STATUS, taken in turns.
    """
    began, cpu = perf_counter(), process_time()
    app = open_app(config.load(place))
    polled = capture.sync(app, clock.now())
    capture.settle(app, clock.now())
    took, cpu = perf_counter() - began, process_time() - cpu
    if polled[0].error:
        raise polled[0].error
    peak = own_peak_mb()
    told = _polls(app) if what == "poll" else {"seconds": took, "cpu": cpu}
    app.store.close()
    print(json.dumps({**told, "peak_mb": peak}))


def _polls(app: App) -> dict[str, float]:
    from bench import capture_raw  # not before: a capture is measured in what it loads itself

    (mailbox,) = app.config.sources
    assert isinstance(mailbox, config.ImapSource)
    account = Place(mailbox.host, mailbox.port or 0, mailbox.username)
    turns = [(_poll(app, number), capture_raw.list_status(account)) for number in range(1, POLLS + 1)]
    polls, bare = zip(*turns, strict=True)
    return {"seconds": median(polls), "status": median(bare)}


def _poll(app: App, number: int) -> float:
    """As much later than the one before as in daily use, so that there is something to note."""
    now = clock.now() + number * timedelta(minutes=app.config.capture.every_minutes)
    began = perf_counter()
    capture.sync(app, now)
    return perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
