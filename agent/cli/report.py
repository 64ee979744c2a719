"""`report`: the fading-ties report, on the screen, into a file, or into the INBOX."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli import mails
from agent.cli.common import as_of_option, json_option, opened, print_json
from agent.cli.tables import clean

if TYPE_CHECKING:
    from agent.app import App
    from agent.jobs.replies import Heard


@click.command()
@click.option("--html", "html_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@click.option("--send", "deliver_it", is_flag=True, help="Put it into your INBOX now, at most once a week.")
@click.option("--replies", "heed_them", is_flag=True, help="Do what your replies to reports say, and show it.")
@click.option("--dry-run", is_flag=True, help="With --send or --replies: show it, do nothing.")
@click.option("--replay", "weeks", type=click.IntRange(1, 520), metavar="WEEKS", help="The reports of so many weeks.")
@as_of_option
@json_option
def report(
    html_file: Path | None,
    deliver_it: bool,
    heed_them: bool,
    dry_run: bool,
    weeks: int | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Show the fading-ties report."""
    from agent.errors import UsageError

    if (deliver_it or heed_them) and as_of:
        raise UsageError("--send and --replies are of today; they cannot be combined with --as-of.")
    if deliver_it and heed_them:
        raise UsageError("--send and --replies are two errands; give one of them.")
    if weeks and (deliver_it or heed_them or html_file):
        raise UsageError("--replay shows reports of weeks past; it goes with --as-of and --json only.")
    deliver_it = deliver_it and not dry_run
    with opened(writes=deliver_it or (heed_them and not dry_run)) as app:
        if heed_them:
            _heed(app, dry_run=dry_run, as_json=as_json)
            return
        if deliver_it:
            _deliver(app)
            return
        if weeks:
            _replay(app, weeks, as_of, as_json)
            return
        _show(app, html_file, as_of, as_json)


def _replay(app: App, weeks: int, as_of: datetime | None, as_json: bool) -> None:
    from agent.jobs.reading import judged_at
    from agent.jobs.replay import replay

    mails.show_all("reports", replay(app, judged_at(as_of), weeks), as_json=as_json)


def _deliver(app: App) -> None:
    from agent import clock
    from agent.jobs import report as job

    delivery = job.put(app, clock.now())
    words = {
        "placed": "The report lies in your INBOX.",
        "already": "You have this week's report already; look in your INBOX.",
        "busy": "Another weaktie is delivering it at this moment.",
        "unsure": "The server did not say whether it took the report; it will be looked for in 15 minutes.",
    }
    click.echo(words.get(delivery.value, delivery.value))


def _heed(app: App, *, dry_run: bool, as_json: bool) -> None:
    from agent import clock
    from agent.jobs import replies

    heard = (replies.hear if dry_run else replies.heed)(app, clock.now())
    if as_json:
        print_json(replies=[_said(item) for item in heard])
        return
    for item in heard:
        told = ", ".join(order.text for order in item.parsed.orders) or item.objection or "nothing to do"
        unclear = "".join(f"; not understood: {odd.text} ({odd.reason})" for odd in item.parsed.unclear)
        click.echo(clean(told + unclear))
    if not heard:
        click.echo("No reply waits.")


def _said(item: Heard) -> dict[str, Any]:
    return {
        "orders": [order.text for order in item.parsed.orders],
        "unclear": [{"text": odd.text, "reason": odd.reason} for odd in item.parsed.unclear],
        "stray": item.parsed.stray,
        "objection": item.objection,
    }


def _show(app: App, html_file: Path | None, as_of: datetime | None, as_json: bool) -> None:
    from agent.jobs import report as job

    mails.show(*job.write(app, as_of), html_file, as_json=as_json)


COMMANDS = [report]
