"""Who an event names: attendees and organiser, by mail address."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import icalendar

from connectors.ical_text import clean

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")
_GOOGLE = re.compile(r"[@.]calendar\.google\.com$")
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative", "DELEGATED": "declined"}
_THINGS = frozenset({"ROOM", "RESOURCE"})


def people(event: icalendar.Component, text: str) -> list[list[Any]]:
    """[address, name, answer, resource, organizer], one row an address. An organiser takes part unless they say no.

    `text` is what `event` was parsed from: who stands in a line that breaks the grammar is still invited.
    """
    rows: dict[str, list[Any]] = {}
    named = {name: _values(event, name) + _salvaged(event, text, name) for name in ("ATTENDEE", "ORGANIZER")}
    for row in filter(None, map(_person, named["ATTENDEE"])):
        known = rows.setdefault(row[0], row)
        if known[2] == "needs-action":
            rows[row[0]] = [row[0], row[1] or known[1], row[2], row[3] or known[3], False]
    for row in filter(None, map(_person, named["ORGANIZER"])):
        known = rows.get(row[0], [*row[:2], "accepted", row[3]])
        rows[row[0]] = [known[0], known[1] or row[1], *known[2:4], True]
    return list(rows.values())


def _values(event: icalendar.Component, name: str) -> list[Any]:
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _salvaged(event: icalendar.Component, text: str, name: str) -> list[Any]:
    """From lines the parser gave up on (a stray quote or semicolon in a name): the address and the plain parameters."""
    if all(broken for broken, _ in event.errors):
        return []
    found = []
    for line in re.findall(rf"(?im)^{name}[;:].*$", text):
        address = re.search(r"(?i)mailto:([^\s:;,\"<>]+)\s*$", line)
        if address and not _parses(line):
            told = {key: re.search(rf"(?i);{key}=([A-Z-]+)", line) for key in ("PARTSTAT", "CUTYPE", "ROLE")}
            params = {key: match.group(1) for key, match in told.items() if match}
            found.append(icalendar.vCalAddress(f"mailto:{address.group(1)}", params=params))
    return found


def _parses(line: str) -> bool:
    return not icalendar.Event.from_ical(f"BEGIN:VEVENT\r\n{line}\r\nEND:VEVENT\r\n").is_empty()


def _person(value: Any) -> list[Any] | None:
    """None for who has no mail address, and for whom the invitation was only copied to (ROLE=NON-PARTICIPANT)."""
    params = getattr(value, "params", {})
    address = _address(str(value)) or _address(str(params.get("EMAIL", "")))
    answer = _ANSWERS.get(str(params.get("PARTSTAT", "")).upper(), "needs-action")
    only_told = str(params.get("ROLE", "")).upper() == "NON-PARTICIPANT" and answer != "accepted"
    thing = str(params.get("CUTYPE", "")).upper() in _THINGS or bool(_GOOGLE.search(address))
    if not address or (only_told and not thing):
        return None
    name = clean(str(params.get("CN", "")).strip("\"' "))
    return [address, "" if name.lower() == address else name, answer, thing, False]


def _address(value: str) -> str:
    """The bare address of `mailto:` (RFC 6068), `Name <address>` or an address; "" for anything else."""
    mailto = re.search(r"(?i)(?:^|:)\s*mailto:([^:]*)$", value)
    text = unquote(mailto.group(1).split("?", 1)[0]) if mailto else value
    inner = re.search(r"<([^<>]*)>\s*$", text)
    found = _ADDRESS.fullmatch((inner.group(1) if inner else text).strip())
    return found.group().lower() if found and clean(found.group()) == found.group() else ""
