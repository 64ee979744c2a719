"""Submission of approved mail (RFC 6409), at most once.

smtplib's own `sendmail` raises the same exception for a connection cut before MAIL and for one cut after the server
took the mail over. Here every step is driven by hand, so that what happened is known: until the final dot leaves
nothing can have gone out (Unavailable, Refused, AuthFailed); after that only the server's reply to it tells, and
without that the outcome is Ambiguous. `committing` is called before the first byte of the text all the same: a process
that dies in it leaves no word of how far it came.
"""

from __future__ import annotations

import base64
import re
import select
import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import KW_ONLY, dataclass
from dataclasses import field as setting
from hashlib import sha256
from pathlib import Path

from connectors.base import Approved, Committing, Health, Sent
from connectors.errors import Ambiguous, AuthFailed, ConnectorError, Refused, Unavailable, Unsupported
from connectors.mime import parse_headers
from connectors.net import LONGEST, AccessToken, Account, Tls, Watchdog, clean, crlf, dial, explain, plain
from connectors.oauth import sasl
from connectors.records import MailRecord, Role

PORTS = {"tls": 465, "starttls": 587, "none": 25}
PATIENCE = 300.0
"""Seconds granted for the reply to the final dot: servers filter then, and RFC 5321 §4.5.3.2.6 asks for ten minutes."""

GLANCE = 0.2
"""Seconds given a break in the text to be seen before the end is sent. Each mail costs them; there are few."""

END = b".\r\n"
_BARE_CR = re.compile(rb"\r(?!\n)")
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:", re.MULTILINE)
BROKEN = (smtplib.SMTPException, OSError, ValueError)


class Wire(smtplib.SMTP):
    """smtplib on our own socket; names this machine by an address literal, so that its name stays at home."""

    def __init__(self, account: Account, watchdog: Watchdog) -> None:
        self._account = account
        self._watchdog = watchdog
        super().__init__(account.host, account.port, local_hostname="[127.0.0.1]", timeout=account.timeout)

    def _get_socket(self, *_where: object) -> socket.socket:
        return dial(self._account, self._watchdog)


@dataclass
class SmtpTransport:
    """See connectors.base.Transport. `port` is 465 for `tls = "tls"`, 587 for "starttls". No name, no sign-in."""

    host: str
    port: int | None = None
    tls: Tls = "tls"
    _: KW_ONLY
    username: str = ""
    password: Callable[[], str] = setting(default=str, repr=False)
    token: AccessToken | None = setting(default=None, repr=False)
    timeout: float = 60.0
    ca_file: str | Path | None = None
    patience: float = PATIENCE
    glance: float = GLANCE

    def __post_init__(self) -> None:
        """Raises Unsupported for settings that would send the password in the clear; connects to nothing yet."""
        self._account = Account(
            host=self.host,
            port=self.port or PORTS.get(self.tls, 0),
            tls=self.tls,
            username=self.username,
            password=self.password,
            token=self.token,
            timeout=self.timeout,
            ca_file=self.ca_file,
        )

    def send(self, approved: Approved, committing: Committing) -> Sent:
        """Send once. What `committing` raises is passed on, and the server is left without the message."""
        message = checked(approved)
        with self._signed_in() as (smtp, watchdog):
            with self._step(watchdog):
                _envelope(smtp, approved, message)
                _expect(smtp.docmd("DATA"), 354, "the message")
            committing()
            reply = self._hand_over(smtp, watchdog, message)
        return Sent(reply)

    def check(self) -> Health:
        """Connect and sign in, send nothing."""
        with self._signed_in() as (smtp, _):
            limit = smtp.esmtp_features.get("size", "")
        user = f" as {self.username}" if self.username else ""
        said = f", messages up to {int(limit):,} bytes" if limit.isdigit() and int(limit) else ""
        return Health(f"Signed in to {self._account.place}{user} for sending{said}.")

    def _hand_over(self, smtp: Wire, watchdog: Watchdog, message: bytes) -> str:
        self._all_but_the_end(smtp, watchdog, stuffed(message).removesuffix(END))
        try:
            with watchdog.within(self.timeout + self.patience):
                smtp.send(END)
                if smtp.sock is not None:
                    smtp.sock.settimeout(self.patience)
                code, said = smtp.getreply()
        except BROKEN as error:
            lost = explain(error, self._account, late=watchdog.fired)
            raise Ambiguous(f"The message may or may not have gone out: {lost}", hint="Look in Sent first.") from error
        if 200 <= code < 300:
            return f"{code} {clean(said)}"
        if 400 <= code < 600:
            _expect((code, said), 250, "the message")
        raise Ambiguous(f"{self._account.place} answered the message with {code} {clean(said)}.")

    def _all_but_the_end(self, smtp: Wire, watchdog: Watchdog, text: bytes) -> None:
        """A server that never gets the end of a message cancels it (RFC 5321 §4.1.1.10): a break here sent nothing.

        The text leaves this machine at once, so a break is seen late: hence a glance at the line before the end goes
        out. A server that speaks too early is taken by its word, and has not had the message either.
        """
        with self._step(watchdog):
            smtp.send(text)
        if smtp.sock is None or not select.select([smtp.sock], [], [], self.glance)[0]:
            return
        with self._step(watchdog):
            code, said = smtp.getreply()
        raise _told(code, said, "to hear the message out")

    @contextmanager
    def _signed_in(self) -> Iterator[tuple[Wire, Watchdog]]:
        watchdog = Watchdog()
        try:
            smtp = self._connected(watchdog)
            try:
                yield smtp, watchdog
                with suppress(*BROKEN), watchdog.within(5.0):
                    smtp.quit()
            finally:
                smtp.close()
        finally:
            watchdog.release()

    def _connected(self, watchdog: Watchdog) -> Wire:
        """Signed in. A token that the server refuses though it looked good is replaced once."""
        if not self.username:
            return self._connect(watchdog, "")
        if self.token is None:
            return self._connect(watchdog, self.password())
        first = self.token(False)
        try:
            return self._connect(watchdog, first)
        except AuthFailed:
            return self._connect(watchdog, self.token(True))

    def _connect(self, watchdog: Watchdog, secret: str) -> Wire:
        with self._step(watchdog):
            smtp = Wire(self._account, watchdog)
        try:
            with self._step(watchdog):
                _greet(smtp, self._account)
                _sign_in(smtp, self._account, secret)
        except BaseException:
            smtp.close()
            raise
        return smtp

    @contextmanager
    def _step(self, watchdog: Watchdog) -> Iterator[None]:
        """One exchange in which nothing can go out yet, with its deadline and its errors told as ours."""
        try:
            with watchdog.within(self.timeout):
                yield
        except smtplib.SMTPResponseException as error:
            said = f"{self._account.place} does not want to talk: {error.smtp_code} {clean(error.smtp_error)}"
            raise Unavailable(said, hint="It is tried again later.") from error
        except BROKEN as error:
            raise explain(error, self._account, late=watchdog.fired) from error


