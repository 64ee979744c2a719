"""`backtest`: how far to trust it, on your own past."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.common import as_of_option, json_option, opened, print_json
from agent.cli.tables import clean, table
from agent.ties.words import span

if TYPE_CHECKING:
    from datetime import datetime

    from agent.ties.backtest import Backtest


@click.command()
@click.option("--weeks", default=104, show_default=True, type=click.IntRange(4, 520), help="How far back.")
@click.option("--names", is_flag=True, help="List whom each report would have named, and what became of them.")
@click.option("--html", "html_file", type=click.Path(dir_okay=False, path_type=Path), help="The picture, to this file.")
@as_of_option
@json_option
def backtest(weeks: int, names: bool, html_file: Path | None, as_of: datetime | None, as_json: bool) -> None:
    """Replay your past: whom each weekly report would have named. And what became of them."""
    from agent.jobs import backtest as job
    from agent.report.deliver import write_html

    with opened() as app:
        replayed = job.replay(app, weeks, as_of)
        if html_file:
            write_html(html_file, job.picture(app, replayed))
    told = job.as_json(replayed)
    if as_json:
        print_json(**told)
        return
    if names and told["namings"]:
        rows = [[one["date"], clean(one["person"]), span(one["silence_days"]), _end(one)] for one in told["namings"]]
        table(["report of", "named", "silent for", "what became of it"], rows)
        click.echo()
    _tell(replayed.result)
    if html_file:
        click.echo(f"\nThe picture is in {html_file}")


def _end(naming: dict[str, Any]) -> str:
    if naming["back_after_days"] is not None:
        return f"back after {span(naming['back_after_days'])}"
    return "not back" if naming["resolved"] else "not known yet"


def _tell(result: Backtest) -> None:
    from agent.jobs.backtest import date_of

    first, last = date_of(result.first), date_of(result.last)
    done = len(result.resolved)
    click.echo(f"{result.reports} weekly reports from {first} to {last} would have named {len(result.namings)} ties.")
    click.echo(f"Of the {done} whose next 60 days are known:")
    click.echo(f"  {result.back_soon:4} came back by themselves within 60 days")
    click.echo(f"  {result.back_late:4} came back by themselves later")
    click.echo(f"  {result.never:4} did not come back to this day")
    if not result.bins:
        click.echo("\nThere is too little past to check the chances against.")
        return
    click.echo(f"\nThe chance of contact within 60 days, {result.guesses} judgements in ten bins:\n")
    rows = [
        [str(one.count), _percent(one.given, 0), _percent(one.came, 0), "█" * round(20 * one.came)]
        for one in result.bins
    ]
    table(["judgements", "chance given", "came true", ""], rows)
    error = result.calibration_error
    click.echo(f"\nMean distance between the two: {_percent(error)}" if error is not None else "")
    click.echo("\nHow well who stays is told from who fades (area under the ROC curve, 50 % is chance):\n")
    scores = [[name, "too little to tell" if auc is None else _percent(auc)] for name, auc in result.auc.items()]
    table(["by", "area"], scores)


def _percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


COMMANDS = [backtest]
