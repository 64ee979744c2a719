"""Alice's world for whole-program tests: her mail account, her calendars, her submission server, her command line."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from agent.cli import main
from tests.letters import ALICE, at
from tests.servers import dovecot as dovecot_server
from tests.servers import radicale as radicale_server
from tests.servers import smtp as smtp_server

NAME = "Alice Lindqvist"


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
class World:
    """Everything around Alice."""

    mail: dovecot_server.Account
    folder: Path
    calendar: radicale_server.Account | None = None
    smtp: smtp_server.Server | None = None
    extra: str = ""
    written: int = field(default=0)

    @property
    def config(self) -> Path:
        """Her configuration file."""
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        """Her store."""
        return self.folder / "data" / "weaktie.db"

    def configure(self, **changed: str) -> None:
        """Write the configuration. `changed` replaces whole sections by their TOML."""
        sections = {"mail": self._mail(), "calendar": self._calendar(), "send": self._send(), "extra": self.extra}
        text = "\n".join({**sections, **changed}.values())
        self.config.write_text(
            f'[owner]\nname = "{NAME}"\naddresses = ["{ALICE}"]\nsignature = "Alice"\n'
            f'[database]\nurl = "sqlite:///{self.database}"\n{text}\n'
        )

    def weaktie(self, *arguments: str) -> Ran:
        """Run a command in this process, at the time the test says it is."""
        out, err = io.StringIO(), io.StringIO()
        argv = ["weaktie", "--config", str(self.config), *arguments]
        with (
            patch.object(sys, "argv", argv),
            patch.dict(os.environ, {"MAIL_PASSWORD": dovecot_server.PASSWORD, "SMTP_PASSWORD": smtp_server.PASSWORD}),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as stop,
        ):
            main()
        return Ran(int(stop.value.code or 0), out.getvalue(), err.getvalue())

    def receive(self, sender: str, when: str, subject: str = "Hello", **head: str) -> str:
        """A mail to Alice arrives; its Message-ID."""
        return self._file("INBOX", letter(sender, ALICE, at(when), subject, self._number(), **head), at(when))

    def write(self, to: str, when: str, subject: str = "Hello", **head: str) -> str:
        """Alice writes a mail from her own program; its Message-ID."""
        content = letter(f"{NAME} <{ALICE}>", to, at(when), subject, self._number(), **head)
        return self._file("Sent", content, at(when))

    def exchange(self, person: str, *days: str, subject: str = "Hello") -> None:
        """On each of these days they write and Alice answers."""
        for day in days:
            self.receive(person, f"{day} 09:00", subject)
            self.write(person, f"{day} 15:00", f"Re: {subject}")

    def _file(self, folder: str, mail: EmailMessage, when: datetime) -> str:
        self.mail.deliver(mail.as_bytes(), folder, when)
        return str(mail["Message-ID"])

    def _number(self) -> int:
        self.written += 1
        return self.written

    def _mail(self) -> str:
        return (
            f'[[sources]]\nname = "mail"\nkind = "imap"\nhost = "127.0.0.1"\nport = {self.mail.port}\ntls = "none"\n'
            f'username = "{self.mail.username}"\npassword_env = "MAIL_PASSWORD"\ntimeout = 60.0\n'
        )

    def _calendar(self) -> str:
        if self.calendar is None:
            return ""
        return (
            f'[[sources]]\nname = "calendar"\nkind = "caldav"\nurl = "{self.calendar.url}"\n'
            f'username = "{self.calendar.username}"\npassword_env = "MAIL_PASSWORD"\ntimeout = 60.0\n'
        )

    def _send(self) -> str:
        if self.smtp is None:
            return ""
        settings = self.smtp.settings()
        return (
            f'[send]\nenabled = true\nhost = "127.0.0.1"\nport = {settings["port"]}\ntls = "none"\n'
            f'username = "{settings["username"]}"\npassword_env = "SMTP_PASSWORD"\nundo_minutes = 10\n'
        )


def letter(sender: str, to: str, when: datetime, subject: str, number: int, **head: str) -> EmailMessage:
    """A mail as a mail program writes it; keywords become header fields (`List_Id` → List-Id)."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(when)
    mail["Message-ID"] = f"<letter-{number}@mail.example.com>"
    for name, value in head.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("What we say to each other is nobody's business.")
    return mail


def event(uid: str, start: str, *people: str, title: str = "Coffee", organizer: str = ALICE) -> bytes:
    """A calendar object: an hour, everybody has accepted."""
    begin = at(start)
    rows = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//tests//EN",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{begin:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{begin:%Y%m%dT%H%M%SZ}",
        "DURATION:PT1H",
        f"SUMMARY:{title}",
        f"ORGANIZER:mailto:{organizer}",
        *(f"ATTENDEE;PARTSTAT=ACCEPTED;CN={person.split('<')[0].strip()}:mailto:{_bare(person)}" for person in people),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "\r\n".join([*rows, ""]).encode()


def _bare(person: str) -> str:
    return person.rpartition("<")[2].rstrip(">")


@contextlib.contextmanager
def alices(mail: dovecot_server.Account, folder: Path, **parts: Any) -> Iterator[World]:
    """Alice's world, configured."""
    world = World(mail, folder, **parts)
    world.configure()
    yield world