def checked(approved: Approved) -> bytes:
    """The bytes to transmit. Raises Refused unless they are exactly what was approved, for whom it was approved.

    The digest speaks for the bytes; the header's own recipients must be those of the envelope, so that nobody gets
    the message unseen and no Bcc is disclosed (research/safety.md §0.1).
    """
    if sha256(approved.content).hexdigest() != approved.digest:
        raise Refused("The message is not the one that was approved: its digest differs.", hint="Approve it again.")
    message = crlf(approved.content)
    lines = message.split(b"\r\n")
    if b"\0" in message or _BARE_CR.search(approved.content) or any(len(line) > LONGEST for line in lines):
        raise Refused("The message has a NUL, a lone CR or a line over 998 bytes, which mail cannot carry.")
    record = parse_headers(message, ref="", folder="", role=Role.OTHER)
    if not isinstance(record, MailRecord):
        raise Refused(f"The approved message cannot be read: {record.reason}")
    fields = {name.lower() for name in _FIELD.findall(message.partition(b"\r\n\r\n")[0])}
    _check_people(approved, record, fields)
    return message


def _check_people(approved: Approved, record: MailRecord, fields: set[bytes]) -> None:
    if fields & {b"bcc", b"resent-bcc", b"resent-to", b"resent-cc"}:
        raise Refused("The message names hidden or other recipients (Bcc, Resent-…); it is not sent like this.")
    named = {mailbox.address for mailbox in record.recipients}
    meant = {address.lower() for address in approved.recipients}
    if not meant or named != meant:
        odd = ", ".join(sorted(named ^ meant)) or "nobody"
        raise Refused(f"The approval and the message do not name the same recipients: {clean(odd)}.")
    if [mailbox.address for mailbox in record.from_] != [approved.sender.lower()]:
        raise Refused(f"The message is not from {clean(approved.sender)}, as was approved.")
    for address in (approved.sender, *approved.recipients):
        if re.search(r"[<>\s,;]", plain(address, "address")) or address.count("@") < 1:
            raise Refused(f"{clean(address)} is no address that mail can be sent to.")


def stuffed(message: bytes) -> bytes:
    """`message` as DATA wants it: dots at line starts doubled, and the final dot (RFC 5321 §4.5.2)."""
    body = re.sub(rb"^\.", b"..", message, flags=re.MULTILINE)
    return (body if body.endswith(b"\r\n") else body + b"\r\n") + b".\r\n"


