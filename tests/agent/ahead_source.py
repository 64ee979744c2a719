"""A source of made-up letters that another process can open, and that fails where it is told to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from connectors.base import Batch, Cursors, Health
from connectors.errors import AuthFailed
from connectors.records import MailRecord
from tests.letters import ALICE, at, batch, mail

SIZE = 5


@dataclass
class Letters:
    """`count` batches of letters, each twice over in two streams. The cursor is the number of batches read.

    From the batch `fails` on it raises AuthFailed. `refuses` keeps it from being handed to another process, and `only`
    lets nobody sign in but that process.
    """

    count: int = 12
    fails: int = 1000
    password: object = None
    refuses: object = field(default=None, repr=False)
    only: int = 0

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """The batches of one stream after the other."""
        if self.only not in (0, os.getpid()):
            raise AuthFailed("You are signed in already.")
        for stream in ("INBOX", "Archive"):
            for number in range(cursors.get(stream, 0), self.count):
                if number >= self.fails:
                    raise AuthFailed("The server refused the sign-in.", hint="Check it.")
                letters = [_letter(number * SIZE + each) for each in range(SIZE)]
                yield batch(*letters, stream=stream, cursor=number + 1, expected=self.count * SIZE)

    def check(self) -> Health:
        """Nothing to look at."""
        return Health("fine")

    def close(self) -> None:
        """Nothing to close."""


def _letter(number: int) -> MailRecord:
    day = (at("2025-01-01") + timedelta(days=number)).date().isoformat()
    friend = f"Friend {number % 7} <friend{number % 7}@people.example>"
    sender, to = (ALICE, friend) if number % 3 == 0 else (friend, ALICE)
    return mail(str(number), day, sender, to, subject=f"Letter {number}")
