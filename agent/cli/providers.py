"""Who runs a mailbox: well-known providers with their servers and ways in, and how to find out for other domains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

LOOKUP_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider: servers, and the ways in. Words are for the owner.

    `app_password`: where one is made, "" where IMAP takes none. `oauth`: "google" or "microsoft", "" where there is
    no need for it. `advice` comes before the password is asked for. `calendar`: how calendars are reached.
    """

    name: str
    host: str
    domains: tuple[str, ...] = ()
    app_password: str = ""
    oauth: str = ""
    advice: str = ""
    calendar: str = ""
    port: int = 993
    tls: str = "tls"


GOOGLE = Provider(
    "Google",
    "imap.gmail.com",
    ("gmail.com", "googlemail.com"),
    "myaccount.google.com/apppasswords (it needs 2-Step Verification; a Workspace administrator may forbid it)",
    "google",
    calendar="Google Calendar → Settings → your calendar → Secret address in iCal format: a source of kind ics",
)
MICROSOFT = Provider(
    "Microsoft",
    "outlook.office365.com",
    ("outlook.com", "hotmail.com", "live.com", "msn.com", "office365.com", "onmicrosoft.com"),
    oauth="microsoft",
    advice=(
        "Microsoft takes no passwords for reading mail any more, and is about to end them for sending too: by default\n"
        "at the end of December 2026, though an administrator can allow them for some time longer."
    ),
    calendar="a source of kind outlook_calendar",
)
KNOWN = (
    GOOGLE,
    MICROSOFT,
    Provider(
        "iCloud",
        "imap.mail.me.com",
        ("icloud.com", "me.com", "mac.com"),
        "account.apple.com, Sign-In and Security, App-Specific Passwords",
        calendar='a source of kind caldav with url = "https://caldav.icloud.com/" and the same app-specific password',
    ),
    Provider(
        "Fastmail",
        "imap.fastmail.com",
        ("fastmail.com", "fastmail.fm", "messagingengine.com"),
        "Settings, Privacy & Security, Manage app passwords and access",
        calendar='a source of kind caldav with url = "https://caldav.fastmail.com/" and an app password',
    ),
    Provider(
        "Yahoo",
        "imap.mail.yahoo.com",
        ("yahoo.com", "ymail.com", "rocketmail.com"),
        "login.yahoo.com, Account Security, Generate app password",
    ),
    Provider("AOL", "imap.aol.com", ("aol.com", "aim.com"), "login.aol.com, Account Security, Generate app password"),
    Provider(
        "GMX",
        "imap.gmx.net",
        ("gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.com"),
        "Security in your account, once you use two factors; else your own password",
        advice="IMAP is off at first: switch it on in the settings under E-mail, POP3 & IMAP.",
    ),
    Provider(
        "WEB.DE",
        "imap.web.de",
        ("web.de",),
        "Security in your account, once you use two factors; else your own password",
        advice="IMAP is off at first: switch it on in the settings under E-mail, POP3 & IMAP.",
    ),
    Provider(
        "Proton",
        "127.0.0.1",
        ("proton.me", "protonmail.com", "pm.me"),
        "Proton Mail Bridge on this machine: it shows a password of its own for your account",
        advice="Proton is reached through its Bridge, which must run here; export its certificate, for ca_file.",
        port=1143,
        tls="starttls",
    ),
    Provider("mailbox.org", "imap.mailbox.org", ("mailbox.org",), "Settings, Security, once you use two factors"),
    Provider("Posteo", "posteo.de", ("posteo.de", "posteo.net"), "not needed: it is your own password"),
    Provider(
        "Telekom",
        "secureimap.t-online.de",
        ("t-online.de", "magenta.de"),
        "your account's settings, Passwords: the one for e-mail programs",
    ),
    Provider("Zoho", "imap.zoho.com", ("zoho.com", "zohomail.com"), "accounts.zoho.com, Security, App Passwords"),
    Provider("Yandex", "imap.yandex.com", ("yandex.com", "yandex.ru"), "id.yandex.com, App passwords, Mail"),
)
COUNTRIES = {"outlook": MICROSOFT, "hotmail": MICROSOFT, "live": MICROSOFT, "yahoo": KNOWN[4]}
"""Names under which a provider has a domain in many countries: hotmail.co.uk, yahoo.fr."""

EXCHANGERS = {".google.com": GOOGLE, ".googlemail.com": GOOGLE, ".outlook.com": MICROSOFT}
"""Endings of the servers that take mail for the domains of firms who are customers there."""


def of_domain(domain: str) -> Provider | None:
    """The well-known provider of a mail domain. Asks nobody."""
    first, _, rest = domain.partition(".")
    if first in COUNTRIES and rest and len(rest) <= len("co.uk"):
        return COUNTRIES[first]
    return next((one for one in KNOWN if any(f".{domain}".endswith(f".{known}") for known in one.domains)), None)


def of_host(host: str) -> Provider | None:
    """The provider whose IMAP server this is."""
    return next((one for one in KNOWN if one.host == host.lower() and "." in one.host and one.port == 993), None)


def found(domain: str) -> Provider | None:
    """The provider of any domain, by the records it publishes: IMAP over TLS (RFC 6186), else who takes its mail.

    The names are not authenticated; the certificate of the server is, and the owner sees its name before.
    """
    known = of_domain(domain)
    if known is not None:
        return known
    for host, port in _services(f"_imaps._tcp.{domain}"):
        return of_host(host) or Provider("", host, port=port)
    for exchanger in _exchangers(domain):
        for ending, provider in EXCHANGERS.items():
            if f".{exchanger}".endswith(ending):
                return replace(provider, domains=(domain,))
    return None


def _services(name: str) -> list[tuple[str, int]]:
    """Targets of SRV records, best first; a lone dot stands for "not offered" (RFC 2782)."""
    told = sorted(
        (record.priority, -record.weight, _host(record.target), record.port) for record in _asked(name, "SRV")
    )
    return [(host, port) for _, _, host, port in told if host]


def _exchangers(domain: str) -> list[str]:
    return [host for _, host in sorted((record.preference, _host(record.exchange)) for record in _asked(domain, "MX"))]


def _host(name: object) -> str:
    return str(name).rstrip(".").lower()


def _asked(name: str, kind: str) -> list[Any]:
    """Records of the name service; none where there are none, or no network."""
    import dns.exception
    import dns.resolver

    try:
        return list(dns.resolver.resolve(name, kind, lifetime=LOOKUP_SECONDS))
    except (dns.exception.DNSException, OSError, UnicodeError):
        return []
