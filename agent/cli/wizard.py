"""The questions of `weaktie init`, and the file they make."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import available_timezones

import click

from agent.cli.failures import say


def ask(path: Path) -> None:
    """Ask, write the configuration (0600), then look at the mailbox read-only."""
    click.echo("weaktie reads the headers of your mail and your calendars, and never sends anything by itself.")
    click.echo("Five questions; everything can be changed later in the file.\n")
    name = click.prompt("Your name, as you sign mail")
    address = click.prompt("Your mail address").strip().lower()
    host = click.prompt("IMAP server", default=f"imap.{address.rpartition('@')[2]}")
    username = click.prompt("Sign-in name", default=address)
    zone = click.prompt("Time zone", default=_zone())
    secret = path.with_name("imap-password")
    if click.confirm("Store the password in a file only you can read?", default=True):
        password = click.prompt("Password (an app password where your provider has them)", hide_input=True)
        _write(secret, password + "\n")
        reference = f'password_file = "{secret}"'
    else:
        reference = 'password_env = "WEAKTIE_IMAP_PASSWORD"'
    _write(path, _text(name, address, host, username, zone, reference))
    click.echo(f"\nWritten: {path}")
    _look(path)


def _text(name: str, address: str, host: str, username: str, zone: str, reference: str) -> str:
    def quoted(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    return f"""# weaktie's configuration; config.example.toml names every option.

[owner]
name = {quoted(name)}
addresses = [{quoted(address)}]
timezone = {quoted(zone)}
signature = {quoted(name)}

[[sources]]
name = "mail"
kind = "imap"
host = {quoted(host)}
username = {quoted(username)}
{reference}

# A calendar makes meetings count. Uncomment one:
# [[sources]]
# name = "calendar"
# kind = "ics"
# url = "https://calendar.example.com/private/me.ics"
"""


def _look(path: Path) -> None:
    from agent import clock, config, health
    from agent.app import open_app

    app = open_app(config.load(path))
    findings = health.examine(app, clock.now())
    app.store.close()
    for finding in findings:
        if not finding.ok and not finding.what.startswith("capture"):
            say(f"{finding.what}: {finding.detail}", finding.hint)
    click.echo("Next: `weaktie sync` reads your mail, `weaktie ties` lists who it found, `weaktie run` keeps at it.")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    path.chmod(0o600)


def _zone() -> str:
    """The machine's time zone by name, where it has one."""
    target = Path("/etc/localtime")
    named = str(target.resolve()).partition("zoneinfo/")[2] if target.exists() else ""
    candidates = (os.environ.get("TZ", ""), named)
    return next((zone for zone in candidates if zone in available_timezones()), "UTC")
