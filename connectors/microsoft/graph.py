"""Asking Microsoft Graph: paced as it wishes, bounded, and never anywhere else with the owner's token."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

from connectors.errors import (
    AuthFailed,
    ConnectorError,
    CursorLost,
    NotFound,
    OverQuota,
    Refused,
    Unavailable,
    Unsupported,
)
from connectors.net import AccessToken, clean

PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds before the second, third … try, each drawn between half of it and one and a half times."""

PATIENCE = 120.0
"""Seconds waited at most where the service says how long; more than that is for a later poll."""

LARGEST = 64_000_000
PAGE = 100
ASKED = f'outlook.timezone="UTC", outlook.body-content-type="text", odata.maxpagesize={PAGE}, IdType="ImmutableId"'
BUSY = frozenset({429, 500, 502, 503, 504})
LOST = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired", "fullsyncrequired"})

Answer = dict[str, Any]
_LATER = "It is tried again later."
_RANDOM = SystemRandom()


class Graph:
    """One account at the service, signed in by `token`. Every call may raise ConnectorError.

    `base`: the service's address without a version. `timeout` is in seconds a request.
    """

    def __init__(self, base: str, token: AccessToken, *, timeout: float, ca_file: str | Path | None) -> None:
        """Raises Unsupported where the extra is missing or the token would go in the clear."""
        parts = urlsplit(base)
        if parts.scheme != "https" or not parts.hostname:
            raise Unsupported(f"{clean(base, 80)!r} is no https address of Microsoft Graph.", hint="Leave `graph` out.")
        self.place = parts.netloc
        self._base = f"{base.rstrip('/')}/v1.0/"
        self._supplier = token
        self._token = ""
        self._web = _web()
        self._session = self._web.Bounded(parts.netloc, timeout=timeout, largest=LARGEST, ca_file=ca_file)

    def close(self) -> None:
        """Let go of connections."""
        self._session.close()

    def pages(self, address: str, **query: str) -> Iterator[Answer]:
        """A list's pages, from its first or from a kept link on, one request each."""
        while address:
            page = self.get(address, **query)
            yield page
            address, query = str(page.get("@odata.nextLink") or ""), {}

    def get(self, address: str, **query: str) -> Answer:
        """The object at an address: a path below the version, or a link the service gave. Waits and tries again."""
        url = self._own(address)
        for pause in (*PAUSES, None):
            try:
                return self._once(url, query)
            except (Unavailable, OverQuota) as error:
                wait = error.wait if isinstance(error, OverQuota) else 0.0
                if pause is None or wait > PATIENCE:
                    raise
                time.sleep(max(wait, pause) * _RANDOM.uniform(1.0 if wait else 0.5, 1.5))
        raise Unavailable(f"{self.place} does not answer.", hint=_LATER)

    def _own(self, address: str) -> str:
        """Raises Refused for a link that leads elsewhere: the token would go with it."""
        if "://" not in address:
            return self._base + address.lstrip("/")
        if not address.startswith(self._base) or "\\" in address or "/../" in address:
            raise Refused(f"{self.place} sent us to another place ({clean(urlsplit(address).netloc, 80)}).")
        return address

    def _once(self, url: str, query: dict[str, str]) -> Answer:
        if not self._token:
            self._token = self._supplier(False)
        response = self._asked(url, query)
        if response.status_code == 401:
            self._token = self._supplier(True)
            response = self._asked(url, query)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if response.status_code == 200 and isinstance(answer, dict):
            return answer
        raise self._told(response, answer if isinstance(answer, dict) else {})

    def _asked(self, url: str, query: dict[str, str]) -> Any:
        return self._session.get(
            url,
            params=query,
            headers={"Prefer": ASKED, "Accept": "application/json"},
            auth=self._web.bearer(self._token),
        )

    def _told(self, response: Any, answer: Answer) -> ConnectorError:
        """What the service said against it (status, and Graph's own code in the body)."""
        status, error = response.status_code, answer.get("error")
        error = error if isinstance(error, dict) else {}
        code = clean(str(error.get("code") or ""), 60)
        said = f"{self.place} answered {status} {code}".rstrip() + f": {clean(str(error.get('message') or ''), 160)}"
        if status == 410 or code.lower() in LOST:
            return CursorLost(f"{self.place} no longer knows where we stopped.")
        if status in {401, 403}:
            return AuthFailed(
                said, hint="Sign in anew with `weaktie auth` and the source's name; allow Calendars.Read."
            )
        if status == 404:
            return NotFound(said)
        if status == 429 or "Retry-After" in response.headers:
            return OverQuota(said, hint=_LATER, wait=_seconds(response.headers.get("Retry-After", "")))
        if status in BUSY or status == 200:
            return Unavailable(f"{said or self.place} (no answer that could be read)", hint=_LATER)
        return Refused(said)


def _seconds(text: str) -> float:
    """Retry-After in seconds (RFC 9110 §10.2.3); a date, which Graph does not use, counts as a minute."""
    return float(text) if text.isdigit() else 60.0 if text else 0.0


def _web() -> Any:
    try:
        return import_module("connectors.web")
    except ImportError as error:
        hint = "Install it with: pip install 'weaktie[microsoft]'"
        raise Unsupported("Calendars at Microsoft need an extra that is not installed.", hint=hint) from error
