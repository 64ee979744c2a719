"""Alice at her desk: mail in files, a store, and the command line, without a server."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from agent.cli import main
from agent.store.db import Connection, Store, open_store
from tests.letters import ALICE, at


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass
class Desk:
    """Folders of message files below `folder`, and weaktie configured on them."""

    folder: Path
    extra: str = ""
    written: int = field(default=0)

    def __post_init__(self) -> None:
        self.mail.mkdir(parents=True)
        (self.folder / "config.toml").write_text(
            f'[owner]\nname = "Alice Lindqvist"\naddresses = ["{ALICE}"]\n'
            f'[database]\nurl = "sqlite:///{self.database}"\n'
            f'[[sources]]\nname = "mail"\nkind = "folder"\npath = "{self.mail}"\n{self.extra}'
        )

    @property
    def mail(self) -> Path:
        """Where the messages lie, a folder each for INBOX, Sent and others."""
        return self.folder / "Mail"

    @property
    def database(self) -> Path:
        """Her store."""
        return self.folder / "data" / "weaktie.db"

    def letter(self, when: str, sender: str, to: str, folder: str = "", **head: str) -> str:
        """A message file; in Sent when Alice wrote it, else in INBOX. Its Message-ID."""
        self.written += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Date"] = sender, to, format_datetime(at(when))
        mail["Message-ID"] = f"<letter-{self.written}@mail.example.com>"
        mail["Subject"] = head.pop("subject", "Hello")
        for name, value in head.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(f"What we say to each other is nobody's business ({self.written}).")
        place = self.mail / (folder or ("Sent" if ALICE in sender else "INBOX"))
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{self.written}.eml").write_bytes(mail.as_bytes())
        return str(mail["Message-ID"])

    def exchange(self, person: str, *days: str, subject: str = "Hello") -> None:
        """On each of these days they write and Alice answers."""
        for day in days:
            self.letter(f"{day} 08:00", person, ALICE, subject=subject)
            self.letter(f"{day} 10:00", f"Alice Lindqvist <{ALICE}>", person, subject=f"Re: {subject}")

    def weaktie(self, *arguments: str) -> Ran:
        """Run a command in this process."""
        return run("--config", str(self.folder / "config.toml"), *arguments)

    def ties(self) -> dict[str, Any]:
        """Usual address → tie, those of one-way senders included."""
        found = self.weaktie("ties", "--state", "all", "--json").json["ties"]
        return {tie["addresses"][0]: tie for tie in found}

    def store(self) -> Store:
        """Her store, to look into and to close."""
        return open_store(f"sqlite:///{self.database}")

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A look into her store."""
        with contextlib.closing(self.store()) as store, store.read() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A change in her store that no command makes."""
        with contextlib.closing(self.store()) as store, store.write() as connection:
            yield connection

    def bytes_of(self, *needles: str) -> dict[str, int]:
        """How often each of these stands in the bytes of the store and of its log, in any case."""
        files = [path.read_bytes().lower() for path in self.database.parent.iterdir()]
        return {needle: sum(content.count(needle.lower().encode()) for content in files) for needle in needles}


def run(*arguments: str) -> Ran:
    """A command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", ["weaktie", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as stop,
    ):
        main()
    return Ran(int(stop.value.code or 0), out.getvalue(), err.getvalue())
