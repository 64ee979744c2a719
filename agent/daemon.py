"""The daemon: `schedule` as heartbeat over what is due in the store; SIGTERM finishes the step and ends."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable
from threading import Event

import schedule

from agent import clock
from agent.app import App
from agent.jobs.tick import Outcome, tick

HEARTBEAT_SECONDS = 30
log = logging.getLogger(__name__)


def run(app: App, stop: Event, told: Callable[[Outcome], None] | None = None) -> None:
    """Work until `stop` is set; every heartbeat does what is due, and a failure waits for its next due time."""
    heart = schedule.Scheduler()

    def beat() -> None:
        outcome = tick(app, clock.now(), halted=stop.is_set)
        for failure in outcome.failures:
            log.warning("%s: %s", failure.job, failure.error)
        if told:
            told(outcome)
        notify("WATCHDOG=1")

    heart.every(HEARTBEAT_SECONDS).seconds.do(beat)
    notify("READY=1")
    beat()
    while not stop.wait(1.0):
        heart.run_pending()
    notify("STOPPING=1")


def until_terminated() -> Event:
    """An event that SIGTERM and SIGINT set."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def notify(state: str) -> None:
    """Tell the service manager, where there is one (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.connect(f"\0{address[1:]}" if address.startswith("@") else address)
            channel.sendall(state.encode())
        except OSError:
            log.debug("the service manager does not listen at %s", address)
