"""One IMAP connection: IMAPClient, kept from what a hostile or broken server could do to us through it.

This is the only module that reaches below IMAPClient's public face (`_create_IMAP4`, `_imap`), for four things it
does not offer: a socket of our own making, a bound on how much one command may read, LIST with STATUS in one round
trip (RFC 5819), and FETCH replies taken by the UID they carry. tests/connectors/test_imap_wire.py pins all four.
"""

from __future__ import annotations

import imaplib
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from imapclient import IMAPClient
from imapclient.response_parser import parse_response

from connectors.errors import Refused
from connectors.imap.fetched import Item, usual
from connectors.net import Account, Watchdog, dial, plain

BUDGET = 48 * 1024 * 1024
"""Bytes one command may read in all. The largest honest answer is one draft with its attachments (16 MiB)."""

_APPENDUID = re.compile(rb"\[APPENDUID (\d+) (\d+)\]", re.IGNORECASE)


class Bounded(imaplib.IMAP4):
    """imaplib on our own socket, refusing literals and floods of lines that would fill the memory."""

    def __init__(self, account: Account, watchdog: Watchdog) -> None:
        self._account = account
        self._watchdog = watchdog
        self._left = BUDGET
        super().__init__(account.host, account.port, account.timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002 - imaplib's signature
        return dial(self._account, self._watchdog)

    def refill(self) -> None:
        """A new command may read a whole budget again."""
        self._left = BUDGET

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes of a literal; aborts before reading one that is larger than the budget left."""
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """One line; imaplib itself refuses lines over a million bytes."""
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise self.abort(f"the server sends more than {BUDGET} bytes for one command")


class Client(IMAPClient):  # type: ignore[misc]  # IMAPClient ships no types
    """IMAPClient with folder names as bytes, exactly as the server spelt them."""

    def __init__(self, account: Account, watchdog: Watchdog) -> None:
        self._account = account
        self._watchdog = watchdog
        super().__init__(account.host, account.port, ssl=account.tls == "tls", timeout=account.timeout)
        self.folder_encode = False
        self._imap.debug = 0  # IMAPClient's default writes every header it reads to the debug log

    def _create_IMAP4(self) -> Bounded:  # noqa: N802 - the name is IMAPClient's
        return Bounded(self._account, self._watchdog)

    def refill(self) -> None:
        """A new command may read a whole budget again."""
        self._imap.refill()

    def list_status(self, options: str) -> tuple[list[Any], list[Any]]:
        """LIST "" "*" RETURN (options): what came as LIST and what came as STATUS, each one response an entry.

        IMAPClient would parse them all at once, and fail on all for one odd name; connectors.imap.listing reads each.
        """
        arguments = ('""', '"*"', f"RETURN ({options})") if options else ('""', '"*"')
        kind, data = self._imap.xatom("LIST", *arguments)
        self._checkok("LIST", kind, data)
        return list(entries(self._imap.response("LIST")[1])), list(entries(self._imap.response("STATUS")[1]))

    def status(self, folder: bytes, items: str) -> list[Any]:
        """STATUS of one folder: its responses, as `list_status` gives them."""
        kind, data = self._imap.status(self._normalise_folder(folder), f"({items})")
        self._checkok("STATUS", kind, data)
        return list(entries(data))

    def fetch_items(self, uids: Sequence[int], items: str) -> list[Item]:
        """UID FETCH: one dictionary a response, upper-case names, in the order they came and under no key.

        Nothing is taken for the answer to a UID unless it says so itself: the caller looks at `UID` in each.
        """
        kind, data = self._imap.uid("FETCH", ",".join(map(str, uids)), f"({items})")
        self._checkok("FETCH", kind, data)
        return [item for entry in entries(data) for item in _items_of(entry)]

    def search_uids(self, criteria: str) -> list[int]:
        """UID SEARCH. Texts in `criteria` must be `quoted`; a line end anywhere is refused."""
        return [int(uid) for uid in self.search(plain(criteria, "search"))]

    def append_uid(self, folder: bytes, content: bytes, flags: tuple[str, ...]) -> tuple[str, str]:
        """APPEND; (UIDVALIDITY, UID) where the server tells (RFC 4315), else two empty strings."""
        answer = self.append(folder, content, flags)
        told = _APPENDUID.search(answer or b"")
        return (told[1].decode(), told[2].decode()) if told else ("", "")


def quoted(text: str) -> str:
    """`text` as a quoted string (RFC 9051 §4.3). Raises Refused for what cannot stand in one."""
    if not text.isascii():
        raise Refused("Only ASCII can be searched for.")
    return '"' + plain(text, "search text").replace("\\", "\\\\").replace('"', '\\"') + '"'


def entries(data: Sequence[Any]) -> Iterator[list[Any]]:
    """imaplib's flat list of lines and (line, literal) pairs, cut into single responses.

    A response that holds literals goes on after each of them, so a pair belongs together with what follows it.
    """
    entry: list[Any] = []
    for piece in data:
        if piece is None:
            continue
        entry.append(piece)
        if not isinstance(piece, tuple):
            yield entry
            entry = []
    if entry:
        yield entry


def _items_of(entry: list[Any]) -> Iterable[Item]:
    common = usual(entry)
    return _items(parse_response(entry)) if common is None else (common,)


def _items(parsed: Sequence[Any]) -> Iterator[Item]:
    for position in range(0, len(parsed) - 1, 2):
        pairs = parsed[position + 1]
        if not isinstance(pairs, tuple) or len(pairs) % 2:
            raise ValueError("a FETCH response is not a list of names and values")
        yield {_name(pairs[i]): pairs[i + 1] for i in range(0, len(pairs), 2)}


def _name(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"a FETCH response has {type(value).__name__} where an item's name belongs")
    return value.upper()
