"""The whole loop on files, in a scratch folder: capture → ties → drafts → report; keeps report and drafts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from agent import clock
from agent.app import App, open_app
from agent.capture.ledger import Tally
from agent.capture.sync import Progress
from agent.config import Config, parse
from agent.errors import NotFound, UsageError
from agent.jobs import capture
from agent.jobs import drafts as draft_jobs
from agent.jobs import report as report_job
from agent.jobs.drafts import Written
from agent.people.normalise import is_address
from agent.report.deliver import write_html
from agent.store import drafts, owners, targets
from agent.ties import listing
from agent.ties.view import Tie
from agent.trial.guess import Guess, guess_owner
from agent.types import DraftState
from connectors.base import Source
from connectors.files.sniff import sniff
from connectors.registry import open_source

READABLE = ("mbox", "maildir", "folder", "ics")
SEEN_BEFORE = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Trial:
    """What the loop came to. `report` and `drafts_folder` outlive the run."""

    guess: Guess
    as_of: datetime
    newest: datetime | None
    tally: Tally
    ties: tuple[Tie, ...]
    drafts: tuple[Written, ...]
    subject: str
    report: Path
    drafts_folder: Path


@dataclass(frozen=True, slots=True)
class Ask:
    """What to run on: paths, whose they are (guessed when empty), and the day to judge at (now when None)."""

    paths: Sequence[Path]
    me: str = ""
    name: str = ""
    as_of: datetime | None = None
    zone: str = "UTC"
    targets: tuple[str, ...] = ()


def run(ask: Ask, folder: Path | None = None, progress: Progress | None = None) -> Trial:
    """Run it in `folder`, or a new one. Raises UsageError, NotFound or ConnectorError for paths of no use."""
    found = [(path, _kind(path)) for path in ask.paths]
    guess = _owner(ask, found)
    scratch = folder or Path(tempfile.mkdtemp(prefix="weaktie-"))
    app = open_app(_config(ask, found, guess, scratch))
    with ExitStack() as stack:
        stack.callback(app.store.close)
        moment = ask.as_of or clock.now()
        tally = _capture(app, progress)
        return _told(app, ask, guess, moment, tally, scratch)


def forget(scratch: Path) -> None:
    """Remove the database of a trial; what was read stays where it was."""
    for path in scratch.glob("weaktie.db*"):
        path.unlink()


def _kind(path: Path) -> str:
    if not path.exists():
        raise NotFound(
            f"There is nothing at {path}.", hint="Name an mbox, a Maildir, a folder of mails or an .ics file."
        )
    kind = sniff(path)
    if kind not in READABLE:
        hint = "weaktie reads mbox files, Maildirs, folders of message files, Takeout zips and .ics files."
        raise UsageError(f"{path} holds no mail and no calendar that can be read.", hint=hint)
    return kind


def _owner(ask: Ask, found: Iterable[tuple[Path, str]]) -> Guess:
    if ask.me and not is_address(ask.me):
        raise UsageError(f"{ask.me!r} is not a mail address.", hint="Write it like --me you@example.com")
    if ask.me and ask.name:
        return Guess(ask.me, ask.name, "")
    with ExitStack() as stack:
        mailboxes = [_opened(stack, path, kind) for path, kind in found if kind != "ics"]
        guess = guess_owner(mailboxes, ask.me)
    if not guess.address:
        raise UsageError("It cannot be told whose mailbox this is.", hint="Say so: --me you@example.com")
    return guess


def _opened(stack: ExitStack, path: Path, kind: str) -> Source:
    return stack.enter_context(closing(open_source(kind, path=path)))


def _config(ask: Ask, found: Iterable[tuple[Path, str]], guess: Guess, scratch: Path) -> Config:
    sources = [
        {"kind": kind, "name": f"{path.name or kind} {number}", "path": str(path.resolve())}
        for number, (path, kind) in enumerate(found, 1)
    ]
    mailbox = {"kind": "maildir", "name": "scratch", "path": str(scratch / "Mail")}
    owner = {"name": guess.name, "addresses": [guess.address], "timezone": ask.zone, "signature": guess.name}
    table = {
        "owner": owner,
        "sources": [*sources, mailbox],
        "database": {"url": f"sqlite:///{scratch / 'weaktie.db'}"},
        "drafts": {"mailbox": "scratch"},
        "report": {"mailbox": "scratch"},
    }
    return parse(table, "of this trial")


def _capture(app: App, progress: Progress | None) -> Tally:
    total = Tally()
    now = clock.now()
    for settings in app.config.sources:
        if settings.name == "scratch":
            continue
        polled = capture.poll(app, settings, now, progress)
        if polled.error:
            raise polled.error
        total.add(polled.tally)
    capture.settle(app, now)
    return total


def _told(app: App, ask: Ask, guess: Guess, moment: datetime, tally: Tally, scratch: Path) -> Trial:
    with app.store.write() as connection:
        owners.mark_first_report(connection, app.owner.id, moment - SEEN_BEFORE)
        for target in ask.targets:
            targets.add(connection, app.owner.id, "organization", target, moment)
        newest = owners.newest(connection, app.owner.id)
    draft_jobs.plan(app, moment, replay=True)
    with closing(draft_jobs.opened(app)) as mailbox:
        draft_jobs.put(app, mailbox, moment)
    data, rendered = report_job.write(app, moment)
    write_html(scratch / "report.html", rendered.html)
    with app.store.read() as connection:
        everyone = listing.ties_at(connection, app.owner.id, moment, replay=True)
        ready = drafts.listed(connection, app.owner.id, [DraftState.DRAFTED])
    return Trial(
        guess=guess,
        as_of=moment,
        newest=newest,
        tally=tally,
        ties=tuple(everyone),
        drafts=tuple(draft_jobs.as_written(row.content) for row in ready if row.content),
        subject=data.subject,
        report=scratch / "report.html",
        drafts_folder=scratch / "Mail",
    )
