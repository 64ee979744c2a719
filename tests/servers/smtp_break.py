"""A submission server that breaks at a chosen word, in a chosen way, as often as it is told to, and else works.

It takes every message it can: what it took over is in `taken`, whatever it answered after that.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PHASES = ("banner", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot lost", "dot taken", "quit")
WAYS = ("close", "reset", "hang", "4xx", "5xx")
GREETING = b"250-mail.example.org\r\n250-STARTTLS\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n"
ANSWERS = {"auth": b"235 fine\r\n", "mail": b"250 fine\r\n", "rcpt": b"250 fine\r\n", "data": b"354 go on\r\n"}
NO = {"4xx": b"451 4.3.0 later\r\n", "5xx": b"550 5.7.1 never\r\n"}


class Over(Exception):
    """This connection has ended."""


@dataclass
class Breaking:
    """Where and how it breaks: `phase`, `way`, for the first `times` connections. `port` is where it listens."""

    phase: str = ""
    way: str = ""
    times: int = 1
    taken: list[bytes] = field(default_factory=list)
    on_taken: Callable[[bytes], object] = lambda _content: None
    on_hang: Callable[[], object] = lambda: None
    connections: int = 0
    port: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def serve(self, listener: socket.socket) -> None:
        """Every connection in a thread of its own, until the listener is closed."""
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._one, args=(line, self.connections <= self.times), daemon=True).start()

    def stop(self) -> None:
        """Let go of a client that is left hanging."""
        self._ended.set()

    def _one(self, line: socket.socket, broken: bool) -> None:
        with line, suppress(OSError, Over):
            self._talk(line, broken=broken)

    def _talk(self, line: socket.socket, *, broken: bool) -> None:
        words = line.makefile("rb")

        def answer(phase: str, usual: bytes) -> None:
            if broken and phase == self.phase:
                self._break(line)
            else:
                line.sendall(usual)

        answer("banner", b"220 mail.example.org\r\n")
        while verb := words.readline().split(b" ")[0].strip().lower().decode("latin-1"):
            if verb in {"ehlo", "starttls", "quit"}:
                answer(verb, GREETING if verb == "ehlo" else b"221 bye\r\n" if verb == "quit" else b"454 no\r\n")
            elif verb == "data":
                answer("data", ANSWERS["data"])
                if not (broken and self.phase == "data"):
                    self._receive(line, words, broken=broken)
            else:
                answer(verb, ANSWERS.get(verb, b"250 fine\r\n"))

    def _receive(self, line: socket.socket, words: object, *, broken: bool) -> None:
        phase = self.phase if broken else ""
        content = b""
        for row in iter(words.readline, b".\r\n"):  # type: ignore[attr-defined]  # a buffered reader
            content += row
            if not row:
                raise Over
            if phase == "body":
                self._break(line, final=True)
        if phase == "dot lost":
            self._break(line)
            return
        if not (phase == "dot taken" and self.way in NO):
            self.taken.append(content)
            self.on_taken(content)
        if phase == "dot taken":
            self._break(line)
        else:
            line.sendall(b"250 2.0.0 taken over\r\n")

    def _break(self, line: socket.socket, *, final: bool = False) -> None:
        """A refusal goes on with the conversation, unless nothing can follow it."""
        if self.way in NO:
            line.sendall(NO[self.way])
            if not final:
                return
        elif self.way == "reset":
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self.way == "hang":
            self.on_hang()
            self._ended.wait()
        raise Over


@contextmanager
def breaking(server: Breaking) -> Iterator[Breaking]:
    """Run it on a loopback port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = int(listener.getsockname()[1])
    thread = threading.Thread(target=server.serve, args=(listener,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
