"""The process that reads ahead: polls a source and hands over its batches. No database."""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from socket import socket
from typing import Any

from agent.capture.book import Book
from agent.capture.garbage import SELDOM
from agent.capture.link import Link
from agent.capture.ready import ready
from connectors.base import Source

AHEAD = 2
"""Batches lying ready that keep the other side busy while one more is made ready here."""


class _Asked(Mapping[str, Any]):
    """The cursors, asked for when the source first looks at them: by then it has signed in, as far as it does so."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._told: dict[str, Any] | None = None

    def ask(self) -> dict[str, Any]:
        """Greet and wait for them, once. Raises EOFError when the other side is gone."""
        if self._told is None:
            self._link.send(None)
            self._told = self._link.receive()
        return self._told or {}

    def __getitem__(self, stream: str) -> Any:
        return self.ask()[stream]

    def __iter__(self) -> Iterator[str]:
        return iter(self.ask())

    def __len__(self) -> int:
        return len(self.ask())


def main(handle: int) -> None:
    """Take the job, greet, take the cursors, send every batch, then None; or the error that ended it.

    A batch is made ready before where enough of them lie waiting for the process that writes.
    """
    gc.set_threshold(*SELDOM)
    with socket(fileno=handle) as end:
        link = Link(end)
        try:
            opener, book = pickle.loads(link.receive())  # noqa: S301 - from the process that started us, as all of Link
            gc.freeze()
            with closing(opener()) as source:
                _read(source, book, link)
            link.send(None)
        except (BrokenPipeError, EOFError):
            return
        except Exception as error:  # noqa: BLE001 - told to the process that waits, which raises it
            link.send(error)


def _read(source: Source, book: Book, link: Link) -> None:
    cursors, lying = _Asked(link), 0
    for batch in source.poll(cursors):
        cursors.ask()
        lying += 1 - _taken(link)
        link.send(ready(batch, book) if lying > AHEAD else batch)
    cursors.ask()


def _taken(link: Link) -> int:
    """How many batches the other side has taken since it was asked last. Raises EOFError when it is gone."""
    taken = 0
    while link.waiting():
        link.receive()
        taken += 1
    return taken


if __name__ == "__main__":
    main(int(sys.argv[1]))
