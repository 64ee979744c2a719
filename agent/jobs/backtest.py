"""The owner's ledger replayed: the backtest and its picture, and the personal calibration learned from it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from agent import clock
from agent.app import App
from agent.store import jobs, people, ties
from agent.ties.backtest import Backtest, backtest
from agent.ties.calibrate import intercept, resolved
from agent.ties.listing import CALIBRATION
from agent.ties.model import Contact
from agent.ties.refresh import contact_of
from agent.ties.view import EPOCH, day_of
from agent.types import Direction

WEEK = timedelta(days=7)


def replay(app: App, weeks: int) -> Backtest:
    """Replay the last `weeks` weekly reports, colleagues and machines left out as the report leaves them out."""
    now = clock.now()
    ledger, colleagues = _ledger(app, now)
    hidden = frozenset() if app.config.report.colleagues else colleagues
    return backtest(ledger, day_of(now), weeks, app.config.report.people, hidden)


def calibrate(app: App, now: datetime) -> None:
    """Learn the owner's personal calibration anew from the ledger and keep it, for a week."""
    ledger, _ = _ledger(app, now)
    learned = intercept(resolved(ledger, day_of(now)))
    with app.store.write() as connection:
        jobs.finished(connection, app.owner.id, CALIBRATION, now, now + WEEK, f"{learned:.4f}")


def _ledger(app: App, now: datetime) -> tuple[dict[int, list[Contact]], frozenset[int]]:
    """Person → days of contact, of everybody who is a person, and which of them are colleagues."""
    sums: dict[int, dict[int, dict[Direction, int]]] = defaultdict(lambda: defaultdict(dict))
    with app.store.read() as connection:
        for row in ties.contact_days(connection, app.owner.id, now):
            sums[row.person_id][row.day][row.direction] = row.times
        profiles = people.profiles(connection, app.owner.id, sums)
    ledger = {
        who: [contact_of(day, times) for day, times in days.items()]
        for who, days in sums.items()
        if profiles[who].role == "person"
    }
    return ledger, frozenset(who for who in ledger if profiles[who].colleague)


def picture(app: App, result: Backtest) -> str:
    """The result as a page: what became of the named, and chances given against what came true."""
    return app.templates.html("backtest", "page.html", as_json(result) | {"owner": app.config.owner.name})


def as_json(result: Backtest) -> dict[str, Any]:
    """The stable form (version 1)."""
    return {
        "first": f"{EPOCH + timedelta(days=result.first):%Y-%m-%d}",
        "last": f"{EPOCH + timedelta(days=result.last):%Y-%m-%d}",
        "reports": result.reports,
        "named": len(result.namings),
        "resolved": len(result.resolved),
        "back_within_60_days": result.back_soon,
        "back_later": result.back_late,
        "never_back": result.never,
        "judgements": result.guesses,
        "bins": [{"count": one.count, "given": round(one.given, 4), "came": round(one.came, 4)} for one in result.bins],
        "calibration_error": None if result.calibration_error is None else round(result.calibration_error, 4),
        "auc": [{"by": name, "auc": None if auc is None else round(auc, 4)} for name, auc in result.auc.items()],
    }
