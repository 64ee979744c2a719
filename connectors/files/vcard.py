"""vCards (RFC 2426, RFC 6350, vCard 2.1): each card of a file by itself, so that a bad one spoils no other."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from connectors.mime_text import clean
from connectors.records import ContactRecord, Malformed

CARD_LIMIT = 1_048_576
_BEGIN = re.compile(r"^BEGIN:VCARD[ \t]*$", re.IGNORECASE | re.MULTILINE)
_END = re.compile(r"^END:VCARD[ \t]*$", re.IGNORECASE | re.MULTILINE)
LENIENT: dict[str, Any] = {"ignoreUnreadable": True, "allowQP": True}
_FIELDS = "FN|N|EMAIL|TEL|ORG|TITLE|URL|REV|X-SOCIALPROFILE|SOCIALPROFILE|X-LINKEDIN|X-TWITTER"
_WANTED = re.compile(
    rf"^(?:[\w-]+\.)?(?:{_FIELDS})[;:](?:[^\r\n]*(?:=\r?\n|\r?\n(?=[ \t])))*[^\r\n]*", re.IGNORECASE | re.MULTILINE
)
_REVISED = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d))?")
_PROFILES = ("url", "x-socialprofile", "socialprofile", "x-linkedin", "x-twitter")


def cards(content: bytes, folder: str) -> Iterator[ContactRecord | Malformed]:
    """Every card of a file, in its order, called by its number. One that cannot be read says why."""
    text = decoded(content)
    starts = [match.start() for match in _BEGIN.finditer(text)]
    if not starts:
        yield Malformed("file", folder, "There is no vCard in this file.")
    for number, (start, after) in enumerate(pairwise([*starts, len(text)]), start=1):
        end = _END.search(text, start, after)
        if end is None:
            yield Malformed(str(number), folder, "The card breaks off before END:VCARD.")
        elif end.end() - start > CARD_LIMIT:
            yield Malformed(str(number), folder, "The card is longer than a megabyte.")
        else:
            yield _card(text[start : end.end()] + "\r\n", str(number), folder)


def decoded(content: bytes) -> str:
    """Text as programs export it: UTF-8 or UTF-16 with their marks, else Windows' Western alphabet."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n")


def _card(text: str, ref: str, folder: str) -> ContactRecord | Malformed:
    try:
        record = _record(_parsed(text), ref)
    except Exception as error:  # noqa: BLE001 - a stranger's card may raise anything in the parser; it is set aside
        return Malformed(ref, folder, f"The card cannot be read ({type(error).__name__}).")
    if not (record.name or record.addresses):
        return Malformed(ref, folder, "The card names nobody: no name and no mail address.")
    return record


def _record(card: Any, ref: str) -> ContactRecord:
    return ContactRecord(
        ref=ref,
        name=_name(card),
        addresses=tuple(address for address in _texts(card, "email") if "@" in address),
        profiles=tuple(dict.fromkeys(url.replace("\\:", ":") for field in _PROFILES for url in _texts(card, field))),
        phones=tuple(number.removeprefix("tel:") for number in _texts(card, "tel")),
        organization=_organization(card),
        title=next(iter(_texts(card, "title")), ""),
        noted=_revised(next(iter(_texts(card, "rev")), "")),
    )


def _parsed(text: str) -> Any:
    """A card's fields as the library has them; where it fails on the whole, each field by itself."""
    import vobject

    logging.getLogger("vobject").setLevel(logging.CRITICAL)
    fields = _WANTED.findall(text)
    try:
        return vobject.readOne(_framed(fields), **LENIENT)
    except Exception:  # noqa: BLE001 - as above; what is readable of the card is worth having
        card = vobject.vCard()
        for field in fields:
            for part in _read_alone(field):
                card.add(part)
        return card


def _framed(fields: list[str]) -> str:
    return "\r\n".join(("BEGIN:VCARD", *fields, "END:VCARD", ""))


def _read_alone(field: str) -> list[Any]:
    """One field; quoted-printable that names no character set is UTF-8 to the library, and often is not."""
    import vobject

    western = re.sub(r";ENCODING=QUOTED-PRINTABLE", r";CHARSET=cp1252\g<0>", field, flags=re.IGNORECASE)
    for spelling in (field, western):
        with suppress(Exception):
            return list(vobject.readOne(_framed([spelling]), **LENIENT).getChildren())
    return []


def _texts(card: Any, field: str) -> tuple[str, ...]:
    values = (item.value for item in card.contents.get(field, ()))
    found = (clean(value) for value in values if isinstance(value, str))
    return tuple(dict.fromkeys(value for value in found if value))


def _name(card: Any) -> str:
    full = next(iter(_texts(card, "fn")), "")
    if full:
        return full
    for item in card.contents.get("n", ()):
        return clean(" ".join(_flat(getattr(item.value, part, "")) for part in ("given", "family")))
    return ""


def _organization(card: Any) -> str:
    """The first component of ORG; a comma in it is a comma, whatever vCard 2.1 programs meant by it."""
    for item in card.contents.get("org", ()):
        value = item.value
        return clean(value if isinstance(value, str) else _flat(value[0], ",") if value else "")
    return ""


def _flat(value: Any, joint: str = " ") -> str:
    return value if isinstance(value, str) else joint.join(map(str, value))


def _revised(text: str) -> datetime | None:
    """REV (RFC 6350 §6.7.4), UTC where it names no zone."""
    match = _REVISED.match(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    with suppress(ValueError):
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return None
