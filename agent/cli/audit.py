"""`audit`: every message a source holds, against the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli.common import json_option, opened, print_json
from agent.cli.failures import say

if TYPE_CHECKING:
    from agent.jobs.audit import Audit

SHOWN = 20


@click.command()
@click.argument("source", required=False)
@json_option
def audit(source: str | None, as_json: bool) -> None:
    """Compare what one SOURCE or all hold with the store. Exit code 1 when a message is unaccounted for."""
    from agent import clock
    from agent.errors import PartlyDone, WeaktieError
    from agent.jobs.audit import audit as audited
    from connectors.base import counted

    with opened() as app:
        found = audited(app, clock.now(), only=source)
    if as_json:
        print_json(sources=[_json(one) for one in found])
    else:
        for one in found:
            _tell(one)
    missing = sum(len(one.missing) for one in found)
    if missing:
        said = f"{counted(missing, 'message')} {'is' if missing == 1 else 'are'} unaccounted for."
        raise WeaktieError(said, hint="Run `weaktie sync`, then audit again.")
    failures = [one.error for one in found if one.error]
    if failures and len(found) == 1:
        raise failures[0]
    if failures:
        raise PartlyDone(f"{len(failures)} of {len(found)} sources could not be audited.", hint="Run `weaktie doctor`.")


def _tell(one: Audit) -> None:
    from connectors.base import counted

    if one.error:
        say(f"{one.source}: {one.error}", one.error.hint)
        return
    parts = [f"{one.interactions} counted as contact", f"{one.left_out.total()} left out"]
    parts += [f"{one.excluded} excluded", f"{one.quarantined} could not be read", f"{len(one.missing)} missing"]
    click.echo(f"{one.source}: {counted(one.listed, 'message')}: {', '.join(parts)}")
    for reason, count in one.left_out.most_common(SHOWN):
        click.echo(f"  left out {count} × {reason}")
    if one.extra:
        click.echo(f"  {one.extra} more are kept as history: the source no longer holds them")
    for stream in one.unread:
        click.echo(f"  not read: {stream.name} ({stream.skipped})")
    for held in one.missing[:SHOWN]:
        click.echo(f"  missing: {held.stream}, {held.ref} {held.message_id}".rstrip())
    if len(one.missing) > SHOWN:
        click.echo(f"  … and {len(one.missing) - SHOWN} more")


def _json(one: Audit) -> dict[str, object]:
    return {
        "source": one.source,
        "error": str(one.error) if one.error else None,
        "listed": one.listed,
        "interactions": one.interactions,
        "left_out": one.left_out.total(),
        "reasons": dict(one.left_out.most_common()),
        "quarantined": one.quarantined,
        "excluded": one.excluded,
        "missing": [{"stream": held.stream, "ref": held.ref, "message_id": held.message_id} for held in one.missing],
        "extra": one.extra,
        "not_read": [{"stream": stream.name, "reason": stream.skipped} for stream in one.unread],
    }


COMMANDS = [audit]
