"""`sync`: capture now, with progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli.common import end_progress, json_option, opened, print_json, progress_line
from agent.cli.failures import say

if TYPE_CHECKING:
    from agent.jobs.capture import Polled


@click.command()
@click.argument("source", required=False)
@json_option
def sync(source: str | None, as_json: bool) -> None:
    """Capture what is new, from one SOURCE or from all."""
    from agent import clock
    from agent.errors import ConfigError, PartlyDone
    from agent.jobs import capture

    with opened(writes=True) as app:
        polled = capture.sync(app, clock.now(), only=source, progress=progress_line())
        end_progress()
        capture.settle(app, clock.now())
    if not polled:
        hint = "Add one to the configuration: `weaktie init` asks for it, config.example.toml names all kinds."
        raise ConfigError("There is no source to capture from.", hint=hint)
    if as_json:
        print_json(sources=[_json(result) for result in polled])
    failures = [result.error for result in polled if result.error]
    if failures and len(polled) == 1:
        raise failures[0]
    if not as_json:
        for result in polled:
            _line(result)
    if failures:
        names = ", ".join(result.name for result in polled if result.error)
        raise PartlyDone(f"{len(failures)} of {len(polled)} sources failed: {names}.", hint="Run `weaktie doctor`.")


def _line(result: Polled) -> None:
    if result.error:
        say(f"{result.name}: {result.error}", getattr(result.error, "hint", ""))
        return
    from connectors.base import counted

    tally = result.tally
    parts = [f"{tally.new} new", f"{tally.interactions} counted as contact", f"{tally.left_out} left out"]
    if tally.cards:  # an address book, which holds nothing else
        parts = [f"{counted(tally.cards, 'card')} read"]
    parts += [f"{tally.excluded} excluded"] if tally.excluded else []
    parts += [f"{tally.quarantined} could not be read"] if tally.quarantined else []
    click.echo(f"{result.name}: {', '.join(parts)}")


def _json(result: Polled) -> dict[str, object]:
    tally = result.tally
    return {
        "source": result.name,
        "error": str(result.error) if result.error else None,
        "seen": tally.seen,
        "new": tally.new,
        "interactions": tally.interactions,
        "left_out": tally.left_out,
        "cards": tally.cards,
        "excluded": tally.excluded,
        "quarantined": tally.quarantined,
    }


COMMANDS = [sync]
