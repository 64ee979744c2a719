"""One IMAP connection: IMAPClient, kept from what a hostile or broken server could do to us through it.

This is the only module that reaches below IMAPClient's public face (`_create_IMAP4`, `_imap`), for six things it
does not offer: a socket of our own making, a bound on how much one command may read, LIST with STATUS in one round
trip (RFC 5819), several commands in one round trip, FETCH replies taken by the UID they carry, and plain responses
that come by the thousand taken off the wire as they are. tests/connectors/test_imap_wire.py pins them all.
"""

from __future__ import annotations

import imaplib
import re
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from imapclient import IMAPClient
from imapclient.response_parser import parse_response

from connectors.errors import Refused
from connectors.imap.fetched import Item, usual
from connectors.imap.listing import Status, read_status
from connectors.net import Account, Watchdog, dial, plain

BUDGET = 48 * 1024 * 1024
"""Bytes one command may read in all. The largest honest answer is one draft with its attachments (16 MiB)."""

T = TypeVar("T")

Entry = list[Any]
"""One response as imaplib files it: lines, and (line, literal) pairs."""

Take = Callable[[bytes], Sequence[bytes]]
"""Looks at the first line of a response: takes it, or gives back what was read of it for imaplib to read."""

_APPENDUID = re.compile(rb"\[APPENDUID (\d+) (\d+)\]", re.IGNORECASE)


