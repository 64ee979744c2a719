"""The HTTP underneath Google's client: bounded answers, a deadline for each, one session a thread.

googleapiclient calls `request` and expects what httplib2 returns. httplib2 itself would unpack a gigabyte that was
packed into a megabyte, and waits for ever on a server that sends a byte at a time.
"""

from __future__ import annotations

import time
from typing import Any

import httplib2
import requests
from google.auth.transport.requests import Request
from urllib3.exceptions import HTTPError

LARGEST = 48 * 1024 * 1024
"""Bytes of one answer, unpacked. The largest honest one is a message of ours with attachments, in base64."""

_CHUNK = 65_536
BROKEN = (requests.RequestException, HTTPError, OSError, ValueError)
"""What can go wrong on the way; ValueError is JSON that is none, and an answer that does not end."""


class Wire:
    """One thread's connections. `credentials` know how to refresh themselves."""

    def __init__(self, credentials: Any, timeout: float) -> None:
        self._credentials = credentials
        self._timeout = timeout
        self._session = requests.Session()
        self._session.auth = _as_it_is
        self._refreshing = Request(self._session)

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: dict[str, str] | None = None, **_: Any
    ) -> tuple[httplib2.Response, bytes]:
        """One exchange, with one refresh of the access token where the server no longer takes it."""
        response, content = self._once(uri, method, body, headers)
        if response.status == 401:
            self._credentials.refresh(self._refreshing)
            response, content = self._once(uri, method, body, headers)
        return response, content

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _once(
        self, uri: str, method: str, body: Any, headers: dict[str, str] | None
    ) -> tuple[httplib2.Response, bytes]:
        end = time.monotonic() + self._timeout
        told = dict(headers or {})
        self._credentials.before_request(self._refreshing, method, uri, told)
        with self._session.request(
            method, uri, data=body, headers=told, timeout=self._timeout, allow_redirects=False, stream=True
        ) as answer:
            content = _bounded(answer, end)
        named = {name.lower(): value for name, value in answer.headers.items() if name.lower() != "content-encoding"}
        response = httplib2.Response({**named, "status": str(answer.status_code)})
        response.reason = answer.reason
        return response, content


def _bounded(answer: requests.Response, end: float) -> bytes:
    content = bytearray()
    while piece := answer.raw.read1(_CHUNK, decode_content=True):
        content += piece
        if len(content) > LARGEST:
            raise ValueError(f"the answer is larger than {LARGEST} bytes")
        if time.monotonic() > end:
            raise TimeoutError("the answer did not come to its end in time")
    return bytes(content)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """With an `auth` of its own a session leaves ~/.netrc alone, which would replace our Authorization."""
    return request
