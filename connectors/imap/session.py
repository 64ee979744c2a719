"""A signed-in IMAP session: one deadline a command, one way to name what failed, and a new connection when needed.

Three things can go wrong with a command, and callers must tell them apart: the server said no (`Denied`, the
connection is good), the answer could not be understood (`Unreadable`, the connection is given up because nobody
knows where in the stream we stand), or the connection broke (`Dropped`).
"""

from __future__ import annotations

import imaplib
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from imapclient.exceptions import CapabilityError, LoginError, ProtocolError

from connectors.errors import AuthFailed, ConnectorError, Refused, Unavailable, Unsupported
from connectors.imap.wire import Client
from connectors.net import Account, Watchdog, clean, explain, plain
from connectors.oauth import sasl

T = TypeVar("T")

PORTS = {"tls": 993, "starttls": 143, "none": 143}

PAUSES = (0.5, 2.0, 8.0)
"""Seconds before each further try to reconnect; after the last the source is left for the next poll."""

BUSY = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"})
"""Response codes that speak of the server's state and not of our request (RFC 5530, RFC 9051 §7.1)."""

GARBLED = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError, MemoryError)
"""What imaplib and IMAPClient raise, beside their own errors, for replies that are no IMAP."""

SIGN_IN_ANEW = "Is IMAP allowed for this account, and is it the one that signed in? `weaktie auth` signs in anew."

_CODE = re.compile(r"\[([A-Z-]+)")
_NO = re.compile(r" failed: | command error: BAD ")
_WRAPPING = re.compile(r"""^(?:\w+ failed: |.* command error: BAD )?(?:\[?b(['"])(.*)\1\]?|(.*))$""", re.DOTALL)


class Dropped(Unavailable):
    """The connection broke, or was cut by the deadline, during a command."""


class Unreadable(Unavailable):
    """The server's answer could not be understood; the connection has been given up."""


