"""Is an address that mail reached the owner through another spelling of the owner's own? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from agent.people.normalise import clean_name, is_role_address, organization

_WORD = re.compile(r"[^\W\d_]+")


def is_alias(address: str, own: Iterable[str], names: Iterable[str]) -> bool:
    """At a firm of the owner's, and made of the first and the last of the names they sign with.

    "steven.p.south@" for Steven South is; "ssouth@" could be anybody's, and free-mail addresses are never guessed.
    """
    firm = organization(address)
    if firm is None or firm not in set(map(organization, own)):
        return False
    parts = set(_WORD.findall(address.partition("@")[0].casefold()))
    return any(_first_and_last(name) <= parts for name in map(clean_name, names) if len(_first_and_last(name)) == 2)


def is_short_alias(address: str, own: Iterable[str], names: Iterable[str]) -> bool:
    """At a firm of the owner's, and their surname alone or with the initial of their first name: "south@", "ssouth@".

    Anybody of that name could have it, so it takes mail that was sent to it alone and reached the owner.
    """
    if not is_own_mailbox(address, own):
        return False
    local = "".join(_WORD.findall(address.partition("@")[0].casefold()))
    return any(local in _short_forms(name) for name in map(clean_name, names))


def _short_forms(name: str) -> set[str]:
    words = [word for word in _WORD.findall(name.casefold()) if len(word) > 1]
    if len(words) < 2:
        return set()
    return {words[-1], words[0][0] + words[-1], words[-1] + words[0][0]}


def is_own_mailbox(address: str, own: Iterable[str]) -> bool:
    """Whether an address that mail was delivered to can be one of the owner's: at their firm, and no shared desk."""
    firm = organization(address)
    return firm is not None and firm in set(map(organization, own)) and not is_role_address(address)


def _first_and_last(name: str) -> set[str]:
    words = [word for word in _WORD.findall(name.casefold()) if len(word) > 1]
    return {words[0], words[-1]} if words else set()
