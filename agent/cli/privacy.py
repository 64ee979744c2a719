"""`exclude`, `suppress`, `forget`, `export`: what is left out, not written to, erased, handed over."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from agent.cli.common import json_option, opened, print_json
from agent.cli.tables import clean, table

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command()
@click.argument("what", nargs=-1)
@click.option("--purge", is_flag=True, help="Backwards, too: remove what was captured, keep a salted hash.")
@click.option("--folder", is_flag=True, help="WHAT names folders, labels or calendars, though it looks like a domain.")
@click.option("--remove", is_flag=True, help="Capture it again from now on.")
@click.option("--list", "listed", is_flag=True, help="Show what is excluded.")
@json_option
def exclude(what: tuple[str, ...], purge: bool, folder: bool, remove: bool, listed: bool, as_json: bool) -> None:
    """Never capture WHAT again. WHAT: addresses, domains, folders, labels or calendars."""
    from agent import clock, letting_go
    from connectors.base import counted

    _something(what, listed)
    with opened(writes=bool(what)) as app:
        for item in what:
            if remove:
                letting_go.include(app, item)
                click.echo(clean(f"{item} is captured again from now on."), err=as_json)
                continue
            rule, purged = letting_go.exclude(app, item, clock.now(), folder=folder, purge=purge)
            gone = f"; {counted(purged, 'message')} removed" if purge else ""
            click.echo(clean(f"{rule.kind} {rule.value} is not captured any more{gone}."), err=as_json)
        if listed or as_json:
            _rules("exclusions", letting_go.excluded(app), as_json)


@click.command()
@click.argument("who", nargs=-1)
@click.option("--remove", is_flag=True, help="They may be written to again.")
@click.option("--list", "listed", is_flag=True, help="Show who must not be written to.")
@json_option
def suppress(who: tuple[str, ...], remove: bool, listed: bool, as_json: bool) -> None:
    """Do not contact WHO, whatever was approved. WHO: addresses, domains or people; no draft, no mail."""
    from agent import clock, letting_go

    _something(who, listed)
    with opened() as app:
        for item in who:
            if remove:
                freed, still = letting_go.allow(app, item)
                left = f"That rule is gone, but {still.words}" if still else f"{freed} may be written to again"
                click.echo(clean(f"{left}."), err=as_json)
            else:
                barred = letting_go.suppress(app, item, clock.now())
                click.echo(
                    clean(f"{barred} is not written to any more. Open drafts go with the next run."), err=as_json
                )
        if listed or as_json:
            _rules("suppressions", letting_go.suppressed(app), as_json)


@click.command()
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def forget(who: str, yes: bool) -> None:
    """Erase WHO everywhere, for good. A salted hash keeps the next sync from bringing them back."""
    from agent import clock, letting_go, who_is_who
    from connectors.base import counted

    with opened() as app, app.store.read() as connection:
        person = who_is_who.one_person(connection, app.owner.id, who)
    called = who_is_who.called(person)
    if not yes:
        click.confirm(clean(f"Erase {called} for good? This cannot be undone"), abort=True)
    with opened(writes=True) as app:
        done = letting_go.forget(app, person.addresses[0], clock.now())
    click.echo(f"Forgotten. {counted(done.removed, 'message')} removed; {done.kept} kept for the others on them.")
    for note in done.notes:
        click.echo(clean(f"  ! {note}"))


@click.command()
@click.argument("who", required=False)
@click.option("--file", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write it there, mode 0600.")
def export(who: str | None, path: Path | None) -> None:
    """Everything held on WHO, or all there is, as JSON."""
    from agent import letting_go

    with ExitStack() as stack:
        app = stack.enter_context(opened())
        found = letting_go.export(app, who)
        first = next(found)
        out = stack.enter_context(_private(path)) if path else sys.stdout
        _write(out, app.owner.name, who, [first], found)
    if path:
        click.echo(f"Written to {path}; only you can read it.", err=True)


def _private(path: Path) -> TextIO:
    from agent.errors import WeaktieError

    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise WeaktieError(f"{path} cannot be written: {error.strerror}.", hint="Name another file.") from error


def _write(out: TextIO, owner: str, who: str | None, *parts: Any) -> None:
    head = {"version": 1, "of": owner, "who": who}
    out.write(json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}"))
    for tables in parts:
        for name, rows in tables:
            out.write(f",\n {json.dumps(name)}: [")
            _lines(out, rows)
            out.write("]")
    out.write("\n}\n")


def _lines(out: TextIO, rows: Iterator[dict[str, Any]]) -> None:
    for number, row in enumerate(rows):
        out.write(",\n  " if number else "\n  ")
        out.write(json.dumps(row, ensure_ascii=False))


def _something(named: tuple[str, ...], listed: bool) -> None:
    from agent.errors import UsageError

    if not named and not listed:
        raise UsageError("Nothing was named.", hint="--list shows the rules there are; --help the rest.")


def _rules(name: str, rules: list[tuple[str, str]], as_json: bool) -> None:
    if as_json:
        print_json(**{name: [{"kind": kind, "value": value} for kind, value in rules]})
    elif rules:
        table(["kind", "value"], [list(rule) for rule in rules])
    else:
        click.echo(f"No {name}.")


COMMANDS = [exclude, suppress, forget, export]
