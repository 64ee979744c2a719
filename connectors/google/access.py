"""What a client of Google's services is opened with, and what it may give in place of an answer."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.errors import ConnectorError
from connectors.oauth.tokens import TokenStore


@dataclass(frozen=True, slots=True)
class Access:
    """Whose sign-in is used, by the name it is kept under.

    `endpoint` stands for https://gmail.googleapis.com and its like; `timeout` is in seconds for each answer.
    """

    tokens: TokenStore
    name: str
    endpoint: str = ""
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Stuck:
    """A call among several that failed for good, or again and again, where the others did not."""

    error: ConnectorError
