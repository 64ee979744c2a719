"""What `doctor` looks at: every part weaktie depends on, read-only, each with what to do when it is wrong."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeGuard
from zoneinfo import ZoneInfo

from agent.app import App, open_configured, own_templates
from agent.config import GoogleAccount, MicrosoftAccount, SourceSettings
from agent.errors import WeaktieError
from agent.outreach.review import open_mailbox
from agent.outreach.settings import lacking, mailbox_of
from agent.people import merging
from agent.store import drafts, jobs, owners, sources
from agent.store.drafts import Draft
from agent.store.lock import lock_path
from agent.ties.words import span
from agent.types import DraftState
from connectors.base import Health
from connectors.errors import AuthFailed, ConnectorError, Unavailable
from connectors.oauth.microsoft import IDLE_DAYS

STALE = timedelta(days=2)
AHEAD = timedelta(hours=1)
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: in order or not, and the next step if not."""

    what: str
    ok: bool
    detail: str
    hint: str = ""
    exit_code: int = 1


def examine(app: App, now: datetime) -> list[Finding]:
    """Look at everything; nothing is changed and one failure does not hide the next."""
    findings = [_addresses(app), *_files(app)]
    findings.extend(_signed_in(settings, now) for settings in app.config.sources if _at_microsoft(settings))
    findings.extend(_source(app, settings, now) for settings in app.config.sources)
    findings.extend(_captured(app, now))
    findings.extend(_audited(app, now))
    if app.config.drafts.enabled or app.config.report.enabled:
        findings += [_drafts(app), *_texts(app)]
    findings += [_sending(app), _outgoing(app), _ahead(app, now), _asked(app, now)]
    return findings


def _addresses(app: App) -> Finding:
    with app.store.read() as connection:
        origins = owners.origins(connection, app.owner.id)
    shown = ", ".join(f"{address} ({origin})" for address, origin in sorted(origins.items()))
    return Finding("your addresses", bool(origins), shown, "Set owner.addresses; owner.not_mine removes one.")


def _files(app: App) -> Iterator[Finding]:
    lock = lock_path(app.config.database.address)
    database = Path(str(lock).removesuffix(".lock"))
    if database.exists():
        mode = stat.S_IMODE(database.stat().st_mode)
        private = not mode & (stat.S_IRWXG | stat.S_IRWXO)
        yield Finding("database", private, f"{database}, mode {mode:o}", f"chmod 600 {database}")


def _source(app: App, settings: SourceSettings, now: datetime) -> Finding:
    what = f"source {settings.name} ({settings.kind})"
    try:
        with closing(open_configured(settings, app.config.owner.timezone, now)) as source:
            health = source.check()
    except (ConnectorError, WeaktieError) as error:
        return _failure(what, error)
    missing = lacking(app.config, settings) if isinstance(settings, GoogleAccount) else ()
    if missing:
        detail = f"{_described(health)}; the sign-in lacks {', '.join(missing)}"
        return Finding(what, ok=False, detail=detail, hint=f"Run `weaktie auth {settings.name}`.", exit_code=5)
    return Finding(what, ok=True, detail=_described(health))


def _at_microsoft(settings: SourceSettings) -> TypeGuard[MicrosoftAccount]:
    return isinstance(settings, MicrosoftAccount) and settings.at_microsoft


def _signed_in(settings: MicrosoftAccount, now: datetime) -> Finding:
    """How old the kept sign-in is, asking nobody."""
    what, hint = f"sign-in of {settings.name}", f"Run `weaktie auth {settings.name}`."
    try:
        kept = settings.microsoft().kept()
    except ConnectorError as error:
        return _failure(what, error)
    if kept is None:
        return Finding(what, ok=False, detail="nobody has signed in yet", hint=hint, exit_code=5)
    days = (now - kept.renewed) / timedelta(days=1) if kept.renewed else 0.0
    detail = f"{kept.username}, renewed {span(days)} ago; Microsoft ends it after {IDLE_DAYS} days without use"
    return Finding(what, ok=days < IDLE_DAYS, detail=detail, hint=hint, exit_code=5)


def _described(health: Health) -> str:
    read = [stream for stream in health.streams if not stream.skipped]
    names = ", ".join(stream.name for stream in read[:SHOWN])
    more = f" and {len(read) - SHOWN} more" if len(read) > SHOWN else ""
    skipped = [f"{stream.name} ({stream.skipped})" for stream in health.streams if stream.skipped]
    parts = [health.summary.rstrip(".")]
    parts += [f"reads {names}{more}"] if read else []
    parts += [f"skips {', '.join(skipped)}"] if skipped else []
    return "; ".join([*parts, *health.warnings])


def _failure(what: str, error: ConnectorError | WeaktieError) -> Finding:
    code = error.exit_code if isinstance(error, WeaktieError) else 1
    if isinstance(error, AuthFailed):
        code = 5
    elif isinstance(error, Unavailable):
        code = 75
    return Finding(what, ok=False, detail=str(error), hint=error.hint, exit_code=code)


