"""The contract of sources, bound to Gmail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.google import gmail
from tests.connectors.contract import SourceContract, Stand
from tests.connectors.google_stand import GmailStand
from tests.servers.google import Google


class TestGmail(SourceContract):
    MANY = 123

    @pytest.fixture
    def stand(self, google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
        monkeypatch.setattr(gmail, "PAGE", 50)
        stand = GmailStand(google, tmp_path / "tokens")
        yield stand
        for source in stand.opened:
            source.close()
