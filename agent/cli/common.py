"""What several commands share: options, opening the app, dates, JSON."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from agent.cli.tables import is_terminal

if TYPE_CHECKING:
    from agent.app import App
    from agent.config import Config

F = TypeVar("F", bound=Callable[..., Any])
YEARS = range(1970, 2200)
LAST_SECOND = time(23, 59, 59)


def json_option(function: F) -> F:
    """`--json`: nothing but one JSON object on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else.")(
        function
    )


def as_of_option(function: F) -> F:
    """`--as-of DATE`: judge as of then, from what was known then; a day is one of the owner's, to its end."""
    return as_of_in(lambda: the_config().owner.zone)(function)


def as_of_in(zone: Callable[[], tzinfo]) -> Callable[[F], F]:
    """`--as-of DATE` where a day is one of another zone."""
    words = "Judge as of the end of this day (YYYY-MM-DD), or an instant."
    return click.option("--as-of", "as_of", type=Moment(zone), metavar="DATE", help=words)


class Moment(click.ParamType[datetime]):
    """A day (its end in a zone, which is asked for where a day is given) or an ISO 8601 instant, UTC unless it says."""

    name = "date"

    def __init__(self, zone: Callable[[], tzinfo]) -> None:
        self._zone = zone

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Text → aware UTC datetime."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date; write it like 2026-11-22", param, ctx)
        if moment.year not in YEARS:
            self.fail(f"{value!r} is too far away; the years from {YEARS[0]} to {YEARS[-1]} can be judged", param, ctx)
        with suppress(ValueError):
            moment = datetime.combine(date.fromisoformat(value), LAST_SECOND, self._zone())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def the_config() -> Config:
    """The configuration named on the command line, or the default one."""
    from agent import config

    given = click.get_current_context().find_root().obj
    return config.load(Path(given) if given else config.default_path())


@contextmanager
def opened(*, writes: bool = False) -> Iterator[App]:
    """The app of the configuration; with `writes` the store is this process's alone, after a round of the daemon."""
    from contextlib import ExitStack, nullcontext
    from functools import partial

    from agent.app import open_app
    from agent.store import lock

    config = the_config()
    alone = partial(lock.only_one, config.database.address, lock.PATIENCE)
    with ExitStack() as stack:
        stack.enter_context(alone() if writes else _unswept())
        app = open_app(config, nullcontext if writes else alone)
        stack.callback(app.store.close)
        yield app


@contextmanager
def _unswept() -> Iterator[None]:
    """No search for garbage in cycles: reading makes many objects, all of which stay, and it takes a third of the time.

    Writing commands may live for weeks and need it.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def print_json(**content: Any) -> None:
    """The stable form: an object with `version` first."""
    click.echo(json.dumps({"version": 1} | content, ensure_ascii=False, indent=2))


def progress_line() -> Callable[[str, int, int | None], None] | None:
    """A progress line on standard error when somebody watches, else None."""
    if not is_terminal(sys.stderr):
        return None

    def show(stream: str, seen: int, expected: int | None) -> None:
        of = f" of {expected}" if expected else ""
        click.echo(f"\r\x1b[K{seen} messages{of} … {stream[:50]}", nl=False, err=True)

    return show


def end_progress() -> None:
    """Clear the progress line."""
    if is_terminal(sys.stderr):
        click.echo("\r\x1b[K", nl=False, err=True)
