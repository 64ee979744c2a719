"""`weaktie init`: what it asks, a look at the mailbox, and then the file that the answers make."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import click

from agent.cli import ways_in
from agent.cli.failures import say
from agent.cli.providers import Provider, found, of_host
from agent.cli.questions import Questions

if TYPE_CHECKING:
    from agent.config import Config

UNSAVED = "WEAKTIE_INIT_PASSWORD"
"""The variable a password is handed over in while nothing is written yet."""

IMAPS = 993
Table = dict[str, Any]


def ask(path: Path, questions: Questions) -> None:
    """Ask, look at the mailbox read-only, then write the configuration (0600)."""
    questions.tell("weaktie reads the headers of your mail and your calendars, and never sends anything by itself.")
    questions.tell("A few questions; everything can be changed later in the file.\n")
    name = questions.text("name", "Your name, as you sign mail")
    address = questions.text("address", "Your mail address").lower()
    provider = found(address.rpartition("@")[2])
    if provider and provider.name:
        questions.tell(f"\nYour mail is at {provider.name}.")
    sources, secret = _sources(questions, address, provider)
    zone = questions.text("timezone", "Time zone", default=_zone())
    owner = {"name": name, "addresses": [address], "timezone": zone, "signature": name}
    note = secret.keep(questions, path)
    calendar = provider.calendar if provider and len(sources) == 1 else ""
    with secret.lent():
        errors = _look(_text(owner, [{**source, **secret.for_now, **_unless(secret, note)} for source in sources], ""))
    _go_on(questions, errors)
    secret.write()
    _write(path, _text(owner, [{**source, **note} for source in sources], calendar))
    click.echo(f"\nWritten: {path}")
    variable = note.get("password_env", "")
    if variable and not os.environ.get(variable):
        click.echo(f"The mailbox was not looked at: put its password into the environment variable {variable}.")
    for source in sources:
        if source["kind"] != "imap" or source.get("auth"):
            click.echo(f"Next: `weaktie auth {source['name']}` signs you in.")
    click.echo("Next: `weaktie sync` reads your mail, `weaktie ties` lists who it found, `weaktie run` keeps at it.")


def _go_on(questions: Questions, errors: list[Exception]) -> None:
    """Raises what went wrong, or Abort, unless the owner wants the file all the same."""
    if not errors or questions.given.get("unchecked"):
        return
    if not questions.asks:
        raise errors[0]
    for error in errors:
        say(str(error), getattr(error, "hint", ""))
    if not click.confirm("Write the configuration all the same?", default=False):
        click.echo("Nothing was written.")
        raise click.Abort


def _unless(secret: Password, note: Table) -> Table:
    return {} if secret.value else note


@dataclass
class Password:
    """A password on its way: asked for, lent to the look at the mailbox, and kept where the owner wants it."""

    value: str = ""
    needed: bool = True
    file: Path | None = None

    def keep(self, questions: Questions, path: Path) -> Table:
        """Where it will be found from now on, as an option of the file."""
        if not self.needed:
            return {}
        for option in ("password_file", "password_env"):
            if questions.given.get(option):
                return {option: questions.given[option]}
        if questions.yes("store", "Store the password in a file only you can read?", default=questions.asks):
            self.file = path.with_name("imap-password")
            advice = "Password (an app password where your provider has them)"
            self.value = questions.text("password", advice, hidden=True)
            return {"password_file": str(self.file)}
        return {"password_env": "WEAKTIE_IMAP_PASSWORD"}

    @property
    def for_now(self) -> Table:
        """What stands in the file while it is tried."""
        return {"password_env": UNSAVED} if self.value else {}

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Have it where a configuration can name it."""
        if self.value:
            os.environ[UNSAVED] = self.value
        try:
            yield
        finally:
            os.environ.pop(UNSAVED, None)

    def write(self) -> None:
        """Into its file, if it has one."""
        if self.file is not None:
            _write(self.file, self.value + "\n")


def _sources(questions: Questions, address: str, provider: Provider | None) -> tuple[list[Table], Password]:
    """What is read and how it is signed in to: by password first where that works, for it is the least trouble."""
    if provider and provider.oauth and ways_in.by_browser(questions, provider):
        return ways_in.oauth_sources(questions, address, provider), Password(needed=False)
    if provider and provider.app_password:
        questions.tell(f"An app password is made here: {provider.app_password}.")
    if provider and provider.advice:
        questions.tell(provider.advice)
    usual = provider.host if provider else f"imap.{_domain(address)}"
    host, _, port = questions.text("host", "IMAP server", default=usual).partition(":")
    later = of_host(host) if provider is None else None
    if later and later.oauth and ways_in.by_browser(questions, later):
        return ways_in.oauth_sources(questions, address, later), Password(needed=False)
    username = questions.text("username", "Sign-in name", default=address)
    place: Table = {"port": int(port)} if port.isdigit() else {}
    if provider and provider.host == host and provider.port != IMAPS and not place:
        place = {"port": provider.port, "tls": provider.tls}
    if questions.given.get("tls"):
        place["tls"] = questions.given["tls"]
    return [{"name": "mail", "kind": "imap", "host": host, **place, "username": username}], Password()


def _look(text: str) -> list[Exception]:
    """Show what each source with a password holds, changing nothing; and what went wrong. Raises ConfigError."""
    import tomllib

    from agent import clock, config
    from agent.app import open_configured
    from agent.errors import WeaktieError
    from connectors.errors import ConnectorError

    settings: Config = config.parse(tomllib.loads(text), "that these answers make")
    errors: list[Exception] = []
    for source in settings.sources:
        if not isinstance(source, config.ImapSource) or source.auth != "password" or not _has_password(source):
            continue
        try:
            with closing(open_configured(source, settings.owner.timezone, clock.now())) as opened:
                click.echo(f"\n{opened.check().summary}")
        except (ConnectorError, WeaktieError) as error:
            errors.append(error)
    return errors


def _has_password(source: Any) -> bool:
    return bool(source.password_file or (source.password_env and os.environ.get(source.password_env)))


def _text(owner: Table, sources: list[Table], calendar: str) -> str:
    parts = ["# weaktie's configuration; config.example.toml names every option.", _toml("[owner]", owner)]
    parts += [_toml("[[sources]]", source) for source in sources]
    if calendar:
        parts.append(f"# Calendars make meetings count. Yours: {calendar}.")
    elif len(sources) == 1:
        hint = {"name": "calendar", "kind": "ics", "url": "https://calendar.example.com/private/me.ics"}
        parts.append(_commented("A calendar makes meetings count. Uncomment one:", _toml("[[sources]]", hint)))
    return "\n\n".join(parts) + "\n"


def _commented(*lines: str) -> str:
    return "\n".join(f"# {line}" for part in lines for line in part.split("\n"))


def _toml(head: str, table: Table) -> str:
    return "\n".join([head, *(f"{name} = {_value(value)}" for name, value in table.items())])


def _value(value: Any) -> str:
    """JSON's strings, numbers and lists are TOML's."""
    import json

    return json.dumps(value, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    path.chmod(0o600)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _zone() -> str:
    """The machine's time zone by name, where it has one."""
    target = Path("/etc/localtime")
    named = str(target.resolve()).partition("zoneinfo/")[2] if target.exists() else ""
    candidates = (os.environ.get("TZ", ""), named)
    return next((zone for zone in candidates if zone in available_timezones()), "UTC")
