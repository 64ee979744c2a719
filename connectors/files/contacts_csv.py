"""Tables of people: attendees of an event, Google's and Outlook's contacts. Columns are known by their headings."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO

from connectors.files.vcard import decoded
from connectors.mime_text import clean
from connectors.records import ContactRecord, Malformed

_ADDRESS = re.compile(r"^(?:e-?mail(?: ?\d)?|e-?mail ?\d?(?: -)? (?:value|address)|(?:e-?mail|mail) ?addresses?|mail)$")
_ADDRESS_N = re.compile(r"^e-?mail \d+ address$")
_PHONE = re.compile(
    r"^(?:phone \d+ - value|(?:business|mobile|home|primary|other|company main|cell|work) phone(?: \d)?"
    r"|phone(?: number)?|telephone|mobile|tel)$"
)
_URL = re.compile(
    r"^(?:website(?: \d+ - value)?|linkedin(?: (?:url|profile))?|profile(?: url)?|web page|url|twitter|x)$"
)
_FULL = frozenset({"name", "full name", "display name", "attendee", "attendee name", "participant", "guest name"})
_GIVEN = frozenset({"first name", "given name", "firstname", "first", "vorname"})
_FAMILY = frozenset({"last name", "family name", "surname", "lastname", "last", "nachname"})
_FIRM = frozenset(
    {
        "company",
        "organization",
        "organisation",
        "organization name",
        "organization 1 - name",
        "employer",
        "company name",
        "firma",
        "affiliation",
    }
)
_TITLE = frozenset({"job title", "title", "position", "role", "organization title", "organization 1 - title"})
_SALUTATIONS = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau"})


def rows(content: bytes, folder: str) -> Iterator[ContactRecord | Malformed]:
    """Every person of a table, called by the number of the row. One that names nobody says so."""
    text = decoded(content)
    try:
        table = list(csv.reader(StringIO(text, newline=""), _dialect(text), strict=False))
    except csv.Error as error:
        yield Malformed("table", folder, f"The table cannot be read: {error}.")
        return
    heading = [clean(cell).strip().lower() for cell in table[0]] if table else []
    if not _is_heading(heading):
        yield Malformed("table", folder, "The first row names no column with names or mail addresses.")
        return
    for number, cells in enumerate(table[1:], start=2):
        if any(cell.strip() for cell in cells):
            yield _row(dict_of(heading, cells), str(number), folder)


def dict_of(heading: list[str], cells: list[str]) -> list[tuple[str, str]]:
    """(heading, cell) of the cells that say something; several values of one cell apart (Google's ` ::: `)."""
    pairs = zip(heading, cells, strict=False)
    return [(name, clean(value)) for name, cell in pairs for value in cell.split(" ::: ") if clean(value)]


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(",;\t", key=first.count)

    return Found


def _is_heading(heading: list[str]) -> bool:
    named = any(name in _FULL | _GIVEN | _FAMILY for name in heading)
    return named or any(map(_is_address, heading))


def _is_address(name: str) -> bool:
    return bool(_ADDRESS.match(name) or _ADDRESS_N.match(name))


def _row(cells: list[tuple[str, str]], ref: str, folder: str) -> ContactRecord | Malformed:
    def of(known: frozenset[str]) -> str:
        return next((value for name, value in cells if name in known), "")

    name = of(_FULL) or " ".join(filter(None, (of(_GIVEN), of(_FAMILY))))
    addresses = tuple(dict.fromkeys(v for n, v in cells if _is_address(n) and "@" in v and "/" not in v))
    if not (name or addresses):
        return Malformed(ref, folder, "The row names nobody: no name and no mail address.")
    return ContactRecord(
        ref=ref,
        name=name,
        addresses=addresses,
        profiles=tuple(dict.fromkeys(value for name, value in cells if _URL.match(name))),
        phones=tuple(dict.fromkeys(value for name, value in cells if _PHONE.match(name))),
        organization=of(_FIRM),
        title=next((v for n, v in cells if n in _TITLE and v.lower().strip(".") not in _SALUTATIONS), ""),
    )
