"""The process that reads ahead: polls a source and hands over its batches. No database."""

from __future__ import annotations

import gc
import pickle
import sys
from contextlib import closing
from socket import socket

from agent.capture.link import Link
from agent.capture.ready import ready


def main(handle: int) -> None:
    """Say hello, take the job, send every batch, then None; or the error that ended it.

    A batch is made ready before, unless the process that writes waits for it.
    """
    gc.set_threshold(10_000, 20, 20)
    with socket(fileno=handle) as end:
        link = Link(end)
        link.send(None)
        job, cursors = link.receive()
        try:
            opener, book = pickle.loads(job)  # noqa: S301 - from the process that started us, over our own socket
            gc.freeze()
            with closing(opener()) as source:
                for batch in source.poll(cursors):
                    link.send(batch if _awaited(link) else ready(batch, book))
            link.send(None)
        except (BrokenPipeError, EOFError):
            return
        except Exception as error:  # noqa: BLE001 - told to the process that waits, which raises it
            link.send(error)


def _awaited(link: Link) -> bool:
    """Whether the other side has said since the last batch that it waits. Raises EOFError when it is gone."""
    told = link.waiting()
    if told:
        link.receive()
    return told


if __name__ == "__main__":
    main(int(sys.argv[1]))
