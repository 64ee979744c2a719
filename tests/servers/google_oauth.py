"""Google's sign-in: consent, codes with PKCE (RFC 7636), access tokens that expire, refresh tokens that are revoked."""

from __future__ import annotations

import base64
import hashlib
import threading
from itertools import count
from typing import Any
from urllib.parse import urlencode

from tests.servers.google_problem import Problem

PREFIX = "https://www.googleapis.com/auth/"


class Desk:
    """Who has signed in. `testing`: the project is in testing, where refresh tokens end after 7 days."""

    client_id = "1234-weaktie.apps.googleusercontent.com"
    client_secret = "GOCSPX-canary"

    def __init__(self) -> None:
        self.testing = False
        self.left_out: frozenset[str] = frozenset()
        self.refused = False
        self.refreshes = 0
        self.troubles: list[tuple[int, dict[str, str]]] = []
        self.patience = threading.Event()
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._live: dict[str, frozenset[str]] = {}
        self._refresh: dict[str, frozenset[str]] = {}
        self._codes: dict[str, dict[str, str]] = {}

    def token(self, scopes: tuple[str, ...], url: str) -> dict[str, Any]:
        """A sign-in as it is kept."""
        granted = frozenset(scopes)
        return {
            "token": self._access(granted),
            "refresh_token": self._new_refresh(granted),
            "token_uri": f"{url}/token",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "scopes": [PREFIX + scope for scope in scopes],
            "expiry": "2099-01-01T00:00:00Z",
        }

    def expire(self) -> None:
        """Every access token is at its end; nobody has told the clients."""
        with self._lock:
            self._live.clear()

    def revoke(self) -> None:
        """The owner takes the permission back, or its seven days are over."""
        self.expire()
        self._refresh.clear()

    def withdraw(self, refresh: str) -> None:
        """One sign-in is at its end; others go on."""
        scopes = self._refresh.pop(refresh)
        with self._lock:
            self._live = {token: held for token, held in self._live.items() if held != scopes}

    def scopes(self, bearer: str) -> frozenset[str]:
        """What this access token permits. Raises Problem for one that is not valid (any more)."""
        with self._lock:
            if bearer not in self._live:
                raise Problem(401, "authError", "Request had invalid authentication credentials.")
            return self._live[bearer]

    def consent(self, asked: dict[str, list[str]]) -> str:
        """The owner says yes, or no; where their browser is sent."""
        told = {name: values[0] for name, values in asked.items()}
        if told.get("code_challenge_method") != "S256" or told.get("client_id") != self.client_id:
            raise Problem(400, "invalid_request", "a desktop client must use PKCE")
        if self.refused:
            return f"{told['redirect_uri']}?{urlencode({'error': 'access_denied', 'state': told['state']})}"
        code = f"4/code-{next(self._numbers)}"
        self._codes[code] = told
        return f"{told['redirect_uri']}?{urlencode({'state': told['state'], 'code': code, 'scope': told['scope']})}"

    def exchange(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """The token endpoint (RFC 6749 §5)."""
        told = {name: values[0] for name, values in form.items()}
        with self._lock:
            if self.troubles:
                return self.troubles.pop(0)
        if told.get("grant_type") == "refresh_token":
            return self._refreshed(told)
        asked = self._codes.pop(told.get("code", ""), None)
        digest = hashlib.sha256(told.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != told.get("redirect_uri"):
            return 400, {"error": "invalid_grant", "error_description": "Malformed auth code."}
        scopes = frozenset(scope.removeprefix(PREFIX) for scope in asked["scope"].split()) - self.left_out
        return 200, {**self._answer(scopes), "refresh_token": self._new_refresh(scopes), **self._end()}

    def _refreshed(self, told: dict[str, str]) -> tuple[int, dict[str, Any]]:
        scopes = self._refresh.get(told.get("refresh_token", ""))
        if scopes is None or told.get("client_secret") != self.client_secret:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        with self._lock:
            self.refreshes += 1
        return 200, {**self._answer(scopes), **self._end()}

    def _answer(self, scopes: frozenset[str]) -> dict[str, Any]:
        joined = " ".join(PREFIX + scope for scope in sorted(scopes))
        return {"access_token": self._access(scopes), "expires_in": 3599, "scope": joined, "token_type": "Bearer"}

    def _end(self) -> dict[str, int]:
        return {"refresh_token_expires_in": 604_799} if self.testing else {}

    def _access(self, scopes: frozenset[str]) -> str:
        token = f"ya29.canary-{next(self._numbers)}"
        with self._lock:
            self._live[token] = scopes
        return token

    def _new_refresh(self, scopes: frozenset[str]) -> str:
        token = f"1//canary-{next(self._numbers)}"
        self._refresh[token] = scopes
        return token
