"""Addresses that look like another: mixed alphabets, and letters that pass for others (UTS 39, reduced). Pure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

# What a reader takes for what, in the alphabets that are used for it; sequences first, then single characters.
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_ALIKE = {
    **dict(zip("аеорсухіјѕԁɡհӏѵԝ", "aeopcyxijsdghlvw", strict=True)),  # Cyrillic and others
    **dict(zip("αοενρτυικω", "aoevptuikw", strict=True)),  # Greek
    **dict(zip("0135", "oles", strict=True)),
    "ı": "i",
    "ł": "l",
    "ø": "o",
}


def skeleton(address: str) -> str:
    """The address as a hurried eye sees it: two with the same skeleton pass for each other."""
    local, at, host = address.lower().rpartition("@")
    text = unicodedata.normalize("NFKD", f"{local}{at}{shown_host(host)}")
    plain = "".join(_ALIKE.get(char, char) for char in text if not unicodedata.combining(char))
    for seen, taken in _PAIRS:
        plain = plain.replace(seen, taken)
    return plain.replace("i", "l")


def shown_host(host: str) -> str:
    """A domain with its xn-- labels decoded (RFC 3492), as a mail program would show it."""
    labels = []
    for label in host.split("."):
        try:
            labels.append(label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels)


def doubt(address: str, known: Iterable[str]) -> str:
    """Why this address might not be whom it seems, or the empty string. `known`: addresses the owner wrote to."""
    local, _, host = address.rpartition("@")
    if not local.isascii():
        return f"{address} has letters outside ASCII before the @"
    shown = shown_host(host)
    for label in shown.split("."):
        scripts = _scripts(label)
        if len(scripts) > 1 and not scripts <= _TOGETHER:
            return f"{shown} (that is {host}) mixes alphabets: {', '.join(sorted(scripts)).title()}"
    return _double(address, host, known)


_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL"})


def _double(address: str, host: str, known: Iterable[str]) -> str:
    addresses, hosts = _by_skeleton(frozenset(known))
    for other in addresses.get(skeleton(address), ()):
        if other != address:
            return f"{address} looks like {other}, whom you also know"
    for other in hosts.get(skeleton(host), ()):
        if other != host:
            return f"the domain {shown_host(host)} looks like {shown_host(other)}, which you also know"
    return ""


@lru_cache(maxsize=2)
def _by_skeleton(known: frozenset[str]) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    """Skeleton → addresses, skeleton → domains; kept, for many addresses in a row are held against the same ones."""
    return _grouped(known), _grouped({other.rpartition("@")[2] for other in known})


def _grouped(known: Iterable[str]) -> Mapping[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for other in sorted(known):
        found[skeleton(other)].append(other)
    return found


def _scripts(label: str) -> set[str]:
    return {unicodedata.name(char, "UNKNOWN").split()[0] for char in label if char.isalpha()}
