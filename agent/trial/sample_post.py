"""A mail of the sample as it lies in a Maildir: header fields as real servers write them, a short body."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime, formataddr
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from agent.trial.cast import OWNER

Box = tuple[str, str]
RECENT = timedelta(days=90)
UNSEEN = timedelta(days=1)
SERVER = "mail.halvorsenpike.example"


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail. `answers` are the Message-IDs before it in its thread, `fields` further header fields."""

    sender: Box
    to: tuple[Box, ...]
    subject: str
    at: datetime
    body: str = ""
    cc: tuple[Box, ...] = ()
    answers: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    content_type: str = "text/plain; charset=utf-8"
    delivered_to: str = OWNER.address

    @property
    def id(self) -> str:
        """The Message-ID: the same for the same sender, subject and instant."""
        digest = sha256(f"{self.sender[1]} {self.to} {self.subject} {self.at.isoformat()}".encode()).hexdigest()
        return f"<{digest[:20]}@{self.sender[1].partition('@')[2]}>"

    @property
    def outgoing(self) -> bool:
        """Whether the owner wrote it."""
        return self.sender[1] == OWNER.address

    def answered(self, sender: Box, at: datetime, body: str) -> Letter:
        """The reply to this mail, to its sender alone (or to its recipients, when the same person writes again)."""
        subject = self.subject if self.subject.startswith("Re: ") else f"Re: {self.subject}"
        to = self.to if sender == self.sender else (self.sender,)
        return replace(self, sender=sender, to=to, cc=(), subject=subject, at=at, body=body, answers=self.thread)

    @property
    def thread(self) -> tuple[str, ...]:
        """The References of an answer to this mail."""
        return (*self.answers, self.id)


def as_bytes(letter: Letter) -> bytes:
    """RFC 5322 text of one mail; only incoming ones bear the trace of a delivery."""
    fields = [] if letter.outgoing else _trace(letter)
    fields += [("Date", format_datetime(letter.at)), ("From", _boxes((letter.sender,))), ("To", _boxes(letter.to))]
    if letter.cc:
        fields.append(("Cc", _boxes(letter.cc)))
    fields += [("Subject", _encoded(letter.subject)), ("Message-ID", letter.id)]
    if letter.answers:
        fields += [("In-Reply-To", letter.answers[-1]), ("References", "\n ".join(letter.answers))]
    fields += [
        *letter.fields,
        ("MIME-Version", "1.0"),
        ("Content-Type", letter.content_type),
        ("Content-Transfer-Encoding", "8bit"),
    ]
    head = "".join(f"{name}: {value}\n" for name, value in fields)
    return f"{head}\n{letter.body}\n".encode()


def _trace(letter: Letter) -> list[tuple[str, str]]:
    host = letter.sender[1].partition("@")[2]
    received = f"from mx.{host} by {SERVER} with ESMTPS id {letter.id[1:11]};\n {format_datetime(letter.at)}"
    return [("Return-Path", f"<{letter.sender[1]}>"), ("Delivered-To", letter.delivered_to), ("Received", received)]


def _boxes(boxes: Iterable[Box]) -> str:
    return ",\n ".join(_box(box) for box in boxes)


@lru_cache(maxsize=256)
def _box(box: Box) -> str:
    return formataddr(box)


@lru_cache(maxsize=256)
def _encoded(text: str) -> str:
    from email.header import Header

    return text if text.isascii() else Header(text, "utf-8").encode()


def write_maildir(folder: Path, letters: Iterable[Letter], as_of: datetime) -> None:
    """Lay the mails into a Maildir++: INBOX, Sent, and Archive for what is older than three months."""
    for name in ("", ".Sent", ".Archive", ".Drafts"):
        for part in ("cur", "new", "tmp"):
            folder.joinpath(name, part).mkdir(parents=True)
    for letter in letters:
        content = as_bytes(letter)
        for place in _places(letter, as_of):
            _put(folder / place / _name(letter, place), content, letter.at)


def _places(letter: Letter, as_of: datetime) -> tuple[str, ...]:
    """Where the copies lie: a tenth of the archive was never cleared out of the INBOX."""
    age = as_of - letter.at
    if letter.outgoing:
        return (".Sent/cur",)
    if age < UNSEEN:
        return ("new",)
    if age < RECENT:
        return ("cur",)
    return (".Archive/cur", "cur") if letter.id.startswith(("<0", "<1")) else (".Archive/cur",)


def _name(letter: Letter, place: str) -> str:
    base = f"{int(letter.at.timestamp())}.M{letter.id[1:13]}.{SERVER}"
    return base if place == "new" else f"{base}:2,S"


def _put(path: Path, content: bytes, at: datetime) -> None:
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
