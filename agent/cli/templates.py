"""`templates`: for people who write their own texts."""

from __future__ import annotations

from dataclasses import asdict

import click

from agent.cli.common import json_option, print_json, the_config
from agent.cli.drafts import letter
from agent.cli.tables import table


@click.group()
def templates() -> None:
    """The texts drafts are made of, and your own in their place."""


@templates.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the template files in use, yours and the shipped ones."""
    from agent import texts

    found = texts.parts(the_config())
    if as_json:
        print_json(templates=[asdict(part) | {"path": str(part.path)} for part in found])
        return
    rows = [[p.language, p.kind, p.part, "yours" if p.own else "shipped", str(p.path)] for p in found]
    table(["language", "kind", "part", "whose", "file"], rows, flexible=4)


@templates.command()
def check() -> None:
    """Render every template on made-up occasions and say what is wrong."""
    from agent import clock, texts
    from agent.errors import ConfigError

    faults = texts.check(the_config(), clock.now())
    if faults:
        problems = tuple(f"{fault.kind}, when {fault.occasion}: {fault.problem}" for fault in faults)
        raise ConfigError("Some templates cannot be used.", problems, hint="`weaktie templates list` names the files.")
    click.echo("Every template renders.")


@templates.command()
@click.argument("kind")
@click.option("--language", metavar="CODE", help="In this language, such as de [default: the usual one].")
def preview(kind: str, language: str | None) -> None:
    """Show what KIND looks like on made-up occasions."""
    from agent import clock, texts

    for occasion, written in texts.preview(the_config(), kind, clock.now(), language):
        click.echo(f"── when {occasion} " + "─" * 40)
        letter(written)
        click.echo("")


COMMANDS = [templates]
