"""What `bench.capture` measures, in a process that loads nothing else: `capture` or `poll`, and a configuration."""

from __future__ import annotations

import json
import resource
import sys
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from agent import clock, config
from agent.app import App, open_app
from agent.jobs import capture

POLLS = 25


def main(what: str, place: Path) -> None:
    """Print the seconds of a capture, or the median of polls that find nothing new; processor time and peak memory."""
    began, cpu = perf_counter(), process_time()
    app = open_app(config.load(place))
    polled = capture.sync(app, clock.now())
    capture.settle(app, clock.now())
    took, cpu = perf_counter() - began, process_time() - cpu
    if polled[0].error:
        raise polled[0].error
    if what == "poll":
        took = median(_poll(app, number) for number in range(1, POLLS + 1))
    app.store.close()
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps({"seconds": took, "cpu": cpu, "peak_mb": peak}))


def _poll(app: App, number: int) -> float:
    """As much later than the one before as in daily use, so that there is something to note."""
    now = clock.now() + number * timedelta(minutes=app.config.capture.every_minutes)
    began = perf_counter()
    capture.sync(app, now)
    return perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
