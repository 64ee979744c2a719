"""Signing in by token in place of a password: at whom, as which registered app, and where the sign-in is kept."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from pydantic import Field, model_validator

from agent.config.secrets import Seconds, Secret, Section, Text
from agent.config.sections import DIRS
from connectors.errors import Unsupported
from connectors.net import AccessToken
from connectors.oauth import microsoft
from connectors.oauth.tokens import TokenStore, open_tokens

GOOGLE_MAIL = "https://mail.google.com/"
"""The one scope of Google's for IMAP and SMTP."""


class Keeping(Section):
    """A source with a sign-in, kept under its name in files of their own or the system's keyring."""

    name: Text
    tokens: Literal["file", "keyring"] = "file"

    def token_store(self) -> TokenStore:
        """Where it is kept. Raises Unsupported without a safe keyring."""
        return open_tokens(self.tokens, Path(DIRS.user_state_dir) / "tokens")


class MicrosoftAccount(Keeping):
    """An account at Microsoft, and the owner's app registration it is used through."""

    username: str = ""
    client_id: str = ""
    tenant: str = Field(default="common", min_length=1)
    authority: str = Field(default=microsoft.AUTHORITY, pattern="^https://")
    ca_file: str = ""
    timeout: Seconds = 60.0

    @property
    def at_microsoft(self) -> bool:
        """Whether it is signed in to there."""
        return True

    def microsoft(self, *scopes: str) -> microsoft.MicrosoftSignIn:
        """The sign-in, for these scopes."""
        return microsoft.MicrosoftSignIn(
            self.name,
            self.token_store(),
            client_id=self.client_id,
            scopes=scopes,
            tenant=self.tenant,
            authority=self.authority,
            username=self.username,
            timeout=self.timeout,
            ca_file=self.ca_file or None,
        )


class GoogleAccount(Keeping):
    """An account at Google, and the owner's OAuth client it is used through."""

    client_file: Text
    account: str = ""
    endpoint: str = Field(default="", pattern=r"^(https://.*|http://127\.0\.0\.1:\d+/?)?$")
    timeout: Seconds = 60.0

    def reach(self) -> dict[str, Any]:
        """What every connector of Google's is given."""
        return {"tokens": self.token_store(), **self.model_dump(include={"name", "endpoint", "timeout"})}


def google_sign_in() -> ModuleType:
    """connectors.oauth.google, which needs an extra. Raises Unsupported without it."""
    try:
        return import_module("connectors.oauth.google")
    except ImportError as error:
        hint = "Install it with: pip install 'weaktie[google]'"
        raise Unsupported("Signing in at Google needs an extra that is not installed.", hint=hint) from error


class SigningIn(Secret, MicrosoftAccount):
    """A mail account: by password, or by token at one of the two who ask for it."""

    auth: Literal["password", "oauth"] = "password"
    provider: Literal["", "microsoft", "google"] = ""
    client_file: str = ""

    @model_validator(mode="after")
    def _complete(self) -> SigningIn:
        if self.auth == "password":
            return self
        if not self.provider:
            raise ValueError('auth = "oauth" needs provider = "microsoft" or "google"')
        wanted = "client_id" if self.provider == "microsoft" else "client_file"
        if not getattr(self, wanted):
            raise ValueError(f'provider = "{self.provider}" needs {wanted}: `weaktie init` says how to get one')
        return self

    @property
    def at_microsoft(self) -> bool:
        """Only some mail accounts are."""
        return self.auth == "oauth" and self.provider == "microsoft"

    def way_in(self) -> dict[str, Any]:
        """What a connector is given to sign in with: `password` or `token`."""
        return {"password": self.reveal} if self.auth == "password" else {"token": self.token(microsoft.IMAP)}

    def token(self, *scopes: str) -> AccessToken:
        """The supplier of access tokens; nobody is asked before it is called."""
        if self.provider == "google":
            return self._google
        return self.microsoft(*scopes).token

    def _google(self, refused: bool) -> str:
        kept = google_sign_in().credentials(self.token_store(), self.name)
        if refused or not kept.valid:
            kept.refresh(import_module("google.auth.transport.requests").Request())
        return str(kept.token)
