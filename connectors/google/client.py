"""One of Google's APIs through google-api-python-client: paced, patient, bounded, with errors in our words.

No batch requests: the library sends them to Google whatever endpoint it was given. Several plain requests run at once
instead, each thread with connections of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import SystemRandom
from threading import Lock, local
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from connectors.errors import Ambiguous, AuthFailed, ConnectorError, OverQuota, Refused, Unavailable, Unsupported
from connectors.google.access import Access, Stuck
from connectors.google.pace import Pace
from connectors.google.trouble import LATER, Trouble, understand
from connectors.google.wire import BROKEN, Wire
from connectors.net import clean, is_loopback
from connectors.oauth.google import Kept, credentials, granted

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before the second, third … try, each drawn between half of it and one and a half times."""

PATIENCE = 120.0
"""Seconds waited at most where the server says how long; more than that is for another day's work."""

AT_ONCE = 4
VERSIONS = {"gmail": ("v1", ""), "calendar": ("v3", "calendar/v3/")}
UNITS = {"gmail": 5_400.0, "calendar": 540.0}
"""Per user and minute, nine tenths of what Google allows projects made since May 2026; a burst comes on top of it.

https://developers.google.com/workspace/gmail/api/reference/quota and its calendar twin.
"""
MESSAGE = 20
"""What a message costs since then, whatever is asked of it."""

_RANDOM = SystemRandom()
logging.getLogger("googleapiclient").addHandler(logging.NullHandler())  # or it would talk to standard error by itself
Ask = Callable[[Any], Any]
T = TypeVar("T")


class Client:
    """A signed-in service. Every call may raise ConnectorError; AuthFailed and OverQuota concern the whole account."""

    def __init__(self, api: str, access: Access) -> None:
        """Raises AuthFailed where nobody has signed in, Unsupported for an endpoint in the clear."""
        version, path = VERSIONS[api]
        endpoint = urlsplit(access.endpoint)
        if access.endpoint and endpoint.scheme != "https" and not is_loopback(endpoint.hostname or ""):
            raise Unsupported(f"{access.endpoint} would carry the sign-in in the clear.", hint="Use https.")
        self._access = access
        self.credentials: Kept = credentials(access.tokens, access.name)
        self._pace = Pace(UNITS[api])
        self._own = local()
        self._wires: list[Wire] = []
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        self.place = "Gmail" if api == "gmail" else "Google Calendar"
        options = {"api_endpoint": access.endpoint.rstrip("/") + "/" + path} if access.endpoint else {}
        self._service = build(
            api, version, http=self._wire(), static_discovery=True, cache_discovery=False, client_options=options
        )

    def need(self, *alternatives: frozenset[str]) -> None:
        """Raises AuthFailed unless the sign-in holds all permissions of one of these sets."""
        held = granted(self.credentials.kept)
        if any(wanted <= held for wanted in alternatives):
            return
        missing = min((wanted - held for wanted in alternatives), key=len)
        what = f"The sign-in for {self._access.name!r} lacks a permission: {', '.join(sorted(missing))}."
        raise AuthFailed(what, hint=f"Run `weaktie auth {self._access.name}`.")

    def belongs_to(self, account: str, found: str) -> None:
        """Raises AuthFailed where the sign-in is for another address than the one that is configured."""
        if account and found and account.lower() != found.lower():
            what = f"The sign-in for {self._access.name!r} is for {clean(found)}, not for {account}."
            raise AuthFailed(what, hint=f"Run `weaktie auth {self._access.name}` and choose the right account.")

    def call(self, ask: Ask, cost: float = 5) -> Any:
        """The answer to `ask(service)`, a request that only reads, tried again while the trouble may pass."""
        tries = 0
        while True:
            trouble = self._try(ask, cost)
            if not isinstance(trouble, Trouble):
                return trouble
            tries += 1
            if not trouble.passing or tries > len(PAUSES) or trouble.wait > PATIENCE:
                raise trouble.error
            self._rest(tries, trouble)

    def change(self, ask: Ask, cost: float = 10) -> Any:
        """The answer to a request that changes something: made again only where it was certainly not carried out.

        Raises Ambiguous where it may have been.
        """
        tries = 0
        while True:
            trouble = self._try(ask, cost)
            if not isinstance(trouble, Trouble):
                return trouble
            tries += 1
            if trouble.passing and not trouble.rate:
                raise _doubtful(trouble.error)
            if not trouble.passing or tries > len(PAUSES) or trouble.wait > PATIENCE:
                raise trouble.error
            self._rest(tries, trouble)

    def each(self, asks: Iterable[Ask], cost: float = MESSAGE) -> Iterator[Any]:
        """The answers in their order, most often messages, a few calls at once; Stuck where one failed alone.

        What concerns the whole account (sign-in, allowance, no connection) is raised.
        """
        if self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="google")
        yield from self._pool.map(lambda ask: self._alone(ask, cost), asks)

    def pages(self, ask: Callable[..., Any], cost: float = 5) -> Iterator[Any]:
        """Page after page of `ask(service, token)`, the first with an empty token."""
        token, seen = "", set()
        while True:
            page = self.call(partial(ask, token=token), cost)
            yield page
            token = str(page.get("nextPageToken") or "")
            if not token or token in seen:
                return
            seen.add(token)

    def close(self) -> None:
        """Let go of threads and connections; safe to call twice."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
        for wire in self._wires:
            wire.close()

    def _alone(self, ask: Ask, cost: float) -> Any:
        try:
            return self.call(ask, cost)
        except (AuthFailed, OverQuota, Offline):
            raise
        except ConnectorError as error:
            return Stuck(error)

    def _try(self, ask: Ask, cost: float) -> Any:
        """The answer as a dictionary, or the trouble with it."""
        time.sleep(self._pace.due(cost))
        try:
            answer = ask(self._service).execute(http=self._wire())
        except HttpError as error:
            return understand(error.resp.status, error.resp, error.content, self.place)
        except BROKEN as error:
            return self._broken(error)
        if isinstance(answer, dict) or answer in ("", b""):
            return answer or {}
        return Trouble(Unavailable(f"{self.place} gave an answer that is no object."), passing=True)

    def _broken(self, error: BaseException) -> Trouble:
        where = urlsplit(self._access.endpoint).netloc or "googleapis.com"
        if isinstance(error, requests.ConnectionError) and "NewConnectionError" in repr(error):
            return Trouble(
                Offline(f"{where} cannot be reached.", hint=f"Is this machine online? {LATER}"), passing=True
            )
        said = clean(str(error)) or type(error).__name__
        return Trouble(Unavailable(f"The answer of {where} broke off or makes no sense: {said}", hint=LATER), True)

    def _rest(self, tries: int, trouble: Trouble) -> None:
        if trouble.rate:
            self._pace.complain()
        time.sleep(trouble.wait or PAUSES[tries - 1] * _RANDOM.uniform(0.5, 1.5))

    def _wire(self) -> Wire:
        wire: Wire | None = getattr(self._own, "wire", None)
        if wire is None:
            wire = self._own.wire = Wire(self.credentials, self._access.timeout)
            with self._lock:
                self._wires.append(wire)
        return wire


class Offline(Unavailable):
    """No connection was made: nothing was asked."""


def _doubtful(error: ConnectorError) -> ConnectorError:
    if isinstance(error, Offline | Refused):
        return error
    return Ambiguous(f"It may or may not have been done: {error}", hint="It is looked for before it is done again.")
