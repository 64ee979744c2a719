"""The contract of sources, bound to IMAP on a real Dovecot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.base import Source
from connectors.imap import ImapSource
from tests.connectors.contract import SourceContract, Stand
from tests.servers.dovecot import Account


class ImapStand(Stand):
    def __init__(self, account: Account) -> None:
        self.account = account
        self.opened: list[Source] = []

    def open(self) -> Source:
        source = ImapSource(**self.account.settings())
        self.opened.append(source)
        return source

    def put(self, raws: list[bytes]) -> None:
        self.account.client.multiappend("INBOX", raws)

    def put_unreadable(self) -> None:
        self.put([b"nothing that anybody would call a mail\n"])


@pytest.mark.server
class TestImap(SourceContract):
    @pytest.fixture
    def stand(self, dovecot: Account) -> Iterator[Stand]:
        stand = ImapStand(dovecot)
        yield stand
        for source in stand.opened:
            source.close()
