"""A signed-in Google account, as every source in it holds one: connected when first needed."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from connectors.google import open_client
from connectors.google.access import Access
from connectors.google.upkeep import upkeep
from connectors.oauth.tokens import TokenStore

if TYPE_CHECKING:
    from connectors.google.client import Client


@dataclass
class Account:
    """`name`: under which the sign-in is kept in `tokens`. `account`: the address it should be for.

    `as_of` is the present. `endpoint`: in Google's place. `timeout` is in seconds for each answer.
    """

    API: ClassVar[str]
    READING: ClassVar[tuple[frozenset[str], ...]]
    """Any of these sets of permissions will do."""

    tokens: TokenStore
    name: str
    _: KW_ONLY
    as_of: datetime
    account: str = ""
    endpoint: str = ""
    timeout: float = 60.0

    def __post_init__(self) -> None:
        """Contacts nothing, and loads nothing of Google's yet."""
        self.as_of = self.as_of.astimezone(UTC)
        self._client: Client | None = None

    def close(self) -> None:
        """Let go of connections; safe to call twice."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Client:
        if self._client is None:
            self._client = open_client(self.API, Access(self.tokens, self.name, self.endpoint, self.timeout))
            self._client.need(*self.READING)
        return self._client

    def _upkeep(self) -> list[str]:
        """What the owner should know of the sign-in."""
        return [*upkeep(self._connected().credentials.kept, self.as_of, self.name)]
