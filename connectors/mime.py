"""The header of one mail (RFC 5322) reduced to a MailRecord. Bad input becomes data, never an exception."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from connectors.mime_address import (
    TOO_DEEP,
    Addresses,
    display_name,
    is_ambiguous,
    is_ambiguous_carefully,
    normalise_address,
    parse_addresses,
    parse_carefully,
)
from connectors.mime_date import parse_date, parse_date_carefully
from connectors.mime_fields import HEADER_FIELDS
from connectors.mime_header import Fields, Header, split_carefully, split_header
from connectors.mime_robots import VALUE_LIMIT, automation
from connectors.mime_text import clean, cleaned, decode_text
from connectors.records import ListInfo, Mailbox, MailRecord, Malformed, Role

AMBIGUOUS_FROM = "ambiguous From"
REFERENCES_LIMIT = 100
RESULTS_LIMIT = 1_000

_KNOWN = frozenset(name.lower() for name in HEADER_FIELDS[:12]) | {"received"}
_TRACES = frozenset({"received", "return-path", "delivered-to", "x-original-to", "envelope-to", "x-delivered-to"})
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-delivered-to", "x-envelope-to")
_LISTS = frozenset(f"list-{name}" for name in ListInfo._fields)
_LONGEST_ID = 998
_REMEMBERED_LENGTH = 256
_PARTS = ("from", "sender", "reply-to", "to", "cc", "bcc")
_PLAIN_ID = re.compile(r"\s*<([!-;=?-~]{1,900})>\s*")
_BRACKETED = re.compile(r"<([^<>]*)>")
_EXCHANGE_ADDRESS = re.compile(r"\s*<[^<>]*>?(?=\s*(?:@\w+\s*)?$)")
_EXCHANGE_SITE = re.compile(r"@\w+\s*$")
_EMPTY_PATH = re.compile(r"\s*(?:<\s*>|<?mailer-daemon>?\s*$|$)", re.IGNORECASE)
_NONE = Addresses()


class _Copy(NamedTuple):
    """What is known of this copy beside its header."""

    ref: str
    folder: str
    role: Role
    arrived: datetime | None = None
    labels: tuple[str, ...] = ()
    size: int | None = None
    body_digest: str = ""
    delivered: bool | None = None


class _Ways(NamedTuple):
    """How the parts are read that have a quick way for the usual shapes. Both ways give the same answer."""

    split: Callable[[bytes], Header]
    addresses: Callable[[str], Addresses]
    is_ambiguous: Callable[[str], bool]
    date: Callable[[str], datetime | None]


_QUICK = _Ways(split_header, parse_addresses, is_ambiguous, parse_date)
_CAREFUL = _Ways(split_carefully, parse_carefully, is_ambiguous_carefully, parse_date_carefully)


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
    return _parse(raw, _Copy(ref, folder, role, arrived, labels, size, body_digest, delivered), _QUICK)


def parse_headers_carefully(raw: bytes, *, ref: str, folder: str, role: Role) -> MailRecord | Malformed:
    """As `parse_headers`, without any of its short cuts: what the tests measure it by."""
    return _parse(raw, _Copy(ref, folder, role), _CAREFUL)


def _parse(raw: bytes, copy: _Copy, ways: _Ways) -> MailRecord | Malformed:
    try:
        header = ways.split(raw)
        if _KNOWN.isdisjoint(header.fields):
            return Malformed(copy.ref, copy.folder, "This is no mail: not one header field of a mail was found.")
        addresses = _addresses(header.fields, ways.addresses)
        if TOO_DEEP in addresses[0].defects:
            return Malformed(copy.ref, copy.folder, "The From field nests comments too deeply to be read.")
        return _record(copy, header, addresses, ways)
    except Exception as error:  # noqa: BLE001 - the boundary to hostile input: one bad mail must not stop a folder
        return Malformed(copy.ref, copy.folder, f"The header cannot be read ({type(error).__name__}).")


def _record(copy: _Copy, header: Header, addresses: list[Addresses], ways: _Ways) -> MailRecord:
    fields, first = header.fields, header.first
    from_, sender, reply_to, to, cc, bcc = [each.mailboxes for each in addresses]
    date = _date(fields.get("date", ()), ways.date)
    results = fields.get("authentication-results", ())
    return MailRecord(
        ref=copy.ref,
        folder=copy.folder,
        role=copy.role,
        message_id=message_id(first("message-id")),
        in_reply_to=next(iter(_message_ids(fields.get("in-reply-to", ()))), ""),
        references=_references(fields.get("references", ())),
        date=date,
        arrived=copy.arrived,
        from_=_named_by_exchange(from_, header) if "x-from" in fields else from_,
        sender=sender,
        reply_to=reply_to,
        to=to,
        cc=cc,
        bcc=bcc,
        subject=decode_text(first("subject")),
        return_path=_return_path(fields["return-path"][0]) if "return-path" in fields else None,
        delivered_to=_delivered_to(fields),
        list=_list(header),
        automation=automation(header),
        authentication_results=tuple([clean(value, RESULTS_LIMIT) for value in results[:5]]),
        content_type=cleaned(first("content-type")).lower(),
        draft_token=clean(first("x-weaktie-draft"), VALUE_LIMIT),
        labels=copy.labels,
        size=copy.size,
        body_digest=copy.body_digest,
        delivered=copy.delivered if _TRACES.isdisjoint(fields) else True,
        defects=_defects(header, addresses, date, ways),
        original_message_id=message_id(first("x-microsoft-original-message-id")),
    )


def _addresses(fields: Fields, read: Callable[[str], Addresses]) -> list[Addresses]:
    """What each of the address fields holds, in the order of _PARTS."""
    return [
        _NONE
        if (values := fields.get(name)) is None
        else read(values[0])
        if len(values) == 1
        else _merged([read(value) for value in dict.fromkeys(values)])
        for name in _PARTS
    ]


def _merged(found: list[Addresses]) -> Addresses:
    return Addresses(
        tuple(dict.fromkeys(mailbox for each in found for mailbox in each.mailboxes)),
        tuple(dict.fromkeys(defect for each in found for defect in each.defects)),
    )


def _date(values: Sequence[str], read: Callable[[str], datetime | None]) -> datetime | None:
    for value in values:
        date = read(value)
        if date:
            return date
    return None


def _defects(header: Header, addresses: list[Addresses], date: datetime | None, ways: _Ways) -> tuple[str, ...]:
    defects = header.defects.copy()
    for name, found in zip(_PARTS, addresses):  # noqa: B905 - as long as each other, and asked a hundred thousand times
        if found.defects:
            defects += [f"{name}: {defect}" for defect in found.defects]
    senders = header.fields.get("from", ())
    doubts = [value for value in senders if ways.is_ambiguous(value)]
    if doubts or (len(senders) > 1 and len(set(senders)) > 1):
        defects.append(AMBIGUOUS_FROM)
    elif not addresses[0].mailboxes:
        defects.append("no address in From")
    if date is None and header.first("date"):
        defects.append("date: not a date")
    return tuple(defects)


def message_id(value: str) -> str:
    """One msg-id without brackets, blanks and control characters, whichever way it was folded; '' for none."""
    if not value:
        return ""
    plain = _PLAIN_ID.fullmatch(value)
    if plain is not None:
        return plain[1]
    found = _BRACKETED.search(value)
    if found is not None:
        return _squeeze(found[1])
    words = value.strip("<>").split()
    return _squeeze(next((word for word in words if "@" in word), "".join(words)))


def _squeeze(text: str) -> str:
    if not text.isprintable() or len(text) >= _LONGEST_ID:
        return clean(text).replace(" ", "")
    return "".join(text.split()) if " " in text else text


def _message_ids(values: Sequence[str]) -> Sequence[str]:
    if not values:
        return ()
    joined = values[0] if len(values) == 1 else " ".join(values)
    plain = _PLAIN_ID.fullmatch(joined)
    if plain is not None:
        return (plain[1],)
    found = _BRACKETED.findall(joined) or [word for word in joined.split() if "@" in word]
    return [squeezed for squeezed in dict.fromkeys(map(_squeeze, found)) if squeezed]


def _references(values: Sequence[str]) -> tuple[str, ...]:
    found = _message_ids(values)
    return tuple(found if len(found) <= REFERENCES_LIMIT else [found[0], *found[1 - REFERENCES_LIMIT :]])


def _return_path(value: str) -> str | None:
    """The address failures go to; '' for the empty one of bounces (RFC 5321 §4.5.5), None where it cannot be read."""
    return normalise_address(value) or ("" if _EMPTY_PATH.match(value) else None)


def _named_by_exchange(mailboxes: tuple[Mailbox, ...], header: Header) -> tuple[Mailbox, ...]:
    """Exports of Exchange and Notes keep the sender's full name in X-From only."""
    if len(mailboxes) != 1 or " " in mailboxes[0].name:
        return mailboxes
    address = mailboxes[0].address
    name = display_name(_EXCHANGE_SITE.sub("", _EXCHANGE_ADDRESS.sub("", header.first("x-from"))), address)
    if not any(char.isalpha() for char in name) or set(name) & set("@/<>=\\"):
        return mailboxes
    return (Mailbox(address, name),)


def _delivered_to(fields: Fields) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in _DELIVERED:
        if name in fields:
            found |= dict.fromkeys([_home(value) for value in fields[name][:5]])
    found.pop("", None)
    return tuple(found)


def _home(value: str) -> str:
    return _remembered_home(value) if len(value) <= _REMEMBERED_LENGTH else normalise_address(value)


_remembered_home = lru_cache(maxsize=256)(normalise_address)


def _list(header: Header) -> ListInfo:
    if _LISTS.isdisjoint(header.fields):
        return _NO_LIST
    found = ListInfo(*[cleaned(header.first(f"list-{name}")) for name in ListInfo._fields])
    return found or _NO_LIST


_NO_LIST = ListInfo()
