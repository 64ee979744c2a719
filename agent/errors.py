"""One tree of errors. The message says what happened and where, `hint` what to do next; no traceback follows."""

from __future__ import annotations

from connectors.errors import ConnectorError


class WeaktieError(Exception):
    """A failure the owner can understand. `exit_code` is what the command line ends with."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(WeaktieError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class PartlyDone(WeaktieError):
    """Some sources failed, the rest was done."""

    exit_code = 3


class ConfigError(WeaktieError):
    """The configuration cannot be used. `problems` lists every fault found, not only the first."""

    exit_code = 4

    def __init__(self, message: str, problems: tuple[str, ...] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = problems


class TryLater(WeaktieError):
    """Nothing is broken: another process works on this store, or the network is away."""

    exit_code = 75


class NotFound(WeaktieError):
    """Nobody and nothing by that name."""


class NotAllowed(WeaktieError):
    """A rule forbids it; the message names the rule."""


class Conflict(WeaktieError):
    """Somebody else changed it first; look again."""


class StoreError(WeaktieError):
    """The database file cannot be opened, read or written."""


class StoreAway(StoreError):
    """The database is not to be had just now: it restarts, is locked, is full or gave way. Nothing is lost."""

    exit_code = 75


def told(error: WeaktieError | ConnectorError) -> str:
    """What happened and what to do next, as one text."""
    return f"{error} {error.hint}".strip()
