"""One writer at a time: an operating-system lock beside the database, freed by the system when a process dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from sqlalchemy.engine import make_url

from agent.config import DIRS
from agent.errors import StoreError, TryLater


@contextmanager
def only_one(url: str) -> Iterator[None]:
    """Hold the store for this process. Raises TryLater while another one does."""
    path = lock_path(url)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        hint = "Check the folder's owner and permissions, or set database.url."
        raise StoreError(f"The lock file {path} cannot be opened: {error.strerror}.", hint=hint) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise TryLater(
            "Another weaktie is at work on this store.", hint="Wait for it, or stop the daemon first."
        ) from error
    else:
        yield
    finally:
        os.close(handle)


def lock_path(url: str) -> Path:
    """Beside an SQLite file; in the state folder for a database elsewhere."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        return Path(f"{parsed.database}.lock")
    return Path(DIRS.user_state_dir) / f"{sha256(url.encode()).hexdigest()[:16]}.lock"