def _greet(smtp: Wire, account: Account) -> None:
    smtp.ehlo_or_helo_if_needed()
    if account.tls != "starttls":
        return
    if not smtp.has_extn("starttls"):
        hint = 'Use tls = "tls" with its port (465), or check that nobody tampers with the line.'
        raise Unavailable(f"{account.place} offers no STARTTLS, so nothing was sent.", hint=hint)
    smtp.starttls(context=account.context())
    smtp.ehlo_or_helo_if_needed()


def _sign_in(smtp: Wire, account: Account, secret: str) -> None:
    """AUTH, one mechanism and one try: smtplib's `login` would try a wrong password once for each mechanism."""
    if not account.username:
        return
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    answer = (
        _by_token(smtp, account, secret, offered) if account.token else _by_password(smtp, account, secret, offered)
    )
    code, said = answer
    if 500 <= code < 600:
        hint = "Check user name and password; many providers want an app password here. It is not tried again."
        hint = "Is sending by SMTP allowed for this account? `weaktie auth` signs in anew." if account.token else hint
        raise AuthFailed(f"{account.place} refused the sign-in of {account.username}: {clean(said)}.", hint=hint)
    _expect(answer, 235, "the sign-in")


def _by_password(smtp: Wire, account: Account, password: str, offered: list[str]) -> tuple[int, bytes]:
    user, secret = plain(account.username, "user name").encode(), plain(password, "password").encode()
    if "PLAIN" in offered:
        return smtp.docmd("AUTH", "PLAIN " + _coded(b"\0" + user + b"\0" + secret))
    if "LOGIN" in offered:
        answer = smtp.docmd("AUTH", "LOGIN " + _coded(user))
        return smtp.docmd(_coded(secret)) if answer[0] == 334 else answer
    raise Unsupported(f"{account.place} offers no sign-in we know.", hint="It must offer AUTH PLAIN or LOGIN.")


def _by_token(smtp: Wire, account: Account, token: str, offered: list[str]) -> tuple[int, bytes]:
    """The token is longer than a command may be, so it is said when the server asks (RFC 4954 §4)."""
    mechanism = sasl.chosen(offered)
    if not mechanism:
        raise Unsupported(f"{account.place} takes no access tokens.", hint="It must offer XOAUTH2 or OAUTHBEARER.")
    exchange = sasl.Exchange(mechanism, account.username, token)
    answer = smtp.docmd("AUTH", mechanism)
    for _ in ("the token", "our having heard why not"):
        if answer[0] == 334:
            answer = smtp.docmd(_coded(exchange(_decoded(answer[1]))))
    said = f"{exchange.told}. ".encode() if exchange.told else b""
    return answer[0], said + answer[1]


def _coded(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decoded(value: bytes) -> bytes:
    try:
        return base64.b64decode(value)
    except ValueError:
        return b""


def _envelope(smtp: Wire, approved: Approved, message: bytes) -> None:
    """MAIL and RCPT. One refused recipient is enough: RSET, and nobody gets anything."""
    _expect(smtp.mail(approved.sender, _options(smtp, approved, message)), 250, f"mail from {approved.sender}")
    refusals = []
    for address in approved.recipients:
        code, said = smtp.rcpt(address)
        if code not in {250, 251}:
            refusals.append((code, f"{address}: {clean(said)}"))
    if refusals:
        with suppress(*BROKEN):
            smtp.rset()
        worst = max(code for code, _ in refusals)
        raise _told(worst, "; ".join(said for _, said in refusals), "every recipient, so nobody got the message")


def _options(smtp: Wire, approved: Approved, message: bytes) -> list[str]:
    options = [f"SIZE={len(message)}"] if smtp.has_extn("size") else []
    if not message.isascii():
        if not smtp.has_extn("8bitmime"):
            raise Refused("The server takes 7-bit mail only, and the message has other bytes.")
        options.append("BODY=8BITMIME")
    if not all(address.isascii() for address in (approved.sender, *approved.recipients)):
        if not smtp.has_extn("smtputf8"):
            raise Refused("The server cannot send to addresses outside ASCII.")
        options.append("SMTPUTF8")
    return options


def _expect(answer: tuple[int, bytes], code: int, what: str) -> None:
    if answer[0] != code:
        raise _told(answer[0], answer[1], f"to take {what}")


def _told(code: int, said: bytes | str, what: str) -> ConnectorError:
    """A definite no: for good with 5xx, for now with anything else (RFC 5321 §4.2.1)."""
    text = f"The mail server declined {what}: {code} {clean(said)}"
    if code == 530:
        return AuthFailed(text, hint="The server wants a sign-in: set username and password.")
    if 500 <= code < 600:
        return Refused(text)
    return Unavailable(text, hint="It is tried again later.")
