"""Signing in at Google: with a browser here or elsewhere, with PKCE, and renewed once however many ask."""

from __future__ import annotations

import json
import sys
import webbrowser
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from google.auth.transport.requests import Request

from connectors.errors import AuthFailed, ConnectorError, NotFound, Unavailable, Unsupported
from connectors.google.gmail import GmailSource
from connectors.oauth import google as oauth
from connectors.oauth.tokens import FileTokens
from tests.servers.google import Google

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SCOPES = ("gmail.readonly", "gmail.compose")


@pytest.fixture(autouse=True)
def _over_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def tokens(tmp_path: Path) -> FileTokens:
    return FileTokens(tmp_path / "tokens")


def where_it_ends(address: str) -> str:
    """The address a browser on another machine is sent to at the end."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=60)
    connection.request("GET", f"{parts.path}?{parts.query}")
    ended = connection.getresponse().getheader("Location") or ""
    connection.close()
    return ended


def by_hand(google: Google, change: Callable[[str], str] = lambda address: address) -> dict[str, Any]:
    """Sign in on a machine without a browser; `change` is what becomes of the address on its way."""
    return oauth.authorize_by_hand(google.client_file(), SCOPES, NOW, lambda asked: change(where_it_ends(asked)))


@pytest.mark.parametrize("form", ["address", "code", "query"])
def test_without_a_browser_the_address_is_carried_over_by_hand(google: Google, tokens: FileTokens, form: str) -> None:
    short = {
        "address": lambda address: f"  {address}\n",
        "code": lambda address: parse_qs(urlsplit(address).query)["code"][0],
        "query": lambda address: urlsplit(address).query,
    }
    token = by_hand(google, short[form])
    assert oauth.granted(token) == set(SCOPES)
    assert token["authorized_at"] == NOW.isoformat()
    tokens.save("mail", token)
    assert oauth.credentials(tokens, "mail").valid


def test_with_a_browser_here_it_comes_back_by_itself(google: Google, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Browser:
        def open(self, address: str, **_: Any) -> None:
            asked.append(address)
            Thread(target=lambda: urlopen(address, timeout=60).read(), daemon=True).start()

    monkeypatch.setattr(webbrowser, "get", lambda _: Browser())
    token = oauth.authorize_loopback(google.client_file(), SCOPES, NOW, account="alice@example.org")
    assert oauth.granted(token) == set(SCOPES)
    told = {name: values[0] for name, values in parse_qs(urlsplit(asked[0]).query).items()}
    assert (told["code_challenge_method"], told["access_type"], told["prompt"]) == ("S256", "offline", "consent")
    assert told["login_hint"] == "alice@example.org"
    assert urlsplit(told["redirect_uri"]).hostname == "127.0.0.1"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda address: address.replace("state=", "state=x"), "does not belong"),
        (lambda _: "4/some-other-code", "refused the sign-in"),
        (lambda address: address.replace("code=", "nothing="), "no permission"),
        (lambda _: "http://127.0.0.1:1/", "does not belong"),
    ],
)
def test_an_address_of_another_sign_in_is_refused(google: Google, change: Callable[[str], str], words: str) -> None:
    with pytest.raises(AuthFailed, match=words):
        by_hand(google, change)


def test_a_no_is_told_as_a_no(google: Google) -> None:
    google.oauth.refused = True
    with pytest.raises(AuthFailed, match="access_denied"):
        by_hand(google)


def test_a_permission_that_was_left_out_is_told_at_once(google: Google) -> None:
    google.oauth.left_out = frozenset({"gmail.compose"})
    with pytest.raises(AuthFailed) as caught:
        by_hand(google)
    assert "tick" in caught.value.hint


def test_a_project_in_testing_tells_when_the_sign_in_ends(google: Google) -> None:
    google.oauth.testing = True
    assert by_hand(google)["refresh_token_expires_in"] == 604_799


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (None, NotFound, "cannot be read"),
        ("{", Unsupported, "no JSON"),
        ("[]", Unsupported, "no OAuth client"),
        ('{"web": {"client_id": "x"}}', Unsupported, "desktop app"),
        ('{"installed": {"client_id": "x"}}', Unsupported, "desktop app"),
    ],
)
def test_a_file_that_is_no_client_is_explained(
    tmp_path: Path, content: str | None, error: type[ConnectorError], words: str
) -> None:
    path = tmp_path / "client.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(error, match=words) as caught:
        oauth.client_config(path)
    assert caught.value.hint


def test_a_client_file_is_read(google: Google, tmp_path: Path) -> None:
    (tmp_path / "client.json").write_text(json.dumps(google.client_file()))
    assert oauth.client_config(tmp_path / "client.json") == google.client_file()


def test_many_threads_renew_once_and_what_they_got_is_kept(google: Google, tokens: FileTokens) -> None:
    google.sign_in(tokens, "mail", *SCOPES)
    before = tokens.load("mail")
    kept, start = oauth.credentials(tokens, "mail"), Barrier(6)

    def renew() -> None:
        start.wait()
        kept.refresh(Request())

    threads = [Thread(target=renew) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = tokens.load("mail")
    assert google.oauth.refreshes == 1
    assert before is not None
    assert after is not None
    assert after["token"] not in ("", before["token"])
    assert after["refresh_token"] == before["refresh_token"]


@pytest.mark.parametrize("token", [{}, {"refresh_token": "x"}, {"scopes": 7, "refresh_token": 1, "token_uri": ""}])
def test_what_is_kept_and_is_no_sign_in_asks_for_a_new_one(tokens: FileTokens, token: dict[str, Any]) -> None:
    tokens.save("mail", token)
    with pytest.raises(AuthFailed, match="no sign-in at Google") as caught:
        oauth.credentials(tokens, "mail")
    assert "weaktie auth mail" in caught.value.hint


def test_google_being_away_is_no_reason_to_sign_in_again(google: Google, tokens: FileTokens) -> None:
    google.sign_in(tokens, "mail", *SCOPES)
    token = tokens.load("mail") or {}
    tokens.save("mail", {**token, "token_uri": "http://127.0.0.1:1/token"})
    with pytest.raises(Unavailable, match="cannot be reached"):
        oauth.credentials(tokens, "mail").refresh(Request())


def test_without_the_extra_it_says_what_to_install(tokens: FileTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("googleapiclient", "connectors.google.client"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "googleapiclient", None)
    with pytest.raises(Unsupported, match="extra") as caught:
        GmailSource(tokens, "mail", as_of=NOW).check()
    assert "weaktie[google]" in caught.value.hint
