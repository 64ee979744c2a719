"""The bytes of a draft as they will go out: our Message-ID, the date of the approval, and nothing private."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime

KEPT = (
    "from",
    "to",
    "cc",
    "bcc",
    "subject",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-language",
    "x-weaktie-draft",
)
_FIELD = re.compile(rb"[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n")


def outgoing(content: bytes, rfc_id: str, approved_at: datetime) -> bytes:
    """The draft with what a mail program noted in it for itself taken out (folders, identities: they are the owner's).

    Date becomes the time of the approval: a draft may have waited for weeks. Message-ID stays ours, whatever the
    mail program made of it. Recipient fields are kept, so that the check which follows sees all of them.
    """
    head, blank, body = _crlf(content).partition(b"\r\n\r\n")
    fields = [found.group() for found in _FIELD.finditer(head + b"\r\n")]
    kept = [line for line in fields if line.partition(b":")[0].strip().lower().decode("latin-1") in KEPT]
    own = f"Date: {format_datetime(approved_at)}\r\nMessage-ID: <{rfc_id}>\r\n"
    return b"".join(kept) + own.encode("ascii") + b"\r\n" + (body if blank else b"")


def _crlf(content: bytes) -> bytes:
    return re.sub(rb"\r\n|\r|\n", b"\r\n", content)
