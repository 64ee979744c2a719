"""What writes outside: drafts and reports into the owner's own mailbox, and, in send mode only, mail to others."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from connectors.base import Mailbox, Transport
from connectors.errors import Unsupported

OUTLETS = {
    "imap": "connectors.outlets.imap_mailbox:ImapMailbox",
    "maildir": "connectors.outlets.maildir_mailbox:MaildirMailbox",
    "gmail": "connectors.outlets.gmail_mailbox:GmailMailbox",
}
TRANSPORTS = {
    "smtp": "connectors.outlets.smtp:SmtpTransport",
    "gmail": "connectors.outlets.gmail_transport:GmailTransport",
}


def open_mailbox(kind: str, **settings: Any) -> Mailbox:
    """The outlet of this kind, built from keyword settings. Raises Unsupported for an unknown kind."""
    path = OUTLETS.get(kind)
    if path is None:
        known = ", ".join(sorted(OUTLETS))
        raise Unsupported(f"Nothing can be put into a source of kind {kind!r}.", hint=f"Kinds that can: {known}.")
    mailbox: Mailbox = _load(path)(**settings)
    return mailbox


def open_transport(kind: str = "smtp", **settings: Any) -> Transport:
    """The way out for approved mail; nothing is contacted yet."""
    transport: Transport = _load(TRANSPORTS[kind])(**settings)
    return transport


def _load(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)
