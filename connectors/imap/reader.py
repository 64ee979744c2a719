"""Headers out of one folder: whole pages while all is well, single messages where one of them spoils its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from imapclient.imap_utf7 import decode as decode_utf7

from connectors.base import Held
from connectors.errors import ConnectorError, Unavailable
from connectors.imap.cursor import SPAN
from connectors.imap.fetched import Item, arrival
from connectors.imap.folders import Folder
from connectors.imap.session import BUSY, Box, Denied, Dropped, Session, Unreadable
from connectors.mime import message_id, parse_headers
from connectors.mime_fields import HEADER_FIELDS
from connectors.mime_header import split_header
from connectors.net import clean
from connectors.records import MailRecord, Malformed

T = TypeVar("T")

FACTS = "UID RFC822.SIZE INTERNALDATE"
WHOLE = f"{FACTS} BODY.PEEK[HEADER.FIELDS ({' '.join(name.upper() for name in HEADER_FIELDS)})]"
"""One literal a message, its fields always in the same order: servers cache by field. Never ENVELOPE."""

NAME = "UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"

LAST_RESORT = 65_536
"""Bytes of header read of a message that spoils every other way of asking for it."""

PATIENCE = 14
"""Breaks in a row after which the server is at fault and not a message: finding one in a page takes 13 at most."""


class FolderReplaced(Exception):
    """After a reconnect the folder has another UIDVALIDITY: what was planned for it is void."""


class Reader:
    """Reads one folder, opening it again after every break of the connection.

    Opening raises Denied for a folder that cannot be read. `read` raises Unavailable where the trouble is the
    server's, FolderReplaced, or Denied where the folder went away; a message that cannot be had is data.
    """

    def __init__(self, session: Session, folder: Folder) -> None:
        self._session = session
        self._folder = folder
        self.box: Box = session.open(folder.raw)
        self._items = f"X-GM-LABELS {WHOLE}" if session.capable("X-GM-EXT-1") else WHOLE
        self._breaks = 0

    @property
    def name(self) -> str:
        """The folder's."""
        return self._folder.name

    def search(self, window: tuple[int, int]) -> list[int] | None:
        """The UIDs that exist from the first to the second of `window`; None where less should be asked for."""
        lowest, highest = window
        while True:
            try:
                found = self._session.run("list messages", lambda client: client.search_uids(f"UID {lowest}:{highest}"))
            except (Dropped, Unreadable) as problem:
                self._recover(problem)
                if highest - lowest >= SPAN:
                    return None
            else:
                self._breaks = 0
                return [uid for uid in found if lowest <= uid <= highest]

    def read(self, uids: list[int], *, tries: int = 2) -> list[MailRecord | Malformed]:
        """A record for every message of `uids` that still exists, in their order."""
        had = self._attempt(uids, tries, self._items, self._record)
        if had is None and len(uids) == 1:
            return [self._bounded(uids[0])]
        if had is None:
            half = len(uids) // 2
            return self.read(uids[:half], tries=1) + self.read(uids[half:], tries=1)
        records = [had[uid] for uid in uids if uid in had]
        return records + [self._bounded(uid) for uid in self._withheld([uid for uid in uids if uid not in had])]

    def held(self, uids: list[int]) -> Iterator[Held]:
        """That these messages exist, by their Message-ID alone; it is empty where the server does not give it."""
        names = self._attempt(uids, 2, NAME, _name) or {}
        for uid in uids:
            yield Held(self._folder.name, self._ref(uid), names.get(uid, ""))

    def _attempt(self, uids: list[int], tries: int, wanted: str, make: Callable[[int, Item], T]) -> dict[int, T] | None:
        """What is made of the response to each UID, by UID; None where no try was answered."""

        def made(item: Item) -> tuple[int, T] | None:
            uid = answered(item)
            return None if uid is None else (uid, make(uid, item))

        for _ in range(tries):
            try:
                told = self._session.run("send headers", lambda client: client.fetch_each(uids, wanted, made))
            except (Denied, Dropped, Unreadable) as problem:
                self._recover(problem)
            else:
                self._breaks = 0
                return dict(filter(None, told))
        return None

    def _withheld(self, silent: list[int]) -> list[int]:
        """Of messages that a successful answer left out, those that were not merely deleted in the meantime."""
        if not silent:
            return []
        there = self.search((min(silent), max(silent)))
        return silent if there is None else sorted(set(silent).intersection(there))

    def _recover(self, problem: ConnectorError) -> None:
        if isinstance(problem, Denied):
            if problem.code in BUSY:
                raise Unavailable(str(problem), hint="It is tried again later.") from problem
            return
        self._breaks += 1
        if self._breaks > PATIENCE:
            said = f"{problem} This happened {self._breaks} times in a row in {self._folder.name!r}."
            raise Unavailable(said, hint=problem.hint) from problem
        self.reopen()

    def reopen(self) -> None:
        """A new connection, in the same folder. Raises FolderReplaced, Denied or Unavailable."""
        self._session.reconnect()
        box = self._session.open(self._folder.raw)
        if box.uidvalidity != self.box.uidvalidity:
            raise FolderReplaced(self._folder.name)

    def _bounded(self, uid: int) -> MailRecord | Malformed:
        """The last resort: the first 64 KiB of the header alone, else the failure as data."""
        partial = f"{FACTS} BODY.PEEK[HEADER]<0.{LAST_RESORT}>"
        try:
            items = self._session.run("send one header", lambda client: client.fetch_items([uid], partial))
        except (Denied, Dropped, Unreadable) as problem:
            self._recover(problem)
            return self._malformed(uid, f"the server cannot deliver its header: {problem}")
        self._breaks = 0
        item = next((item for item in items if answered(item) == uid), None)
        if item is None:
            return self._malformed(uid, "the server lists it but sends no header for it")
        raw = header_of(item) or b""
        if len(raw) < LAST_RESORT:
            return self._record(uid, item)
        record = self._record(uid, {**item, b"BODY[HEADER]": cut(raw), b"BODY[HEADER]<0>": cut(raw)})
        if isinstance(record, Malformed):
            return record
        return record._replace(defects=(*record.defects, f"header longer than {LAST_RESORT} bytes, rest unread"))

    def _ref(self, uid: int) -> str:
        return f"{self.box.uidvalidity}:{uid}"

    def _malformed(self, uid: int, reason: str) -> Malformed:
        return Malformed(ref=self._ref(uid), folder=self._folder.name, reason=clean(reason), passing=True)

    def _record(self, uid: int, item: Item) -> MailRecord | Malformed:
        size = item.get(b"RFC822.SIZE")
        return parse_headers(
            header_of(item) or b"",
            ref=self._ref(uid),
            folder=self._folder.name,
            role=self._folder.role,
            arrived=arrival(item),
            labels=labels(item),
            size=size if isinstance(size, int) else None,
        )


def answered(item: Item) -> int | None:
    """The UID a response carries itself; without one, or without a header, it answers nothing we asked."""
    uid = item.get(b"UID")
    return uid if isinstance(uid, int) and header_of(item) is not None else None


def _name(_uid: int, item: Item) -> str:
    return message_id(split_header(header_of(item) or b"").first("message-id"))


def header_of(item: Mapping[bytes, Any]) -> bytes | None:
    """The header text of a response, whatever way the server wrote the section's name back; None without one."""
    for name, value in item.items():
        if name.startswith(b"BODY[HEADER"):
            return b"" if value is None else value if isinstance(value, bytes) else str(value).encode()
    return None


def labels(item: Mapping[bytes, Any]) -> tuple[str, ...]:
    """X-GM-LABELS, decoded."""
    told = item.get(b"X-GM-LABELS")
    if not told:
        return ()
    return tuple(decode_utf7(word) if isinstance(word, bytes) else str(word) for word in told if word is not None)


def cut(raw: bytes) -> bytes:
    """A header that ends in the middle, shortened to its last whole line or list element."""
    return raw[: max(raw.rfind(b"\n"), raw.rfind(b",")) + 1]
