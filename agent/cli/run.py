"""`run`: the daemon, or one tick for cron and systemd timers."""

from __future__ import annotations

import logging
import os

import click

from agent.cli.common import opened
from agent.cli.failures import say


@click.command()
@click.option("--once", is_flag=True, help="One tick, then exit: for cron or a systemd timer.")
def run(once: bool) -> None:
    """Capture, judge, draft and report whenever due. Silent when all is well."""
    from agent import clock, daemon
    from agent.errors import PartlyDone
    from agent.jobs.tick import tick

    logging.basicConfig(level=os.environ.get("WEAKTIE_LOG", "WARNING"), format="%(levelname)s %(name)s: %(message)s")
    with opened(writes=True) as app:
        if not once:
            daemon.run(app, daemon.until_terminated())
            return
        outcome = tick(app, clock.now(), anyway=True)
    for failure in outcome.failures:
        say(f"{failure.job}: {failure.error}", getattr(failure.error, "hint", ""))
    if outcome.blind:
        raise outcome.failures[0].error
    if outcome.failures:
        raise PartlyDone("Some of the work failed.", hint="Run `weaktie doctor`; the next run tries again.")


COMMANDS = [run]
