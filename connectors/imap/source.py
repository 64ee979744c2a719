"""The IMAP source: which folders have something new, in which order they are read, and where reading stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from connectors.base import WHOLE, Batch, Cursors, Health, Held, Stream, counted
from connectors.errors import Unavailable
from connectors.imap import idle
from connectors.imap.cursor import (
    SPAN,
    Cursor,
    Stretch,
    advanced,
    ahead,
    behind,
    due,
    first_width,
    fresh,
    is_stale,
    next_width,
    owing,
    pages,
    parse,
    renewed,
    split,
    wanted,
)
from connectors.imap.folders import Folder, ask_status, exclude, list_folders, unmatched
from connectors.imap.reader import FolderReplaced, Reader
from connectors.imap.session import BUSY, PORTS, Denied, Dropped, Session, Unreadable
from connectors.net import AccessToken, Account, Tls
from connectors.records import Malformed, Record, Role

LONG_AGO = datetime.fromtimestamp(0, UTC)
UNSTEADY = (
    "The server has renumbered this folder (UIDVALIDITY) too often within a day. It is left alone until a day after "
    "the first of these times; if that goes on, have the server's index of it repaired."
)
"""Read again each time, such a folder would be fetched whole at every poll."""

Reading = Callable[[Reader, Cursor | None], Iterator[Batch]]

ORDER = {Role.INBOX: 0, Role.SENT: 1, Role.ARCHIVE: 2}


@dataclass
class ImapSource:
    """The headers of an account's mail. See connectors.base.Source for the contract.

    `port` is 993 for `tls = "tls"`, else 143. `password` is called at every sign-in, or `token` where it is given.
    `folders_exclude` names folders that are never read, with all below them (`*` and `?` match). `timeout` is in
    seconds of wall clock per command. `ca_file` holds the certificates to trust in place of the system's. `as_of` is
    now: it decides what is tried again.
    """

    host: str
    port: int | None = None
    tls: Tls = "tls"
    _: KW_ONLY
    username: str
    password: Callable[[], str] = field(default=str, repr=False)
    token: AccessToken | None = field(default=None, repr=False)
    folders_exclude: tuple[str, ...] = ()
    timeout: float = 60.0
    ca_file: str | Path | None = None
    as_of: datetime = LONG_AGO

    def __post_init__(self) -> None:
        """Raises Unsupported for settings that would send the password in the clear; connects to nothing yet."""
        self._session = Session(
            Account(
                host=self.host,
                port=self.port or PORTS.get(self.tls, 0),
                tls=self.tls,
                username=self.username,
                password=self.password,
                token=self.token,
                timeout=self.timeout,
                ca_file=self.ca_file,
            )
        )

    def poll(self, cursors: Cursors) -> Iterator[Batch]:
        """New mail of every folder first, then what lies further back, newest first."""
        folders = [folder for folder in self._folders() if not folder.skipped]
        at = {stream: parse(value) for stream, value in cursors.items()}
        for pick, read in ((_has_news, self._ahead), (self._is_owed, self._again), (_has_past, self._behind)):
            picked = [folder for folder in folders if pick(folder, at.get(folder.name))]
            for folder in sorted(picked, key=_rank):
                yield from self._visit(folder, at, read)

    def check(self) -> Health:
        """Sign in, list the folders, change nothing."""
        folders = sorted(self._folders(), key=_rank)
        streams = tuple(Stream(f.name, f.role, f.status.messages if f.status else None, f.skipped) for f in folders)
        read = [stream for stream in streams if not stream.skipped]
        total = sum(stream.messages or 0 for stream in read)
        place = self._session.account.place
        found = f"{counted(len(read), 'folder')} to read, {counted(total, 'message')}"
        summary = f"Signed in to {place} as {self.username}: {found}."
        return Health(summary, streams, tuple(_warnings(folders, self.folders_exclude)))

    def inventory(self) -> Iterator[Held]:
        """What every folder that is read holds now, by UID and Message-ID; one that cannot be read counts as one."""
        for folder in sorted(self._folders(), key=_rank):
            if folder.skipped:
                continue
            try:
                reader = self._reader(folder)
                for uids, _ in _walk(reader, Stretch(1, reader.box.uidnext - 1)):
                    yield from reader.held(uids)
            except (Denied, FolderReplaced):
                yield Held(folder.name, WHOLE)

    def look_up(self, stream: str, refs: Sequence[str]) -> Iterator[Record]:
        """The records of messages of one folder, by the names `inventory` gave them."""
        for folder in self._folders():
            if folder.name == stream:
                with suppress(Denied, FolderReplaced):
                    yield from self._found(self._reader(folder), refs)

    def _found(self, reader: Reader, refs: Sequence[str]) -> Iterator[Record]:
        here = f"{reader.box.uidvalidity}:"
        uids = [int(ref.removeprefix(here)) for ref in refs if ref.startswith(here)]
        for page, _ in pages(uids, (1, reader.box.uidnext), down=False):
            yield from reader.read(page)

    def watch(self, news: Callable[[], None], stop: Event) -> None:
        """Be told of new mail in the INBOX, on a connection of its own."""
        idle.watch(self._session.account, news, stop)

    def close(self) -> None:
        """Sign out; safe to call twice."""
        self._session.close()

    def _folders(self) -> list[Folder]:
        try:
            folders = exclude(list_folders(self._session), self.folders_exclude)
        except (Dropped, Unreadable):
            self._session.reconnect()
            folders = exclude(list_folders(self._session), self.folders_exclude)
        return ask_status(self._session, folders)

    def _visit(self, folder: Folder, at: dict[str, Cursor | None], read: Reading) -> Iterator[Batch]:
        try:
            for batch in read(self._reader(folder), at.get(folder.name)):
                at[folder.name] = parse(batch.cursor)
                yield batch
        except FolderReplaced:
            return
        except Denied as refusal:
            yield from _refused(folder, at.get(folder.name), refusal)

    @property
    def _now(self) -> int:
        return int(self.as_of.timestamp())

    def _ahead(self, reader: Reader, cursor: Cursor | None) -> Iterator[Batch]:
        return self._read(reader, cursor, down=False)

    def _behind(self, reader: Reader, cursor: Cursor | None) -> Iterator[Batch]:
        return self._read(reader, cursor, down=True)

    def _read(self, reader: Reader, before: Cursor | None, *, down: bool) -> Iterator[Batch]:
        name, box, cursor = reader.name, reader.box, before
        restart = cursor is not None and is_stale(cursor, box.uidvalidity, box.uidnext)
        if cursor is None or restart:
            down = True
            cursor = renewed(cursor, box, self._now) if cursor else fresh(box.uidvalidity, box.uidnext)
        if cursor is None:
            yield Batch(name, (Malformed(WHOLE, name, UNSTEADY),), before.json() if before else None)
            return
        stretch = behind(cursor) if down else ahead(cursor, box)
        if stretch.first > stretch.last and cursor != before:
            yield Batch(name, (), cursor.json(), expected=box.messages, restart=restart)
        for uids, reached in _walk(reader, stretch):
            fresh_uids = wanted(cursor, uids, down=down)
            cursor = advanced(cursor, uids, reached, down=down)
            if fresh_uids or reached == stretch.end:
                records, cursor = self._had(reader, cursor, fresh_uids)
                yield Batch(name, records, cursor.json(), expected=box.messages, restart=restart)
                restart = False

    def _again(self, reader: Reader, cursor: Cursor | None) -> Iterator[Batch]:
        """What the server failed to deliver before, asked for once more."""
        if cursor and not is_stale(cursor, reader.box.uidvalidity, reader.box.uidnext):
            records, cursor = self._had(reader, cursor, sorted(due(cursor, self._now)))
            yield Batch(reader.name, records, cursor.json(), expected=reader.box.messages)

    def _had(self, reader: Reader, cursor: Cursor, uids: list[int]) -> tuple[tuple[Record, ...], Cursor]:
        """The records of these messages, and the cursor with what the server still owes of them."""
        records = tuple(reader.read(uids)) if uids else ()
        missed = [_uid(record.ref) for record in records if isinstance(record, Malformed) and record.passing]
        return records, owing(cursor, uids, missed, self._now)

    def _is_owed(self, _folder: Folder, cursor: Cursor | None) -> bool:
        return cursor is not None and bool(cursor.owed) and bool(due(cursor, self._now))

    def _reader(self, folder: Folder) -> Reader:
        try:
            return Reader(self._session, folder)
        except (Dropped, Unreadable):
            self._session.reconnect()
            return Reader(self._session, folder)


def _walk(reader: Reader, stretch: Stretch) -> Iterator[tuple[list[int], int]]:
    """Pages of UIDs that exist in `stretch`, each with the UID up to which all is read after it."""
    width = first_width(reader.box.messages)
    while stretch.first <= stretch.last:
        window, rest = split(stretch, width)
        uids = reader.search(window)
        if uids is None:
            width = SPAN
            continue
        yield from pages(uids, window, down=stretch.down)
        stretch, width = rest, next_width(width, len(uids))


def _rank(folder: Folder) -> tuple[int, str]:
    return ORDER.get(folder.role, len(ORDER)), folder.name


def _uid(ref: str) -> int:
    return int(ref.rpartition(":")[2])


def _has_news(folder: Folder, cursor: Cursor | None) -> bool:
    if cursor is None:
        return False
    status = folder.status
    return status is None or (status.uidvalidity == cursor.uidvalidity and status.uidnext - 1 > cursor.high)


def _has_past(folder: Folder, cursor: Cursor | None) -> bool:
    if cursor is None or cursor.low > 1:
        return True
    return folder.status is not None and is_stale(cursor, folder.status.uidvalidity, folder.status.uidnext)


def _refused(folder: Folder, cursor: Cursor | None, refusal: Denied) -> Iterator[Batch]:
    """A folder that cannot be read is told as data and tried again next time; one that is gone is no news."""
    if refusal.code in BUSY:
        raise Unavailable(str(refusal), hint="It is tried again later.") from refusal
    if refusal.code not in {"NONEXISTENT", "TRYCREATE"}:
        reason = f"{refusal} Name it in folders_exclude if it is not to be read."
        record = Malformed(ref=WHOLE, folder=folder.name, reason=reason)
        yield Batch(folder.name, (record,), cursor.json() if cursor else None)


def _warnings(folders: list[Folder], excluded: tuple[str, ...]) -> Iterator[str]:
    for pattern in unmatched(folders, excluded):
        yield f"folders_exclude names {pattern!r}, but there is no such folder."
    if not any(folder.role is Role.SENT for folder in folders):
        yield "No folder for sent mail was found, so what you write yourself cannot be seen."
