"""Getting on the wire safely: verified TLS, plain text to this machine only, a deadline for every exchange."""

from __future__ import annotations

import ipaddress
import math
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from connectors.errors import Refused, Unavailable, Unsupported

Tls = Literal["tls", "starttls", "none"]
Password = Callable[[], str]
AccessToken = Callable[[bool], str]
"""Gives an OAuth access token; its argument tells whether the server has just refused the last one."""

LONGEST = 998
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSHOWABLE = re.compile(r"[^\x20-\x7e\u00a1-\u2027\u2030-\u2065\u2070-\ud7ff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where to sign in and as whom. `timeout` is in seconds per command.

    `password` is asked at every sign-in, or `token` where there is one: then it is the way in.
    """

    host: str
    port: int
    tls: Tls = "tls"
    username: str = ""
    password: Password = field(default=str, repr=False)
    timeout: float = 60.0
    ca_file: str | Path | None = None
    token: AccessToken | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raises Unsupported where mail or a password would cross a network in the clear."""
        if self.tls not in {"tls", "starttls", "none"}:
            raise Unsupported(f"tls = {self.tls!r} is unknown.", hint='Use "tls", "starttls" or "none".')
        if self.tls == "none" and not is_loopback(self.host):
            raise Unsupported(
                f'tls = "none" to {self.place} would send the password in the clear.',
                hint='Use "tls" or "starttls"; "none" is for servers on this machine (127.0.0.1, ::1, localhost).',
            )

    @property
    def place(self) -> str:
        """`host:port`, for messages."""
        return f"{self.host}:{self.port}"

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or later, certificate and host name verified, against `ca_file` where one is given."""
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            hint = "ca_file must name a readable file of PEM certificates."
            raise Unsupported(f"The certificates in {self.ca_file} cannot be used: {error}.", hint=hint) from error


def is_loopback(host: str) -> bool:
    """Whether `host` is `localhost` or an address of the loopback interface."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Watchdog:
    """Cuts a connection when one exchange outlasts its deadline.

    Socket timeouts count from byte to byte, so a server that drips never meets them. The watchdog holds its own
    handle on the connection and shuts it down from another thread; the blocked read then ends at once.
    """

    def __init__(self) -> None:
        self._handle: socket.socket | None = None
        self._deadline: float | None = None
        self._span = 0.0
        self.fired = False

    def guard(self, connection: socket.socket) -> None:
        """Watch over `connection`, which must not be wrapped in TLS yet.

        Where it took so long to come about that the deadline has passed, as with a host that answers at its second
        address only, the exchange has its whole time from now on.
        """
        self._let_go()
        self._handle = connection.dup()
        if self._deadline is not None and self.fired:
            self.fired = False
            self._expect(time.monotonic() + self._span)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let the enclosed exchange take `seconds` at most, or what an exchange around it has left."""
        outer = self._deadline
        deadline = time.monotonic() + seconds
        self._expect(deadline if outer is None else min(outer, deadline))
        self._span = seconds
        try:
            yield
        finally:
            self._expect(outer)

    def _expect(self, deadline: float | None) -> None:
        self._deadline = deadline
        _PATROL.expect(self, deadline)

    def cut(self) -> None:
        """End the connection; what reads from it or writes to it fails at once."""
        self.fired = True
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Let go of the handle; the connection itself is its owner's to close."""
        self._let_go()
        self._expect(None)

    def _let_go(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()


class _Patrol:
    """The one thread that sees to all deadlines. It sleeps through many short exchanges, for to start a thread, or only
    to wake one, costs more than most of them: it looks up at the first deadline that it knew of when it lay down.
    """

    def __init__(self) -> None:
        self._deadlines: dict[Watchdog, float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._looks_up = math.inf

    def expect(self, watchdog: Watchdog, deadline: float | None) -> None:
        """Have it cut at `deadline`; None where nothing is to be waited for any more."""
        with self._changed:
            if deadline is None:
                self._deadlines.pop(watchdog, None)
                return
            self._deadlines[watchdog] = deadline
            if self._thread is None or not self._thread.is_alive():  # it does not follow into a fork
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()
            elif deadline < self._looks_up:
                self._changed.notify()

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for late in [watchdog for watchdog, deadline in self._deadlines.items() if deadline <= now]:
                    del self._deadlines[late]
                    late.cut()
                self._looks_up = min(self._deadlines.values(), default=math.inf)
                self._changed.wait(min(self._looks_up - now, threading.TIMEOUT_MAX))


_PATROL = _Patrol()


def dial(account: Account, watchdog: Watchdog) -> socket.socket:
    """A connected socket, already in TLS for `tls = "tls"`. Raises OSError."""
    raw = socket.create_connection((account.host, account.port), account.timeout)
    with _closing_on_failure(raw):
        watchdog.guard(raw)
        if account.tls == "none":
            _stay_here(raw)
        if account.tls != "tls":
            return raw
        wrapped = account.context().wrap_socket(raw, server_hostname=account.host, do_handshake_on_connect=False)
    with _closing_on_failure(wrapped):
        wrapped.do_handshake()
    return wrapped


@contextmanager
def _closing_on_failure(connection: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _stay_here(connection: socket.socket) -> None:
    if not is_loopback(str(connection.getpeername()[0])):
        raise ConnectionAbortedError("the name leads away from this machine")


def explain(error: BaseException, account: Account, *, late: bool = False) -> Unavailable:
    """What went wrong on the way to the server, in words the owner can act on."""
    place = account.place
    if late or isinstance(error, TimeoutError):
        hint = "Is the network slow or the server busy? It is tried again later; `timeout` can be raised."
        return Unavailable(f"{place} gave no complete answer within {account.timeout:g} seconds.", hint=hint)
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "If the server has a certificate authority of its own, name its file in ca_file. Checks stay on."
        return Unavailable(f"The certificate of {place} is not trusted: {error.verify_message}.", hint=hint)
    if isinstance(error, ssl.SSLError):
        hint = 'Is this port for tls = "tls" (from the first byte) or for "starttls"?'
        return Unavailable(f"{place} and we could not agree on TLS: {error.reason or error}.", hint=hint)
    if isinstance(error, socket.gaierror):
        hint = "Check the spelling of `host`, and whether this machine is online."
        return Unavailable(f"The name {account.host} cannot be found: {error.strerror}.", hint=hint)
    if isinstance(error, ConnectionRefusedError):
        return Unavailable(f"{place} refused the connection.", hint="Check `host` and `port`; is the server running?")
    detail = getattr(error, "strerror", None) or clean(str(error)) or type(error).__name__
    return Unavailable(f"The connection to {place} broke: {detail}.", hint="It is tried again later.")


def clean(text: bytes | str, limit: int = 200) -> str:
    """A server's words made safe to show: printable characters only, `limit` characters at most."""
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    shown = _UNSHOWABLE.sub(" ", shown).strip()
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def plain(value: str, what: str) -> str:
    """The gate before protocol arguments: `value` unchanged, or Refused for control characters and over 998 bytes.

    A CR LF inside an argument would start a second command on the wire (IMAP RFC 9051 §2.2, SMTP RFC 5321 §2.3.8).
    The value itself is not repeated in the message: it may be a password.
    """
    if _CONTROL.search(value):
        raise Refused(f"The {what} holds a control character.", hint="Remove line ends and tabs from it.")
    if len(value.encode("utf-8", "surrogatepass")) > LONGEST:
        raise Refused(f"The {what} is longer than {LONGEST} bytes.")
    return value


def crlf(content: bytes) -> bytes:
    """`content` with every line end as CR LF, the form that mail has on the wire and is compared in."""
    return re.sub(rb"\r\n|\r|\n", b"\r\n", content)
