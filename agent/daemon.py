"""The daemon: `schedule` as heartbeat over what is due in the store; SIGTERM finishes what is at hand and ends."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from threading import Event, Thread

import schedule

from agent import clock, vitals
from agent.app import App, open_configured
from agent.errors import StoreAway, TryLater, WeaktieError
from agent.jobs.tick import Failure, Outcome, tick
from agent.store.lock import only_daemon, turn
from connectors.base import Watchable
from connectors.errors import ConnectorError

HEARTBEAT_SECONDS = 30
log = logging.getLogger(__name__)


def run(app: App, stop: Event, told: Callable[[Outcome], None] | None = None) -> None:
    """Work until `stop` is set; every heartbeat does what is due, and a failure waits for its next due time.

    The store is held for a round at a time, so that the owner's commands get their turn. A database that is away for a
    while, as one that starts anew, fails the rounds until it is back. Raises TryLater where the owner has another
    daemon, or where another weaktie derived what is in it by other rules.
    """
    heart = schedule.Scheduler()
    lookout = Lookout(app, stop)
    rules = app.derived_by()

    def beat(woken: Collection[str] = ()) -> None:
        with turn(app.config.database.address) as mine:
            outcome = _round(app, stop, woken, rules) if mine else None
        if outcome is None:
            lookout.wake(woken)
        else:
            if app.config.capture.idle:
                lookout.watch(outcome.captured)
            if told:
                told(outcome)
        alive()

    with only_daemon(app.config.database.address, app.owner.id):
        heart.every(HEARTBEAT_SECONDS).seconds.do(beat)
        notify("READY=1")
        beat()
        while not stop.wait(1.0):
            if woken := lookout.woken():
                beat(woken)
            heart.run_pending()
        notify("STOPPING=1")
        lookout.end()


def _round(app: App, stop: Event, woken: Collection[str], rules: Mapping[str, str]) -> Outcome:
    """One tick; what failed is logged, and whoever watches from outside is told."""

    def halted() -> bool:
        alive()
        return stop.is_set()

    try:
        if app.derived_by() != rules:
            hint = "Start weaktie anew; as a service it starts by itself."
            raise TryLater("Another version, or other settings, went through the store meanwhile.", hint=hint)
        outcome = tick(app, clock.now(), woken=woken, halted=halted, progress=alive)
    except StoreAway as error:
        outcome = Outcome(failures=[Failure("database", error)])
    for failure in outcome.failures:
        log.warning("%s: %s", failure.job, failure.error)
    if (outcome.captured or outcome.failures) and app.config.run.ping:
        vitals.ping(app.config.run.ping, ok=not outcome.failures)
    return outcome


class Lookout:
    """Waits, in a thread for each, on sources that can tell when something comes.

    A source is watched from its first good poll on, and again after one where its watch broke off: a sign-in that is
    refused is tried no more often than that. A server that cannot tell is polled alone.
    """

    def __init__(self, app: App, stop: Event) -> None:
        self._app = app
        self._stop = stop
        self._threads: dict[str, Thread] = {}
        self._mute: set[str] = set()
        self._woken: set[str] = set()

    def watch(self, names: Iterable[str]) -> None:
        """See to it that these sources are watched."""
        for name in names:
            thread = self._threads.get(name)
            if name not in self._mute and not (thread and thread.is_alive()):
                self._threads[name] = Thread(target=self._wait, args=(name,), name=f"watch {name}", daemon=True)
                self._threads[name].start()

    def woken(self) -> frozenset[str]:
        """Sources that something came to since this was asked last."""
        found = frozenset(self._woken.copy())
        self._woken -= found
        return found

    def wake(self, names: Iterable[str]) -> None:
        """Something came to these sources."""
        self._woken.update(names)

    def end(self) -> None:
        """Wait for the watches to sign out; one that does not is left to end with the process."""
        for thread in self._threads.values():
            thread.join(5.0)

    def _wait(self, name: str) -> None:
        settings = self._app.settings_of(name)
        try:
            with closing(open_configured(settings, self._app.config.owner.timezone, clock.now())) as source:
                if isinstance(source, Watchable):
                    source.watch(lambda: self._woken.add(name), self._stop)
            self._mute.add(name)
        except (ConnectorError, WeaktieError) as error:
            log.info("%s is polled and not watched: %s", name, error)


@contextmanager
def until_terminated() -> Iterator[Event]:
    """An event that SIGTERM and SIGINT set; a second one ends the process at once."""
    stop = Event()

    def asked(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    usual = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


def alive(*_: object) -> None:
    """Tell the watchdog; also after every batch, for a first capture can take longer than it waits."""
    notify("WATCHDOG=1")


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
