"""`run`: the daemon, or one tick for cron and systemd timers."""

from __future__ import annotations

import os

import click

from agent.cli.common import opened
from agent.cli.failures import say


@click.command()
@click.option("--once", is_flag=True, help="One tick, then exit: for cron or a systemd timer.")
def run(once: bool) -> None:
    """Capture, judge, draft and report whenever due. Silent when all is well."""
    from agent import clock, daemon, vitals
    from agent.errors import PartlyDone
    from agent.jobs.tick import tick

    with opened(writes=once) as app, daemon.until_terminated() as stop:
        settings = app.config.run
        vitals.start_log(settings.log, os.environ.get("WEAKTIE_LOG", settings.level))
        if not once:
            daemon.run(app, stop)
            return
        outcome = tick(app, clock.now(), anyway=True, halted=stop.is_set)
        if settings.ping:
            vitals.ping(settings.ping, ok=not outcome.failures)
    for failure in outcome.failures[1:] if outcome.blind else outcome.failures:
        say(f"{failure.job}: {failure.error}", getattr(failure.error, "hint", ""))
    if outcome.blind:
        raise outcome.failures[0].error
    if outcome.failures:
        raise PartlyDone("Some of the work failed.", hint="Run `weaktie doctor`; the next run tries again.")


COMMANDS = [run]
