"""Errors → what happened, what to do next, and the exit code. Only bugs show a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from agent.errors import ConfigError, WeaktieError
from connectors.errors import AuthFailed, ConnectorError, Unavailable

SIGN_IN, TRY_LATER, FAILURE = 5, 75, 1
SYSTEM = "The system says so; look at the disk, the permissions and where the output goes, then run it again."


@contextmanager
def told() -> Iterator[None]:
    """Run a command line; tell failures on standard error and exit with their code."""
    try:
        yield
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except WeaktieError as error:
        say(str(error), error.hint, error.problems if isinstance(error, ConfigError) else ())
        sys.exit(error.exit_code)
    except ConnectorError as error:
        say(str(error), error.hint)
        sys.exit(exit_code(error))
    except OSError as error:
        say(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.", SYSTEM)
        sys.exit(FAILURE)


def say(message: str, hint: str = "", problems: tuple[str, ...] = ()) -> None:
    """One failure on standard error."""
    click.echo(f"weaktie: {message}", err=True)
    for problem in problems:
        click.echo(f"  - {problem}", err=True)
    if hint:
        click.echo(f"  → {hint}", err=True)


def exit_code(error: ConnectorError) -> int:
    """Sign-in 5, network 75, else 1."""
    if isinstance(error, AuthFailed):
        return SIGN_IN
    return TRY_LATER if isinstance(error, Unavailable) else FAILURE
