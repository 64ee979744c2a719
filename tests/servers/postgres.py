"""A real PostgreSQL, run by an ordinary user from a folder of its own, on a free loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.process import PATIENCE, need, reserved_port, soon, wait_until


def binaries() -> Path | None:
    """The folder with initdb and postgres: distributions keep them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    named = shutil.which("initdb")
    return found[-1].parent if found else Path(named).resolve().parent if named else None


class Server:
    """The process; `url()` gives an empty database."""

    def __init__(self, folder: Path, port: int) -> None:
        programs = binaries()
        if programs is None:
            need("initdb", "apt-get install postgresql")
        assert programs is not None
        self._programs, self._folder, self._port = programs, folder, port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make a cluster, start it, and return when it lets in: it listens before it has recovered."""
        if os.geteuid() == 0:
            os.chown(self._folder, pwd.getpwnam("nobody").pw_uid, -1)
        data = str(self._folder / "data")
        quiet = subprocess.DEVNULL
        initdb = [str(self._programs / "initdb"), "-D", data, "-A", "trust", "-U", "weaktie", "--no-sync"]
        subprocess.run([*self._as_somebody(), *initdb], check=True, stdout=quiet, stderr=quiet)
        options = [
            "-p",
            str(self._port),
            "-k",
            str(self._folder),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off",
        ]
        command = [*self._as_somebody(), str(self._programs / "postgres"), "-D", data, *options]
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet, start_new_session=True)
        wait_until(self._lets_in, self._process, "PostgreSQL")

    def _lets_in(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self._maintenance, connect_timeout=int(PATIENCE)).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _maintenance(self) -> str:
        """The database every cluster has."""
        return f"host=127.0.0.1 port={self._port} user=weaktie dbname=postgres"

    def url(self) -> str:
        """The address of a database nobody used before."""
        import psycopg

        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self._maintenance, autocommit=True, connect_timeout=int(PATIENCE)) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql://weaktie@127.0.0.1:{self._port}/{name}"

    def retire(self) -> None:
        """Take nobody in any more, and end when the last has left."""
        if self._process is not None:
            self._process.terminate()
            assert soon(lambda: not self._lets_in()), "PostgreSQL still lets people in"

    def stop(self) -> None:
        """End the process and wait for it."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)

    @staticmethod
    def _as_somebody() -> list[str]:
        """PostgreSQL refuses to run as root."""
        who = pwd.getpwnam("nobody")
        as_nobody = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]
        return as_nobody if os.geteuid() == 0 else []


@contextmanager
def running() -> Iterator[Server]:
    """A server of one's own."""
    folder = Path(tempfile.mkdtemp(prefix="weaktie-postgres-"))
    try:
        with reserved_port() as port:
            server = Server(folder, port)
            try:
                server.start()
                yield server
            finally:
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One PostgreSQL a test process."""
    with running() as server:
        yield server
