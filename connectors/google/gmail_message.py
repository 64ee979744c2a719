"""One message as Gmail tells of it, and what its labels say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.mime import parse_headers
from connectors.net import clean
from connectors.records import MailRecord, Malformed, Role

SYSTEM = {
    "INBOX": "Inbox",
    "SENT": "Sent",
    "DRAFT": "Drafts",
    "SPAM": "Spam",
    "TRASH": "Trash",
    "CHAT": "Chat",
    "UNREAD": "Unread",
    "STARRED": "Starred",
    "IMPORTANT": "Important",
    "CATEGORY_PERSONAL": "Category Personal",
    "CATEGORY_SOCIAL": "Category Social",
    "CATEGORY_PROMOTIONS": "Category Promotions",
    "CATEGORY_UPDATES": "Category Updates",
    "CATEGORY_FORUMS": "Category Forums",
}
"""Gmail's own labels by the names they have in its exports, which stay the same in every language."""

SKIPPED = {
    "DRAFT": (Role.DRAFTS, "drafts, not mail that went anywhere"),
    "SPAM": (Role.JUNK, "junk"),
    "TRASH": (Role.TRASH, "trash"),
    "CHAT": (Role.OTHER, "chat, not mail"),
}
_FOLDERS = {Role.SENT: "Sent", Role.INBOX: "Inbox", Role.ARCHIVE: "All Mail"}


@dataclass(frozen=True, slots=True)
class Labels:
    """Label id → name, Gmail's own and the owner's."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, listed: Iterable[Any]) -> Labels:
        """From the answer of labels.list."""
        own = {str(label["id"]): clean(str(label["name"])) for label in listed if {"id", "name"} <= label.keys()}
        return cls(own | SYSTEM)

    def unknown(self, ids: Iterable[str]) -> bool:
        """Whether one of these is not known by name yet."""
        return any(label not in self.names for label in ids)

    def called(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Their names; the id itself where the label is gone."""
        return tuple(self.names.get(label, label) for label in ids)


def label_ids(message: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of a message's labels."""
    told = message.get("labelIds") or ()
    return tuple(map(str, told)) if isinstance(told, list | tuple) else ()


def role_of(ids: Iterable[str]) -> Role | None:
    """SENT, INBOX or ARCHIVE; None for what is not read. Nobody but the owner can put the label SENT on mail."""
    given = frozenset(ids)
    if given & SKIPPED.keys():
        return None
    if "SENT" in given:
        return Role.SENT
    return Role.INBOX if "INBOX" in given else Role.ARCHIVE


def record(message: Mapping[str, Any], role: Role, labels: Labels) -> MailRecord | Malformed:
    """The facts of an answer of messages.get in the format `metadata`."""
    ref, folder = str(message["id"]), _FOLDERS[role]
    try:
        raw = header(message["payload"].get("headers", ()))
    except (KeyError, TypeError, AttributeError):
        return Malformed(ref, folder, "Gmail gave no header for this message.")
    size = message.get("sizeEstimate")
    return parse_headers(
        raw,
        ref=ref,
        folder=folder,
        role=role,
        arrived=_instant(message.get("internalDate")),
        labels=labels.called(label_ids(message)),
        size=size if isinstance(size, int) else None,
    )


def header(fields: Iterable[Any]) -> bytes:
    """Header fields as they stand in a message; a line end within a value cannot begin another field."""
    lines = (f"{_line(field['name'])}: {_line(field['value'])}" for field in fields)
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")


def _line(value: Any) -> str:
    return " ".join(str(value).splitlines())


def _instant(milliseconds: Any) -> datetime | None:
    """internalDate: milliseconds since 1970, in UTC."""
    try:
        return datetime.fromtimestamp(int(milliseconds) // 1000, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
