"""Signing in to mail servers with an access token: OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's and Microsoft's)."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass, field

from connectors.errors import Refused
from connectors.net import clean

MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
"""In order of preference: XOAUTH2 is what both providers document; others speak the standard."""


def chosen(offered: Container[str]) -> str:
    """The mechanism to use of those a server offers (upper case); "" where it offers neither."""
    return next((name for name in MECHANISMS if name in offered), "")


@dataclass
class Exchange:
    """What the client says in one sign-in, and what the server said against it. Raises Refused for unfit names."""

    mechanism: str
    user: str
    token: str = field(repr=False)
    told: str = ""
    _spoken: bool = False

    def __post_init__(self) -> None:
        """No separator may come from outside: 0x01 would begin a field of its own."""
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in self.user + self.token) or not self.token:
            raise Refused("The user name or the access token holds a control character, or there is no token.")

    def __call__(self, challenge: bytes) -> bytes:
        """The answer to a challenge: first the token, then to the server's reasons for a no what each asks for."""
        if not self._spoken:
            self._spoken = True
            return self.first
        self.told = told(challenge)
        return b"\1" if self.mechanism == "OAUTHBEARER" else b""

    @property
    def first(self) -> bytes:
        """The client's first message."""
        if self.mechanism == "OAUTHBEARER":
            name = self.user.replace("=", "=3D").replace(",", "=2C")
            return f"n,a={name},\1auth=Bearer {self.token}\1\1".encode()
        return f"user={self.user}\1auth=Bearer {self.token}\1\1".encode()


def told(challenge: bytes) -> str:
    """The JSON with which a server explains a no (RFC 7628 §3.2.2), in words; "" where it explains nothing."""
    try:
        reasons = json.loads(challenge)
    except ValueError:
        return ""
    if not isinstance(reasons, dict):
        return ""
    status, scope = (clean(str(reasons.get(name) or ""), 80) for name in ("status", "scope"))
    words = _STATUS.get(status, f"status {status}" if status else "")
    return ", ".join(filter(None, (words, f"it wants the scope {scope}" if scope else "")))


_STATUS = {
    "401": "the access token is not good (401)",
    "400": "the access token is not good for this (400)",
    "invalid_token": "the access token is not good",
    "insufficient_scope": "the access token does not allow it",
}
