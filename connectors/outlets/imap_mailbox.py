"""The owner's own mailbox on an IMAP server, as a place for drafts and reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import NoReturn

from connectors.base import Found, Health, Place, Stream
from connectors.errors import Ambiguous, NotFound, Refused, Unavailable, Unsupported
from connectors.imap.cursor import PAGE
from connectors.imap.fetched import Item
from connectors.imap.folders import Folder, list_folders
from connectors.imap.session import BUSY, PORTS, Denied, Dropped, Session, Unreadable
from connectors.imap.wire import quoted
from connectors.net import AccessToken, Account, Tls, crlf
from connectors.outlets.ours import FIELDS, Wanted, best, wanted_from
from connectors.records import Role

LARGEST = 16 * 1024 * 1024
"""Bytes of a message read when looking for ours; a draft of that size is no longer as we wrote it anyway."""

MOST = 50
"""Copies read in one folder, the newest: strangers can forge ids, and send as many as they like."""

KNOWN_BY = f"UID BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS).upper()})]"
SETTING = {Role.DRAFTS: "drafts", Role.SENT: "sent"}


@dataclass
class ImapMailbox:
    """Puts messages into folders, finds them and takes untouched drafts out. See connectors.base.Mailbox.

    Settings as for ImapSource; `drafts` and `sent` name the folders where server and names do not tell them.
    """

    host: str
    port: int | None = None
    tls: Tls = "tls"
    _: KW_ONLY
    username: str
    password: Callable[[], str] = field(default=str, repr=False)
    token: AccessToken | None = field(default=None, repr=False)
    drafts: str = ""
    sent: str = ""
    timeout: float = 60.0
    ca_file: str | Path | None = None

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

    def put_draft(self, content: bytes) -> Place:
        """APPEND to the Drafts folder, as a draft. Raises Unsupported where there is no such folder."""
        return self._put(Role.DRAFTS, content, "\\Draft")

    def put_inbox(self, content: bytes) -> Place:
        """APPEND to the INBOX, unseen."""
        return self._put(Role.INBOX, content)

    def put_sent(self, content: bytes) -> Place:
        """APPEND to the Sent folder, as seen. Raises Unsupported where there is no such folder."""
        return self._put(Role.SENT, content, "\\Seen")

    def find(self, message_id: str, token: str, roles: tuple[Role, ...]) -> list[Found]:
        """Every copy, not marked as deleted, with exactly this id or token in the folders of these roles."""
        wanted = Wanted.of(message_id, token)
        if not wanted:
            return []
        folders = [folder for folder in self._folders() if self._role(folder) in roles]
        return [found for folder in folders for found in self._find_in(folder, wanted)]

    def remove_draft(self, place: Place, content: bytes) -> bool:
        """Delete the message at `place` if its bytes, line ends apart, are `content`. Only this one is expunged."""
        folder = next((folder for folder in self._folders() if folder.name == place.folder), None)
        if folder is None:
            return False
        epoch = self._session.open(folder.raw).uidvalidity
        uid = self._uid_at(folder, epoch, place, content)
        if uid is None:
            return False
        if self._session.open(folder.raw, readonly=False).uidvalidity != epoch:
            return False
        self._session.run(
            "mark a draft as deleted", lambda client: client.add_flags([uid], [b"\\Deleted"], silent=True)
        )
        if self._session.capable("UIDPLUS"):
            self._session.run("remove a draft", lambda client: client.uid_expunge([uid]))
        return True

    def check(self) -> Health:
        """Sign in and look for the folders; change nothing."""
        folders = self._folders()
        found = {role: self._chosen(folders, role) for role in (Role.DRAFTS, Role.SENT)}
        warnings = tuple(f"No folder for {role} was found." for role, folder in found.items() if folder is None)
        streams = tuple(Stream(folder.name, role) for role, folder in found.items() if folder)
        place = self._session.account.place
        return Health(f"Signed in to {place} as {self.username}.", streams, warnings)

    def close(self) -> None:
        """Sign out; safe to call twice."""
        self._session.close()

    def _folders(self) -> list[Folder]:
        """The folders, listed on a connection that is certainly alive."""
        try:
            told = list_folders(self._session)
        except (Dropped, Unreadable):
            self._session.reconnect()
            told = list_folders(self._session)
        return [folder for folder in told if not folder.barred]

    def _role(self, folder: Folder) -> Role:
        named = (role for role, setting in SETTING.items() if _is_called(folder, getattr(self, setting)))
        return next(named, folder.role)

    def _chosen(self, folders: list[Folder], role: Role) -> Folder | None:
        name = getattr(self, SETTING.get(role, ""), "")
        if not name:
            return best(folders, role)
        chosen = next((folder for folder in folders if _is_called(folder, name)), None)
        if chosen is None:
            known = ", ".join(folder.name for folder in folders)
            raise NotFound(f"{self._session.account.place} has no folder {name!r}.", hint=f"It has: {known}.")
        return chosen

    def _folder_for(self, role: Role) -> Folder:
        folder = self._chosen(self._folders(), role)
        if folder is None:
            raise Unsupported(
                f"No {role} folder was found on {self._session.account.place}.",
                hint=f"Make a folder called {role.capitalize()} in your mail program.",
            )
        return folder

    def _put(self, role: Role, content: bytes, *flags: str) -> Place:
        folder = self._folder_for(role)
        what = f"store a message in {folder.name!r}"
        try:
            epoch, uid = self._session.run(what, lambda client: client.append_uid(folder.raw, content, flags))
        except (Dropped, Unreadable) as lost:
            said = f"The message may or may not lie in {folder.name!r}: {lost}"
            raise Ambiguous(said, hint="It is looked for there before anything else is done.") from lost
        except Denied as refusal:
            _refuse(refusal)
        return Place(folder.name, uid, epoch) if uid else self._place_of(folder, content)

    def _place_of(self, folder: Folder, content: bytes) -> Place:
        """Where `content` went on a server that does not tell (no UIDPLUS)."""
        same = [found.place for found in self._find_in(folder, wanted_from(content)) if found.content == crlf(content)]
        return same[0] if same else Place(folder.name, "")

    def _find_in(self, folder: Folder, wanted: Wanted) -> list[Found]:
        if not wanted:
            return []
        box = self._session.open(folder.raw)
        hits = self._session.run("search", lambda client: client.search_uids(_criteria(wanted)))
        headers = self._fetched(sorted(hits)[-PAGE:], KNOWN_BY)
        ours = sorted((uid for uid, header in headers.items() if wanted.is_in(header)), reverse=True)
        contents = {uid: self._content(uid) for uid in ours[:MOST]}
        return [
            Found(Place(folder.name, str(uid), str(box.uidvalidity)), content, self._role(folder))
            for uid, content in contents.items()
            if content
        ]

    def _uid_at(self, folder: Folder, epoch: int, place: Place, content: bytes) -> int | None:
        """The UID of the draft if it still lies there untouched; looked for where its number is not known."""
        if place.ref.isdigit() and place.epoch == str(epoch):
            uid = int(place.ref)
            flagged = self._session.run("search", lambda client: client.search_uids(f"UID {uid} UNDELETED"))
            return uid if flagged and self._content(uid) == crlf(content) else None
        ref = self._place_of(folder, content).ref
        return int(ref) if ref else None

    def _content(self, uid: int) -> bytes:
        return crlf(self._fetched([uid], f"UID BODY.PEEK[]<0.{LARGEST}>").get(uid, b""))

    def _fetched(self, uids: list[int], items: str) -> dict[int, bytes]:
        """The one section asked for, of those messages that are still there."""
        if not uids:
            return {}
        told = self._session.run("send messages", lambda client: client.fetch_items(uids, items))
        return {item[b"UID"]: section(item) for item in told if item.get(b"UID") in uids}


def _is_called(folder: Folder, name: str) -> bool:
    """By its name with the server's own separator, or with slashes."""
    return name in {folder.name, folder.name.replace(folder.separator or "/", "/")}


def section(item: Item) -> bytes:
    """The text of the BODY[…] in a FETCH response."""
    value = next((value for name, value in item.items() if name.startswith(b"BODY[")), b"")
    return value if isinstance(value, bytes) else b""


def _criteria(wanted: Wanted) -> str:
    terms = [f"HEADER {name} {quoted(wanted.message_id)}" for name in FIELDS[:2] if wanted.message_id]
    terms += [f"HEADER {FIELDS[2]} {quoted(wanted.token)}"] if wanted.token else []
    return "UNDELETED " + "OR " * (len(terms) - 1) + " ".join(terms)


def _refuse(refusal: Denied) -> NoReturn:
    if refusal.code in BUSY:
        raise Unavailable(str(refusal), hint="It is tried again later.") from refusal
    hints = {
        "OVERQUOTA": "The mailbox is full: make room in it.",
        "TRYCREATE": "The folder is gone: make it again in your mail program.",
        "NOPERM": "The account has no right to write there.",
    }
    raise Refused(str(refusal), hint=hints.get(refusal.code, "")) from refusal
