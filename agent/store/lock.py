"""One at a time: operating-system locks beside the database, freed by the system when a process dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from sqlalchemy.engine import make_url

from agent.config import DIRS
from agent.errors import StoreError, TryLater

PATIENCE = 10.0
"""Seconds a command of the owner's waits for the daemon to end its round."""
PAUSE = 0.05


@contextmanager
def turn(url: str, patience: float = 0.0) -> Iterator[bool]:
    """Whether the store is this process's alone until the block ends, after waiting so many seconds for another."""
    with _held(lock_path(url), patience) as mine:
        yield mine


@contextmanager
def only_one(url: str, patience: float = 0.0) -> Iterator[None]:
    """Hold the store for this process. Raises TryLater while another one does, and goes on doing so."""
    with turn(url, patience) as mine:
        if not mine:
            raise TryLater("Another weaktie is at work on this store.", hint="Try again when it is done.")
        yield


@contextmanager
def only_daemon(url: str, owner_id: int) -> Iterator[None]:
    """Be the one daemon of an owner, between its rounds as well. Raises TryLater where they have one.

    Daemons of several owners take turns on the store like any who change it.
    """
    with _held(lock_path(url).with_suffix(f".{owner_id}.daemon"), 0.0) as mine:
        if not mine:
            hint = "One is enough; end that one first if you want another."
            raise TryLater("A daemon works for you already.", hint=hint)
        yield


@contextmanager
def _held(path: Path, patience: float) -> Iterator[bool]:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        hint = "Check the folder's owner and permissions, or set database.url."
        raise StoreError(f"The lock file {path} cannot be opened: {error.strerror}.", hint=hint) from error
    try:
        mine = _taken(handle)
        deadline = time.monotonic() + patience
        while not mine and time.monotonic() < deadline:
            time.sleep(PAUSE)
            mine = _taken(handle)
        yield mine
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_path(url: str) -> Path:
    """Beside an SQLite file; in the state folder for a database elsewhere."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        return Path(f"{parsed.database}.lock")
    return Path(DIRS.user_state_dir) / f"{sha256(url.encode()).hexdigest()[:16]}.lock"
