"""`report`: the fading-ties report, on the screen, into a file, or into the INBOX."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import as_of_option, json_option, opened, print_json

if TYPE_CHECKING:
    from agent.app import App


@click.command()
@click.option("--html", "html_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@click.option("--send", "deliver_it", is_flag=True, help="Put it into your INBOX now, at most once a week.")
@as_of_option
@json_option
def report(html_file: Path | None, deliver_it: bool, as_of: datetime | None, as_json: bool) -> None:
    """Show the fading-ties report."""
    from agent.errors import UsageError

    if deliver_it and as_of:
        raise UsageError("--send delivers today's report; it cannot be combined with --as-of.")
    with opened(writes=deliver_it) as app:
        if deliver_it:
            _deliver(app)
            return
        _show(app, html_file, as_of, as_json)


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


def _show(app: App, html_file: Path | None, as_of: datetime | None, as_json: bool) -> None:
    from agent.jobs import report as job
    from agent.report.deliver import write_html

    data, rendered = job.write(app, as_of)
    if html_file:
        write_html(html_file, rendered.html)
    if as_json:
        print_json(**data.as_json())
    elif html_file:
        click.echo(f"Written to {html_file}")
    else:
        click.echo(f"{rendered.subject}\n\n{rendered.text}")


COMMANDS = [report]
