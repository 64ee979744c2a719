"""One GET of an address that somebody typed in or was sent: over TLS, to the open internet, within bounds.

A calendar address can lead to the inside of a network, by its name, by what the name resolves to, or by a redirect.
So every hop is resolved here, refused unless all its addresses are public, and the connection is made to the very
address that was checked. The path of a calendar address is a secret (whoever has it reads the calendar): no message
repeats it.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from connectors.errors import AuthFailed, ConnectorError, NotFound, Refused, Unavailable, Unsupported
from connectors.net import Watchdog, clean, is_loopback

MAX_BYTES = 10_000_000
MAX_SECONDS = 20.0
MAX_REDIRECTS = 3
_SAFE = "/%:@!$&'()*+,;=~-._?"
_TRANSLATED = tuple(ipaddress.IPv6Network(network) for network in ("64:ff9b::/96", "::ffff:0:0/96"))
_MOVED = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back. `body` is None where the server says that nothing changed since `etag` or `modified`."""

    body: bytes | None
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class _Request:
    etag: str
    modified: str
    allow_private: bool
    ca_file: str | Path | None
    limit: int
    end: float

    @property
    def left(self) -> float:
        return max(0.001, self.end - time.monotonic())

    def headers(self, target: SplitResult) -> dict[str, str]:
        host = target.hostname or ""
        shown = f"[{host}]" if ":" in host else host
        told = {
            "Host": shown if target.port is None else f"{shown}:{target.port}",
            "User-Agent": "weaktie",
            "Accept": "text/calendar, */*;q=0.5",
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }
        conditions = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return told | {name: value for name, value in conditions.items() if value}


def fetch(
    url: str,
    *,
    etag: str = "",
    modified: str = "",
    allow_private: bool = False,
    ca_file: str | Path | None = None,
    limit: int = MAX_BYTES,
    seconds: float = MAX_SECONDS,
) -> Fetched:
    """GET `url` (https, or webcal meaning the same), following up to MAX_REDIRECTS redirects.

    `limit` bounds the body in bytes, compressed and not; `seconds` everything together. `allow_private` permits
    addresses inside a network, and plain http to this machine. Raises Refused for what is not allowed or too big,
    NotFound, AuthFailed, Unsupported, and Unavailable for what may work later.
    """
    request = _Request(_plain(etag), _plain(modified), allow_private, ca_file, limit, time.monotonic() + seconds)
    target = url
    for _ in range(MAX_REDIRECTS + 1):
        answer = _hop(checked_url(target, allow_private=allow_private), request)
        if isinstance(answer, Fetched):
            return answer
        target = urljoin(target, answer)
    raise Refused(f"{_place(url)} redirects more than {MAX_REDIRECTS} times.", hint="Use the final address.")


