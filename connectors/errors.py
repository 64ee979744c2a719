"""What can go wrong outside, told so that the inside knows whether to try again."""

from __future__ import annotations


class ConnectorError(Exception):
    """A source or outlet could not do its work. `permanent` means: not again without the owner's help.

    The message says what happened and where; `hint` says what to do next.
    """

    permanent = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class AuthFailed(ConnectorError):
    """The server refused the sign-in. Never retried by itself: accounts get locked."""

    permanent = True


class Unavailable(ConnectorError):
    """The network or the server is away; the same call may work later."""


class OverQuota(Unavailable):
    """The server wants to be left alone: no call before `wait` seconds are over (0: as after any failure)."""

    def __init__(self, message: str, *, hint: str = "", wait: float = 0.0) -> None:
        super().__init__(message, hint=hint)
        self.wait = wait


class CursorLost(ConnectorError):
    """The server no longer knows where we stopped; the source must be listed from the start."""


class Unsupported(ConnectorError):
    """The server or file lacks what the job needs."""

    permanent = True


class NotFound(ConnectorError):
    """A path, folder or calendar that the configuration names does not exist."""

    permanent = True


class Refused(ConnectorError):
    """The other side said no to exactly this request; nothing was done."""

    permanent = True


class Ambiguous(ConnectorError):
    """The connection broke where the other side may or may not have acted. Look before doing it again."""
