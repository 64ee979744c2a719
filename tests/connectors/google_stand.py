"""A Gmail account to be read in tests, and how."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from connectors.base import Source
from connectors.google.gmail import GmailSource
from connectors.oauth.tokens import FileTokens
from tests.connectors.contract import Stand
from tests.servers.google import Google

AS_OF = datetime(2026, 3, 2, 9, tzinfo=UTC)


class GmailStand(Stand):
    """Reads with the narrowest permission there is."""

    def __init__(self, google: Google, folder: Path) -> None:
        self.google = google
        self.tokens = FileTokens(folder)
        google.sign_in(self.tokens, "mail", "gmail.metadata")
        self.opened: list[Source] = []

    def open(self) -> Source:
        source = GmailSource(self.tokens, "mail", as_of=AS_OF, endpoint=self.google.url, timeout=60.0)
        self.opened.append(source)
        return source

    def put(self, raws: list[bytes]) -> None:
        for raw in raws:
            self.google.mail.deliver(raw)

    def put_unreadable(self) -> None:
        self.put([b"nothing that anybody would call a mail\n"])
