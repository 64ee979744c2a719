"""Submission: whatever breaks, it is known whether the message can have gone out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Approved
from connectors.errors import Ambiguous, AuthFailed, Refused, Unavailable, Unsupported
from connectors.outlets.smtp import SmtpTransport, checked, stuffed
from tests.servers import smtp
from tests.servers.clock import standing
from tests.servers.process import PATIENCE
from tests.servers.smtp import Server
from tests.servers.smtp_break import Breaking, breaking

pytestmark = pytest.mark.server
SENDER, BOB, CARL = "alice@example.org", "bob@example.net", "carl@example.net"


def letter(*more: str, body: str = "Hello.\r\n.dot\r\n") -> bytes:
    lines = [f"From: Alice <{SENDER}>", f"To: Bob <{BOB}>", "Subject: Lunch?", "Message-ID: <1@example.org>", *more]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def approved(content: bytes, *recipients: str, **changed: Any) -> Approved:
    digest, when = sha256(content).hexdigest(), datetime(2026, 3, 2, 9, tzinfo=UTC)
    return replace(Approved(content, digest, SENDER, recipients or (BOB,), "alice", when), **changed)


class Ledger:
    """Stands for the outbox: notes when it was told that the body follows."""

    def __init__(self) -> None:
        self.committed = 0

    def __call__(self) -> None:
        self.committed += 1


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def transport(smtp_server: Server) -> SmtpTransport:
    return SmtpTransport(**smtp_server.settings())


def test_an_approved_message_goes_out_once_as_it_is(
    smtp_server: Server, transport: SmtpTransport, ledger: Ledger
) -> None:
    sent = transport.send(approved(letter()), ledger)
    assert sent.reply == "250 2.0.0 Taken as 4711"
    (accepted,) = smtp_server.inbox
    assert (accepted.sender, accepted.recipients, accepted.content) == (SENDER, (BOB,), letter())
    assert ledger.committed == 1
    assert smtp_server.rules.sign_ins == 1


def test_it_is_committed_before_the_first_byte_of_the_message(smtp_server: Server, transport: SmtpTransport) -> None:
    class PowerCut(Exception):
        pass

    def failing() -> None:
        assert smtp_server.inbox == []
        raise PowerCut

    with pytest.raises(PowerCut):
        transport.send(approved(letter()), failing)
    assert smtp_server.inbox == []


@pytest.mark.parametrize("how", ["fin", "rst", "hang"])
@pytest.mark.parametrize("answer", [rb"^220", rb"250.*HELP", rb"^235", rb"2\.1\.0", rb"2\.1\.5", rb"^354"])
def test_a_break_before_the_body_is_never_ambiguous(
    smtp_server: Server, ledger: Ledger, answer: bytes, how: str
) -> None:
    smtp_server.line.cut(answer=answer, how=how)
    transport = SmtpTransport(**smtp_server.settings(timeout=0.4))
    with pytest.raises(Unavailable):
        transport.send(approved(letter()), ledger)
    assert (smtp_server.inbox, ledger.committed) == ([], 0)


@pytest.mark.parametrize("how", ["fin", "rst", "hang"])
def test_a_lost_answer_to_the_message_is_ambiguous(smtp_server: Server, ledger: Ledger, how: str) -> None:
    with standing() as too_late:
        smtp_server.line.cut(answer=rb"Taken as", how=how, hung=too_late)
        transport = SmtpTransport(**smtp_server.settings())
        with pytest.raises(Ambiguous, match="may or may not") as caught:
            transport.send(approved(letter()), ledger)
    assert caught.value.hint
    assert (len(smtp_server.inbox), ledger.committed) == (1, 1)


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_break_within_the_message_has_sent_nothing(smtp_server: Server, ledger: Ledger, how: str) -> None:
    smtp_server.line.cut(request=rb"Subject: Lunch", how=how)
    with pytest.raises(Unavailable):
        SmtpTransport(**smtp_server.settings(patience=PATIENCE, glance=PATIENCE)).send(approved(letter()), ledger)
    assert (smtp_server.inbox, ledger.committed) == ([], 1)


def test_the_end_is_not_sent_to_a_server_that_spoke_too_early(ledger: Ledger) -> None:
    with breaking(Breaking("body", "4xx")) as server:
        transport = SmtpTransport("127.0.0.1", server.port, "none", timeout=PATIENCE, glance=PATIENCE)
        with pytest.raises(Unavailable, match="declined to hear the message out: 451"):
            transport.send(approved(letter()), ledger)
        assert server.taken == []


@pytest.mark.parametrize("phase", ["dot lost", "dot taken"])
def test_once_the_end_is_sent_only_its_answer_tells(ledger: Ledger, phase: str) -> None:
    with breaking(Breaking(phase, "close")) as server:
        transport = SmtpTransport("127.0.0.1", server.port, "none", timeout=PATIENCE, glance=0.05)
        with pytest.raises(Ambiguous):
            transport.send(approved(letter()), ledger)
        assert len(server.taken) == (phase == "dot taken")


def test_a_break_at_the_farewell_changes_nothing(smtp_server: Server, transport: SmtpTransport, ledger: Ledger) -> None:
    smtp_server.line.cut(request=rb"quit", how="rst")
    assert transport.send(approved(letter()), ledger).reply
    assert len(smtp_server.inbox) == 1


@pytest.mark.parametrize(
    ("verb", "committed"),
    [("MAIL", 0), (f"RCPT {BOB}", 0), ("DATA", 0), ("DOT", 1)],
)
@pytest.mark.parametrize(("code", "error"), [("451", Unavailable), ("550", Refused)])
def test_a_definite_no_is_told_as_one(
    smtp_server: Server, transport: SmtpTransport, ledger: Ledger, verb: str, committed: int, code: str, error: type
) -> None:
    smtp_server.answers[verb] = f"{code} 4.0.0 policy"
    with pytest.raises((Refused, Unavailable), match="policy") as caught:
        transport.send(approved(letter()), ledger)
    assert type(caught.value) is error
    assert (smtp_server.inbox, ledger.committed) == ([], committed)


@pytest.mark.parametrize("answer", ["354 what", "150 hm"])
def test_an_answer_that_is_neither_yes_nor_no_is_ambiguous(
    smtp_server: Server, transport: SmtpTransport, ledger: Ledger, answer: str
) -> None:
    smtp_server.answers["DOT"] = answer
    with pytest.raises(Ambiguous):
        transport.send(approved(letter()), ledger)


def test_one_refused_recipient_stops_the_message_for_all(
    smtp_server: Server, transport: SmtpTransport, ledger: Ledger
) -> None:
    smtp_server.answers[f"RCPT {CARL}"] = "550 5.1.1 nobody of that name"
    with pytest.raises(Refused, match=r"carl@example\.net: 5\.1\.1 nobody"):
        transport.send(approved(letter(f"Cc: {CARL}"), BOB, CARL), ledger)
    assert (smtp_server.inbox, smtp_server.rules.resets, ledger.committed) == ([], 1, 0)


def test_a_wrong_password_is_tried_once(smtp_server: Server, ledger: Ledger) -> None:
    transport = SmtpTransport(**smtp_server.settings(password=lambda: "wrong"))
    with pytest.raises(AuthFailed, match="refused the sign-in") as caught:
        transport.send(approved(letter()), ledger)
    assert "wrong" not in str(caught.value)
    assert smtp_server.rules.sign_ins == 1


def test_a_temporary_failure_of_the_sign_in_is_no_wrong_password(smtp_server: Server, transport: SmtpTransport) -> None:
    smtp_server.answers["AUTH"] = "454 4.7.0 directory is down"
    with pytest.raises(Unavailable, match="directory is down"):
        transport.check()


def test_without_a_name_no_sign_in_is_tried(smtp_server: Server, ledger: Ledger) -> None:
    def asked() -> str:
        raise AssertionError("no password is needed")

    with pytest.raises(AuthFailed, match="Authentication required"):
        SmtpTransport(**smtp_server.settings(username="", password=asked)).send(approved(letter()), ledger)
    assert smtp_server.rules.sign_ins == 0


def test_nothing_listens(smtp_server: Server) -> None:
    smtp_server.line.close()
    with pytest.raises(Unavailable, match="refused the connection"):
        SmtpTransport(**smtp_server.settings()).check()


def test_check_signs_in_and_sends_nothing(smtp_server: Server, transport: SmtpTransport) -> None:
    assert "Signed in to 127.0.0.1" in transport.check().summary
    assert smtp_server.inbox == []


def test_our_host_name_stays_at_home(smtp_server: Server, transport: SmtpTransport) -> None:
    transport.check()
    assert smtp_server.line.requests.startswith(b"ehlo [127.0.0.1]\r\n")


@pytest.fixture(params=["tls", "starttls"])
def secure(request: pytest.FixtureRequest) -> Iterator[Server]:
    with smtp.running(tls=request.param) as server:
        yield server


def test_over_tls_with_the_servers_own_authority(secure: Server, ledger: Ledger) -> None:
    SmtpTransport(**secure.settings()).send(approved(letter()), ledger)
    assert len(secure.inbox) == 1


def test_an_unknown_authority_is_not_trusted_and_gets_no_password(secure: Server, ledger: Ledger) -> None:
    with pytest.raises(Unavailable, match="is not trusted"):
        SmtpTransport(**secure.settings(ca_file=None)).send(approved(letter()), ledger)
    assert (secure.inbox, secure.rules.sign_ins) == ([], 0)


def test_starttls_that_is_not_offered_ends_before_the_password(smtp_server: Server) -> None:
    with pytest.raises(Unavailable, match="offers no STARTTLS"):
        SmtpTransport(**smtp_server.settings(tls="starttls")).check()
    assert smtp_server.rules.sign_ins == 0


def test_plain_text_leaves_this_machine_for_nobody() -> None:
    with pytest.raises(Unsupported, match="in the clear"):
        SmtpTransport("mail.example.org", tls="none")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (approved(letter(), digest="0" * 64), "digest differs"),
        (replace(approved(letter()), content=letter() + b"PS\r\n"), "digest differs"),
        (approved(letter("Bcc: dora@example.net"), BOB, "dora@example.net"), "Bcc"),
        (approved(letter("bcc : dora@example.net"), BOB), "Bcc"),
        (approved(letter("Resent-To: dora@example.net")), "Bcc"),
        (approved(letter("Cc: dora@example.net")), "dora@example.net"),
        (approved(letter(), BOB, CARL), "carl@example.net"),
        (approved(letter(), CARL), "same recipients"),
        (approved(letter(), sender="eve@example.com"), "not from eve"),
        (approved(letter("From: Eve <eve@example.com>")), "not from"),
        (approved(letter(body="x" * 999 + "\r\n")), "998"),
        (approved(letter(body="a\0b")), "NUL"),
        (approved(letter("X-Note: a\rBcc: dora@example.net")), "lone CR"),
        (approved(b"\r\nno header at all"), "cannot be read"),
    ],
)
def test_what_was_not_approved_like_this_is_refused_before_any_connection(
    smtp_server: Server, transport: SmtpTransport, ledger: Ledger, message: Approved, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        transport.send(message, ledger)
    assert (smtp_server.inbox, smtp_server.line.connections, ledger.committed) == ([], 0, 0)


@given(st.binary(max_size=400))
def test_a_body_cannot_end_the_message_early(body: bytes) -> None:
    content = letter() + body
    with suppress(Refused):
        wire = stuffed(checked(approved(content)))
        assert wire.endswith(b"\r\n.\r\n")
        assert wire.count(b"\r\n.\r\n") == 1
        assert b"\n" not in wire.replace(b"\r\n", b"")


def test_the_password_is_in_no_representation(transport: SmtpTransport) -> None:
    assert smtp.PASSWORD not in repr(transport)
