"""The contract of sources, bound to the three kinds of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import Source
from connectors.files.folder import FolderSource
from connectors.files.maildir import MaildirSource
from connectors.files.mbox import MboxSource
from tests.connectors.contract import FIRST_DAY, SourceContract, Stand

GARBAGE = b"\x00\xff\xfenothing that anybody would call a mail\n"


class MboxStand(Stand):
    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def open(self) -> Source:
        return MboxSource(self.path)

    def put(self, raws: list[bytes]) -> None:
        with self.path.open("ab") as file:
            for raw in raws:
                file.write(b"From bob@example.net Mon Jan  1 00:00:00 2024\n" + raw + b"\n")

    def put_unreadable(self) -> None:
        self.put([GARBAGE])


class MaildirStand(Stand):
    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        for part in ("cur", "new", "tmp"):
            (path / part).mkdir(parents=True)

    def open(self) -> Source:
        return MaildirSource(self.path)

    def put(self, raws: list[bytes]) -> None:
        for raw in raws:
            self.count += 1
            stamp = int(FIRST_DAY.timestamp()) + self.count
            name = f"{stamp}.M{self.count}P1.alice" + (":2,S" if self.count % 2 else "")
            self.path.joinpath("cur" if self.count % 2 else "new", name).write_bytes(raw)

    def put_unreadable(self) -> None:
        self.put([GARBAGE])


class FolderStand(Stand):
    """MH: numbers count upwards."""

    ENDING = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        path.mkdir()

    def open(self) -> Source:
        return FolderSource(self.path)

    def put(self, raws: list[bytes]) -> None:
        for raw in raws:
            self.count += 1
            (self.path / f"{self.count}{self.ENDING}").write_bytes(raw)

    def put_unreadable(self) -> None:
        self.put([GARBAGE])


class TestMbox(SourceContract):
    @pytest.fixture
    def stand(self, tmp_path: Path) -> Stand:
        return MboxStand(tmp_path / "INBOX.mbox")


class TestMaildir(SourceContract):
    @pytest.fixture
    def stand(self, tmp_path: Path) -> Stand:
        return MaildirStand(tmp_path / "Maildir")


class TestFolder(SourceContract):
    @pytest.fixture
    def stand(self, tmp_path: Path) -> Stand:
        return FolderStand(tmp_path / "inbox")
