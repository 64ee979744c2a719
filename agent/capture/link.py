"""Values between two processes of ours over a socket pair, each pickled behind its length in four bytes."""

from __future__ import annotations

import pickle
import selectors
import socket
from typing import Any

ROOM = 1 << 20
"""Bytes that may lie between two ends, so that neither waits for each single batch of the other."""


class Link:
    """One end. Only for a process we started ourselves: unpickling runs what the other side says."""

    def __init__(self, end: socket.socket) -> None:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        self._end = end

    def send(self, value: Any) -> None:
        """Returns when the other side, or the system, has taken it. Raises OSError when it is gone."""
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._end.sendall(len(data).to_bytes(4, "big") + data)

    def receive(self) -> Any:
        """The next value. Raises EOFError when the other side is gone, or OSError."""
        length = int.from_bytes(self._exactly(4), "big")
        return pickle.loads(self._exactly(length))  # noqa: S301 - from our own child or parent, nobody else holds it

    def waiting(self, seconds: float = 0.0) -> bool:
        """Whether something can be received, or the other side is gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._end, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    def close(self) -> None:
        """Let go of it; safe to call twice."""
        self._end.close()

    def _exactly(self, size: int) -> bytearray:
        data = bytearray(size)
        view, filled = memoryview(data), 0
        while filled < size:
            got = self._end.recv_into(view[filled:])
            if not got:
                raise EOFError
            filled += got
        return data