def checked_url(url: str, *, allow_private: bool = False) -> SplitResult:
    """The address in parts, ready to be asked for. Raises Refused for what must not be, before any connection."""
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port, (parts.hostname or "").encode("idna").decode()
    except ValueError:
        raise Refused("The address cannot be read.", hint="It should look like https://host/path.") from None
    scheme = {"webcal": "https", "webcals": "https"}.get(parts.scheme, parts.scheme)
    if not host:
        raise Refused("The address names no host.", hint="It should look like https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise Refused(f"The address at {host} holds a user name or password.", hint="Use the private address instead.")
    if scheme != "https" and not (scheme == "http" and allow_private and is_loopback(host)):
        raise Refused(f"{host} is asked for by {scheme or 'no'}: but only https is allowed.", hint="Use https://.")
    shown = f"[{host}]" if ":" in host else host
    path = quote(parts.path, safe=_SAFE) or "/"
    return SplitResult(scheme, shown if port is None else f"{shown}:{port}", path, quote(parts.query, safe=_SAFE), "")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, also inside its IPv6 wrappings (RFC 6890, 6052, 3056)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if any(found in network for network in _TRANSLATED):
            return is_public(str(ipaddress.IPv4Address(found.packed[-4:])))
        inner = [found.sixtofour, *(found.teredo or ())]
        if found.is_site_local or not all(is_public(str(one)) for one in inner if one is not None):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _hop(target: SplitResult, request: _Request) -> Fetched | str:
    """The answer, or where it says to look instead."""
    host, port = target.hostname or "", target.port or (443 if target.scheme == "https" else 80)
    address = _resolved(host, port, request)
    if target.scheme != "https" and not is_loopback(address):
        raise Refused(f"{host} is not this machine, so only https is allowed.", hint="Use https://.")
    watchdog = Watchdog()
    with _explained(host, watchdog), watchdog.within(request.left):
        connection = http.client.HTTPConnection(host, port, timeout=request.left)
        try:
            connection.sock = _connected(target, address, port, request, watchdog)
            path = target.path + (f"?{target.query}" if target.query else "")
            connection.request("GET", path, headers=request.headers(target))
            with connection.getresponse() as response:
                answer = _answer(response, host, request)
        finally:
            connection.close()
            watchdog.release()
    if watchdog.fired:
        raise _too_slow(host)
    return answer


def _resolved(host: str, port: int, request: _Request) -> str:
    """One address of the host, all of which were found public."""
    found: list[str] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            failed.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(request.left)
    if not found:
        reason = failed[0].strerror if failed else "no answer in time"
        raise Unavailable(f"The name {host} cannot be found: {reason}.", hint="Check the address; is the network up?")
    inside = next((address for address in found if not is_public(address)), None)
    if inside is not None and not request.allow_private:
        raise Refused(f"{host} leads to {inside}, which is not on the open internet.", hint="Download it to a file.")
    return found[0]


def _connected(target: SplitResult, address: str, port: int, request: _Request, watchdog: Watchdog) -> socket.socket:
    raw = socket.create_connection((address, port), request.left)
    try:
        watchdog.guard(raw)
        if target.scheme != "https":
            return raw
        context = _context(request.ca_file)
        wrapped = context.wrap_socket(raw, server_hostname=target.hostname, do_handshake_on_connect=False)
    except BaseException:
        raw.close()
        raise
    try:
        wrapped.do_handshake()
    except BaseException:
        wrapped.close()
        raise
    return wrapped


def _context(ca_file: str | Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise Unsupported(f"The certificates in {ca_file} cannot be used: {error}.") from error


@contextmanager
def _explained(host: str, watchdog: Watchdog) -> Iterator[None]:
    """What went wrong on the way, in words. A cut by the watchdog looks like any broken connection."""
    try:
        yield
    except Unavailable as error:
        raise (_too_slow(host) if watchdog.fired else error) from error.__cause__
    except ConnectorError:
        raise
    except ssl.SSLCertVerificationError as error:
        raise Unavailable(f"The certificate of {host} is not trusted: {error.verify_message}.") from error
    except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
        if watchdog.fired or isinstance(error, TimeoutError):
            raise _too_slow(host) from error
        detail = clean(str(getattr(error, "strerror", None) or type(error).__name__))
        raise Unavailable(f"{host} could not be read: {detail}.", hint="It is tried again later.") from error


def _too_slow(host: str) -> Unavailable:
    return Unavailable(f"{host} gave no complete answer in time.", hint="It is tried again later.")


def _answer(response: http.client.HTTPResponse, host: str, request: _Request) -> Fetched | str:
    status = response.status
    if status in _MOVED and response.getheader("Location"):
        return str(response.getheader("Location"))
    etag, modified = _plain(response.getheader("ETag", "")), _plain(response.getheader("Last-Modified", ""))
    if status == 304:
        return Fetched(None, etag or request.etag, modified or request.modified)
    if status in {401, 403}:
        raise AuthFailed(f"{host} does not let us read the calendar ({status}).", hint="Is the address still valid?")
    if status in {404, 410}:
        raise NotFound(f"{host} has no calendar at this address ({status}).", hint="Copy the address anew.")
    if status != 200:
        raise Unavailable(f"{host} answered {status} {clean(response.reason)}.", hint="It is tried again later.")
    return Fetched(_body(response, host, request), etag, modified)


def _body(response: http.client.HTTPResponse, host: str, request: _Request) -> bytes:
    """The body, unpacked as it comes so that a small one cannot grow beyond the limit. Raises Refused."""
    unpack = _unpacker(response.getheader("Content-Encoding", "").strip().lower(), host)
    body, taken = bytearray(), 0
    while chunk := response.read1(_CHUNK):
        taken += len(chunk)
        body += unpack.decompress(chunk, request.limit + 1 - len(body)) if unpack else chunk
        if max(taken, len(body)) > request.limit:
            hint = "Download it to a file and name that as `path`."
            raise Refused(f"The calendar at {host} is larger than {request.limit:,} bytes.", hint=hint)
    if not body or response.length or (unpack is not None and not unpack.eof):
        raise Unavailable(f"{host} broke off in the middle of the calendar.", hint="It is tried again later.")
    return bytes(body)


def _unpacker(encoding: str, host: str) -> zlib._Decompress | None:
    if encoding in {"", "identity"}:
        return None
    if encoding in {"gzip", "x-gzip"}:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    raise Unsupported(f"{host} packs its answer as {clean(encoding, 40)!r}, which we did not ask for.")


def _plain(value: str) -> str:
    """A header value to hand back later, or nothing where it could not be one."""
    return value if value.isascii() and value.isprintable() and len(value) <= 500 else ""


def _place(url: str) -> str:
    return urlsplit(url).hostname or "The address"