def _captured(app: App, now: datetime) -> Iterator[Finding]:
    with app.store.read() as connection:
        rows = sources.listed(connection, app.owner.id)
        balances = {row.name: sources.balance(connection, row.id) for row in rows}
        bad = sources.quarantined(connection, app.owner.id)
    configured = {settings.name for settings in app.config.sources}
    for row in rows:
        if row.name not in configured:
            continue
        held = balances[row.name]
        counts = f"{held.interactions} counted, {held.left_out} left out, {held.quarantined} unreadable"
        detail = f"{_age(row.last_ok, now)}; {counts}" + (f"; last error: {row.last_error}" if row.last_error else "")
        fresh = row.last_ok is not None and -AHEAD < now - row.last_ok < STALE
        yield Finding(f"capture of {row.name}", fresh, detail, "Run `weaktie sync` and see what it says.")
    for name, stream, ref, reason in bad[:SHOWN]:
        yield Finding("unreadable", ok=True, detail=f"{name}, {stream}, {ref}: {reason}")


def _age(last: datetime | None, now: datetime) -> str:
    if last is None:
        return "never read to the end"
    if last - now >= AHEAD:
        return f"last read on {last:%Y-%m-%d}, which is yet to come by the clock of this machine"
    return f"last read {span((now - last) / timedelta(days=1))} ago"


def _audited(app: App, now: datetime) -> Iterator[Finding]:
    """How the last audit of each source ended, which the daemon runs once a week."""
    with app.store.read() as connection:
        rows = jobs.listed(connection, app.owner.id)
    for settings in app.config.sources:
        row = rows.get(f"audit:{settings.name}")
        if row is None:
            continue
        last = f"{row.result}, {span((now - row.last_ok) / timedelta(days=1))} ago" if row.last_ok else ""
        detail = "; before that: ".join(filter(None, (row.last_error, last)))
        hint = f"Run `weaktie audit {settings.name}`: it names every message that is missing."
        yield Finding(f"audit of {settings.name}", not row.last_error, detail, hint)


def _drafts(app: App) -> Finding:
    what = "drafts and reports"
    try:
        with closing(open_mailbox(mailbox_of(app.config, app.config.drafts.mailbox))) as mailbox:
            return Finding(what, ok=True, detail=_described(mailbox.check()))
    except (ConnectorError, WeaktieError) as error:
        return _failure(what, error)


def _texts(app: App) -> Iterator[Finding]:
    """The owner's folder of templates, where they named one."""
    folder = own_templates(app.config)
    if folder is not None:
        there = folder.is_dir()
        detail = str(folder) if there else f"there is no folder {folder}, so the shipped texts are used"
        yield Finding("your templates", there, detail, "Make the folder, or set drafts.templates.", exit_code=4)


def _sending(app: App) -> Finding:
    if not app.config.send.enabled:
        return Finding("sending", ok=True, detail="off: you send every draft yourself, from your own mail program")
    send = app.config.send
    way = f"{send.host}:{send.port}" if send.host else "Gmail itself"
    return Finding("sending", ok=True, detail=f"on, through {way}, only what you approved")


def _outgoing(app: App) -> Finding:
    """What would be sent, and what waits for the owner's word on whether it was."""
    with app.store.read() as connection:
        waiting = drafts.listed(connection, app.owner.id, (DraftState.APPROVED, DraftState.QUEUED))
        unsure = drafts.listed(connection, app.owner.id, (DraftState.UNKNOWN, DraftState.ASK))
    zone = app.config.owner.zone
    said = [f"would be sent: {_mail(row)}{_from(row.not_before, zone)}" for row in waiting]
    said += [f"may have gone out: {_mail(row)}" for row in unsure]
    hint = "Look in Sent, then `weaktie drafts settle`."
    return Finding("outgoing mail", not unsure, "; ".join(said) or "nothing would be sent", hint)


def _mail(row: Draft) -> str:
    return f"draft {row.id} to {', '.join(row.recipients)}"


def _from(instant: datetime | None, zone: ZoneInfo) -> str:
    return f", not before {instant.astimezone(zone):%a %d %b %H:%M}" if instant else ""


def _ahead(app: App, now: datetime) -> Finding:
    """The jobs by when they are due, in the owner's time."""
    with app.store.read() as connection:
        rows = jobs.listed(connection, app.owner.id).values()
    due = sorted((row.next_due, row.name) for row in rows if row.next_due)
    zone = app.config.owner.zone
    shown = [f"{name} {'now' if at <= now else f'{at.astimezone(zone):%a %d %b %H:%M}'}" for at, name in due]
    detail = ", ".join(shown) or "everything, for nothing has run yet"
    return Finding("due next", ok=True, detail=detail)


def _asked(app: App, now: datetime) -> Finding:
    with app.store.read() as connection:
        asked = len(merging.questions(connection, app.owner.id, now))
    detail = f"{asked} may be one person twice; `weaktie people review` asks" if asked else "no questions"
    return Finding("who is who", ok=True, detail=detail)
