"""The report as a mail: multipart/alternative from the owner to the owner, parsed back before it goes anywhere."""

from __future__ import annotations

import hmac
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP, compat32
from email.utils import format_datetime, getaddresses

from agent.errors import WeaktieError
from agent.report.plain import clean
from agent.report.render import Rendered

POLICY = SMTP.clone(max_line_length=76)
TOKEN_HEADER = "X-Weaktie-Report"  # noqa: S105 - the name of a header, not a secret


@dataclass(frozen=True, slots=True)
class Stamp:
    """What tells one report from every other: its Message-ID and the token in it, which every reply carries."""

    rfc_id: str
    token: str


def stamp(salt: bytes, address: str, period: str) -> Stamp:
    """The marks of the report of one owner and week.

    The token follows from the owner's salt, so that a store restored from a backup still finds the report that lies
    in the mailbox; nobody without the salt can foretell its 128 bits. It stands in the Message-ID because mail programs
    carry that into In-Reply-To and References of a reply (RFC 5322 §3.6.4), and nothing else so surely.
    """
    token = hmac.new(salt, f"report {period}".encode(), "sha256").hexdigest()[:32]
    return Stamp(f"<report-{period}-{token}@{_domain(address)}>", token)


def message(rendered: Rendered, *, owner: str, address: str, marks: Stamp, at: datetime) -> bytes:
    """The finished mail with CRLF line ends. `at` is aware, best in the owner's zone.

    RFC 3834 (Auto-Submitted) and X-Auto-Response-Suppress keep machines from answering. Raises WeaktieError when
    what was written does not read back as exactly what was meant.
    """
    mine = _spec(address)
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = clean(rendered.subject, 150)
    mail["From"] = Address(clean(f"weaktie for {owner}", 70), addr_spec=mine)
    mail["To"] = Address(clean(owner, 60), addr_spec=mine)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = marks.rfc_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Precedence"] = "bulk"
    mail[TOKEN_HEADER] = marks.token
    mail.set_content(rendered.text, charset="utf-8", cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", charset="utf-8", cte="quoted-printable")
    mail.set_boundary(f"=_weaktie_{marks.token}")  # "=_" cannot occur in quoted-printable
    content = mail.as_bytes()
    _check(content, mail, mine, marks, rendered)
    return content


def _check(content: bytes, meant: EmailMessage, address: str, marks: Stamp, rendered: Rendered) -> None:
    found = message_from_bytes(content, policy=compat32)
    names = Counter(name.lower() for name in found)
    wanted = Counter(name.lower() for name in meant)
    people = [spec for _, spec in getaddresses([*found.get_all("From", []), *found.get_all("To", [])])]
    parts = found.get_payload()
    good = (
        names == wanted
        and people == [address, address]
        and (found["Message-ID"] or "").strip() == marks.rfc_id
        and (found[TOKEN_HEADER] or "").strip() == marks.token
        and isinstance(parts, list)
        and [_text(part) for part in parts if isinstance(part, Message)] == [rendered.text, rendered.html]
    )
    if not good:
        hint = "Nothing was delivered. Please report it, with the output of `weaktie report`."
        raise WeaktieError("The report does not read back as it was written.", hint=hint)


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8").replace("\r\n", "\n") if isinstance(payload, bytes) else ""


def _domain(address: str) -> str:
    return _spec(address).rpartition("@")[2]


def _spec(address: str) -> str:
    """The address as it may stand in a header: the domain in its ASCII form (RFC 5890)."""
    local, _, domain = address.rpartition("@")
    try:
        spec = f"{local}@{domain.encode('idna').decode('ascii')}"
        Address(addr_spec=spec.encode("ascii").decode("ascii"))
    except (UnicodeError, ValueError) as error:
        hint = "Put an address with plain letters first in owner.addresses."
        raise WeaktieError(f"A report cannot be addressed to {clean(address)}.", hint=hint) from error
    return spec
