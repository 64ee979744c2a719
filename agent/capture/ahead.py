"""Reading ahead: where a lot is to come, another process polls the source and makes batches ready while we write.

Reading takes about as long as writing, and between the two a batch is made ready by whoever has time: the other process
does it where it is ahead, else this one. So both are busy to the end, and a first capture takes little more than half
the time on two processors. The cursor moves in the transaction that stores a batch, here as ever: what the other
process has read beyond it is read again after a crash of either. The way in one process stays for all that is short,
for sources that cannot be opened twice, and for one processor.
"""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from agent.capture.book import Book
from agent.capture.link import Link
from agent.capture.ready import Ready, ready
from connectors.base import Batch, Cursors, Source
from connectors.errors import ConnectorError, Unavailable

LOT = 3_000
"""Messages from which on a second process pays: it starts in a fifth of a second."""

TOGETHER = 500
"""Messages written in one transaction at most, where the other process is ahead."""

MODULE = "agent.capture.ahead_worker"

Opener = Callable[[], Source]


def batches(source: Source, book: Book, cursors: Cursors, opener: Opener | None = None) -> Iterator[Ready]:
    """What `source.poll` yields, made ready. `opener` opens the same source again, for the other process.

    Each batch must be stored before the next is asked for. Raises ConnectorError.
    """
    polled = source.poll(cursors)
    helper: _Helper | None = None
    reached, seen = dict(cursors), 0
    try:
        for batch in polled:
            reached[batch.stream] = batch.cursor
            seen += len(batch.records)
            to_come = 0 if batch.stream in cursors else batch.expected or 0
            if opener and max(seen, to_come) >= LOT:
                helper, opener = _started(opener, book), None
            handed_over = helper is not None and helper.begins(reached)
            yield ready(batch, book)
            if handed_over:
                break
        else:
            return
        if isinstance(polled, Generator):
            polled.close()
        source.close()
        if helper is not None:
            yield from helper.read()
    finally:
        if helper is not None:
            helper.stop()


def _started(opener: Opener, book: Book) -> _Helper | None:
    """The other process, on its way; None where it would not help or the source cannot be handed over."""
    if (os.cpu_count() or 1) < 2 or not isinstance(opener, partial):
        return None
    with suppress(ConnectorError, pickle.PicklingError, TypeError, AttributeError, OSError):
        return _Helper(pickle.dumps((_sealed(opener), book), pickle.HIGHEST_PROTOCOL), book)
    return None


def _sealed(opener: partial[Source]) -> partial[Source]:
    """The opener with the password in place of the way to it, so that the other process need not know keyrings."""
    known = {
        name: partial(str, value()) if name == "password" and callable(value) else value
        for name, value in opener.keywords.items()
    }
    return partial(opener.func, *opener.args, **known)


class _Helper:
    """The other process. The job, with the password in it, goes over a socket only the two of us hold."""

    def __init__(self, job: bytes, book: Book) -> None:
        self._book = book
        self._refused = False
        ours, other = socket.socketpair()
        self._link = Link(ours)
        with other:
            home = str(Path(__file__).resolve().parents[2])
            path = os.pathsep.join([home, *(entry for entry in sys.path if entry)])
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-W", "ignore", "-m", MODULE, str(other.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
                pass_fds=(other.fileno(),),
                start_new_session=True,
            )
        with suppress(OSError):
            self._link.send(job)

    def awake(self) -> bool:
        """Whether it knows if it can read the source."""
        return self._link.waiting()

    def begins(self, cursors: Cursors) -> bool:
        """Have it read everything behind `cursors`, as soon as it can; returns whether it does.

        What lies before them may still be on its way into the store. Where it cannot, as with a server that lets
        nobody sign in twice, it is done without.
        """
        if self._refused or not self.awake():
            return False
        self._refused = self._received() is not None
        if self._refused:
            self.stop()
            return False
        with suppress(OSError):
            self._link.send(dict(cursors))
        return True

    def read(self) -> Iterator[Ready]:
        """What it reads; batches that lie ready are put together."""
        following = self._next()
        while following is not None:
            if isinstance(following, Exception):
                raise following
            held, taken = following, True
            while taken and self._link.waiting():
                following = self._next()
                joined = _joined(held, following) if isinstance(following, Ready) else None
                taken = joined is not None
                held = joined or held
            yield held
            if taken:
                following = self._next()

    def _next(self) -> Ready | Exception | None:
        """A batch, the taking of which is told; None at the end; or why there is no more."""
        got = self._received()
        if isinstance(got, Batch | Ready):
            with suppress(OSError):
                self._link.send(None)
        return ready(got, self._book) if isinstance(got, Batch) else got

    def _received(self) -> Any:
        """What came: a batch, made ready or not; None as a greeting and at the end; or an error."""
        try:
            return self._link.receive()
        except (EOFError, OSError):
            return self._gone()

    def _gone(self) -> Unavailable:
        self.stop()
        status = self._process.returncode
        return Unavailable(
            f"The process that reads ahead ended unexpectedly (status {status}).", hint="It is tried again later."
        )

    def stop(self) -> None:
        """End it; safe to call twice."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._link.close()


def _joined(one: Ready, other: Ready) -> Ready | None:
    """Two batches of mail of one stream as one; None where they must stay apart."""
    if one.batch.stream != other.batch.stream or len(one.mails) + len(other.mails) > TOGETHER:
        return None
    if not (one.adds_only and other.adds_only):
        return None
    return Ready(
        other.batch,
        one.seen + other.seen,
        one.mails + other.mails,
        refs=one.refs + other.refs,
        bad=one.bad + other.bad,
        dropped=one.dropped | other.dropped,
    )
