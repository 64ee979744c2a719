"""Access tokens at mail servers: Dovecot and aiosmtpd take them, refuse them, and have a stale one replaced once."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import MISSING, AuthResult

from connectors.base import Approved
from connectors.errors import AuthFailed, Refused, Unavailable, Unsupported
from connectors.imap import ImapSource
from connectors.imap.session import Session
from connectors.net import Account
from connectors.oauth import sasl
from connectors.oauth.microsoft import IMAP, SMTP, MicrosoftSignIn
from connectors.oauth.tokens import FileTokens
from connectors.outlets.imap_mailbox import ImapMailbox
from connectors.outlets.smtp import SmtpTransport
from connectors.records import MailRecord
from tests.conftest import START
from tests.connectors.contract import letter, letters
from tests.servers import dovecot as dovecot_server
from tests.servers import microsoft as identity_server
from tests.servers import smtp
from tests.servers.microsoft import CLIENT, USER, Microsoft

pytestmark = pytest.mark.server
OTHER = "bob@lindqvist.example.com"


@dataclass
class Supplier:
    """Access tokens by hand: the first, and what takes its place when it was refused."""

    tokens: list[str]
    refused: list[bool] = field(default_factory=list)

    def __call__(self, refused: bool) -> str:
        self.refused.append(refused)
        return self.tokens.pop(0)


class ByToken(smtp.Rules):
    """A submission server that asks Microsoft about tokens."""

    def __init__(self, service: Microsoft) -> None:
        super().__init__()
        self.service = service

    async def auth_XOAUTH2(self, server: Any, _args: list[str]) -> AuthResult:  # noqa: N802 - aiosmtpd's way
        """The token, and if it is refused why, as both providers do it."""
        self.sign_ins += 1
        said = await server.challenge_auth("")
        user, token = (part.partition("=")[2] for part in said.decode().split("\1")[:2])
        if user == USER and self.service.identity.good(token.removeprefix("Bearer "), SMTP):
            return AuthResult(success=True)
        reason = {"status": "401", "schemes": "Bearer", "scope": SMTP}
        answer = await server.challenge_auth(json.dumps(reason))
        return AuthResult(success=False, handled=answer is MISSING)


@pytest.fixture(scope="module")
def service() -> Iterator[Microsoft]:
    """Microsoft."""
    with identity_server.running() as service:
        yield service


@pytest.fixture(scope="module")
def dovecot_by_token(service: Microsoft) -> Iterator[dovecot_server.Server]:
    """A Dovecot that asks Microsoft about tokens."""
    with dovecot_server.running(tokeninfo=f"{service.plain_url}/tokeninfo?access_token=") as server:
        yield server


@pytest.fixture
def account(service: Microsoft, tmp_path: Path) -> MicrosoftSignIn:
    """Alice, signed in for mail."""
    service.identity = identity_server.Identity()
    made = MicrosoftSignIn(
        "work",
        FileTokens(tmp_path / "tokens"),
        client_id=CLIENT,
        scopes=(IMAP, SMTP),
        authority=service.url,
        ca_file=service.ca_file,
    )
    made.by_device(str)
    service.identity.asked.clear()
    return made


@pytest.fixture
def mailbox(dovecot_by_token: dovecot_server.Server) -> Iterator[dovecot_server.Account]:
    """Alice's mailbox, empty, seen by another program of hers."""
    mailbox = dovecot_by_token.account(USER)
    mailbox.client.select_folder("INBOX")
    mailbox.client.delete_messages(mailbox.client.search("ALL"))
    mailbox.client.expunge()
    mailbox.client.unselect_folder()
    yield mailbox
    mailbox.close()


@pytest.fixture
def submission(service: Microsoft) -> Iterator[smtp.Server]:
    """A submission server that takes tokens."""
    with smtp.running("tls", ByToken(service)) as server:
        yield server


def by_token(mailbox: dovecot_server.Account | smtp.Server, token: Any, **changed: Any) -> dict[str, Any]:
    """Settings with a token in place of the password."""
    settings = {**mailbox.settings(), **changed, "token": token}
    del settings["password"]
    return settings


def approved() -> Approved:
    """A mail from Alice to Bob that she approved."""
    content = letter(1, From=USER, To=OTHER)
    return Approved(content, sha256(content).hexdigest(), USER, (OTHER,), "Alice", START)


def test_mail_is_read_and_drafts_are_put_by_token(
    service: Microsoft, account: MicrosoftSignIn, mailbox: dovecot_server.Account
) -> None:
    mailbox.client.multiappend("INBOX", letters(1, 2))
    source = ImapSource(**by_token(mailbox, account.token))
    records = [record for batch in source.poll({}) for record in batch.records]
    source.close()
    assert sum(isinstance(record, MailRecord) for record in records) == 2
    outlet = ImapMailbox(**by_token(mailbox, account.token))
    place = outlet.put_draft(letter(3))
    assert outlet.remove_draft(place, letter(3))
    outlet.close()
    assert service.identity.asked == []


@pytest.mark.parametrize("mechanism", sasl.MECHANISMS)
def test_both_mechanisms_are_spoken(
    account: MicrosoftSignIn,
    mailbox: dovecot_server.Account,
    mechanism: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sasl, "MECHANISMS", (mechanism,))
    session = Session(Account(**by_token(mailbox, account.token)))
    assert session.capable("IMAP4rev1")
    session.close()
    wrong = Session(Account(**by_token(mailbox, lambda _: "wrong")))
    with pytest.raises(AuthFailed, match=r"not good.*AUTHENTICATIONFAILED"):
        wrong.connect()


