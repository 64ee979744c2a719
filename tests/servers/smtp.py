"""A real submission server (aiosmtpd) on loopback, with scripted refusals and a line in front that can be cut."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.cutter import Cutter, between
from tests.servers.process import PATIENCE, make_certificate, reserved_port

USERNAME = "alice@example.org"
PASSWORD = "correct-horse"


@dataclass(frozen=True)
class Accepted:
    """A message the server took over: the envelope and the exact bytes."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class Rules:
    """Answers in place of the usual ones, by verb: `{"MAIL": "451 later", "RCPT bob@example.net": "550 no"}`.

    The verbs are AUTH, MAIL, RCPT (with an address), DATA (before the 354) and DOT (after the message).
    """

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.inbox: list[Accepted] = []
        self.sign_ins = 0
        self.resets = 0
        for verb in ("MAIL", "RCPT", "RSET", "DATA"):
            setattr(self, f"handle_{verb}", getattr(self, f"on_{verb.lower()}"))

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mech: str, data: Any) -> AuthResult:
        """One name and one password are good."""
        self.sign_ins += 1
        if "AUTH" in self.answers:
            return AuthResult(success=False, handled=False, message=self.answers["AUTH"])
        good = isinstance(data, LoginPassword) and data == LoginPassword(USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)

    async def on_mail(self, _server: SMTP, session: Session, envelope: Envelope, sender: str, _options: Any) -> str:
        """MAIL FROM."""
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if "MAIL" not in self.answers:
            envelope.mail_from = sender
        return self.answers.get("MAIL", "250 2.1.0 OK")

    async def on_rcpt(self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any) -> str:
        """RCPT TO."""
        answer = self.answers.get(f"RCPT {address}", "250 2.1.5 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def on_rset(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:
        """RSET."""
        self.resets += 1
        return "250 2.0.0 Reset"

    async def on_data(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """The message is whole. What is answered 2xx is ours from here on."""
        answer = self.answers.get("DOT", "250 2.0.0 Taken as 4711")
        if answer.startswith("2"):
            content = bytes(envelope.original_content or b"")
            self.inbox.append(Accepted(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return answer


class Scripted(SMTP):
    """aiosmtpd with a say in the answer to DATA itself, and lines as long as a sign-in may need (RFC 4954 §4)."""

    line_length_limit = 12_290

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - the name is aiosmtpd's
        """DATA, refused where the rules say so."""
        answer = self.event_handler.answers.get("DATA")
        if answer:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


class Front(Controller):
    """The server's thread."""

    def factory(self) -> Scripted:
        """One protocol object a connection."""
        return Scripted(self.handler, **self.SMTP_kwargs)


class Server:
    """The server as tests see it: `inbox` is what it accepted, `answers` how it refuses, `line` where it breaks."""

    def __init__(self, tls: str, folder: Path, port: int, rules: Rules | None = None) -> None:
        self.tls = tls
        self.rules = rules or Rules()
        self.ca_file: Path | None = None
        context = None
        if tls != "none":
            self.ca_file, key = make_certificate(folder)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.ca_file, key)
        self._front = Front(
            self.rules,
            hostname="127.0.0.1",
            port=port,
            ready_timeout=PATIENCE,
            ssl_context=context if tls == "tls" else None,
            server_hostname="mail.example.org",
            authenticator=self.rules.authenticate,
            auth_require_tls=False,
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
        )
        self.line: Cutter

    @property
    def inbox(self) -> list[Accepted]:
        """What the server took over, in order."""
        return self.rules.inbox

    @property
    def answers(self) -> dict[str, str]:
        """Answers in place of the usual ones; see Rules."""
        return self.rules.answers

    @staticmethod
    def password() -> str:
        """The password, as settings hand it over: on demand."""
        return PASSWORD

    def settings(self, **changed: Any) -> dict[str, Any]:
        """Keyword settings for a transport."""
        usual: dict[str, Any] = {"host": "127.0.0.1", "port": self.line.port, "tls": self.tls}
        if self.ca_file:
            usual["ca_file"] = self.ca_file
        return {**usual, "username": USERNAME, "password": self.password, "timeout": PATIENCE, **changed}

    @contextmanager
    def started(self) -> Iterator[Server]:
        """Run the server and the line in front of it."""
        self._front.start()
        try:
            with between(self._front.port) as self.line:
                yield self
        finally:
            self._front.stop()


@contextmanager
def running(tls: str = "none", rules: Rules | None = None) -> Iterator[Server]:
    """A server; `tls` is "tls", "starttls" or "none"; `rules` may know other ways to sign in."""
    with (
        tempfile.TemporaryDirectory() as folder,
        reserved_port() as port,
        Server(tls, Path(folder), port, rules).started() as server,
    ):
        yield server
