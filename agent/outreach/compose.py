"""A plan → the exact bytes of a mail, or a refusal. What was serialised is read again before anybody gets it.

Names and subjects of strangers end up in these headers. Python's own folding has let a decoded encoded word make a
new header line (CVE-2024-6923, CVE-2026-1299), so header lines are written here, from cleaned values, and two
parsers have to find in the bytes just the fields and just the recipient that were meant (RFC 5322, RFC 2047).
"""

from __future__ import annotations

import hmac
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from typing import Any

from agent.outreach.reread import check
from agent.outreach.wording import given, unmarked, when
from agent.people.normalise import address_key, first_name
from agent.templating import Templates, one_line

DRAFT_FIELD = "X-Weaktie-Draft"
SUBJECT_CHARACTERS = 200
REFERENCES = 20
LINE = 76
_MSG_ID = re.compile(r"[!-;=?-~]{1,240}")
_REPLY_MARK = re.compile(
    r"^\s*(?:(?:(?:re|aw|sv|vs|antw|rif|tr)(?:\[\d+\])?\s*:|\[ext(?:ern(?:al)?)?\](?:\s*:)?)\s*)+", re.IGNORECASE
)
_WORD = re.compile(r'"[^"]*"(?=\s|$)|\S+')
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


@dataclass(frozen=True, slots=True)
class Writer:
    """In whose name it is written."""

    name: str
    address: str
    signature: str = ""
    zone: tzinfo = UTC

    @property
    def domain(self) -> str:
        """The domain the Message-ID is made under."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be written: kind, to whom, the values for the template, the mail it answers (or None).

    `token` marks the draft (32 hex digits); a random one is made where none is given.
    """

    kind: str
    name: str
    address: str
    context: Mapping[str, Any]
    reply: Mapping[str, Any] | None = None
    token: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """In which language (a folder of templates, empty for the usual one), and whether with an HTML side."""

    language: str = ""
    html: bool = False


PLAIN = Style()


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished mail: its bytes (CRLF lines) with all that identifies it, fixed from here on."""

    content: bytes
    digest: str
    rfc_id: str
    token: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    thread: str


def compose(order: Order, writer: Writer, templates: Templates, now: datetime, style: Style = PLAIN) -> Letter:
    """Render and serialise. Raises TemplateRefused for the text, NotAllowed where the bytes say something else."""
    context = values(order.context, writer, now, style.language)
    subject = templates.text(order.kind, "subject.txt", context, style.language)
    text = templates.text(order.kind, "body.txt", context, style.language)
    html = _other_side(order.kind, templates, context, text, style) if style.html else ""
    reply = _reply(order.reply)
    if reply:
        subject = f"Re: {one_line(_REPLY_MARK.sub('', unmarked(reply['subject'])), SUBJECT_CHARACTERS)}"
    address = address_key(order.address)
    rfc_id, token = f"{uuid.uuid4()}@{writer.domain}", order.token or secrets.token_hex(16)
    head = [
        ("From", _mailbox("From", writer.name, writer.address)),
        ("To", _mailbox("To", order.name, address)),
        ("Subject", _text("Subject", one_line(subject, SUBJECT_CHARACTERS))),
        ("Date", format_datetime(now.astimezone(writer.zone))),
        ("Message-ID", f"<{rfc_id}>"),
        *_threading(reply),
        (DRAFT_FIELD, token),
    ]
    content = _serialise(head, text, html)
    check(content, writer.address, address, tuple(name for name, _ in head))
    return Letter(
        content=content,
        digest=digest_of(content),
        rfc_id=rfc_id,
        token=token,
        recipients=(address,),
        subject=one_line(subject, SUBJECT_CHARACTERS),
        text=text,
        thread=reply["references"][0] if reply else rfc_id,
    )


def values(context: Mapping[str, Any], writer: Writer, now: datetime, language: str = "") -> dict[str, Any]:
    """The values every kind of message gets (docs/templates.md): the plan's, each on one line, and who writes.

    An instant becomes words here, on the day of writing: "on Tuesday" is wrong a week later.
    """
    plan = {name: (one_line(value) or None) if isinstance(value, str) else value for name, value in context.items()}
    told = plan.get("when")
    if isinstance(told, Mapping):
        instant = datetime.fromisoformat(next(iter(told.values())))
        plan |= {"date": instant.astimezone(writer.zone).date(), "when": when(told, now, writer.zone, language)}
    own = {
        "owner": one_line(writer.name),
        "owner_first_name": given(first_name(writer.name)) or one_line(writer.name),
        "signature": writer.signature.strip() or None,
    }
    return {**plan, **own}


def token_of(salt: bytes, person_id: int, kind: str, reason_key: str) -> str:
    """The token of the draft for one reason: 128 bits that nobody without the owner's salt can know.

    The same reason always has the same token, so a draft is known again after an old backup was restored.
    """
    said = f"draft\0{person_id}\0{kind}\0{reason_key}".encode()
    return hmac.new(salt, said, sha256).hexdigest()[:32]


def digest_of(content: bytes) -> str:
    """SHA-256 of exact bytes, as hex digits."""
    return sha256(content).hexdigest()


def _other_side(kind: str, templates: Templates, context: Mapping[str, Any], text: str, style: Style) -> str:
    """The HTML side: the owner's own `body.html`, else the paragraphs of the text."""
    if templates.has(kind, "body.html", style.language):
        return templates.html(kind, "body.html", context, style.language)
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>\n" for part in text.strip().split("\n\n"))


def _reply(reply: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The mail answered, if its Message-ID can stand in a header and its subject says something."""
    if not reply or not _MSG_ID.fullmatch(str(reply["rfc_id"])) or not one_line(str(reply["subject"])):
        return None
    chain = [ref for ref in map(str, reply.get("references") or ()) if _MSG_ID.fullmatch(ref)]
    kept = list(dict.fromkeys([*chain, str(reply["rfc_id"])]))
    kept = [*kept[:1], *kept[1:][-REFERENCES:]]
    return {"rfc_id": str(reply["rfc_id"]), "subject": str(reply["subject"]), "references": kept}


def _threading(reply: dict[str, Any] | None) -> list[tuple[str, str]]:
    if reply is None:
        return []
    return [
        ("In-Reply-To", f"<{reply['rfc_id']}>"),
        ("References", " ".join(f"<{ref}>" for ref in reply["references"])),
    ]


def _text(field: str, value: str) -> str:
    if value.isascii():
        return value
    return Header(value, "utf-8", maxlinelen=LINE, header_name=field).encode(linesep="\r\n")


def _mailbox(field: str, name: str, address: str) -> str:
    clean = one_line(name.replace('"', "").replace("\\", ""), 100)
    if not clean or "@" in clean:
        return address
    if not clean.isascii():
        return f"{_text(field, clean)} <{address}>"
    return f"{clean} <{address}>" if _PLAIN_NAME.fullmatch(clean) else f'"{clean}" <{address}>'


def _serialise(head: list[tuple[str, str]], text: str, html: str) -> bytes:
    body = EmailMessage(policy=SMTP)
    body.set_content(text, cte=_encoding(text))
    if html:
        body.add_alternative(html, subtype="html", cte="quoted-printable")
    lines = "".join(f"{_folded(name, value)}\r\n" for name, value in head)
    return lines.encode("ascii") + b"MIME-Version: 1.0\r\n" + _without_version(body.as_bytes())


def _without_version(part: bytes) -> bytes:
    head, _, rest = part.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"mime-version:")]
    return b"\r\n".join(kept) + b"\r\n\r\n" + rest


def _encoding(text: str) -> str:
    short = all(len(line) <= LINE for line in text.splitlines())
    return "7bit" if text.isascii() and short else "quoted-printable"


def _folded(name: str, value: str) -> str:
    """One field, broken at spaces where it is longer than 76 characters (RFC 5322 §2.2.3), never inside quotes."""
    lines = [f"{name}:"]
    for word in _WORD.findall(value):
        if len(lines[-1]) + 1 + len(word) > LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)
