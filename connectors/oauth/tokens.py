"""Where sign-ins are kept: one file an account that nobody else can read, or the system's keyring.

What a token holds is its provider's business: any JSON object. Whoever can read it can read the mailbox.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol
from urllib.parse import quote

from connectors.errors import AuthFailed, Refused, Unavailable, Unsupported

Token = dict[str, Any]
SERVICE = "weaktie"
LONGEST_NAME = 240
OPEN_BACKENDS = ("keyrings.alt", "keyring.backends.null", "keyring.backends.fail")
"""Backends of keyring that keep secrets readable, keep nothing, or stand for there being none."""


class TokenStore(Protocol):
    """Tokens by name; the name is that of an account. Every call may raise ConnectorError."""

    def load(self, name: str) -> Token | None:
        """What was saved last under this name, or None. Raises AuthFailed for what cannot be read as a token."""
        ...

    def save(self, name: str, token: Token) -> None:
        """Keep `token`, whole or not at all; a crash leaves the one before."""
        ...

    def forget(self, name: str) -> None:
        """Keep nothing under this name; no error where there was nothing."""
        ...


class FileTokens:
    """One JSON file (0600) an account in a folder of its own (0700). Several processes may use the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """The file of this name: always directly in the folder, whatever the name holds. Raises Refused if too long."""
        safe = quote(name, safe="@ ", errors="surrogatepass") + ".json"
        if not name or len(safe) > LONGEST_NAME:
            raise Refused(f"{name[:40]!r} cannot name an account.", hint="Use a short name.")
        return self.folder / safe

    def load(self, name: str) -> Token | None:
        """See TokenStore. A file that others can read is refused: it may have been read."""
        path = self.path(name)
        try:
            open_to = path.stat().st_mode & 0o077
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unavailable(f"The sign-in kept in {path} cannot be read: {error.strerror}.") from error
        if open_to:
            hint = f"chmod 600 '{path}', and if others use this machine: `weaktie auth {name}`."
            raise AuthFailed(f"The sign-in kept in {path} can be read by others.", hint=hint)
        return _decoded(content, name)

    def save(self, name: str, token: Token) -> None:
        """See TokenStore."""
        path = self.path(name)
        with self._alone():
            fresh = path.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(json.dumps(token).encode())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            self._settle()

    def forget(self, name: str) -> None:
        """See TokenStore."""
        path = self.path(name)
        with self._alone():
            path.with_suffix(".new").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            self._settle()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """The folder, private and held by one process."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            finally:
                os.close(lock)
        except OSError as error:
            what = f"The sign-in cannot be kept in {self.folder}: {error.strerror}."
            raise Unavailable(what, hint="Check the folder's owner, permissions and free space.") from error

    def _settle(self) -> None:
        """A rename is durable when its folder is."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class KeyringTokens:
    """The system's keyring (macOS Keychain, Secret Service, KWallet); needs the extra: weaktie[keyring]."""

    def __init__(self) -> None:
        """Raises Unsupported where there is no keyring, or only one that keeps secrets in the open."""
        self._keyring = _safe_keyring()

    def load(self, name: str) -> Token | None:
        """See TokenStore."""
        with self._explained(name):
            content = self._keyring.get_password(SERVICE, name)
        return None if content is None else _decoded(content, name)

    def save(self, name: str, token: Token) -> None:
        """See TokenStore."""
        with self._explained(name):
            self._keyring.set_password(SERVICE, name, json.dumps(token))

    def forget(self, name: str) -> None:
        """See TokenStore."""
        with self._explained(name):
            if self._keyring.get_password(SERVICE, name) is not None:
                self._keyring.delete_password(SERVICE, name)

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        from keyring.errors import KeyringError

        try:
            yield
        except KeyringError as error:
            what = f"The keyring does not give or take the sign-in of {name!r} ({type(error).__name__}: {error})."
            raise Unavailable(what, hint='Unlock the keyring, or set tokens.store = "file".') from error


def open_tokens(store: str, folder: Path) -> TokenStore:
    """The store by its name in the configuration: "file" (in `folder`) or "keyring"."""
    return KeyringTokens() if store == "keyring" else FileTokens(folder)


def _decoded(content: str | bytes, name: str) -> Token:
    try:
        token = json.loads(content)
    except ValueError:
        token = None
    if not isinstance(token, dict):
        raise AuthFailed(f"The sign-in kept for {name!r} cannot be read.", hint=f"Run `weaktie auth {name}`.")
    return token


def _safe_keyring() -> ModuleType:
    try:
        import keyring
    except ImportError as error:
        hint = "Install it with: pip install 'weaktie[keyring]'"
        raise Unsupported("The keyring needs an extra that is not installed.", hint=hint) from error
    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", None) or [chosen]:
        if type(backend).__module__.startswith(OPEN_BACKENDS):
            what = f"The keyring here ({type(backend).__module__}) keeps nothing, or keeps it in the open."
            raise Unsupported(what, hint='Set tokens.store = "file": then only you can read the file.')
    return keyring
