"""Signing in at Microsoft (work, school and personal accounts) with msal, and tokens that stay fresh.

Needs the extra: weaktie[microsoft]. The owner's own app registration is a public client: there is no secret.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from connectors.errors import AuthFailed, ConnectorError, Unavailable, Unsupported
from connectors.net import clean
from connectors.oauth.tokens import TokenStore

AUTHORITY = "https://login.microsoftonline.com"
IMAP = "https://outlook.office.com/IMAP.AccessAsUser.All"
SMTP = "https://outlook.office.com/SMTP.Send"

BROWSER_SECONDS = 300
IDLE_DAYS = 90
"""A sign-in that is not used for so long ends (the lifetime of Entra's refresh tokens)."""

LARGEST_ANSWER = 1_000_000
PASSING = frozenset({"temporarily_unavailable", "server_error", "request_timeout", "service_unavailable"})

REASONS = {
    "50034": "there is no such account in this tenant",
    "50057": "the account is disabled",
    "50076": "a second factor is asked for",
    "50079": "a second factor must be set up",
    "50173": "the password was changed or the sign-in was revoked",
    "53003": "a rule of the organization (conditional access) forbids it",
    "65001": "consent to what weaktie asks for is missing or was withdrawn",
    "70008": "the sign-in has expired",
    "70043": "the sign-in has expired by a rule of the organization",
    "90002": "there is no such tenant",
    "90094": "an administrator must consent first",
    "700016": "there is no app with this client_id in this tenant",
    "700082": "the sign-in has expired, for it was not used for 90 days",
    "7000218": "the app is not set to allow public client flows",
}
"""AADSTS codes (Microsoft's list of Entra sign-in errors) in words an owner can act on."""

Show = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Kept:
    """A sign-in as it is kept: whose, and when its tokens were last renewed (aware UTC; None when unknown)."""

    username: str
    renewed: datetime | None


@dataclass
class MicrosoftSignIn:
    """One account's sign-in, kept in `tokens` under `name`. Every call may raise ConnectorError.

    `scopes` are of one resource (Outlook or Graph). `tenant`: "common", "organizations", "consumers", or the
    organization's domain or id. `authority`: of another cloud, as https://login.microsoftonline.us. `username` is
    proposed at the sign-in. `timeout` is in seconds a request.
    """

    name: str
    tokens: TokenStore = field(repr=False)
    _: KW_ONLY
    client_id: str
    scopes: tuple[str, ...]
    tenant: str = "common"
    authority: str = AUTHORITY
    username: str = ""
    timeout: float = 60.0
    ca_file: str | Path | None = None

    def token(self, refused: bool = False) -> str:
        """An access token that is good for some minutes. `refused`: the last one was not taken, get another.

        Raises AuthFailed where only the owner can help, by signing in again.
        """
        result = self._asked(lambda app: _silently(app, self.scopes, refused))
        if result is None:
            raise AuthFailed(f"{self.name} is not signed in at Microsoft.", hint=self._mend)
        return self._granted(result)

    def by_device(self, show: Show) -> str:
        """Sign in with a code that is entered on any device (RFC 8628). `show` gets the words to print. The user."""

        def ask(app: Any) -> Any:
            flow = app.initiate_device_flow(scopes=list(self.scopes))
            if "user_code" not in flow:
                return flow
            show(clean(str(flow.get("message", "")), 500))
            return app.acquire_token_by_device_flow(flow)

        return self._signed_in(ask)

    def by_browser(self, show: Show) -> str:
        """Sign in with a browser on this machine (authorization code, PKCE, loopback; RFC 8252). The user."""

        def ask(app: Any) -> Any:
            show("Your browser opens; sign in there.")
            return app.acquire_token_interactive(
                list(self.scopes),
                login_hint=self.username or None,
                timeout=BROWSER_SECONDS,
                auth_uri_callback=lambda url: show(f"No browser was found. Open this address on this machine: {url}"),
            )

        return self._signed_in(ask)

    def kept(self) -> Kept | None:
        """What is kept of this account, without asking anybody."""
        held = (self.tokens.load(self.name) or {}).get("cache")
        cache = held if isinstance(held, dict) else {}
        refresh = list(cache.get("RefreshToken", {}).values())
        if not refresh:
            return None
        renewed = max(int(entry.get("last_modification_time") or 0) for entry in refresh)
        users = [str(account.get("username", "")) for account in cache.get("Account", {}).values()]
        return Kept(clean(users[0]) if users else "", datetime.fromtimestamp(renewed, UTC) if renewed else None)

    @property
    def _mend(self) -> str:
        return f"Run `weaktie auth {self.name}`."

    def _signed_in(self, ask: Callable[[Any], Any]) -> str:
        """A new sign-in takes the place of an old one."""
        result = self._asked(ask, anew=True)
        if result is None:
            raise AuthFailed("Nobody signed in.", hint=self._mend)
        self._granted(result)
        kept = self.kept()
        return kept.username if kept else ""

    def _asked(self, ask: Callable[[Any], Any], *, anew: bool = False) -> Any:
        """The answer of msal. What it learnt is kept before anybody uses it: a refresh token may be replaced."""
        msal = _library()
        from connectors.web import Bounded

        cache = msal.SerializableTokenCache()
        held = None if anew else self.tokens.load(self.name)
        if held is not None:
            self._fill(cache, held)
        host = urlsplit(self.authority).hostname or self.authority
        with closing(Bounded(host, timeout=self.timeout, largest=LARGEST_ANSWER, ca_file=self.ca_file)) as session:
            result = self._understood(lambda: ask(self._application(msal, cache, session)))
        if cache.has_state_changed:
            self.tokens.save(self.name, {"provider": "microsoft", "cache": _plain(cache)})
        return result

    def _fill(self, cache: Any, held: dict[str, Any]) -> None:
        try:
            cache.deserialize(json.dumps(held["cache"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise AuthFailed(f"The sign-in kept for {self.name} cannot be read.", hint=self._mend) from error

    def _application(self, msal: Any, cache: Any, session: Any) -> Any:
        address = f"{self.authority.rstrip('/')}/{self.tenant}"
        return msal.PublicClientApplication(
            self.client_id, authority=address, token_cache=cache, http_client=session, instance_discovery=False
        )

    def _understood(self, ask: Callable[[], Any]) -> Any:
        """msal raises ValueError for an unknown tenant, and lets through what an answer that is no JSON breaks."""
        try:
            return ask()
        except ConnectorError:
            raise
        except ValueError as error:
            if "authority configuration" in str(error):
                what = f"There is no tenant {clean(self.tenant, 60)!r} at {clean(self.authority, 80)}."
                raise Unsupported(what, hint="Check tenant and authority; 'common' fits most accounts.") from error
            raise Unavailable(f"{self.authority} gave no answer that could be read.", hint=_LATER) from error
        except (_library().exceptions.MsalServiceError, RuntimeError, *_BROKEN) as error:
            detail = clean(str(error), 120)
            raise Unavailable(f"{self.authority} cannot sign anybody in now: {detail}.", hint=_LATER) from error

    def _granted(self, result: Any) -> str:
        token = result.get("access_token") if isinstance(result, dict) else None
        if isinstance(token, str) and token:
            return token
        raise _told(result if isinstance(result, dict) else {}, self.name, self._mend)


_LATER = "It is tried again later."
_BROKEN = (LookupError, TypeError, AttributeError)
"""What msal raises for JSON of another shape than it expects."""


def _silently(app: Any, scopes: tuple[str, ...], refused: bool) -> Any:
    """A token from the cache, or by one refresh. Nobody is asked anything."""
    accounts = app.get_accounts()
    if not accounts:
        return None
    return app.acquire_token_silent_with_error(list(scopes), accounts[0], force_refresh=refused)


def _told(result: dict[str, Any], name: str, mend: str) -> ConnectorError:
    """An OAuth error (RFC 6749 §5.2) with Microsoft's codes in words. Unavailable only for what passes by itself."""
    error = clean(str(result.get("error", "no token")), 60)
    codes = [str(code) for code in result.get("error_codes") or ()]
    reason = next((REASONS[code] for code in codes if code in REASONS), "")
    said = reason or clean(str(result.get("error_description") or error).split("\n", 1)[0], 160).rstrip(".")
    if error in PASSING:
        return Unavailable(f"Microsoft cannot sign {name} in now: {said}.", hint=_LATER)
    if "7000218" in codes:
        mend = f"In the app's registration, under Authentication, allow public client flows. {mend}"
    shown = f"{error}, AADSTS{codes[0]}" if codes else error
    return AuthFailed(f"Microsoft does not sign {name} in any more: {said} ({shown}).", hint=mend)


def _plain(cache: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(cache.serialize())
    return told


def _library() -> ModuleType:
    try:
        import_module("requests")
        return import_module("msal")
    except ImportError as error:
        hint = "Install it with: pip install 'weaktie[microsoft]'"
        raise Unsupported("Signing in at Microsoft needs an extra that is not installed.", hint=hint) from error
