"""Signed in at Google: renewed once, taken back, too narrow, and how the owner is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import AuthFailed, Unsupported
from connectors.google import gmail
from connectors.google.gmail import GmailSource
from connectors.oauth.tokens import FileTokens
from tests.connectors.contract import Caller, Stand, letters, mail_ids
from tests.connectors.google_stand import AS_OF, GmailStand
from tests.servers.google import Google

PROFILE = "gmail.users.getProfile"


@pytest.fixture
def stand(google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GmailStand]:
    monkeypatch.setattr(gmail, "PAGE", 5)
    stand = GmailStand(google, tmp_path / "tokens")
    yield stand
    for source in stand.opened:
        source.close()


@pytest.fixture
def caller(stand: Stand) -> Caller:
    return Caller(stand)


def numbers(caller: Caller) -> list[int]:
    """The letters the caller holds, each as often as it was handed over."""
    return sorted(map(int, mail_ids(caller.records)))


def _warnings(google: Google, stand: GmailStand, **more: Any) -> tuple[str, ...]:
    with closing(GmailSource(stand.tokens, "mail", as_of=AS_OF, endpoint=google.url, **more)) as source:
        return source.check().warnings


def test_an_expired_access_token_is_renewed_once_and_the_batch_goes_on(
    google: Google, stand: GmailStand, caller: Caller
) -> None:
    """Row 28."""
    stand.put(letters(*range(24)))
    google.mail.on_page = google.oauth.expire
    first = caller.poll(stop_after=1)
    google.mail.on_page = None
    assert len(first) == 5
    assert google.oauth.refreshes == 1
    assert stand.tokens.load("mail")["token"] != ""  # type: ignore[index]  # it was just saved
    caller.poll()
    assert google.oauth.refreshes == 1
    assert numbers(caller) == list(range(24))


def test_a_permission_taken_back_stops_the_source_and_says_how_to_mend_it(
    google: Google, stand: GmailStand, caller: Caller
) -> None:
    """Row 29."""
    stand.put(letters(1))
    google.oauth.revoke()
    with pytest.raises(AuthFailed, match="ended the sign-in for 'mail'") as caught:
        caller.poll()
    assert "weaktie auth mail" in caught.value.hint
    assert "7 days" in caught.value.hint
    assert google.calls["/token"] == 1


def test_a_permission_that_is_missing_is_named(google: Google, stand: GmailStand) -> None:
    google.sign_in(stand.tokens, "other", "gmail.send")
    with (
        closing(GmailSource(stand.tokens, "other", as_of=AS_OF, endpoint=google.url)) as source,
        pytest.raises(AuthFailed, match=r"gmail\.metadata"),
    ):
        source.check()


def test_nobody_signed_in_yet(google: Google, tmp_path: Path) -> None:
    with pytest.raises(AuthFailed, match="Nobody has signed in") as caught:
        GmailSource(FileTokens(tmp_path), "mail", as_of=AS_OF, endpoint=google.url).check()
    assert "weaktie auth mail" in caught.value.hint


def test_an_api_that_is_switched_off_is_told(google: Google, stand: GmailStand, caller: Caller) -> None:
    google.fail(PROFILE, status=403, reason="accessNotConfigured")
    with pytest.raises(Unsupported) as caught:
        caller.poll()
    assert "Library" in caught.value.hint


def test_the_sign_in_never_crosses_a_network_in_the_clear(stand: GmailStand) -> None:
    with pytest.raises(Unsupported, match="in the clear"):
        GmailSource(stand.tokens, "mail", as_of=AS_OF, endpoint="http://gmail.example.org").check()


def test_check_tells_whose_mailbox_it_is_and_how_long_the_sign_in_lasts(google: Google, stand: GmailStand) -> None:
    token = google.oauth.token(("gmail.metadata",), google.url)
    token |= {"authorized_at": "2026-02-27T09:00:00+00:00", "refresh_token_expires_in": 604_799}
    stand.tokens.save("mail", token)
    assert "3 days ago" in _warnings(google, stand)[0]
    assert "ends on 2026-03-06" in _warnings(google, stand)[1]


def test_another_account_than_the_configured_one_is_never_read(google: Google, stand: GmailStand) -> None:
    stand.put(letters(1))
    bob = "bob@lindqvist.example.com"
    with closing(GmailSource(stand.tokens, "mail", as_of=AS_OF, account=bob, endpoint=google.url)) as source:
        for read in (source.check, lambda: list(source.poll({}))):
            with pytest.raises(AuthFailed, match=r"is for alice@.*, not for bob@"):
                read()
    assert "gmail.users.messages.list" not in google.calls
