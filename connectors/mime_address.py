"""Address fields of mail as they are in the world: RFC 5322 §3.4 and §4.4, and what mailers made of it.

`parse_addresses` answers the common shapes with one regular expression and everything else with a tokeniser that
never recurses. Both give the same answer where both apply; the tests hold them to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import utils
from functools import lru_cache

from connectors.mime_text import decode_text
from connectors.records import Mailbox

ADDRESS_LIMIT = 320
NAME_LIMIT = 256
NESTING_LIMIT = 20
TOO_DEEP = "comments nested too deeply"
TWO_READINGS = "two addresses in one entry"
NO_ADDRESS = "entry without an address"

_REMEMBERED_LENGTH = 256
_ENTRY_LIMIT = 2000

_LOCAL = r"[A-Za-z0-9!#$%&*+/^_`{|}~=-][A-Za-z0-9!#$%&'*+/^_`{|}~=.-]*+"
_PLAIN = rf"{_LOCAL}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
_COMMON = re.compile(
    rf'(?:(?:\s*"([^"\\]*)"\s*|([^"<>@,;:()\\]*+))<({_PLAIN})>|\s*({_PLAIN}))\s*(?:,|$)',
)
_TOKEN = re.compile(
    r"(?P<word>=\?[^?\s]{1,60}\?[BbQq]\?[^?\s]*+\?=)"
    r'|"(?P<quoted>(?:[^"\\]|\\.)*+)"'
    r'|<(?P<angle>\s*(?:@[^:<>",;]*+(?:,\s*@[^:<>",;]*+)*+:)?(?:[^<>"\\,;]|"(?:[^"\\]|\\.)*+"|\\.)*+)(?P<closed>>)?'
    r"|(?P<special>[,;:()<>\\\"])"
    r"|(?P<text>[^\s,;:()<>\\\"]++)"
    r"|(?P<space>\s++)",
    re.DOTALL,
)
_WORD_CHAR = r'[^\s"@<>(),;:\\\[\]]'
_SPEC = re.compile(
    rf'(?:"(?:[^"\\]|\\.)*+"|(?<!{_WORD_CHAR}){_WORD_CHAR}++)\s*@\s*'
    rf"(?:\[[^\]\s@]*+\]|{_WORD_CHAR}++(?:\s+\.\s*{_WORD_CHAR}++)*+)"
)
_ADDRESS = re.compile(
    r'(?:"[^"\\]+"|[^\s"@<>()\[\],;:\\\'][^\s"@<>()\[\],;:\\]*)@(?:\[[0-9a-f.:ipv]+\]|[^\s"@<>()\[\],;:\\\']+)'
)
_PLAIN_SPEC = re.compile(rf"\s*<?({_PLAIN})>?\s*")
_COMMENT = re.compile(r"\([^()]*\)")
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_AROUND = re.compile(r"\s*([@.])\s*")
_GATEWAY_CHAR = re.compile(r"\+([0-9a-f]{2})")
_INNER = re.compile(r"[^\s<>\"'()@/]+@[^\s<>\"'()@/]+\.[a-z]{2,}")
_LENIENT = {"strict": False} if getattr(utils, "supports_strict_parsing", False) else {}


@dataclass(frozen=True, slots=True)
class Addresses:
    """The mailboxes of one field in their order, and what was wrong with it."""

    mailboxes: tuple[Mailbox, ...] = ()
    defects: tuple[str, ...] = ()


@dataclass(slots=True)
class _Entry:
    """What stands between two commas: its text without comments, and the same with quotes undone."""

    text: str = ""
    phrase: str = ""
    angles: list[str] = field(default_factory=list)
    comment: str = ""
    closed: bool = True


def parse_addresses(value: str) -> Addresses:
    """Every mailbox of an address field; entries without one are dropped and told of. Never raises."""
    return _remembered(value) if len(value) <= _REMEMBERED_LENGTH else _parse(value)


def _parse(value: str) -> Addresses:
    return parse_common(value) or parse_carefully(value)


_remembered = lru_cache(maxsize=1024)(_parse)


def parse_common(value: str) -> Addresses | None:
    """A list of plain `name <address>` and `address` entries; None where there is anything else in it."""
    found: list[Mailbox] = []
    position, end = 0, len(value)
    while position < end:
        match = _COMMON.match(value, position)
        if match is None:
            return None
        quoted, phrase, inner, bare = match.groups()
        after = match.end()
        read = _box if after - position <= _REMEMBERED_LENGTH else _common_box
        box = read(quoted or phrase or "", inner or bare)
        if box is None:
            return None
        found.append(box)
        position = after
    return Addresses(tuple(found)) if found else None


def _common_box(name: str, address: str) -> Mailbox | None:
    address = address.lower()
    if ".." in address or ".@" in address or len(address) > ADDRESS_LIMIT or address.startswith("imcea"):
        return None
    return Mailbox(address, display_name(name, address) if name else "")


_box = lru_cache(maxsize=6144)(_common_box)


def parse_carefully(value: str) -> Addresses:
    """As `parse_addresses`, for any input: comments, groups, routes, escapes, missing brackets, gateways."""
    mailboxes: list[Mailbox] = []
    defects: list[str] = []
    held = ""
    for entry, separator in _entries(value, defects):
        found = _read_angles(entry, held, defects) if entry.angles else _read_bare(entry, defects)
        mailboxes += found
        held = "" if found or entry.angles or separator != "," else entry.phrase
    return Addresses(tuple(mailboxes), tuple(dict.fromkeys(defects)))


def _entries(value: str, defects: list[str]) -> Iterator[tuple[_Entry, str]]:
    entry, position, end = _Entry(), 0, len(value)
    unclosed = 0
    while position < end:
        match = _TOKEN.match(value, position)
        position = match.end() if match else position + 1
        special = match["special"] if match else ""
        if special is None:
            _take(match, entry)
        elif special and special in ",;":
            yield entry, special
            entry = _Entry()
        elif special == "(" and unclosed < NESTING_LIMIT:
            after = _take_comment(value, position, entry, defects)
            unclosed += after == position
            position = after
        elif special == '"':
            value = value[:position] + value[position:].replace('"', " ")
        elif special == ":" and not entry.angles and "@" not in entry.text:
            entry = _Entry()
    yield entry, ""


def _take(match: re.Match[str] | None, entry: _Entry) -> None:
    if match is None:
        return
    if match["angle"] is not None:
        entry.angles.append(match["angle"])
        entry.closed = entry.closed and match["closed"] is not None
    elif len(entry.text) <= _ENTRY_LIMIT:
        quoted = match["quoted"]
        entry.text += match[0]
        entry.phrase += match[0] if quoted is None else _ESCAPED.sub(r"\1", quoted)


def _take_comment(value: str, start: int, entry: _Entry, defects: list[str]) -> int:
    """Takes the comment whose bracket opened before `start`; a bracket that is never closed is only skipped."""
    depth = 1
    for mark in _COMMENT_MARK.finditer(value, start):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth > NESTING_LIMIT:
            defects.append(TOO_DEEP)
            return len(value)
        if depth == 0:
            entry.comment = _ESCAPED.sub(r"\1", value[start : mark.start()])
            entry.text += " "
            entry.phrase += " "
            return mark.end()
    return start


def _read_angles(entry: _Entry, held: str, defects: list[str]) -> list[Mailbox]:
    found = [address for address in map(normalise_address, entry.angles) if address]
    if len(found) < len(entry.angles):
        defects.append(NO_ADDRESS)
    if len(entry.angles) > 1:
        defects.append(TWO_READINGS)
    if not entry.closed:
        defects.append("bracket not closed")
    name = entry.phrase.strip() or ("" if held.strip() else entry.comment)
    if held.strip():
        name = f"{held.strip()}, {name}" if name else held
        defects.remove(NO_ADDRESS)
    return [Mailbox(address, display_name(name, address)) for address in found]


def _read_bare(entry: _Entry, defects: list[str]) -> list[Mailbox]:
    if not entry.text.strip():
        return []
    specs = _SPEC.findall(entry.text) if len(entry.text) <= _ENTRY_LIMIT else []
    rest = _SPEC.sub(" ", entry.text).strip() if specs else ""
    found = [address for address in map(normalise_address, specs) if address]
    if not found or len(found) < len(specs) or "@" in rest:
        defects.append(NO_ADDRESS)
        return []
    if len(found) > 1:
        defects.append(TWO_READINGS)
        return [Mailbox(address) for address in found]
    if rest:
        defects.append("address without brackets")
    return [Mailbox(found[0], display_name(rest or entry.comment, found[0]))]


def normalise_address(text: str) -> str:
    """The addr-spec in lower case: no route, comments, blanks or wrapping quotes; '' where there is none.

    An address wrapped by an Exchange gateway (`IMCEANOTES-…+40…`) is unwrapped where a mail address is inside.
    """
    plain = _PLAIN_SPEC.fullmatch(text)
    if plain is not None and ".." not in text and ".@" not in text and len(text) <= ADDRESS_LIMIT:
        address = plain[1].lower()
        return _through_gateway(address) if address.startswith("imcea") else address
    text = text.strip()
    if len(text) > 2 * ADDRESS_LIMIT:
        return ""
    spec = _COMMENT.sub("", text).strip().strip("<>").lower()
    if spec.startswith("@") and ":" in spec:
        spec = spec.partition(":")[2]
    spec = _AROUND.sub(r"\1", spec.removeprefix("mailto:").strip())
    if len(spec) > 2 and spec[0] == spec[-1] and spec[0] in "'\"":
        spec = spec[1:-1]
    spec = spec.rstrip(".")
    if len(spec) > ADDRESS_LIMIT or not _ADDRESS.fullmatch(spec) or not spec.isprintable() or "=?" in spec:
        return ""
    return _through_gateway(spec) if spec.startswith("imcea") else spec


def _through_gateway(address: str) -> str:
    wrapped = address.rpartition("@")[0].partition("-")[2]
    inner = _INNER.findall(_GATEWAY_CHAR.sub(lambda found: chr(int(found[1], 16)), wrapped))
    return inner[0] if len(inner) == 1 and _PLAIN_SPEC.fullmatch(inner[0]) else address


def display_name(raw: str, address: str) -> str:
    """A display name decoded and cleaned, quotes off; '' where it says no more than the address."""
    name = decode_text(raw, NAME_LIMIT)
    while len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    bare = name.lower().strip("<>()'\" ").removeprefix("mailto:")
    return "" if bare in {address, ""} else name


def is_ambiguous(value: str) -> bool:
    """Whether the standard library reads other addresses out of this field than we do (safety: forged From)."""
    return _doubted(value) if len(value) <= _REMEMBERED_LENGTH else _is_ambiguous(value)


def _is_ambiguous(value: str) -> bool:
    return parse_common(value) is None and is_ambiguous_carefully(value)


_doubted = lru_cache(maxsize=1024)(_is_ambiguous)


def is_ambiguous_carefully(value: str) -> bool:
    """As `is_ambiguous`, whatever the shape of the field."""
    if len(value) > _ENTRY_LIMIT:
        return True
    ours = {mailbox.address for mailbox in parse_carefully(value).mailboxes}
    try:
        pairs = utils.getaddresses([value], **_LENIENT)
    except (RecursionError, ValueError, IndexError, TypeError, AttributeError):
        return True
    theirs = {address for address in (normalise_address(spec) for _, spec in pairs if "@" in spec) if address}
    return ours != theirs
