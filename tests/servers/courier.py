"""Courier's IMAP server on a loopback port, run by an ordinary user out of a folder its packages were unpacked into.

Debian lets only one IMAP server be installed, so `make second-opinion` unpacks this one and names the folder in
WEAKTIE_COURIER. Its own sign-in needs a system service; here a few lines take the sign-in and hand the connection over
to the real `imapd`, which begins signed in (PREAUTH, RFC 9051 §7.1.4).
"""

from __future__ import annotations

import os
import re
import shutil
import socketserver
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pytest

from tests.servers import dovecot

CAPABILITIES = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE"
SIGN_IN = re.compile(rb'(\S+) LOGIN "?([^" ]+)"? "?([^" ]+)"?\s*', re.IGNORECASE)


class Server(socketserver.ThreadingTCPServer):
    """The listening side. `account()` gives a fresh mailbox on it; `password` is that of every one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.root = Path(os.environ["WEAKTIE_COURIER"]).resolve()
        self.folder = folder
        self.port, self.tls_port = int(self.server_address[1]), 0
        self.certificate = folder / "none.pem"

    def account(self) -> dovecot.Account:
        """An account nobody used before, with a folder for sent mail."""
        name = f"user-{uuid.uuid4().hex[:12]}"
        for part in ("cur", "new", "tmp"):
            (self.home(name) / part).mkdir(parents=True)
        account = dovecot.Account(self, name)  # type: ignore[arg-type]  # it takes from it what stands here too
        account.create("INBOX.Sent")
        return account

    def home(self, name: str) -> Path:
        """The Maildir of an account."""
        return self.folder / name / "Maildir"

    def imapd(self, name: str) -> subprocess.Popen[bytes]:
        """A session of the real server, signed in."""
        machines = [path.name for path in (self.root / "usr/lib").iterdir() if path.name.endswith("-linux-gnu")]
        libraries = ["usr/lib", *(f"{top}/{machine}" for top in ("usr/lib", "lib") for machine in machines)]
        environment = {
            "LD_LIBRARY_PATH": ":".join(str(self.root / part) for part in libraries),
            "AUTHENTICATED": name,
            "TCPREMOTEIP": "127.0.0.1",
            "TCPREMOTEPORT": "1",
            "IMAP_CAPABILITY": CAPABILITIES,
            "IMAP_USELOCKS": "0",
            "IMAP_ENHANCEDIDLE": "0",
        }
        command = [str(self.root / "usr/bin/imapd"), "Maildir"]
        pipe = subprocess.PIPE
        where = self.home(name).parent
        return subprocess.Popen(command, cwd=where, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no fault of the server's."""


class _Connection(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            asked = SIGN_IN.fullmatch(line)
            tag = line.split()[0]
            if asked and asked[3].decode() == dovecot.PASSWORD:
                self._hand_over(tag, asked[2].decode())
                return
            if asked:
                self.wfile.write(tag + b" NO [AUTHENTICATIONFAILED] wrong\r\n")
            else:
                self.wfile.write(b"* CAPABILITY %s\r\n%s OK done\r\n" % (CAPABILITIES.encode(), tag))

    def _hand_over(self, tag: bytes, name: str) -> None:
        with self.server.imapd(name) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            while not process.stdout.readline().startswith(b"* PREAUTH"):
                assert process.poll() is None, "imapd did not start"
            self.wfile.write(tag + b" OK signed in\r\n")
            back = threading.Thread(target=self._pass, args=(process.stdout,), daemon=True)
            back.start()
            with suppress(OSError):
                while data := self.rfile.read1(65536):
                    process.stdin.write(data)
                    process.stdin.flush()
            with suppress(OSError):
                process.stdin.close()
            back.join(10)

    def _pass(self, answers: IO[bytes]) -> None:
        with suppress(OSError):
            while data := answers.read1(65536):  # type: ignore[attr-defined]  # a pipe's reader is buffered
                self.wfile.write(data)


@contextmanager
def running() -> Iterator[Server]:
    """The server; the test is skipped where `make second-opinion` did not unpack it."""
    if not os.environ.get("WEAKTIE_COURIER"):
        pytest.skip("needs Courier unpacked: make second-opinion")
    folder = Path(tempfile.mkdtemp(prefix="weaktie-courier-"))
    with Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(5)
            shutil.rmtree(folder, ignore_errors=True)
