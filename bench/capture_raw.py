"""The limit: an IMAP client that asks for what capture asks for and throws the answer away."""

from __future__ import annotations

import socket
from time import perf_counter
from typing import Protocol

from connectors.imap.folders import ITEMS
from connectors.imap.reader import WHOLE
from tests.servers.dovecot import PASSWORD

CHUNK = 1 << 20


class Account(Protocol):
    """Where to sign in and as whom."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def username(self) -> str: ...


class Raw:
    """A signed-in socket that reads and forgets."""

    def __init__(self, account: Account) -> None:
        self._socket = socket.create_connection((account.host, account.port), timeout=60)
        self._buffer = bytearray(CHUNK)
        self._number = 0
        self._read(b"* OK")
        self.ask(f"LOGIN {account.username} {PASSWORD}")

    def ask(self, command: str) -> None:
        """Send a command and read until it is answered."""
        self._number += 1
        tag = f"r{self._number}"
        self._socket.sendall(f"{tag} {command}\r\n".encode())
        tail = self._read(f"\r\n{tag} ".encode())
        if f"\r\n{tag} OK".encode() not in tail:
            raise RuntimeError(f"{command.split(maxsplit=1)[0]}: {tail[-200:]!r}")

    def _read(self, mark: bytes) -> bytes:
        tail = b"\r\n"
        while True:
            got = self._socket.recv_into(self._buffer)
            if not got:
                raise ConnectionError("the server hung up")
            tail = (tail + self._buffer[max(0, got - 4096) : got])[-8192:]
            if tail.endswith(b"\r\n") and mark in tail:
                return tail

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def fetch_all(account: Account, folders: list[str]) -> float:
    """Seconds to have every header of these folders sent."""
    began = perf_counter()
    raw = Raw(account)
    for folder in folders:
        raw.ask(f'EXAMINE "{folder}"')
        raw.ask(f"UID FETCH 1:* ({WHOLE})")
    raw.close()
    return perf_counter() - began


def list_status(account: Account) -> float:
    """Seconds to sign in and be told where every folder stands, in one round trip (RFC 5819)."""
    began = perf_counter()
    raw = Raw(account)
    raw.ask(f'LIST "" "*" RETURN (STATUS ({ITEMS}))')
    raw.close()
    return perf_counter() - began
