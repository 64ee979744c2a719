"""`conversations`: three people to talk to today."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli import mails
from agent.cli.common import as_of_option, json_option, opened

if TYPE_CHECKING:
    from agent.app import App


@click.command()
@click.option("--html", "html_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@click.option("--send", "deliver_it", is_flag=True, help="Put it into your INBOX now, at most once a day.")
@click.option("--dry-run", is_flag=True, help="With --send: show it, deliver nothing.")
@click.option("--replay", "days", type=click.IntRange(1, 3660), metavar="DAYS", help="The mails of so many mornings.")
@as_of_option
@json_option
def conversations(
    html_file: Path | None, deliver_it: bool, dry_run: bool, days: int | None, as_of: datetime | None, as_json: bool
) -> None:
    """Show three people to talk to today, with a reason each."""
    from agent.errors import UsageError

    if deliver_it and as_of:
        raise UsageError("--send delivers today's mail; it cannot be combined with --as-of.")
    if days and (deliver_it or html_file):
        raise UsageError("--replay shows mails of days past; it goes with --as-of and --json only.")
    deliver_it = deliver_it and not dry_run
    with opened(writes=deliver_it) as app:
        if deliver_it:
            _deliver(app)
        elif days:
            _replay(app, days, as_of, as_json)
        else:
            _show(app, html_file, as_of, as_json)


def _deliver(app: App) -> None:
    from agent import clock
    from agent.jobs import conversations as job

    delivery = job.put(app, clock.now())
    click.echo(WORDS[delivery.value] if delivery else "Nobody waits for a word from you today.")


def _replay(app: App, days: int, as_of: datetime | None, as_json: bool) -> None:
    from agent.jobs.reading import judged_at
    from agent.jobs.replay import mornings

    mails.show_all("mornings", mornings(app, judged_at(as_of), days), as_json=as_json)


def _show(app: App, html_file: Path | None, as_of: datetime | None, as_json: bool) -> None:
    from agent.jobs import conversations as job

    mails.show(*job.write(app, as_of), html_file, as_json=as_json)


WORDS = {
    "placed": "The mail lies in your INBOX.",
    "already": "You have today's mail already; look in your INBOX.",
    "busy": "Another weaktie is delivering it at this moment.",
    "unsure": "The server did not say whether it took the mail; it will be looked for in 15 minutes.",
    "missed": "The mail of an earlier day never arrived; it is not delivered late.",
}

COMMANDS = [conversations]
