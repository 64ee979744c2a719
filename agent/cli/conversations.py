"""`conversations`: three people to talk to today."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from agent.cli.common import as_of_option, json_option, opened, print_json


@click.command()
@click.option("--html", "html_file", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@click.option("--send", "deliver_it", is_flag=True, help="Put it into your INBOX now, at most once a day.")
@as_of_option
@json_option
def conversations(html_file: Path | None, deliver_it: bool, as_of: datetime | None, as_json: bool) -> None:
    """Show three people to talk to today, with a reason each."""
    from agent import clock
    from agent.errors import UsageError
    from agent.jobs import conversations as job
    from agent.report.deliver import write_html

    if deliver_it and as_of:
        raise UsageError("--send delivers today's mail; it cannot be combined with --as-of.")
    with opened(writes=deliver_it) as app:
        if deliver_it:
            delivery = job.put(app, clock.now())
            click.echo(WORDS[delivery.value] if delivery else "Nobody waits for a word from you today.")
            return
        found, rendered = job.write(app, as_of)
    if html_file:
        write_html(html_file, rendered.html)
    if as_json:
        print_json(**found.as_json())
    elif html_file:
        click.echo(f"Written to {html_file}")
    else:
        click.echo(f"{rendered.subject}\n\n{rendered.text}")


WORDS = {
    "placed": "The mail lies in your INBOX.",
    "already": "You have today's mail already; look in your INBOX.",
    "busy": "Another weaktie is delivering it at this moment.",
    "unsure": "The server did not say whether it took the mail; it will be looked for in 15 minutes.",
    "missed": "The mail of an earlier day never arrived; it is not delivered late.",
}

COMMANDS = [conversations]
