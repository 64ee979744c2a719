"""A line that can be cut: stands between a client and a real server and breaks the connection at a chosen word."""

from __future__ import annotations

import re
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any


@dataclass
class Cut:
    """Where to break: before a request that matches is passed on, or before an answer that matches is.

    `how` is "fin" (orderly close), "rst" (reset) or "hang" (silence, of which `hung` is told). `after` so many that
    match and pass come `times` breaks, then the line is whole again.
    """

    request: bytes = b""
    answer: bytes = b""
    how: str = "fin"
    times: int = 1
    after: int = 0
    hung: Callable[[], object] = lambda: None


class Cutter:
    """Passes bytes between 127.0.0.1:`port` and 127.0.0.1:`target`; `requests` is all that was asked."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.cuts: list[Cut] = []
        self.connections = 0
        self.requests = bytearray()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._spawn(self._accept)

    def cut(self, **where: Any) -> None:
        """Break the line once (or `times` times) as Cut describes."""
        self.cuts.append(Cut(**where))

    def _spawn(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                self._sockets.append(client)
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        self._sockets.append(server)
        self.connections += 1
        self._spawn(self._pass, client, server, "request")
        self._spawn(self._pass, server, client, "answer")

    def _pass(self, source: socket.socket, sink: socket.socket, kind: str) -> None:
        with suppress(OSError, ValueError):
            while data := _received(source):
                self.requests += data if kind == "request" else b""
                cut = self._matching(kind, data)
                if cut is None:
                    sink.sendall(data)
                elif cut.how == "hang":
                    cut.hung()
                    return
                else:
                    _break(source, cut.how)
                    _break(sink, cut.how)
                    return
            sink.shutdown(socket.SHUT_WR)

    def _matching(self, kind: str, data: bytes) -> Cut | None:
        for cut in self.cuts:
            pattern = getattr(cut, kind)
            if cut.times > 0 and pattern and re.search(pattern, data, re.IGNORECASE | re.DOTALL):
                if cut.after > 0:
                    cut.after -= 1
                    continue
                cut.times -= 1
                return cut
        return None

    def close(self) -> None:
        """Break everything and wait for the threads; whoever is just being let in comes first."""
        _end(self._listener)
        self._threads[0].join()
        for connection in self._sockets:
            _end(connection)
        for thread in self._threads:
            thread.join()


def _received(source: socket.socket) -> bytes:
    """Like recv, but without sitting in it: a socket somebody sits in is not reset when it is closed."""
    while not select.select([source], [], [], 0.02)[0]:
        pass
    return source.recv(65536)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _break(connection: socket.socket, how: str) -> None:
    with suppress(OSError):
        if how == "rst":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        else:
            connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def between(target: int) -> Iterator[Cutter]:
    """A cutter in front of 127.0.0.1:`target`."""
    cutter = Cutter(target)
    try:
        yield cutter
    finally:
        cutter.close()
