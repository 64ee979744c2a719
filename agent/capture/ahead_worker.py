"""The process that reads ahead: polls a source and hands over its batches. No database."""

from __future__ import annotations

import gc
import pickle
import sys
from contextlib import closing
from socket import socket

from agent.capture.garbage import SELDOM
from agent.capture.link import Link
from agent.capture.ready import ready

AHEAD = 2
"""Batches lying ready that keep the other side busy while one more is made ready here."""


def main(handle: int) -> None:
    """Say hello, take the job, send every batch, then None; or the error that ended it.

    A batch is made ready before where enough of them lie waiting for the process that writes.
    """
    gc.set_threshold(*SELDOM)
    with socket(fileno=handle) as end:
        link = Link(end)
        link.send(None)
        job, cursors = link.receive()
        try:
            opener, book = pickle.loads(job)  # noqa: S301 - from the process that started us, over our own socket
            gc.freeze()
            with closing(opener()) as source:
                lying = 0
                for batch in source.poll(cursors):
                    lying += 1 - _taken(link)
                    link.send(ready(batch, book) if lying > AHEAD else batch)
            link.send(None)
        except (BrokenPipeError, EOFError):
            return
        except Exception as error:  # noqa: BLE001 - told to the process that waits, which raises it
            link.send(error)


def _taken(link: Link) -> int:
    """How many batches the other side has taken since it was asked last. Raises EOFError when it is gone."""
    taken = 0
    while link.waiting():
        link.receive()
        taken += 1
    return taken


if __name__ == "__main__":
    main(int(sys.argv[1]))
