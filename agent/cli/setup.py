"""`init`, `doctor`, `config`: set up, look at health, check settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.common import json_option, opened, print_json, the_config

if TYPE_CHECKING:
    from agent.health import Finding


@click.command()
@click.option("--force", is_flag=True, help="Overwrite an existing configuration.")
@click.option("--non-interactive", is_flag=True, help="Ask nothing: what is not given here takes its default.")
@click.option("--name", help="Your name, as you sign mail.")
@click.option("--address", help="Your mail address; the provider is found by it.")
@click.option("--auth", type=click.Choice(["password", "oauth"]), help="The way in, where there are two.")
@click.option("--host", help="IMAP server; with `:PORT` where it is not the usual one.")
@click.option(
    "--tls", type=click.Choice(["tls", "starttls", "none"]), help="From the first byte, or later; none: here."
)
@click.option("--username", help="What you sign in with.")
@click.option("--timezone", help="Your time zone, like Europe/Berlin.")
@click.option("--password-file", help="A file that only you can read; its first line is the password.")
@click.option("--password-env", help="The environment variable that holds the password.")
@click.option("--client-id", help="Microsoft: the Application (client) ID of your app registration.")
@click.option("--tenant", help="Microsoft: your organization's domain.")
@click.option("--client-file", help="Google: the file with your OAuth client.")
@click.option("--unchecked", is_flag=True, help="Write the configuration although the mailbox could not be looked at.")
def init(force: bool, non_interactive: bool, **told: Any) -> None:
    """Ask a few questions, and write the configuration. The mailbox is looked at read-only."""
    from agent import config
    from agent.cli import wizard
    from agent.cli.questions import Questions
    from agent.errors import UsageError

    given = click.get_current_context().find_root().obj
    path = Path(given) if given else config.default_path()
    if path.exists() and not force:
        raise UsageError(f"There is a configuration at {path} already.", hint="Edit it, or use --force to start anew.")
    wizard.ask(path, Questions({name: value for name, value in told.items() if value}, not non_interactive))


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Look at all weaktie depends on, and say what is wrong. Nothing is changed."""
    from agent import clock, health
    from agent.errors import WeaktieError

    with opened() as app:
        findings = health.examine(app, clock.now())
    if as_json:
        print_json(findings=[{"what": f.what, "ok": f.ok, "detail": f.detail, "hint": f.hint} for f in findings])
    for finding in [] if as_json else findings:
        _show(finding)
    bad = [finding for finding in findings if not finding.ok]
    if bad:
        failure = WeaktieError(f"{len(bad)} of {len(findings)} checks failed.", hint=bad[0].hint)
        failure.exit_code = max(finding.exit_code for finding in bad)
        raise failure


@click.group("config")
def config_group() -> None:
    """Check or show the configuration."""


@config_group.command()
def check() -> None:
    """Read the configuration and list every problem in it."""
    the_config()
    click.echo("The configuration is in order.")


@config_group.command("show")
@json_option
def show_config(as_json: bool) -> None:
    """Show the settings in force, defaults included; secrets stay hidden."""
    from agent import config

    table = config.shown(the_config())
    if as_json:
        print_json(config=table)
        return
    _print_settings(table, "")


def _print_settings(value: Any, path: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _print_settings(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value):
            _print_settings(inner, f"{path}[{number}]")
    else:
        click.echo(f"{path} = {value!r}")


def _show(finding: Finding) -> None:
    click.echo(f"{'ok ' if finding.ok else 'BAD'}  {finding.what}: {finding.detail}")
    if not finding.ok and finding.hint:
        click.echo(f"     → {finding.hint}")


COMMANDS = [init, doctor, config_group]
