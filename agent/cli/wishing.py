"""`ties set`, `ties triage` and `ties ics`: what you wish of a tie, and who is due."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.common import as_of_option, json_option, opened, print_json
from agent.cli.tables import clean, is_terminal, table

if TYPE_CHECKING:
    from agent.app import App
    from agent.store.people import Profile
    from agent.ties.view import Tie
    from agent.types import Wish
    from agent.wishes import Change

WORDS = {"k": "kept", "d": "dropped", "p": "private"}
SHOWN = 15


class Days(click.ParamType[int]):
    """`60d`, `2w`, `3m`, `1y` or `45`, in days; and words that stand for a number of their own."""

    name = "days"

    def __init__(self, **words: int) -> None:
        self.words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Text → days."""
        from agent.report.orders import duration

        days = value if isinstance(value, int) else self.words.get(value, duration(value))
        if days is None:
            words = " or ".join(f"{word!r}" for word in self.words)
            self.fail(
                f"{value!r} is not a length of time; write it like 60d, 2w or 3m (ten years at most), or {words}",
                param,
                ctx,
            )
        return days


@click.command("set")
@click.argument("who", nargs=-1, required=True)
@click.option("--keep", "standing", flag_value="kept", help="Worth keeping: named even after years of silence.")
@click.option("--drop", "standing", flag_value="dropped", help="Never named in a report again, nor drafted for.")
@click.option("--private", "standing", flag_value="private", help="Dropped, and shown in no list, path or bridge.")
@click.option("--open", "standing", flag_value="", help="None of the three any more.")
@click.option("--snooze", type=Days(off=0), metavar="60d|off", help="Leave them out until then.")
@click.option("--every", type=Days(own=0, off=-1), metavar="30d|own|off", help="How often you want to be in touch.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Put a tag on them; rhythms of tags: [programme].")
@click.option("--untag", "untags", multiple=True, metavar="TAG", help="Take a tag off.")
@click.option("--goal", metavar="TEXT", help="What you would like to come of it; '' for nothing.")
@click.option("--resume", is_flag=True, help="Go on with somebody who does not answer; ends a snooze too.")
@click.option("--undo", is_flag=True, help="Take back what you said last; again: say it again.")
@click.option("--dry-run", is_flag=True, help="Show it, change nothing.")
@json_option
def set_(who: tuple[str, ...], undo: bool, dry_run: bool, as_json: bool, **said: Any) -> None:
    """Say what you wish of WHO: names or addresses."""
    from agent import clock, wishes
    from agent.errors import UsageError

    change = _change(**said)
    if undo and (dry_run or change != wishes.Change()):
        raise UsageError("--undo goes alone.")
    with opened() as app:
        now = clock.now()
        changed = [
            wishes.undo(app, one, now) if undo else wishes.change(app, one, change, now, dry_run=dry_run) for one in who
        ]
    if as_json:
        print_json(ties=[_json(profile, wish) for profile, wish in changed])
        return
    for profile, wish in changed:
        told = "; ".join(wishes.told(wish)) or "nothing said"
        click.echo(clean(f"{profile.name or profile.addresses[0]}: {told}{' (dry run)' if dry_run else ''}"))


@click.command()
@click.option("--keep", multiple=True, metavar="WHO", help="Worth keeping.")
@click.option("--drop", multiple=True, metavar="WHO", help="Never name them again.")
@click.option("--private", multiple=True, metavar="WHO", help="Nor show them anywhere else.")
@click.option("--dry-run", is_flag=True, help="Show it, change nothing.")
@as_of_option
@json_option
def triage(
    keep: tuple[str, ...],
    drop: tuple[str, ...],
    private: tuple[str, ...],
    dry_run: bool,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Go through the quiet ties you have not spoken of. Say keep, drop or private."""
    from agent import wishes

    said = {who: word for word, names in zip(WORDS.values(), (keep, drop, private), strict=True) for who in names}
    asking = not (said or as_json or as_of or dry_run) and is_terminal(sys.stdin)
    with opened() as app:
        for who, word in said.items():
            _say(app, who, word, dry_run=dry_run)
        found = wishes.triage(app, as_of)
        if asking:
            _ask(app, found[:SHOWN])
            return
    if as_json:
        print_json(ties=[tie.as_json() for tie in found])
    elif found:
        _list(found)
    else:
        click.echo("Nobody is quiet of whom you have not spoken.")


@click.command()
@click.option("--file", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write it there, mode 0600.")
@as_of_option
def ics(file: Path | None, as_of: datetime | None) -> None:
    """Who is due, as a calendar file to subscribe to. `programme.ics` keeps one up to date."""
    from agent.jobs import report
    from agent.report.deliver import write_private

    with opened() as app:
        content = report.calendar(app, as_of)
    if file is None:
        click.echo(content.decode(), nl=False)
    elif write_private(file, content):
        click.echo(f"Written to {file}")


def _change(**said: Any) -> Change:
    from agent.types import Standing
    from agent.wishes import Change

    standing = said.pop("standing")
    return Change(standing=None if standing is None else Standing(standing), **said)


def _say(app: App, who: str, word: str, *, dry_run: bool = False) -> None:
    from agent import clock, wishes

    profile, _ = wishes.change(app, who, _change(standing=word), clock.now(), dry_run=dry_run)
    told = f"{profile.name or profile.addresses[0]}: {word}{' (dry run)' if dry_run else ''}"
    click.echo(clean(told), err=True)


def _list(found: list[Tie]) -> None:
    from agent.ties.words import span

    rows = [
        [tie.name, tie.addresses[0], tie.reading.state.value, span(tie.reading.silence_days)] for tie in found[:SHOWN]
    ]
    table(["person", "address", "state", "silent"], rows, flexible=0)
    if len(found) > SHOWN:
        click.echo(f"… and {len(found) - SHOWN} more.")
    click.echo("Say: weaktie ties triage --keep WHO --drop WHO --private WHO")


def _ask(app: App, found: list[Tie]) -> None:
    """One question a tie, until the owner has had enough."""
    choice = click.Choice([*WORDS, "s", "q"], case_sensitive=False)
    for tie in found:
        firm = f", {tie.organization}" if tie.organization else ""
        click.echo(clean(f"\n{tie.name} <{tie.addresses[0]}>{firm}: {' '.join(tie.reasons[:2])}"))
        answer = click.prompt("[k]eep, [d]rop, [p]rivate, [s]kip, [q]uit", type=choice, default="s", show_choices=False)
        if answer == "q":
            return
        if answer in WORDS:
            _say(app, tie.addresses[0], WORDS[answer])
    if not found:
        click.echo("Nobody is quiet of whom you have not spoken.")


def _json(profile: Profile, wish: Wish) -> dict[str, Any]:
    from agent.store.wishes import as_json

    return {"person": profile.name, "addresses": list(profile.addresses), "wish": as_json(wish)}


COMMANDS = [set_, triage, ics]
