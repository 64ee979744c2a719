"""Identities besides mail addresses, in one spelling each: profiles on networks, and phone numbers. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

PROFILE = "profile"
PHONE = "phone"
_URL = re.compile(r"(?:https?:)?(?://)?(?:[a-z0-9-]+\.)??([a-z0-9-]+\.[a-z]{2,})/([^?#\s]+)", re.IGNORECASE)
_HANDLE = re.compile(r"@(\w{1,50})")
_PATHS = {
    "linkedin.com": re.compile(r"(?:comm/)?(in|pub)/([^/]+)"),
    "xing.com": re.compile(r"(profile)/([^/]+)"),
    "facebook.com": re.compile(r"()([\w.]{3,})/?$"),
    "instagram.com": re.compile(r"()([\w.]+)/?$"),
    "github.com": re.compile(r"()([\w-]+)/?$"),
    "x.com": re.compile(r"()@?(\w{1,15})/?$"),
}
_ALIASES = {"twitter.com": "x.com", "fb.com": "facebook.com"}
_NOBODY = frozenset({"home", "share", "sharer", "intent", "login", "groups", "pages", "events", "hashtag", "search"})


def profile_key(text: str) -> str | None:
    """One spelling for a person's page on a network: `linkedin.com/in/bob-okafor`; None for any other page.

    A firm's or a person's own web site is nobody's identity: several people share it.
    """
    handle = _HANDLE.fullmatch(text.strip())
    if handle:
        return f"x.com/{handle[1].lower()}"
    found = _URL.match(text.strip())
    if found is None:
        return None
    host = _ALIASES.get(found[1].lower(), found[1].lower())
    page = _PATHS[host].match(unquote(found[2])) if host in _PATHS else None
    if page is None or page[2].lower() in _NOBODY:
        return None
    return "/".join(filter(None, (host, page[1].lower(), page[2].lower())))


@lru_cache(maxsize=4096)
def phone_key(text: str) -> str | None:
    """A phone number as E.164 writes it, `+442079460958`; None for one without its country, or that cannot be one."""
    import phonenumbers

    if not text.strip().startswith(("+", "00")):
        return None
    try:
        number = phonenumbers.parse("+" + text.strip().lstrip("+0"), None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