class Bounded(imaplib.IMAP4):
    """imaplib on our own socket, refusing literals and floods of lines that would fill the memory."""

    def __init__(self, account: Account, watchdog: Watchdog) -> None:
        self._account = account
        self._watchdog = watchdog
        self._left = BUDGET
        self._take: Take | None = None
        self._given_back: deque[bytes] = deque()
        self._unsent: list[bytes] | None = None
        super().__init__(account.host, account.port, account.timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002 - imaplib's signature
        return dial(self._account, self._watchdog)

    def send(self, data: Any) -> None:
        """Send, or lay aside what goes out together with what follows."""
        if self._unsent is None:
            super().send(data)
        else:
            self._unsent.append(data)

    def refill(self) -> None:
        """A new command may read a whole budget again."""
        self._left = BUDGET

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes of a literal; aborts before reading one that is larger than the budget left."""
        if self._given_back:
            return self._given_back.popleft()
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        """One line; imaplib itself refuses lines over a million bytes."""
        if self._given_back:
            return self._given_back.popleft()
        line = super().readline()
        self._spend(len(line))
        return line

    @contextmanager
    def taking(self, take: Take) -> Iterator[None]:
        """Let `take` have the first look at every response to the enclosed commands."""
        self._take = take
        try:
            yield
        finally:
            self._take = None

    def _get_response(self, *how: Any) -> Any:
        """imaplib reads and files one response; before that, `take` has taken those that it knows."""
        while self._take is not None:
            pieces = self._take(self.readline())
            if pieces:
                self._given_back.extend(pieces)
                break
        return super()._get_response(*how)  # type: ignore[misc]  # private, and so not in the stubs

    def together(self, commands: Sequence[tuple[Any, ...]]) -> list[tuple[str, Any]]:
        """The commands sent as one, and then their answers read."""
        unsent = self._unsent = []
        try:
            tags = [self._command(*command) for command in commands]
        finally:
            self._unsent = None
        self.send(b"".join(unsent))
        return [self._get_tagged_response(tag) for tag in tags]

    def _get_capabilities(self) -> None:
        """Those told in the greeting, if they were (RFC 9051 §7.1), else asked for."""
        told = self.untagged_responses.pop("CAPABILITY", None)
        if told:
            words = b" ".join(line for line in told if isinstance(line, bytes))
            self.capabilities = tuple(words.decode("ascii", "replace").upper().split())
        else:
            super()._get_capabilities()  # type: ignore[misc]  # private, and so not in the stubs

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

    def list_status(self, options: str, *, namespace: bool = False) -> tuple[list[Entry], dict[bytes, Status], Entry]:
        """LIST "" "*" RETURN (options), and NAMESPACE in the same round trip where that is asked for.

        What came as LIST, each one response an entry, the STATUS of folders by their names, and what came as
        NAMESPACE. IMAPClient would parse all at once, and fail on all for one odd name.
        """
        arguments = ('""', '"*"', f"RETURN ({options})") if options else ('""', '"*"')
        commands: list[tuple[Any, ...]] = [("LIST", *arguments), *([("NAMESPACE",)] if namespace else [])]
        lines = _Lines()
        with self._imap.taking(lines):
            answers = self.together(commands)
        self._checkok("LIST", *answers[0])
        listed = list(entries(self._imap.response("LIST")[1]))
        return lines.listed + listed, self._counted(lines), self._imap.response("NAMESPACE")[1]

    def statuses(self, folders: Sequence[bytes], items: str) -> dict[bytes, Status]:
        """STATUS of each folder, in one round trip; without those that are refused."""
        lines = _Lines()
        with self._imap.taking(lines):
            self.together([("STATUS", self._normalise_folder(folder), f"({items})") for folder in folders])
        return self._counted(lines)

    def _counted(self, lines: _Lines) -> dict[bytes, Status]:
        others = entries(self._imap.response("STATUS")[1])
        return dict(filter(None, (*lines.counted, *map(read_status, others))))

    def together(self, commands: Sequence[tuple[Any, ...]]) -> list[tuple[str, Any]]:
        """The commands in one round trip (RFC 9051 §5.5), each with the server's OK, NO or BAD and its words."""
        answers: list[tuple[str, Any]] = self._imap.together(commands)
        return answers

    def fetch_items(self, uids: Sequence[int], items: str) -> list[Item]:
        """UID FETCH: one dictionary a response, upper-case names, in any order and under no key.

        Nothing is taken for the answer to a UID unless it says so itself: the caller looks at `UID` in each.
        """
        return self.fetch_each(uids, items, dict)

    def fetch_each(self, uids: Sequence[int], items: str, made: Callable[[Item], T]) -> list[T]:
        """As `fetch_items`, with what is `made` of each response, while the server finds the next ones."""
        headers = _Headers(self._imap, made)
        with self._imap.taking(headers):
            kind, data = self._imap.uid("FETCH", ",".join(map(str, uids)), f"({items})")
        self._checkok("FETCH", kind, data)
        return headers.made + [made(item) for entry in entries(data) for item in _items(parse_response(entry))]

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


def entries(data: Sequence[Any]) -> Iterator[Entry]:
    """imaplib's flat list of lines and (line, literal) pairs, cut into single responses.

    A response that holds literals goes on after each of them, so a pair belongs together with what follows it.
    """
    entry: Entry = []
    for piece in data:
        if piece is None:
            continue
        entry.append(piece)
        if not isinstance(piece, tuple):
            yield entry
            entry = []
    if entry:
        yield entry


class _Headers(Generic[T]):
    """Takes FETCH responses of the usual shape."""

    def __init__(self, wire: Bounded, make: Callable[[Item], T]) -> None:
        self._wire = wire
        self._make = make
        self.made: list[T] = []

    def __call__(self, line: bytes) -> Sequence[bytes]:
        begun = usual(line)
        if begun is None:
            return (line,)
        item, section, size = begun
        literal, rest = self._wire.read(size), self._wire.readline()
        if rest != b")\r\n":
            return line, literal, rest
        item[section] = literal
        self.made.append(self._make(item))
        return ()


class _Lines:
    """Takes LIST and STATUS responses that hold no literal, and reads these while the server finds the next ones."""

    def __init__(self) -> None:
        self.listed: list[Entry] = []
        self.counted: list[tuple[bytes, Status] | None] = []

    def __call__(self, line: bytes) -> Sequence[bytes]:
        if line.endswith(b"\r\n") and not line.endswith(b"}\r\n"):
            if line.startswith(b"* LIST "):
                self.listed.append([line[7:-2]])
                return ()
            if line.startswith(b"* STATUS "):
                self.counted.append(read_status([line[9:-2]]))
                return ()
        return (line,)


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
