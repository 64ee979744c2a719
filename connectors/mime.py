"""The header of one mail (RFC 5322) reduced to a MailRecord. Bad input becomes data, never an exception."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from connectors.mime_address import (
    TOO_DEEP,
    Addresses,
    display_name,
    is_ambiguous,
    normalise_address,
    parse_addresses,
)
from connectors.mime_date import parse_date
from connectors.mime_header import Header, split_header
from connectors.mime_robots import FETCHED, VALUE_LIMIT, automation
from connectors.mime_text import clean, decode_text
from connectors.records import ListInfo, Mailbox, MailRecord, Malformed, Role

AMBIGUOUS_FROM = "ambiguous From"
REFERENCES_LIMIT = 100
RESULTS_LIMIT = 1_000

HEADER_FIELDS = (
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Return-Path",
    "Delivered-To",
    "X-Original-To",
    "List-Id",
    "List-Post",
    "List-Unsubscribe",
    "List-Help",
    *FETCHED,
    "Authentication-Results",
    "Content-Type",
    "X-Weaktie-Draft",
    "X-Microsoft-Original-Message-ID",
)
"""What a server shall be asked for, always in this order: servers cache by field."""

_KNOWN = frozenset(name.lower() for name in HEADER_FIELDS[:12]) | {"received"}
_TRACES = frozenset({"received", "return-path", "delivered-to", "x-original-to", "envelope-to", "x-delivered-to"})
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-delivered-to", "x-envelope-to")
_PARTS = ("from", "sender", "reply-to", "to", "cc", "bcc")
_BRACKETED = re.compile(r"<([^<>]*)>")
_EXCHANGE_ADDRESS = re.compile(r"\s*<[^<>]*>?(?=\s*(?:@\w+\s*)?$)")
_EXCHANGE_SITE = re.compile(r"@\w+\s*$")
_NONE = Addresses()


@dataclass(frozen=True, slots=True)
class _Copy:
    """What is known of this copy beside its header."""

    ref: str
    folder: str
    role: Role
    arrived: datetime | None
    labels: tuple[str, ...]
    size: int | None
    body_digest: str
    delivered: bool | None


def parse_headers(  # noqa: PLR0913 - one keyword for each fact that stands outside the header
    raw: bytes,
    *,
    ref: str,
    folder: str,
    role: Role,
    arrived: datetime | None = None,
    labels: tuple[str, ...] = (),
    size: int | None = None,
    body_digest: str = "",
    delivered: bool | None = None,
) -> MailRecord | Malformed:
    """The header facts in `raw`: a header, or a whole message of which only the header is read.

    `delivered` is what to say of a copy that bears no trace of transport: False where the whole header is at hand,
    None where only HEADER_FIELDS are. Malformed is returned for bytes without any field of a mail and for a From
    that cannot be read in bounded time. `defects` tell what was dropped, as 'field: what'; the one 'ambiguous From'
    means that two readers would name different senders, so that the mail must not be laid to anybody's account.
    """
    copy = _Copy(ref, folder, role, arrived, labels, size, body_digest, delivered)
    try:
        header = split_header(raw)
        if _KNOWN.isdisjoint(header.fields):
            return Malformed(ref, folder, "This is no mail: not one header field of a mail was found.")
        addresses = {name: _addresses(header, name) for name in _PARTS if name in header.fields}
        if TOO_DEEP in addresses.get("from", _NONE).defects:
            return Malformed(ref, folder, "The From field nests comments too deeply to be read.")
        return _record(copy, header, addresses)
    except Exception as error:  # noqa: BLE001 - the boundary to hostile input: one bad mail must not stop a folder
        return Malformed(ref, folder, f"The header cannot be read ({type(error).__name__}).")


def _record(copy: _Copy, header: Header, addresses: dict[str, Addresses]) -> MailRecord:
    date = next((date for value in header.all("date") if (date := parse_date(value))), None)
    return MailRecord(
        ref=copy.ref,
        folder=copy.folder,
        role=copy.role,
        message_id=message_id(header.first("message-id")),
        in_reply_to=next(iter(_message_ids(header.all("in-reply-to"))), ""),
        references=_references(header),
        date=date,
        arrived=copy.arrived,
        from_=_named_by_exchange(addresses.get("from", _NONE).mailboxes, header),
        sender=addresses.get("sender", _NONE).mailboxes,
        reply_to=addresses.get("reply-to", _NONE).mailboxes,
        to=addresses.get("to", _NONE).mailboxes,
        cc=addresses.get("cc", _NONE).mailboxes,
        bcc=addresses.get("bcc", _NONE).mailboxes,
        subject=decode_text(header.first("subject")),
        return_path=_return_path(header),
        delivered_to=_delivered_to(header),
        list=_list(header),
        automation=automation(header),
        authentication_results=tuple(clean(value, RESULTS_LIMIT) for value in header.all("authentication-results")[:5]),
        content_type=clean(header.first("content-type")).lower(),
        draft_token=clean(header.first("x-weaktie-draft"), VALUE_LIMIT),
        labels=copy.labels,
        size=copy.size,
        body_digest=copy.body_digest,
        delivered=copy.delivered if _TRACES.isdisjoint(header.fields) else True,
        defects=_defects(header, addresses, date),
        original_message_id=message_id(header.first("x-microsoft-original-message-id")),
    )


def _addresses(header: Header, name: str) -> Addresses:
    values = header.fields[name]
    if len(values) == 1:
        return parse_addresses(values[0])
    found = [parse_addresses(value) for value in dict.fromkeys(values)]
    return Addresses(
        tuple(dict.fromkeys(mailbox for each in found for mailbox in each.mailboxes)),
        tuple(dict.fromkeys(defect for each in found for defect in each.defects)),
    )


def _defects(header: Header, addresses: dict[str, Addresses], date: datetime | None) -> tuple[str, ...]:
    defects = [*header.defects, *(f"{name}: {defect}" for name, found in addresses.items() for defect in found.defects)]
    values = header.all("from")
    if len(set(values)) > 1 or any(is_ambiguous(value) for value in values):
        defects.append(AMBIGUOUS_FROM)
    elif not addresses.get("from", _NONE).mailboxes:
        defects.append("no address in From")
    if date is None and header.first("date"):
        defects.append("date: not a date")
    return tuple(defects)


def message_id(value: str) -> str:
    """One msg-id without brackets, blanks and control characters, whichever way it was folded; '' for none."""
    if not value:
        return ""
    found = _BRACKETED.search(value)
    if found is not None:
        return _squeeze(found[1])
    words = value.strip("<>").split()
    return _squeeze(next((word for word in words if "@" in word), "".join(words)))


def _squeeze(text: str) -> str:
    return "".join(text.split()) if text.isprintable() and len(text) < 998 else clean(text).replace(" ", "")


def _message_ids(values: Iterable[str]) -> list[str]:
    joined = " ".join(values)
    found = _BRACKETED.findall(joined) or [word for word in joined.split() if "@" in word]
    return [squeezed for squeezed in dict.fromkeys(map(_squeeze, found)) if squeezed]


def _references(header: Header) -> tuple[str, ...]:
    found = _message_ids(header.all("references"))
    return tuple(found if len(found) <= REFERENCES_LIMIT else [found[0], *found[1 - REFERENCES_LIMIT :]])


def _named_by_exchange(mailboxes: tuple[Mailbox, ...], header: Header) -> tuple[Mailbox, ...]:
    """Exports of Exchange and Notes keep the sender's display name in X-From only."""
    if "x-from" not in header.fields or len(mailboxes) != 1 or mailboxes[0].name:
        return mailboxes
    address = mailboxes[0].address
    name = display_name(_EXCHANGE_SITE.sub("", _EXCHANGE_ADDRESS.sub("", header.first("x-from"))), address)
    if not any(char.isalpha() for char in name) or set(name) & set("@/<>=\\"):
        return mailboxes
    return (Mailbox(address, name),)


def _return_path(header: Header) -> str | None:
    values = header.all("return-path")
    return normalise_address(values[0]) if values else None


def _delivered_to(header: Header) -> tuple[str, ...]:
    found = (normalise_address(value) for name in _DELIVERED for value in header.all(name)[:5])
    return tuple(dict.fromkeys(address for address in found if address))


def _list(header: Header) -> ListInfo:
    values = [clean(header.first(f"list-{name}")) for name in ("id", "post", "unsubscribe", "help")]
    return ListInfo(*values) if any(values) else _NO_LIST


_NO_LIST = ListInfo()
