"""One spelling for addresses, domains and names, so that the same is seen as the same and nothing else is."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from agent.people.addresses import is_role_address
from agent.people.display import clean_name, first_name
from agent.people.hosts import is_free_mail, tenant

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = [
    "address_key",
    "candidate_key",
    "clean_name",
    "domain",
    "first_name",
    "is_address",
    "is_free_mail",
    "is_legacy_address",
    "is_role_address",
    "organization",
    "same_owner",
]

_GOOGLE = frozenset({"gmail.com", "googlemail.com"})
_PLAIN_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@(?:[\w-]+\.)*[\w-]+", re.UNICODE)
_LEGACY = re.compile(r"^(?:imceaex|imceanotes|imceainvalid|imcea)|^/o=|/cn=|_cn=", re.IGNORECASE)


@lru_cache(maxsize=6144)
def address_key(address: str) -> str:
    """The one spelling an address is stored and compared by: lower-case, NFC, the domain in ASCII (RFC 5890).

    Plus tags and dots stay. Quotes around a local part that needs none are dropped (RFC 5321 §4.1.2).
    """
    text = unicodedata.normalize("NFC", address.strip().strip("<>").strip()).lower()
    local, at, host = text.rpartition("@")
    if not at:
        return text
    if len(local) > 2 and local[0] == local[-1] == '"' and _PLAIN_LOCAL.fullmatch(local[1:-1]):
        local = local[1:-1]
    return f"{local}@{_ascii_host(host.rstrip('.'))}"


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host


def is_address(address: str) -> bool:
    """Whether it can be an address of the mail system: a local part and a host, nothing quoted or empty.

    Dots may stand where RFC 5322 forbids them: real exports hold people under such addresses.
    """
    return len(address) <= 320 and bool(_ADDRESS.fullmatch(address))


def is_legacy_address(address: str) -> bool:
    """Whether it is an Exchange or X.400 name in an address's clothes (IMCEAEX-…, /O=…/CN=…)."""
    return bool(_LEGACY.search(address))


def domain(address: str) -> str:
    """The host of an address as `address_key` spells it, or the empty string."""
    return address_key(address).rpartition("@")[2] if "@" in address else ""


def candidate_key(address: str) -> str:
    """A coarser spelling under which two addresses *may* be one person's: without plus tag, for Google without dots.

    Only ever a reason to ask, never to merge: on other hosts dots and tags are different people.
    """
    local, _, host = address_key(address).rpartition("@")
    local = local.partition("+")[0] or local
    if host in _GOOGLE:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{host}"


@lru_cache(maxsize=6144)
def same_owner(address: str, own: frozenset[str]) -> bool:
    """Whether an address is one of `own` (keys) or a plus address of one (RFC 5233)."""
    if address in own:
        return True
    key = address_key(address)
    if key in own:
        return True
    local, _, host = key.rpartition("@")
    return "+" in local and f"{local.partition('+')[0]}@{host}" in own


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@lru_cache(maxsize=6144)
def organization(address: str) -> str | None:
    """The registrable domain (public suffix list) of an address or a host; None for free mail and bare hosts.

    Where a service lets names below its own, it is the tenant's name.
    """
    host = domain(address) if "@" in address else _ascii_host(address.strip().lower().rstrip("."))
    if not host or is_free_mail(host):
        return None
    registrable = tenant(host) or _suffixes().privatesuffix(host)
    if registrable is None or is_free_mail(registrable):
        return None
    return str(registrable)
