"""What every server under test needs: a free port, a wait for it, a certificate, and a way to say what is missing."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


def free_port() -> int:
    """A loopback port that nothing listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for_port(port: int, alive: Callable[[], bool], seconds: float = 20.0) -> None:
    """Return when 127.0.0.1:port accepts; raise when `alive` turns false or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if not alive():
                raise RuntimeError(f"the server for port {port} ended at once") from None
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nothing listens on port {port} after {seconds:g} seconds")


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
    process.join(60)
    if process.exitcode is None:
        process.kill()
        raise RuntimeError(f"{work.__name__} did not come to its end")
    return process.exitcode
