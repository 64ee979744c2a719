"""One tick: everything that is due, in order. A failure of one part does not keep the next from its work."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from agent.app import App
from agent.capture.sync import Progress
from agent.errors import WeaktieError
from agent.jobs import audit, backtest, capture, conversations, drafts, pace, replies, report
from agent.jobs.pace import Error
from agent.ties.listing import CALIBRATION
from connectors.errors import ConnectorError

DRAFTS = "drafts"


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that broke off; it is tried again when it is next due."""

    job: str
    error: Error


@dataclass
class Outcome:
    """What a tick did, and what it could not do."""

    captured: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def blind(self) -> bool:
        """Whether no source could be read although some were tried."""
        return bool(self.failures) and not self.captured


def tick(
    app: App,
    now: datetime,
    *,
    anyway: bool = False,
    woken: Collection[str] = (),
    halted: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> Outcome:
    """Poll what is due (`anyway`: every source) and the sources in `woken`, settle, then what goes into the mailbox.

    `halted` is asked between steps and after every batch of a poll: what is at hand is always finished, and the next
    tick goes on behind it. `progress` is told after every batch.
    """
    outcome = Outcome()
    chosen = {settings.name for settings in app.config.sources} if anyway else woken
    _poll(app, outcome, now, anyway=chosen, halted=halted, progress=progress)
    if outcome.captured and not halted():
        _attempt(outcome, "ties", lambda: capture.settle(app, now))
        if pace.is_due(app, CALIBRATION, now):
            _scheduled(app, outcome, CALIBRATION, now, lambda: backtest.calibrate(app, now))
    for settings in app.config.sources:
        if settings.name in outcome.captured and not halted() and audit.is_due(app, settings, now):
            _scheduled(app, outcome, audit.job_of(settings), now, partial(audit.weekly, app, settings, now))
    if not halted():
        _outward(app, outcome, now, anyway=bool(outcome.captured))
    return outcome


class _Halted(Exception):
    """Leaves a poll between two batches; its source is due as before."""


def _poll(
    app: App,
    outcome: Outcome,
    now: datetime,
    *,
    anyway: Collection[str],
    halted: Callable[[], bool],
    progress: Progress | None,
) -> None:
    def batch_done(stream: str, seen: int, expected: int | None) -> None:
        if progress:
            progress(stream, seen, expected)
        if halted():
            raise _Halted

    for settings in app.config.sources:
        if halted() or not pace.is_due(app, capture.job_of(settings), now, anyway=settings.name in anyway):
            continue
        try:
            result = capture.poll(app, settings, now, batch_done)
        except _Halted:
            return
        if result.error:
            outcome.failures.append(Failure(settings.name, result.error))
        else:
            outcome.captured.append(settings.name)


def _outward(app: App, outcome: Outcome, now: datetime, *, anyway: bool) -> None:
    """Replies to a report, then the next one, for drafts wait for it; drafts; what was approved."""
    config = app.config
    if replies.expected(app) and pace.is_due(app, replies.NAME, now, anyway=anyway):
        _scheduled(app, outcome, replies.NAME, now, lambda: _heed(app, now))
    if config.report.enabled and report.is_due(app, now):
        _scheduled(app, outcome, report.NAME, now, lambda: report.weekly(app, now))
    if config.programme.ics and pace.is_due(app, report.CALENDAR, now, anyway=anyway):
        _scheduled(app, outcome, report.CALENDAR, now, lambda: report.keep_calendar(app, now))
    if config.conversations.enabled and conversations.is_due(app, now):
        _scheduled(app, outcome, conversations.NAME, now, lambda: conversations.daily(app, now))
    if config.drafts.enabled and pace.is_due(app, DRAFTS, now, anyway=anyway):
        _scheduled(app, outcome, DRAFTS, now, lambda: _tend(app, now))
    _attempt(outcome, "send", lambda: _troubled(drafts.send_approved(app, now)))


def _heed(app: App, now: datetime) -> None:
    replies.heed(app, now)
    pace.done(app, replies.NAME, now, now)


def _tend(app: App, now: datetime) -> None:
    problems = drafts.tend(app, now)
    pace.done(app, DRAFTS, now)
    _troubled(problems)


def _troubled(problems: list[str]) -> None:
    if problems:
        raise WeaktieError(" ".join(dict.fromkeys(problems)))


def _scheduled(app: App, outcome: Outcome, name: str, now: datetime, work: Callable[[], object]) -> None:
    error = _attempt(outcome, name, work)
    if error:
        pace.broke_off(app, name, now, error)


def _attempt(outcome: Outcome, name: str, work: Callable[[], object]) -> Error | None:
    try:
        work()
    except (ConnectorError, WeaktieError) as error:
        outcome.failures.append(Failure(name, error))
        return error
    outcome.done.append(name)
    return None
