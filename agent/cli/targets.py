"""`targets`, `paths`, `intro`: whom you want to reach, who could introduce you, and the ask."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from agent.cli.common import as_of_option, json_option, opened, print_json
from agent.cli.drafts import letter
from agent.cli.tables import clean, table

if TYPE_CHECKING:
    from agent.ties.paths import Path


@click.group()
def targets() -> None:
    """Firms and people you want to reach."""


@targets.command("add")
@click.argument("target")
def add(target: str) -> None:
    """Note TARGET. A firm by its mail domain, or a person by their address."""
    from agent import clock, errands

    with opened() as app:
        noted, ways = errands.add_target(app, target, clock.now())
    click.echo(f"{noted.value} is noted as a target.")
    if ways:
        click.echo(f"Best way: {clean(ways[0].evidence)}.")
        via = ways[0].introducer.addresses[0]
        click.echo(f"The ask will wait in your Drafts, or write it now: weaktie intro {noted.value} --via {via}")
    else:
        click.echo("Nobody you know has been seen together with anybody there yet; weaktie keeps looking.")


@targets.command("list")
@click.option("--all", "closed", is_flag=True, help="Closed ones too.")
@json_option
def list_(closed: bool, as_json: bool) -> None:
    """List your targets."""
    from agent import errands

    with opened() as app:
        found = errands.targets(app, closed=closed)
    if as_json:
        print_json(targets=[{"target": t.value, "kind": t.kind, "open": t.closed_at is None} for t in found])
    elif found:
        rows = [[t.value, t.kind, f"{t.added_at:%Y-%m-%d}", "open" if t.closed_at is None else "closed"] for t in found]
        table(["target", "kind", "since", "state"], rows, flexible=0)
    else:
        click.echo("No targets. `weaktie targets add northwind.example` notes one.")


@targets.command("remove")
@click.argument("target")
def remove(target: str) -> None:
    """Forget TARGET."""
    from agent import errands

    with opened() as app:
        errands.remove_target(app, target)
    click.echo(f"{target} is no target any more.")


@click.command("paths")
@click.argument("org")
@click.option("--most", type=click.IntRange(1), default=10, show_default=True, help="How many to show.")
@as_of_option
@json_option
def paths_(org: str, most: int, as_of: datetime | None, as_json: bool) -> None:
    """Who could introduce you to ORG. That is a mail domain, a firm's name, or a person."""
    from agent import clock, errands
    from agent.errors import UsageError

    if not org.strip():
        raise UsageError("Nobody was named.", hint="Give a mail domain, a firm's name, or a person.")
    with opened() as app:
        found = errands.ways(app, org, as_of or clock.now(), replay=as_of is not None)
    if as_json:
        print_json(target=org, paths=[_json(path) for path in found])
    elif not found:
        click.echo(f"Nobody at {org} was seen on your mail or in your meetings, and nobody together with them.")
    for path in [] if as_json else found[:most]:
        who = path.introducer.name if path.direct else f"{path.introducer.name} → {path.person}"
        click.echo(clean(f"{who} <{path.address}>" if path.direct else who))
        click.echo(f"    {clean(path.evidence)}")


@click.command()
@click.argument("target")
@click.option("--via", required=True, metavar="PERSON", help="Whom to ask: a name or an address.")
@click.option("--dry-run", is_flag=True, help="Show the ask, put nothing into Drafts.")
def intro(target: str, via: str, dry_run: bool) -> None:
    """Draft the ask for an introduction to TARGET. It waits in your Drafts."""
    from agent import clock, errands

    with opened(writes=not dry_run) as app:
        written = errands.ask_introduction(app, target, via, clock.now(), dry_run=dry_run)
    letter(written)
    click.echo("\n(not put into Drafts: dry run)" if dry_run else "\nIt waits in your Drafts; read it and press Send.")


def _json(path: Path) -> dict[str, object]:
    return {
        "introducer": path.introducer.name,
        "introducer_address": path.introducer.addresses[0],
        "person": path.person,
        "address": path.address,
        "organization": path.organization,
        "direct": path.direct,
        "together": path.together,
        "last_together": path.last_together.isoformat().replace("+00:00", "Z"),
        "score": round(path.score, 2),
        "evidence": path.evidence,
    }


COMMANDS = [targets, paths_, intro]
