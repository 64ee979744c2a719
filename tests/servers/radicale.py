"""A real Radicale (CalDAV) as a process of its own on a free loopback port, with sign-in and throw-away storage."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

from tests.servers.process import PATIENCE, reserved_port, wait_until

PASSWORD = "correct-horse"

CONFIGURATION = """
[server]
hosts = 127.0.0.1:{port}
max_connections = 20
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/storage
[logging]
level = error
[web]
type = none
"""

MKCALENDAR = """<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>{name}</D:displayname>
<C:supported-calendar-component-set><C:comp name="{component}"/></C:supported-calendar-component-set>
</D:prop></D:set></C:mkcalendar>"""


PROPPATCH = """<?xml version="1.0" encoding="utf-8"?>
<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>{name}</D:displayname></D:prop></D:set>
</D:propertyupdate>"""


class Server:
    """The Radicale process. `account()` signs a new user up."""

    def __init__(self, folder: Path, port: int) -> None:
        if find_spec("radicale") is None:
            pytest.skip("needs radicale: it is in the dev dependencies")
        self.folder = folder
        self.port = port
        self._users = folder / "users"
        self._users.write_text("")
        (folder / "config").write_text(CONFIGURATION.format(folder=folder, port=self.port))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it answers."""
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-m", "radicale", "--config", str(self.folder / "config")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_until(self._answers, self._process, "Radicale")
        except RuntimeError as error:
            raise RuntimeError(f"{error}\n{(self.folder / 'log').read_text()}") from None

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("OPTIONS", "/")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """End the process and wait for it; safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait(PATIENCE)

    def account(self) -> Account:
        """A user nobody was before. Radicale reads its list of users at every sign-in."""
        name = f"user-{uuid.uuid4().hex[:12]}"
        with self._users.open("a") as users:
            users.write(f"{name}:{PASSWORD}\n")
        return Account(self, name)


class Account:
    """One user of the server, and another calendar program of theirs."""

    def __init__(self, server: Server, username: str) -> None:
        self.server = server
        self.username = username
        self.url = f"http://127.0.0.1:{server.port}/"
        self.passwords = 0

    def password(self) -> str:
        """The password, as settings hand it over: on demand, and counted."""
        self.passwords += 1
        return PASSWORD

    def settings(self, **changed: Any) -> dict[str, Any]:
        """Keyword settings for a source."""
        usual = {"url": self.url, "username": self.username, "password": self.password, "timeout": PATIENCE}
        return {**usual, **changed}

    def calendar(self, slug: str, name: str = "", component: str = "VEVENT") -> None:
        """Make a calendar."""
        self._ask("MKCALENDAR", f"{slug}/", MKCALENDAR.format(name=escape(name or slug), component=component).encode())

    def rename(self, slug: str, name: str) -> None:
        """Give a calendar another name."""
        self._ask("PROPPATCH", f"{slug}/", PROPPATCH.format(name=escape(name)).encode())

    def put(self, slug: str, href: str, content: bytes) -> None:
        """Create or change an object as any client does."""
        self._ask("PUT", f"{slug}/{href}", content)

    def delete(self, slug: str, href: str = "") -> None:
        """Remove an object, or the calendar."""
        self._ask("DELETE", f"{slug}/{href}")

    def plant(self, slug: str, href: str, content: bytes) -> None:
        """Put a file into the storage behind the server's back, past its checks."""
        (self._storage(slug) / href).write_bytes(content)

    def forget_tokens(self, slug: str) -> None:
        """The server loses its memory of what it synced with whom."""
        shutil.rmtree(self._storage(slug) / ".Radicale.cache", ignore_errors=True)

    def _storage(self, slug: str) -> Path:
        return self.server.folder / "storage" / "collection-root" / self.username / slug

    def _ask(self, method: str, path: str, body: bytes = b"") -> None:
        token = b64encode(f"{self.username}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {token}", "Content-Type": "text/calendar; charset=utf-8"}
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        try:
            connection.request(method, f"/{self.username}/{path}", body, headers)
            response = connection.getresponse()
            told = response.read()
        finally:
            connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {told[:300]!r}")


@contextmanager
def running() -> Iterator[Server]:
    """A server of one's own, for tests that stop it."""
    with tempfile.TemporaryDirectory(prefix="weaktie-radicale-") as folder, reserved_port() as port:
        server = Server(Path(folder), port)
        try:
            server.start()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def radicale_process() -> Iterator[Server]:
    """One Radicale a test process."""
    with running() as server:
        yield server


@pytest.fixture
def radicale(radicale_process: Server) -> Account:
    """An account of its own for every test."""
    return radicale_process.account()