class Denied(Refused):
    """The server answered NO or BAD. `code` is its response code (RFC 5530), empty without one."""

    def __init__(self, message: str, code: str = "", *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code


@dataclass(frozen=True, slots=True)
class Box:
    """An opened folder: what EXAMINE or SELECT told of it."""

    uidvalidity: int
    uidnext: int
    messages: int


class Session:
    """Connects when first used, and again after a break. Not for use by several threads."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._client: Client | None = None
        self._watchdog = Watchdog()
        self._opened = b""

    def run(self, what: str, command: Callable[[Client], T]) -> T:
        """The result of `command`, given the deadline of one command. `what` completes "The server refused to …".

        Raises Denied, Unreadable, Dropped; Unavailable or AuthFailed where the session had to be opened first.
        """
        client = self._client or self.connect()
        client.refill()
        try:
            with self._watchdog.within(self.account.timeout):
                return command(client)
        except (imaplib.IMAP4.error, OSError, *GARBLED) as error:
            raise self._told(error, what) from error

    def _told(self, error: Exception, what: str) -> ConnectorError:
        if isinstance(error, imaplib.IMAP4.error) and not isinstance(error, (imaplib.IMAP4.abort, ProtocolError)):
            text = str(error)
            if _NO.search(text):
                code = _CODE.search(text)
                said = spoken(error)
                return Denied(f"{self.account.place} refused to {what}: {said}", code[1] if code else "")
        late = self._watchdog.fired
        self.drop()
        if late or isinstance(error, (imaplib.IMAP4.abort, OSError)):
            told = explain(error, self.account, late=late)
            return Dropped(f"{told} (while asking it to {what})", hint=told.hint)
        reason = clean(f"{type(error).__name__}: {error}")
        return Unreadable(f"{self.account.place} was asked to {what} and sent what is no IMAP: {reason}.")

    def connect(self) -> Client:
        """Connect and sign in. Raises AuthFailed, which is not to be tried again soon, or Unavailable.

        A server may refuse a token that looked good (revoked, clocks apart): then once more with a fresh one.
        """
        token = self.account.token
        if token is None:
            return self._connect(self.account.password())
        first = token(False)
        try:
            return self._connect(first)
        except AuthFailed:
            return self._connect(token(True))

    def _connect(self, secret: str) -> Client:
        self.drop()
        self._watchdog = Watchdog()
        account = self.account
        try:
            with self._watchdog.within(account.timeout):
                client = Client(account, self._watchdog)
            self._client = client
            with self._watchdog.within(account.timeout):
                if account.tls == "starttls":
                    client.starttls(account.context())
                sign_in(client, account, secret)
        except CapabilityError as error:
            self.drop()
            hint = 'Use tls = "tls" with the port for it (993), or check that nobody tampers with the line.'
            raise Unavailable(f"{account.place} offers no STARTTLS, so the sign-in was not sent.", hint=hint) from error
        except (imaplib.IMAP4.error, OSError, *GARBLED) as error:
            late = self._watchdog.fired
            self.drop()
            raise _unconnected(error, account, late=late) from error
        except ConnectorError:
            self.drop()
            raise
        return client

    def reconnect(self) -> Client:
        """Connect, trying a few times with growing pauses. Raises what the last try raised."""
        for pause in PAUSES:
            try:
                return self.connect()
            except Unavailable:
                time.sleep(pause)
        return self.connect()

    def capable(self, *names: str) -> bool:
        """Whether the server offers all of these capabilities, judged after the sign-in."""
        return self.run("tell what it can", lambda client: all(map(client.has_capability, names)))

    def open(self, folder: bytes, *, readonly: bool = True) -> Box:
        """EXAMINE (or SELECT) `folder`, named as the server spelt it."""
        name = plain(folder.decode("ascii"), "folder name").encode()
        verb = "look into" if readonly else "open"
        shown = clean(folder)
        told = self.run(f"{verb} {shown!r}", lambda client: client.select_folder(name, readonly=readonly))
        self._opened = folder
        validity, following = told.get(b"UIDVALIDITY"), told.get(b"UIDNEXT")
        if not validity:
            raise Denied(f"{self.account.place} keeps no lasting numbers (UIDVALIDITY) for {shown!r}.", "UIDNOTSTICKY")
        if following is None and told[b"EXISTS"]:
            number = str(told[b"EXISTS"])  # not `UID *`, which Courier finds nothing for
            last = self.run("tell the last UID", lambda client: client.search_uids(number))
            if not last:
                raise Denied(f"{self.account.place} does not tell the numbers (UIDs) of the mail in {shown!r}.")
            following = max(last) + 1
        return Box(int(validity), int(following or 1), int(told[b"EXISTS"]))

    def leave(self) -> None:
        """Have no folder open. Dovecot tells an open one's STATUS as it was when it was opened (RFC 9051 §6.3.11).

        Without UNSELECT the folder is opened read-only first: a CLOSE then expunges nothing.
        """
        opened = self._opened
        if not opened or self._client is None:
            return
        if self.capable("UNSELECT"):
            self.run("leave a folder", lambda client: client.unselect_folder())
        else:
            with suppress(Denied):
                self.open(opened)
                self.run("leave a folder", lambda client: client.close_folder())
        self._opened = b""

    def drop(self) -> None:
        """Close the connection without a word."""
        client, self._client, self._opened = self._client, None, b""
        if client is not None:
            with suppress(OSError, imaplib.IMAP4.error, *GARBLED):
                client.shutdown()
        self._watchdog.release()

    def close(self) -> None:
        """Sign out and close; safe to call twice."""
        client = self._client
        if client is not None:
            with (
                suppress(OSError, imaplib.IMAP4.error, *GARBLED),
                self._watchdog.within(min(5.0, self.account.timeout)),
            ):
                client.logout()
        self.drop()


def sign_in(client: Client, account: Account, secret: str) -> None:
    """LOGIN, AUTHENTICATE PLAIN where password or server ask for it, or by token. One try. Raises AuthFailed."""
    if account.token is not None:
        _sign_in_by_token(client, account, secret)
        return
    user, password = plain(account.username, "user name"), plain(secret, "password")
    told = client.capabilities()
    needs_plain = b"LOGINDISABLED" in told or not (user + password).isascii()
    if needs_plain and b"AUTH=PLAIN" not in told:
        reason = "it takes no LOGIN" if b"LOGINDISABLED" in told else "its LOGIN takes ASCII only"
        raise AuthFailed(
            f"{account.place} offers no way to sign in with this name and password: {reason}.",
            hint='Try tls = "tls" or "starttls"; servers hide their sign-in from unprotected lines.',
        )
    if needs_plain:
        client.plain_login(user, password)
    else:
        client.login(user, password)


def _sign_in_by_token(client: Client, account: Account, token: str) -> None:
    """What the server says against the token (RFC 7628 §3.2.2) is added to its NO."""
    offered = {name.decode("ascii", "replace").upper() for name in client.capabilities()}
    mechanism = sasl.chosen({name.removeprefix("AUTH=") for name in offered if name.startswith("AUTH=")})
    if not mechanism:
        hint = 'It must offer XOAUTH2 or OAUTHBEARER; for a server with passwords set auth = "password".'
        raise Unsupported(f"{account.place} takes no access tokens.", hint=hint)
    exchange = sasl.Exchange(mechanism, account.username, token)
    try:
        client.sasl_login(mechanism, exchange)
    except LoginError as error:
        if exchange.told:
            raise AuthFailed(
                f"{account.place} refused the sign-in of {account.username}: {exchange.told}. {spoken(error)}",
                hint=SIGN_IN_ANEW,
            ) from error
        raise


def spoken(error: BaseException) -> str:
    """The server's own words out of an exception of imaplib or IMAPClient, which wrap them in several ways."""
    match = _WRAPPING.match(str(error))
    return clean((match[2] or match[3] or "") if match else str(error)).rstrip(".") + "."


def _unconnected(error: Exception, account: Account, *, late: bool) -> ConnectorError:
    """IMAPClient wraps whatever happens during a sign-in into LoginError; only a plain NO is about the password."""
    cause = error.__context__ if isinstance(error, LoginError) else error
    if late or isinstance(cause, (imaplib.IMAP4.abort, OSError)):
        return explain(cause or error, account, late=late)
    said = spoken(error)
    if "* BYE" in said:
        return Unavailable(f"{account.place} turned us away: {said}", hint="It is tried again later.")
    if not isinstance(error, LoginError):
        return Unavailable(f"{account.place} does not answer like an IMAP server: {said}", hint="Check `port`.")
    code = _CODE.search(said)
    if code and code[1] in BUSY:
        return Unavailable(f"{account.place} cannot sign anybody in now: {said}", hint="It is tried again later.")
    usual = "Check user name and password; many providers want an app password here."
    again = "By itself it is tried again after an hour at the earliest, then ever more seldom."
    return AuthFailed(
        f"{account.place} refused the sign-in of {account.username}: {said}",
        hint=SIGN_IN_ANEW if account.token else f"{usual} {again}",
    )
