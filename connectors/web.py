"""Asking web services with requests: verified TLS, no redirects, answers bounded in size and time.

requests itself comes with the extras that need it, so this module is imported when one of them is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

from connectors.errors import Unavailable

_CHUNK = 65_536


class BoundedBody:
    """A urllib3 response whose body may neither grow nor last for ever. Each read takes what has come, no more."""

    def __init__(self, raw: Any, place: str, *, largest: int, seconds: float) -> None:
        self._raw = raw
        self._place = place
        self._largest = largest
        self._end = time.monotonic() + seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, _amount: int = _CHUNK, *, decode_content: bool | None = None) -> Iterator[bytes]:
        """The body in pieces. Raises Unavailable beyond the bounds."""
        taken = 0
        while chunk := self._raw.read1(_CHUNK, decode_content=decode_content):
            taken += len(chunk)
            if taken > self._largest:
                raise Unavailable(f"The answer of {self._place} is larger than {self._largest:,} bytes.")
            if time.monotonic() > self._end:
                raise Unavailable(f"{self._place} drips its answer.", hint="It is tried again later.")
            yield chunk
        self._raw.release_conn()


class Bounded(requests.Session):
    """A session for one service. What breaks on the way raises Unavailable; a redirect is an answer like any other.

    `place` names the service in messages, `timeout` is in seconds a request, `largest` in bytes an answer. `ca_file`:
    certificates to trust in place of the system's.
    """

    def __init__(self, place: str, *, timeout: float, largest: int, ca_file: str | Path | None = None) -> None:
        super().__init__()
        self._place, self._timeout, self._largest = place, timeout, largest
        self._ca_file = ca_file

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        """One exchange, read to its end. Raises Unavailable."""
        bounds: dict[str, Any] = {"timeout": self._timeout, "allow_redirects": False, "stream": True}
        if self._ca_file:
            bounds["verify"] = str(self._ca_file)
        try:
            response = super().request(method, url, *args, **{**options, **bounds})
            response.raw = BoundedBody(response.raw, self._place, largest=self._largest, seconds=self._timeout)
            _ = response.content
        except requests.RequestException as error:
            raise _away(error, self._place, self._timeout) from error
        return response


def _away(error: requests.RequestException, place: str, timeout: float) -> Unavailable:
    later = "It is tried again later."
    if isinstance(error, requests.exceptions.SSLError):
        hint = "If a proxy or server here has a certificate authority of its own, name its file in ca_file."
        return Unavailable(f"The certificate of {place} is not trusted.", hint=hint)
    if isinstance(error, requests.Timeout):
        return Unavailable(f"{place} gave no complete answer within {timeout:g} seconds.", hint=later)
    return Unavailable(f"{place} cannot be reached, or broke off ({type(error).__name__}).", hint=later)


def bearer(token: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """Authorization by an access token (RFC 6750 §2.1); given as `auth`, so that no .netrc puts another one there."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign
