"""What every server under test needs: a port, a wait until it serves, a certificate, a way to say what is missing."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 60.0
"""Seconds after which what should have happened will not, however busy the machine is."""


@contextmanager
def reserved_port() -> Iterator[int]:
    """A loopback port that is nobody else's until the block ends, though nothing listens there.

    It is bound, so the system gives it to nobody who takes what comes, not even for the near end of a connection. Who
    names it and sets SO_REUSEADDR, as every server does, may listen on it, and again after a restart (socket(7)).
    """
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield int(holder.getsockname()[1])


def soon(true: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Whether it comes true in time. Raises what it raises."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def wait_until(serves: Callable[[], bool], process: subprocess.Popen[bytes], what: str) -> None:
    """Return when the process serves, asked in its own protocol; raise when it has ended or the time is over."""

    def settled() -> bool:
        return serves() or process.poll() is not None

    if not soon(settled):
        raise RuntimeError(f"{what} does not serve after {PATIENCE:g} seconds")
    if process.poll() is not None:
        raise RuntimeError(f"{what} ended at once, with status {process.returncode}")


def listens(port: int) -> bool:
    """Whether somebody takes connections on 127.0.0.1:port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


class WebServer(ThreadingHTTPServer):
    """A web server in a thread of this process. A client that goes away in the middle is no fault of its."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of anything else."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def need(program: str, install: str) -> str:
    """The path of `program`. Where it is absent the test is skipped, in CI it fails, both with what to install."""
    found = shutil.which(program, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if found:
        return found
    reason = f"needs {program}: {install}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost and 127.0.0.1, and its key: (certificate, key)."""
    openssl = need("openssl", "apt-get install openssl")
    certificate, key = folder / "server.pem", folder / "server.key"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "30", "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
        ],
        check=True,
        capture_output=True,
    )
    key.chmod(0o644)
    return certificate, key


def forked(work: Callable[..., object], *arguments: Any) -> int:
    """The exit status of `work` in a process of its own, which the code under test may end; quicker than a new Python.

    The process comes from a server that has loaded the module of `work` and nothing else of this one's state.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([work.__module__])
    process = context.Process(target=work, args=arguments)
    process.start()
    process.join(PATIENCE)
    if process.exitcode is None:
        process.kill()
        raise RuntimeError(f"{work.__name__} did not come to its end")
    return process.exitcode
