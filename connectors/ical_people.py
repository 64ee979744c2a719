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


def people(event: icalendar.Component) -> list[list[Any]]:
    """[address, name, answer, resource, organizer], one row an address. An organiser takes part unless they say no."""
    rows: dict[str, list[Any]] = {}
    attendees = event.get("ATTENDEE", [])
    for value in attendees if isinstance(attendees, list) else [attendees]:
        row = _person(value)
        if row is not None and (row[0] not in rows or rows[row[0]][2] == "needs-action"):
            rows[row[0]] = row
    organizer = _person(event["ORGANIZER"]) if "ORGANIZER" in event else None
    if organizer is not None:
        known = rows.get(organizer[0], [*organizer[:2], "accepted", organizer[3]])
        rows[organizer[0]] = [known[0], known[1] or organizer[1], *known[2:4], True]
    return list(rows.values())


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
    scheme, colon, rest = value.strip().partition(":")
    text = unquote(rest.split("?", 1)[0]) if colon and scheme.lower() == "mailto" else value
    inner = re.search(r"<([^<>]*)>\s*$", text)
    found = _ADDRESS.fullmatch((inner.group(1) if inner else text).strip())
    return found.group().lower() if found and clean(found.group()) == found.group() else ""
