"""Signing in at Google with the owner's own OAuth client (RFC 6749, RFC 7636, RFC 8252): once, then kept fresh.

https://developers.google.com/identity/protocols/oauth2/native-app. Needs the extra: weaktie[google].
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import InstalledAppFlow
from oauthlib.oauth2 import OAuth2Error

from connectors.errors import AuthFailed, NotFound, Refused, Unavailable, Unsupported
from connectors.net import clean
from connectors.oauth.tokens import Token, TokenStore

NOWHERE = "http://127.0.0.1:1/"
"""Where the browser is sent at the end on another machine: nothing listens, the address bar holds the answer."""

JUST_NOW = 30.0
PATIENCE = 300
SIGN_IN = "https://www.googleapis.com/auth/"


def client_config(path: Path) -> dict[str, Any]:
    """The OAuth client that the owner downloaded from their Google Cloud project. Raises NotFound, Unsupported."""
    try:
        found: Any = json.loads(path.read_text("utf-8"))
    except OSError as error:
        hint = "Download it from your Google Cloud project (Clients → your desktop client → Download JSON)."
        raise NotFound(f"The OAuth client file {path} cannot be read: {error.strerror}.", hint=hint) from error
    except ValueError as error:
        raise Unsupported(f"{path} is no JSON, so no OAuth client.", hint="Download it again.") from error
    inner = found.get("installed") if isinstance(found, dict) else None
    if not isinstance(inner, dict) or not {"client_id", "client_secret", "token_uri"} <= inner.keys():
        hint = "Make a client of the type “Desktop app” and download its JSON file."
        raise Unsupported(f"{path} holds no OAuth client for a desktop app.", hint=hint)
    return {"installed": inner}


def authorize_loopback(
    client: dict[str, Any], scopes: Iterable[str], now: datetime, *, account: str = "", browser: bool = True
) -> Token:
    """Sign in through a browser on this machine; waits five minutes for it. Raises AuthFailed, Unavailable."""
    flow = _flow(client, scopes)
    try:
        flow.run_local_server(
            host="127.0.0.1", port=0, open_browser=browser, timeout_seconds=PATIENCE, **_asked(account)
        )
    except (Warning, OAuth2Error, GoogleAuthError, OSError, ValueError, AttributeError) as error:
        raise _failed(error) from error
    return _token(flow, scopes, now)


def authorize_by_hand(
    client: dict[str, Any], scopes: Iterable[str], now: datetime, ask: Callable[[str], str], *, account: str = ""
) -> Token:
    """Sign in through a browser elsewhere: `ask` shows an address and gives back the one the browser ended at.

    The bare code will do as well. Raises AuthFailed, Unavailable.
    """
    flow = _flow(client, scopes)
    flow.redirect_uri = NOWHERE
    address, state = flow.authorization_url(**_asked(account))
    code = _code(ask(address).strip(), state)
    try:
        flow.fetch_token(code=code)
    except (Warning, OAuth2Error, OSError, ValueError) as error:
        raise _failed(error) from error
    return _token(flow, scopes, now)


def credentials(tokens: TokenStore, name: str) -> Kept:
    """The sign-in kept for this source. Raises AuthFailed where there is none."""
    token = tokens.load(name)
    hint = f"Run `weaktie auth {name}`."
    if token is None:
        raise AuthFailed(f"Nobody has signed in for {name!r} yet.", hint=hint)
    try:
        return Kept.of(tokens, name, token)
    except (KeyError, ValueError, TypeError) as error:
        raise AuthFailed(f"The sign-in kept for {name!r} is no sign-in at Google.", hint=hint) from error


class Kept(Credentials):
    """Credentials that are refreshed once however many threads find them stale, and kept when they are."""

    _tokens: TokenStore
    _name: str
    _lock: Lock
    _fresh_at: float
    kept: Token

    @classmethod
    def of(cls, tokens: TokenStore, name: str, token: Token) -> Kept:
        """From what `token` holds."""
        end = datetime.fromisoformat(token["expiry"]).replace(tzinfo=None) if "expiry" in token else None
        made = cls(
            token.get("token"),
            refresh_token=token["refresh_token"],
            token_uri=token["token_uri"],
            client_id=token["client_id"],
            client_secret=token["client_secret"],
            scopes=list(token["scopes"]),
            expiry=end,
        )
        made._tokens, made._name, made.kept = tokens, name, token
        made._lock, made._fresh_at = Lock(), time.monotonic() - JUST_NOW
        return made

    def refresh(self, request: Any) -> None:
        """A new access token; none where another thread had one just now. Raises AuthFailed, Unavailable."""
        with self._lock:
            if time.monotonic() - self._fresh_at < JUST_NOW:
                return
            try:
                super().refresh(request)  # type: ignore[no-untyped-call]  # google-auth has few types
            except RefreshError as error:
                raise self._refused(error) from error
            except GoogleAuthError as error:
                what = f"Google cannot be reached to renew the sign-in for {self._name!r}: {clean(str(error))}"
                raise Unavailable(what, hint="It is tried again later.") from error
            self._fresh_at = time.monotonic()
            self.kept = self.kept | json.loads(self.to_json())  # type: ignore[no-untyped-call]  # as above
            self._tokens.save(self._name, self.kept)

    def _refused(self, error: RefreshError) -> AuthFailed | Unavailable:
        said = clean(str(error.args[0] if error.args else error))
        if error.retryable:
            return Unavailable(f"Google does not renew the sign-in for {self._name!r} now: {said}")
        hint = (
            f"Run `weaktie auth {self._name}`. Sign-ins of apps in testing end after 7 days: publish the app"
            " (Audience → Publish app) to be asked less often."
        )
        return AuthFailed(f"Google ended the sign-in for {self._name!r}: {said}", hint=hint)


def granted(token: Token) -> frozenset[str]:
    """What was permitted, without the address that Google puts before it."""
    return frozenset(str(scope).removeprefix(SIGN_IN) for scope in token.get("scopes") or ())


def _flow(client: dict[str, Any], scopes: Iterable[str]) -> Any:
    full = [scope if "://" in scope else SIGN_IN + scope for scope in scopes]
    return InstalledAppFlow.from_client_config(client, full, autogenerate_code_verifier=True)


def _asked(account: str) -> dict[str, str]:
    """`consent` each time: otherwise a second sign-in brings no refresh token."""
    hint = {"login_hint": account} if account else {}
    return {"access_type": "offline", "prompt": "consent", **hint}


def _code(answer: str, state: str) -> str:
    if "://" not in answer and "code=" not in answer:
        return answer
    told = parse_qs(urlsplit(answer).query or answer)
    if told.get("state", [""])[0] != state:
        hint = "Copy the whole address, of the sign-in that was begun just now."
        raise AuthFailed("This address does not belong to this sign-in.", hint=hint)
    if "code" not in told:
        raise AuthFailed(f"Google gave no permission: {clean(told.get('error', ['no code in the address'])[0])}.")
    return told["code"][0]


def _token(flow: Any, scopes: Iterable[str], now: datetime) -> Token:
    """What is kept of a sign-in. Raises AuthFailed where a permission was left out."""
    token: Token = json.loads(flow.credentials.to_json())
    told = flow.oauth2session.token
    allowed = told.get("scope") or token.get("scopes") or ()
    token["scopes"] = allowed.split() if isinstance(allowed, str) else list(allowed)
    missing = sorted(set(scopes) - granted(token))
    if missing:
        raise AuthFailed(f"These permissions were not given: {', '.join(missing)}.", hint="Sign in again, tick all.")
    if not token.get("refresh_token"):
        raise Refused("Google gave a sign-in that ends within the hour.", hint="Sign in again.")
    token["authorized_at"] = now.isoformat()
    if told.get("refresh_token_expires_in"):
        token["refresh_token_expires_in"] = told["refresh_token_expires_in"]
    return token


def _failed(error: BaseException) -> AuthFailed | Unavailable:
    if isinstance(error, Warning):
        words = "Not every permission that was asked for was given."
        return AuthFailed(words, hint="Sign in again and leave every box ticked.")
    said = clean(str(error)) or type(error).__name__
    if isinstance(error, OAuth2Error):
        return AuthFailed(f"Google refused the sign-in: {said}", hint="Check the client file, then try again.")
    return Unavailable(f"The sign-in did not come to its end: {said}", hint="Try again.")
