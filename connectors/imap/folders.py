"""The folders of an account: their names, what they are for, where they stand, and which are not read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple

from connectors.files.roles import STICKY, role_of
from connectors.imap.listing import REMEMBERED, REMEMBERED_LENGTH, Status, read_list, read_namespaces, readable
from connectors.imap.session import Denied, Dropped, Session, Unreadable
from connectors.imap.wire import Client
from connectors.net import clean
from connectors.records import Role

ITEMS = "MESSAGES UIDNEXT UIDVALIDITY"
LISTING = "list the folders"
AT_ONCE = 25
"""Folders whose STATUS is asked for in one round trip: all of them together must meet the deadline of one command."""

UNREAD = {Role.JUNK: "junk", Role.TRASH: "trash", Role.DRAFTS: "drafts, not mail that went anywhere"}
FLAGS = {
    b"\\INBOX": Role.INBOX,
    b"\\SENT": Role.SENT,
    b"\\DRAFTS": Role.DRAFTS,
    b"\\JUNK": Role.JUNK,
    b"\\TRASH": Role.TRASH,
    b"\\ARCHIVE": Role.ARCHIVE,
    b"\\ALL": Role.ARCHIVE,
}
"""Mailbox attributes of RFC 6154, upper case."""


class Folder(NamedTuple):
    """One folder. `raw` is its name on the wire, `name` in Unicode with the server's own separator.

    `special` is true where the server itself named the role. `barred` says in words why nobody should open it.
    `status` is None where the server was not asked or did not tell.
    """

    raw: bytes
    name: str
    separator: str = "/"
    role: Role = Role.OTHER
    special: bool = False
    barred: str = ""
    status: Status | None = None

    @property
    def skipped(self) -> str:
        """Why the folder is not read for contacts; empty for folders that are."""
        return self.barred or UNREAD.get(self.role, "")


def list_folders(session: Session) -> list[Folder]:
    """Every folder of the account, with STATUS in the same round trip where the server offers it (RFC 5819)."""
    session.leave()
    options = ["SPECIAL-USE"] if session.capable("SPECIAL-USE", "LIST-EXTENDED") else []
    with_status = session.capable("LIST-STATUS")
    namespace = session.capable("NAMESPACE")
    try:
        told = session.run(LISTING, _asking([*options, f"STATUS ({ITEMS})"] if with_status else options, namespace))
    except Denied:
        told = session.run(LISTING, _asking([], namespace))
    listed, statuses, namespaces = told
    folders = [Folder(*folder[:-1], statuses.get(folder.raw)) for folder in map(_folder, listed) if folder.name]
    return _inherit(_mark_foreign(folders, read_namespaces(namespaces)))


def ask_status(session: Session, folders: list[Folder]) -> list[Folder]:
    """`folders` with their STATUS, asked for where LIST did not bring it; without it where it is refused.

    Many are asked for at once. A server that breaks off over that is asked one by one.
    """
    silent = [folder for folder in folders if not (folder.status or folder.barred)]
    statuses: dict[bytes, Status] = {}
    try:
        for start in range(0, len(silent), AT_ONCE):
            statuses |= _statuses(session, silent[start : start + AT_ONCE])
    except (Dropped, Unreadable):
        session.reconnect()
        for folder in silent:
            statuses |= _statuses(session, [folder])
    return [folder if folder.status else folder._replace(status=statuses.get(folder.raw)) for folder in folders]


def _statuses(session: Session, folders: list[Folder]) -> dict[bytes, Status]:
    raws = [folder.raw for folder in folders]
    return session.run("tell the status", lambda client: client.statuses(raws, ITEMS))


def exclude(folders: Iterable[Folder], patterns: Iterable[str]) -> list[Folder]:
    """`folders` with those marked as skipped that a pattern names, or that lie below such a folder.

    Patterns are compared without regard to case; `*` and `?` match, and `/` stands for the server's separator.
    """
    plain = [pattern.casefold().rstrip("/") for pattern in patterns]
    if not plain:
        return list(folders)
    return [
        folder._replace(barred="excluded in the settings") if any(_within(folder, p) for p in plain) else folder
        for folder in folders
    ]


def _within(folder: Folder, pattern: str) -> bool:
    names = {folder.name.casefold(), folder.name.replace(folder.separator, "/").casefold()}
    separators = {"/", folder.separator}
    return any(
        fnmatchcase(name, pattern) or any(fnmatchcase(name, f"{pattern}{separator}*") for separator in separators)
        for name in names
    )


def unmatched(folders: Iterable[Folder], patterns: Iterable[str]) -> list[str]:
    """Patterns that name no folder: likely a slip of the pen, and then private mail would be read."""
    every = list(folders)
    return [p for p in patterns if not any(_within(folder, p.casefold().rstrip("/")) for folder in every)]


def _asking(
    options: list[str], namespace: bool
) -> Callable[[Client], tuple[list[Any], dict[bytes, Status], list[Any]]]:
    return lambda client: client.list_status(" ".join(options), namespace=namespace)


def _folder(entry: list[Any]) -> Folder:
    line = entry[0]
    return _remembered(line) if isinstance(line, bytes) and len(line) <= REMEMBERED_LENGTH else _described(entry)


@lru_cache(maxsize=REMEMBERED)
def _remembered(line: bytes) -> Folder:
    return _described([line])


def _described(entry: list[Any]) -> Folder:
    listed = read_list(entry)
    if listed is None:
        return Folder(raw=b"", name=clean(repr(entry)), barred="the server's words for it cannot be read")
    name = readable(listed.raw)
    if name is None:
        return Folder(listed.raw, clean(listed.raw), listed.separator, barred="its name is no valid UTF-7")
    inbox = name.upper() == "INBOX"
    told = next((role for flag, role in FLAGS.items() if flag in listed.attributes), None)
    role = Role.INBOX if inbox else told or role_of(name)
    closed = listed.attributes & {b"\\NOSELECT", b"\\NONEXISTENT"}
    barred = "holds folders only" if closed else ""
    return Folder(listed.raw, name, listed.separator, role, special=inbox or told is not None, barred=barred)


def _mark_foreign(folders: list[Folder], prefixes: tuple[bytes, ...]) -> list[Folder]:
    """Other people's and shared folders barred: mail in them is not the owner's own contact."""
    if not prefixes:
        return folders
    return [
        folder._replace(barred="belongs to somebody else or to a group")
        if folder.raw.startswith(prefixes) and not folder.barred
        else folder
        for folder in folders
    ]


def _inherit(folders: list[Folder]) -> list[Folder]:
    """A folder below the Trash, Junk, Drafts or Sent that the server named is of that role, whatever its name."""
    parents = [f for f in folders if f.special and f.role in STICKY and f.separator]
    return [_adopted(folder, parents) for folder in folders]


def _adopted(folder: Folder, parents: list[Folder]) -> Folder:
    if folder.special or folder.role is not Role.OTHER or folder.separator not in folder.name:
        return folder
    for parent in parents:
        if folder.name.startswith(parent.name + parent.separator):
            return folder._replace(role=parent.role)
    return folder
