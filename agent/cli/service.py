"""`service`: have the machine start weaktie by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import json_option, print_json

if TYPE_CHECKING:
    from agent.service import Plan

MANAGERS = ("systemd", "systemd-timer", "launchd", "cron")


@click.group()
def service() -> None:
    """Start weaktie with the machine. It is a service of your own account."""


@service.command()
@click.option("--with", "manager", type=click.Choice(MANAGERS), help="[default: what this machine has]")
@click.option("--dry-run", is_flag=True, help="Show what would be written; change nothing.")
def install(manager: str | None, dry_run: bool) -> None:
    """Write the unit, agent or crontab line and start it. Installing again replaces it."""
    from agent import service as services
    from agent.cli.common import the_config

    config = _config_path()
    the_config()  # a service with a wrong configuration would only fail unseen
    chosen = services.Manager(manager) if manager else services.best()
    if dry_run:
        _show(services.plan(chosen, services.program(), config, Path.home()), config)
        return
    for line in services.install(chosen, config, Path.home()):
        click.echo(line)
    if chosen in (services.Manager.SYSTEMD, services.Manager.TIMER):
        click.echo("It runs while you are signed in; `loginctl enable-linger` keeps it running after that.")


@service.command()
@json_option
def status(as_json: bool) -> None:
    """What is installed, and whether it runs."""
    from agent import service as services
    from agent.errors import NotFound

    found = services.status(Path.home())
    if as_json:
        rows = [{"manager": s.manager.value, "place": s.place, "running": s.running, "told": s.told} for s in found]
        print_json(services=rows)
        return
    if not found:
        raise NotFound("No service is installed.", hint="`weaktie service install` installs one.")
    for each in found:
        click.echo(f"{each.manager.value}: {each.told} ({each.place})")


@service.command()
@click.option("--dry-run", is_flag=True, help="Show what would be taken away; change nothing.")
def remove(dry_run: bool) -> None:
    """Stop it and take away what `install` wrote."""
    from agent import service as services
    from agent.errors import NotFound

    if dry_run:
        done = [f"Would be removed: {found.place}" for found in services.status(Path.home())]
    else:
        done = services.remove(Path.home())
    if not done:
        raise NotFound("No service is installed.", hint="`weaktie service status` shows what is.")
    for line in done:
        click.echo(line)


def _show(made: Plan, config: Path) -> None:
    from agent import service as services

    for path, text in made.files.items():
        click.echo(f"# {path}\n{text}")
    if made.manager is services.Manager.CRON:
        click.echo(services.cron_line((*services.program(), "--config", str(config), "run")))
    for command in made.commands:
        click.echo(f"$ {' '.join(command)}")


def _config_path() -> Path:
    from agent import config

    given = click.get_current_context().find_root().obj
    return Path(given or config.default_path()).expanduser().resolve()


COMMANDS = [service]
