"""Signing in at Microsoft with the real msal: by code and by browser, kept, renewed once, and told when it is over."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import AuthFailed, Unavailable, Unsupported
from connectors.oauth.microsoft import IMAP, SMTP, MicrosoftSignIn
from connectors.oauth.tokens import FileTokens
from tests.conftest import Clock
from tests.servers import microsoft as server
from tests.servers.microsoft import CLIENT, USER, Microsoft, say


@pytest.fixture(scope="module")
def service_process() -> Iterator[Microsoft]:
    """One service for all tests here."""
    with server.running() as service:
        yield service


@pytest.fixture
def service(service_process: Microsoft) -> Microsoft:
    """The service as if nobody had been there."""
    service_process.identity = server.Identity()
    service_process.answers.clear()
    service_process.requests.clear()
    return service_process


@pytest.fixture
def account(service: Microsoft, tmp_path: Path, clock: Clock) -> MicrosoftSignIn:
    """An account that nobody has signed in for."""
    return sign_in(service, tmp_path)


def sign_in(service: Microsoft, folder: Path, **changed: Any) -> MicrosoftSignIn:
    """An account, or the same one seen by another process."""
    usual: dict[str, Any] = {"client_id": CLIENT, "scopes": (IMAP,), "authority": service.url, "timeout": 60.0}
    usual |= {"ca_file": service.ca_file, "username": USER}
    return MicrosoftSignIn("work", FileTokens(folder / "tokens"), **{**usual, **changed})


def test_a_code_entered_elsewhere_signs_in(service: Microsoft, account: MicrosoftSignIn) -> None:
    shown: list[str] = []
    assert account.by_device(shown.append) == USER
    assert "ABCD-1234" in shown[0]
    assert service.identity.asked == ["device_code", "device_code"]
    assert service.identity.good(account.token(), IMAP)


def test_a_browser_here_signs_in(service: Microsoft, account: MicrosoftSignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "/nonexistent/browser")
    shown: list[str] = []

    def show(words: str) -> None:
        shown.append(words)
        for address in re.findall(r"https://\S+", words):
            threading.Thread(target=server.browse, args=(address, service.ca_file)).start()

    assert account.by_browser(show) == USER
    assert service.identity.asked == ["authorization_code"]
    assert service.identity.good(account.token(), IMAP)


def test_a_token_is_used_until_it_is_old_and_renewed_once(
    service: Microsoft, account: MicrosoftSignIn, clock: Clock, tmp_path: Path
) -> None:
    account.by_device(str)
    first = account.token()
    service.identity.asked.clear()
    assert sign_in(service, tmp_path).token() == first
    assert service.identity.asked == []
    clock.advance(minutes=56)
    second = sign_in(service, tmp_path).token()
    assert second != first
    assert account.token() == second
    assert service.identity.asked == ["refresh_token"]


def test_a_token_the_server_refused_is_replaced(service: Microsoft, account: MicrosoftSignIn) -> None:
    account.by_device(str)
    first = account.token()
    service.identity.forget_access()
    second = account.token(refused=True)
    assert second != first
    assert service.identity.good(second, IMAP)


def test_more_is_asked_for_when_more_is_needed(service: Microsoft, account: MicrosoftSignIn, tmp_path: Path) -> None:
    account.by_device(str)
    both = sign_in(service, tmp_path, scopes=(IMAP, SMTP))
    assert service.identity.good(both.token(), IMAP, SMTP)
    service.identity.consented = {IMAP, SMTP}
    with pytest.raises(AuthFailed, match="consent") as caught:
        sign_in(service, tmp_path, scopes=("https://graph.microsoft.com/Calendars.Read",)).token()
    assert "weaktie auth work" in caught.value.hint


def test_without_a_sign_in_nobody_is_asked(service: Microsoft, account: MicrosoftSignIn) -> None:
    with pytest.raises(AuthFailed, match="not signed in") as caught:
        account.token()
    assert "weaktie auth work" in caught.value.hint
    assert service.identity.asked == []


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (50173, "invalid_grant", "the password was changed or the sign-in was revoked"),
        (700082, "invalid_grant", "not used for 90 days"),
        (65001, "invalid_grant", "consent"),
        (50076, "interaction_required", "second factor"),
        (53003, "invalid_grant", "conditional access"),
        (1234567, "invalid_grant", "The provided grant has expired"),
    ],
)
def test_what_only_the_owner_can_mend_is_told(
    service: Microsoft, account: MicrosoftSignIn, clock: Clock, code: int, error: str, words: str
) -> None:
    account.by_device(str)
    service.identity.withdraw(code, error)
    clock.advance(hours=2)
    with pytest.raises(AuthFailed, match=words) as caught:
        account.token()
    assert f"AADSTS{code}" in str(caught.value)
    assert "weaktie auth work" in caught.value.hint
    assert service.identity.asked.count("refresh_token") == 1


def test_signing_in_again_mends_it(service: Microsoft, account: MicrosoftSignIn, clock: Clock) -> None:
    account.by_device(str)
    service.identity.withdraw()
    clock.advance(hours=2)
    with pytest.raises(AuthFailed):
        account.token()
    service.identity.revoked = None
    account.by_device(str)
    assert service.identity.good(account.token(), IMAP)


def test_an_app_that_is_no_public_client_is_explained(service: Microsoft, account: MicrosoftSignIn) -> None:
    service.identity.public = False
    with pytest.raises(AuthFailed, match="public client") as caught:
        account.by_device(str)
    assert "allow public client flows" in caught.value.hint


def test_a_wrong_client_or_tenant_is_explained(service: Microsoft, account: MicrosoftSignIn, tmp_path: Path) -> None:
    with pytest.raises(AuthFailed, match="no app with this client_id"):
        sign_in(service, tmp_path, client_id="other").by_device(str)
    with pytest.raises(Unsupported, match="no tenant 'nowhere'"):
        sign_in(service, tmp_path, tenant="nowhere").by_device(str)


@pytest.mark.parametrize(
    "answer",
    [
        say(503, {}, Retry_After="1"),
        say(429, {"error": "temporarily_unavailable"}, Retry_After="1"),
        say(500, b"<html>"),
        say(200, b"{"),
        say(200, b"[]"),
        say(302, b"", Location="https://127.0.0.1:1/"),
        say(200, b"x" * 1_100_000),
        server.cut,
    ],
)
def test_trouble_on_the_way_passes_and_loses_nothing(
    service: Microsoft, account: MicrosoftSignIn, clock: Clock, tmp_path: Path, answer: server.Handle
) -> None:
    account.by_device(str)
    clock.advance(hours=2)
    service.answers["/common/oauth2/v2.0/token"] = [answer]
    with pytest.raises(Unavailable):
        account.token()
    assert service.identity.good(sign_in(service, tmp_path).token(), IMAP)


def test_a_certificate_nobody_vouches_for_is_refused(
    service: Microsoft, account: MicrosoftSignIn, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="not trusted"):
        sign_in(service, tmp_path, ca_file=None).by_device(str)
    assert service.requests == []


def test_what_is_kept_is_shown_without_asking_anybody(account: MicrosoftSignIn, clock: Clock) -> None:
    assert account.kept() is None
    account.by_device(str)
    signed_in = clock.now
    clock.advance(days=3)
    kept = account.kept()
    assert kept is not None
    assert (kept.username, kept.renewed) == (USER, signed_in)


def test_no_token_shows_in_what_is_printed(account: MicrosoftSignIn) -> None:
    account.by_device(str)
    assert "access-" not in repr(account)
    assert "refresh-" not in repr(account)


def test_the_missing_extra_is_named(account: MicrosoftSignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msal", None)
    with pytest.raises(Unsupported) as caught:
        account.token()
    assert "weaktie[microsoft]" in caught.value.hint
