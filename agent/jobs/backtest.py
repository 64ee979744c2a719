"""The owner's ledger replayed: the backtest and its picture, and the personal calibration learned from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent import clock
from agent.app import App
from agent.store import jobs, people, ties, wishes
from agent.store.people import Profile
from agent.ties.backtest import Backtest, Naming, backtest
from agent.ties.calibrate import intercept, resolved
from agent.ties.chance import HORIZON
from agent.ties.listing import CALIBRATION
from agent.ties.model import Contact
from agent.ties.sightings import sightings, sights
from agent.ties.view import EPOCH, day_of

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A backtest, and the names of those it named."""

    result: Backtest
    names: Mapping[int, str]


def replay(app: App, weeks: int, as_of: datetime | None = None) -> Replayed:
    """Replay the last `weeks` weekly reports up to a day, leaving out whom the report leaves out."""
    until = as_of or clock.now()
    ledger, profiles = _ledger(app, until)
    with app.store.read() as connection:
        small = sights(connection, app.owner.id, until)
        seen = sightings(connection, app.owner.id, until, small)
        hidden = set(wishes.hidden(connection, app.owner.id))
    if not app.config.report.colleagues:
        hidden.update(who for who in ledger if profiles[who].colleague)
    result = backtest(ledger, day_of(until), weeks, app.config.report.people, frozenset(hidden), seen, small)
    named = {naming.person for naming in result.namings}
    return Replayed(result, {who: profiles[who].name or profiles[who].addresses[0] for who in named})


def calibrate(app: App, now: datetime) -> None:
    """Learn the owner's personal calibration anew from the ledger and keep it, for a week."""
    ledger, _ = _ledger(app, now)
    with app.store.read() as connection:
        small = sights(connection, app.owner.id, now)
        seen = sightings(connection, app.owner.id, now, small)
    learned = intercept(resolved(ledger, day_of(now), seen, small))
    with app.store.write() as connection:
        jobs.finished(connection, app.owner.id, CALIBRATION, now, now + WEEK, f"{learned:.4f}")


def _ledger(app: App, until: datetime) -> tuple[dict[int, list[Contact]], Mapping[int, Profile]]:
    """Person → days of contact, of everybody who is a person, and all profiles."""
    ledger: dict[int, list[Contact]] = defaultdict(list)
    with app.store.read() as connection:
        for row in ties.contact_days(connection, app.owner.id, until):
            ledger[row.person_id].append(Contact(*row[1:]))
        profiles = people.profiles(connection, app.owner.id, ledger)
    return {who: days for who, days in ledger.items() if profiles[who].role == "person"}, profiles


def picture(app: App, replayed: Replayed) -> str:
    """The result as a page: whom each report named and what became of them, chances given against what came true."""
    return app.templates.html("backtest", "page.html", as_json(replayed) | {"owner": app.config.owner.name})


def as_json(replayed: Replayed) -> dict[str, Any]:
    """The stable form (version 1)."""
    result = replayed.result
    return {
        "first": date_of(result.first),
        "last": date_of(result.last),
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
        "namings": [_naming(replayed, one) for one in result.namings],
    }


def _naming(replayed: Replayed, naming: Naming) -> dict[str, Any]:
    return {
        "date": date_of(naming.day),
        "person": replayed.names[naming.person],
        "silence_days": round(naming.silence),
        "back_after_days": naming.back_after,
        "resolved": naming.day + HORIZON <= replayed.result.last,
    }


def date_of(day: int) -> str:
    """A day counted from 1970-01-01 UTC, as text."""
    return f"{EPOCH + timedelta(days=day):%Y-%m-%d}"
