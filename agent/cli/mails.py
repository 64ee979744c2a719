"""A mail of ours on the screen: this one, or those of times past."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from agent.cli.common import print_json

if TYPE_CHECKING:
    from agent.report.render import Rendered


class Told(Protocol):
    """What a mail says, before it is laid out."""

    def as_json(self) -> dict[str, Any]:
        """The stable form."""
        ...


def show(found: Told, rendered: Rendered, html_file: Path | None, *, as_json: bool) -> None:
    """One mail: into a file for a browser where one is named, as JSON, or as text."""
    from agent.report.deliver import write_html

    if html_file:
        write_html(html_file, rendered.html)
    if as_json:
        print_json(**found.as_json())
    elif html_file:
        click.echo(f"Written to {html_file}")
    else:
        _print(rendered)


def show_all(name: str, told: Iterable[tuple[Told, Rendered]], *, as_json: bool) -> None:
    """Several, one after another; as JSON a list under `name`."""
    if as_json:
        print_json(**{name: [found.as_json() for found, _ in told]})
        return
    for _, rendered in told:
        _print(rendered)


def _print(rendered: Rendered) -> None:
    click.echo(f"{rendered.subject}\n\n{rendered.text}")
