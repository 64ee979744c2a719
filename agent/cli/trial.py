"""`demo` and `try`: the whole loop without an account."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import as_of_in, end_progress, json_option, print_json, progress_line
from agent.cli.tables import clean

if TYPE_CHECKING:
    from agent.trial.scratch import Trial

OLD = timedelta(days=60)


def _of_the_sample() -> tzinfo:
    from zoneinfo import ZoneInfo

    from agent.trial.cast import ZONE

    return ZoneInfo(ZONE)


@click.command()
@as_of_in(_of_the_sample)
@json_option
def demo(as_of: datetime | None, as_json: bool) -> None:
    """Show everything on a sample mailbox. No account needed."""
    import tempfile

    from agent import clock
    from agent.trial import scratch
    from agent.trial.sample import write_sample

    folder = Path(tempfile.mkdtemp(prefix="weaktie-"))
    moment = as_of or clock.now()
    sample = write_sample(folder, moment)
    if not as_json:
        click.echo(f"A sample mailbox and calendar of {sample.owner}, three years of mail, made up for this demo:")
        click.echo(f"  {sample.mail}\n  {sample.calendar}\n")
    ask = scratch.Ask(
        paths=[sample.mail, sample.calendar],
        me=sample.address,
        name=sample.owner,
        as_of=moment,
        zone=sample.timezone,
        targets=sample.targets,
    )
    _finish(scratch.run(ask, folder, progress_line()), as_json, folder)
    if not as_json:
        click.echo("\nOn your own mail, read-only:  weaktie try PATH  (mbox, Maildir, .eml folder, Takeout zip, .ics)")
        click.echo("To keep at it:                weaktie init")


@click.command("try")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--me", default="", metavar="ADDRESS", help="Your address, if it cannot be guessed from the Sent folder.")
@as_of_in(lambda: UTC)
@json_option
def try_(paths: tuple[Path, ...], me: str, as_of: datetime | None, as_json: bool) -> None:
    """Show everything on your own mail and calendar files. They are read and never changed."""
    from agent.trial import scratch

    trial = scratch.run(scratch.Ask(paths=paths, me=me, as_of=as_of), progress=progress_line())
    _finish(trial, as_json, trial.report.parent)


def _finish(trial: Trial, as_json: bool, folder: Path) -> None:
    from agent.trial import scratch
    from agent.types import TieState

    end_progress()
    scratch.forget(folder)
    real = [tie for tie in trial.ties if tie.reading.state is not TieState.ONE_WAY]
    if as_json:
        moment = trial.as_of.isoformat().replace("+00:00", "Z")
        print_json(owner=trial.guess.address, as_of=moment, ties=[tie.as_json() for tie in real])
        return
    _captured(trial)
    _ties(trial)
    _drafts(trial)
    click.echo(f"\nThe weekly report, “{clean(trial.subject)}”, as the mail you would get:\n  {trial.report}")


def _captured(trial: Trial) -> None:
    from connectors.base import counted

    tally = trial.tally
    if trial.guess.evidence:
        click.echo(clean(f"You are {trial.guess.name} <{trial.guess.address}> ({trial.guess.evidence})."))
    kinds = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in tally.kinds.most_common())
    click.echo(f"{counted(tally.seen, 'message')} read, {tally.new} different ones: {kinds}.")
    unread = f"; {tally.quarantined} could not be read" if tally.quarantined else ""
    click.echo(f"{tally.interactions} are contact between you and somebody, {tally.left_out} are left out{unread}.")
    if trial.newest and trial.as_of - trial.newest > OLD:
        day = f"{trial.newest + timedelta(days=1):%Y-%m-%d}"
        click.echo(f"The newest message is of {trial.newest:%Y-%m-%d}; --as-of {day} judges as of then.")


def _ties(trial: Trial) -> None:
    from collections import Counter

    from agent.cli.ties import show
    from agent.types import TieState

    counts = Counter(tie.reading.state for tie in trial.ties)
    named = [state for state in TieState if state is not TieState.ONE_WAY]
    words = ", ".join(f"{counts[state]} {state.value}" for state in named)
    click.echo(f"\nTies: {words}. One-way senders, kept apart: {counts[TieState.ONE_WAY]}.")
    everyone = [tie for tie in trial.ties if tie.reading.state is TieState.FADING]
    fading = [tie for tie in everyone if not tie.colleague]
    if len(everyone) > len(fading):
        click.echo(f"{len(everyone) - len(fading)} of the fading are colleagues at your own firm and left out here.")
    fading.sort(key=lambda tie: -tie.reading.lost)
    if not fading:
        click.echo("Nobody is fading.")
        return
    click.echo("\nFading, by their own rhythm, what matters most first:\n")
    show(fading[:15])
    if len(fading) > 15:
        click.echo(f"… and {len(fading) - 15} more")
    click.echo("")
    for tie in fading[:3]:
        click.echo(clean(f"{tie.name}: {' '.join(tie.reasons)}"))


def _drafts(trial: Trial) -> None:
    if not trial.drafts:
        click.echo("\nNo draft is due.")
        return
    count = len(trial.drafts)
    click.echo(f"\n{count} draft{'s wait' if count > 1 else ' waits'} in Drafts for you to read, edit and send:")
    for draft in trial.drafts:
        click.echo("")
        click.echo(clean(f"  To: {draft.to}"))
        click.echo(clean(f"  Subject: {draft.subject}"))
        for line in draft.text.strip().splitlines():
            click.echo(clean(f"  | {line}"))


COMMANDS = [demo, try_]