def test_a_token_that_went_stale_is_replaced_once_and_reading_goes_on(
    service: Microsoft, account: MicrosoftSignIn, mailbox: dovecot_server.Account
) -> None:
    mailbox.client.multiappend("INBOX", letters(*range(300)))
    source = ImapSource(**by_token(mailbox, account.token))
    poll = source.poll({})
    found = list(next(poll).records)
    service.identity.forget_access()
    source._session.drop()  # as a server does when the token it let in has run out
    found += [record for batch in poll for record in batch.records]
    source.close()
    refs = [record.ref for record in found if isinstance(record, MailRecord) and record.folder == "INBOX"]
    assert len(refs) == len(set(refs)) >= 300
    assert service.identity.asked == ["refresh_token"]


def test_a_revoked_sign_in_is_told_and_not_tried_again(
    service: Microsoft, account: MicrosoftSignIn, mailbox: dovecot_server.Account
) -> None:
    service.identity.forget_access()
    service.identity.withdraw()
    source = ImapSource(**by_token(mailbox, account.token))
    with pytest.raises(AuthFailed, match="revoked") as caught:
        source.check()
    assert "weaktie auth work" in caught.value.hint
    assert service.identity.asked == ["refresh_token"]


def test_two_bad_tokens_end_the_matter(mailbox: dovecot_server.Account) -> None:
    supplier = Supplier(["first", "second", "third"])
    session = Session(Account(**by_token(mailbox, supplier)))
    with pytest.raises(AuthFailed, match="refused the sign-in"):
        session.reconnect()
    assert supplier.refused == [False, True]


def test_somebody_elses_token_opens_nothing(account: MicrosoftSignIn, dovecot_by_token: dovecot_server.Server) -> None:
    others = dovecot_by_token.account(OTHER)
    with pytest.raises(AuthFailed):
        Session(Account(**by_token(others, account.token))).connect()


def test_a_server_without_tokens_is_told_nothing(dovecot: dovecot_server.Account) -> None:
    with pytest.raises(Unsupported, match="takes no access tokens"):
        Session(Account(**by_token(dovecot, lambda _: "secret"))).connect()


@pytest.mark.parametrize("token", ["", "a\1auth=Bearer b", "a\r\nX LOGOUT"])
def test_a_token_that_would_say_something_else_is_refused(mailbox: dovecot_server.Account, token: str) -> None:
    with pytest.raises(Refused):
        Session(Account(**by_token(mailbox, lambda _: token))).connect()


def test_what_was_approved_is_sent_by_token(
    service: Microsoft, account: MicrosoftSignIn, submission: smtp.Server
) -> None:
    transport = SmtpTransport(**by_token(submission, account.token, username=USER))
    assert transport.check().summary
    transport.send(approved(), lambda: None)
    assert [mail.recipients for mail in submission.inbox] == [(OTHER,)]
    assert service.identity.asked == []


def test_a_stale_token_is_replaced_before_anything_is_sent(
    service: Microsoft, account: MicrosoftSignIn, submission: smtp.Server
) -> None:
    account.token()
    service.identity.forget_access()
    transport = SmtpTransport(**by_token(submission, account.token, username=USER))
    transport.send(approved(), lambda: None)
    assert len(submission.inbox) == 1
    assert submission.rules.sign_ins == 2
    assert service.identity.asked == ["refresh_token"]


def test_a_refused_token_is_told_in_words_and_nothing_goes_out(submission: smtp.Server) -> None:
    supplier = Supplier(["first", "second", "third"])
    transport = SmtpTransport(**by_token(submission, supplier, username=USER))
    with pytest.raises(AuthFailed, match=r"not good \(401\), it wants the scope .*SMTP.Send") as caught:
        transport.send(approved(), lambda: None)
    assert "weaktie auth" in caught.value.hint
    assert supplier.refused == [False, True]
    assert submission.inbox == []


def test_while_microsoft_is_away_nothing_is_sent_and_it_is_tried_later(
    service: Microsoft, account: MicrosoftSignIn, submission: smtp.Server
) -> None:
    service.answers["/common"] = [identity_server.cut]
    transport = SmtpTransport(**by_token(submission, account.token, username=USER))
    with pytest.raises(Unavailable):
        transport.send(approved(), lambda: None)
    assert submission.inbox == []


def test_the_first_message_is_as_google_and_the_rfc_write_it() -> None:
    said = "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNS"
    google = b64decode(said + "bGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==")
    token = "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"
    assert sasl.Exchange("XOAUTH2", "someuser@example.com", token).first == google
    standard = sasl.Exchange("OAUTHBEARER", "a=b,c@example.com", "t").first
    assert standard == b"n,a=a=3Db=2Cc@example.com,\1auth=Bearer t\1\1"


@pytest.mark.parametrize("challenge", [b"", b"\xff", b"[]", b"{", b'{"status": null}', b"9" * 5000])
def test_a_challenge_of_another_kind_explains_nothing(challenge: bytes) -> None:
    assert sasl.told(challenge) == ""
