"""The contract of outlets, bound to a real Dovecot, to a Maildir and to Gmail."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import Mailbox
from connectors.net import crlf
from connectors.oauth.tokens import FileTokens
from connectors.outlets.gmail_mailbox import GmailMailbox
from connectors.outlets.imap_mailbox import ImapMailbox
from connectors.outlets.maildir_mailbox import MaildirMailbox
from connectors.records import Role
from tests.connectors.outlet_contract import OutletContract, Stand
from tests.servers.dovecot import Account as Dovecot
from tests.servers.google import Google

FOLDERS = {Role.DRAFTS: "Drafts", Role.SENT: "Sent", Role.INBOX: "INBOX"}
LABELS = {Role.DRAFTS: "DRAFT", Role.SENT: "SENT", Role.INBOX: "INBOX"}
PERMISSIONS = ("gmail.readonly", "gmail.compose", "gmail.insert")


class ImapStand(Stand):
    def __init__(self, dovecot: Dovecot) -> None:
        self.dovecot = dovecot

    def open(self) -> Mailbox:
        return ImapMailbox(**self.dovecot.settings())

    def put(self, raw: bytes, role: Role) -> None:
        self.dovecot.deliver(raw, FOLDERS[role])

    def lying(self, role: Role) -> list[bytes]:
        return self.dovecot.messages(FOLDERS[role])

    def edit(self, raw: bytes) -> None:
        self.discard()
        self.put(raw, Role.DRAFTS)

    def discard(self) -> None:
        self.dovecot.client.select_folder("Drafts")
        self.dovecot.client.delete_messages(self.dovecot.client.search())
        self.dovecot.client.expunge()


class MaildirStand(Stand):
    def __init__(self, root: Path) -> None:
        self.root = root
        self.written = 0

    def open(self) -> Mailbox:
        return MaildirMailbox(self.root)

    def put(self, raw: bytes, role: Role) -> None:
        folder = self.root / FOLDERS[role]
        for part in ("tmp", "new", "cur"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        self.written += 1
        (folder / "cur" / f"owner-{self.written}:2,S").write_bytes(raw)

    def lying(self, role: Role) -> list[bytes]:
        folder = self.root / FOLDERS[role]
        return [crlf(path.read_bytes()) for part in ("new", "cur") for path in sorted((folder / part).glob("*"))]

    def edit(self, raw: bytes) -> None:
        self.discard()
        self.put(raw, Role.DRAFTS)

    def discard(self) -> None:
        for path in (self.root / "Drafts").glob("*/*"):
            path.unlink()


class GmailStand(Stand):
    def __init__(self, google: Google, folder: Path) -> None:
        self.google, self.tokens = google, FileTokens(folder)
        google.sign_in(self.tokens, "mail", *PERMISSIONS)

    def open(self) -> Mailbox:
        return GmailMailbox(self.tokens, "mail", endpoint=self.google.url, timeout=60.0)

    def put(self, raw: bytes, role: Role) -> None:
        stored = self.google.mail.deliver(raw, LABELS[role])
        if role is Role.DRAFTS:
            self.google.mail.drafts[f"r-{stored.id}"] = stored.id

    def lying(self, role: Role) -> list[bytes]:
        return [message.raw for message in self.google.mail.labelled(LABELS[role])]

    def edit(self, raw: bytes) -> None:
        (draft,) = self.google.mail.drafts
        self.google.mail.edit(draft, raw)

    def discard(self) -> None:
        for draft in list(self.google.mail.drafts):
            self.google.mail.discard(draft)


@pytest.mark.server
class TestImap(OutletContract):
    @pytest.fixture
    def stand(self, dovecot: Dovecot) -> Stand:
        return ImapStand(dovecot)


class TestMaildir(OutletContract):
    @pytest.fixture
    def stand(self, tmp_path: Path) -> Stand:
        return MaildirStand(tmp_path / "mail")


class TestGmail(OutletContract):
    @pytest.fixture
    def stand(self, google: Google, tmp_path: Path) -> Stand:
        return GmailStand(google, tmp_path / "tokens")
