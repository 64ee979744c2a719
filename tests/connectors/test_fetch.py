"""Fetching an address that a stranger may have chosen: only https, only outside, only so much and so long."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import AuthFailed, ConnectorError, NotFound, Refused, Unavailable, Unsupported
from connectors.fetch import MAX_SECONDS, checked_url, fetch, is_public
from tests.servers.process import WebServer, make_certificate, reserved_port

BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
Page = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """A web server on loopback; `pages` maps a path to what answers there."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {"/me.ics": say(200, BODY)}
        self.requests: list[tuple[str, dict[str, str]]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                site.pages.get(self.path, say(404))(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
                """Quiet."""

        self.server = WebServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self._thread.start()

    def url(self, path: str = "/me.ics", host: str = "127.0.0.1") -> str:
        """Where a page is."""
        return f"http://{host}:{self.port}{path}"

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


def say(status: int, body: bytes = b"", **headers: str) -> Page:
    """A page that always says this; `ETag` and the like are keywords, with underscores for hyphens."""

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            if value:
                handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return page


@pytest.fixture
def site() -> Iterator[Site]:
    """A fresh site."""
    site = Site()
    yield site
    site.close()


def get(site: Site, path: str = "/me.ics", **options: Any) -> bytes | None:
    """Fetch with the permission that only tests need."""
    return fetch(site.url(path), allow_private=True, **options).body


def test_a_page_is_fetched_with_what_identifies_it(site: Site) -> None:
    site.pages["/me.ics"] = say(200, BODY, ETag='"1"', Last_Modified="Mon, 02 Mar 2026 09:00:00 GMT")
    fetched = fetch(site.url(), allow_private=True)
    assert (fetched.body, fetched.etag, fetched.modified) == (BODY, '"1"', "Mon, 02 Mar 2026 09:00:00 GMT")
    assert site.requests[0][1]["host"] == f"127.0.0.1:{site.port}"


def test_unchanged_is_told_by_the_server(site: Site) -> None:
    site.pages["/me.ics"] = say(304, Content_Length="")
    fetched = fetch(site.url(), etag='"1"', modified="Mon, 02 Mar 2026 09:00:00 GMT", allow_private=True)
    assert (fetched.body, fetched.etag) == (None, '"1"')
    assert site.requests[0][1]["if-none-match"] == '"1"'
    assert site.requests[0][1]["if-modified-since"] == "Mon, 02 Mar 2026 09:00:00 GMT"


def test_a_hostile_etag_is_not_handed_back(site: Site) -> None:
    assert get(site, etag='"1"\r\nX-Evil: 1') == BODY
    assert not {"if-none-match", "x-evil"} & set(site.requests[0][1])


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/me.ics",
        "ftp://example.com/me.ics",
        "file:///etc/passwd",
        "/etc/passwd",
        "",
        "https:///me.ics",
        "https://user:secret@example.com/me.ics",
        "https://example.com:port/me.ics",
        "https://[::1/me.ics",
    ],
)
def test_what_must_not_be_asked_for_is_refused_before_any_connection(url: str) -> None:
    with pytest.raises(Refused) as refusal:
        fetch(url)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/me.ics",
        "https://localhost/me.ics",
        "https://[::1]/me.ics",
        "https://0.0.0.0/me.ics",
        "webcal://127.0.0.1/me.ics",
    ],
)
def test_this_machine_is_not_the_open_internet(url: str) -> None:
    with pytest.raises(Refused, match="not on the open internet"):
        fetch(url)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1%eth0"),
        *("fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("2001:0:7f00:1::", "::127.0.0.1", "nonsense"),
    ],
)
def test_addresses_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_outside(address: str) -> None:
    assert is_public(address)


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead to these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_one_inner_address_among_outer_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "8.8.8.8", "169.254.169.254")
    with pytest.raises(Refused, match=r"169\.254\.169\.254"):
        fetch("https://calendar.example.com/secret-token/me.ics")


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads elsewhere the second time (DNS rebinding) is not asked a second time."""
    resolving(monkeypatch, "8.8.8.8")
    dialled: list[Any] = []

    def dial(address: Any, *_: Any) -> Any:
        dialled.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", dial)
    with pytest.raises(Unavailable) as told:
        fetch("https://calendar.example.com/secret-token/me.ics")
    assert dialled == [("8.8.8.8", 443)]
    assert "secret" not in str(told.value)


def test_plain_http_stays_on_this_machine_even_with_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused, match="only https"):
        fetch("http://intranet.example.com/me.ics", allow_private=True)
    resolving(monkeypatch, "10.0.0.1")
    with pytest.raises(Refused, match="only https"):
        fetch("http://localhost/me.ics", allow_private=True)


def test_redirects_are_followed_and_looked_at(site: Site) -> None:
    site.pages["/a"] = say(301, Location="/b")
    site.pages["/b"] = say(307, Location=site.url("/me.ics", "localhost"))
    assert get(site, "/a") == BODY
    assert [path for path, _ in site.requests] == ["/a", "/b", "/me.ics"]


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/me.ics",
        "//evil.example/me.ics",
        "http://user:password@127.0.0.1/me.ics",
    ],
)
def test_redirects_to_where_one_must_not_go_are_refused(site: Site, target: str) -> None:
    site.pages["/a"] = say(302, Location=target)
    with pytest.raises(Refused):
        get(site, "/a")


def test_a_redirect_from_outside_to_inside_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the permission that tests use: the first hop is made to pass, the second must not."""
    certificate, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    site.pages["/a"] = say(302, Location=f"https://localhost:{site.port}/me.ics")
    monkeypatch.setattr("connectors.fetch.is_public", once_public())
    with pytest.raises(Refused, match="not on the open internet"):
        fetch(f"https://127.0.0.1:{site.port}/a", ca_file=certificate)
    assert [path for path, _ in site.requests] == ["/a"]


def once_public() -> Callable[[str], bool]:
    """Takes the first host that is asked for to be outside, and sees clearly from then on."""
    hosts: list[int] = []

    def judge(address: str) -> bool:
        first = not hosts
        hosts.append(1)
        return first or is_public(address)

    return judge


def test_redirects_end(site: Site) -> None:
    site.pages["/a"] = say(302, Location="/a")
    with pytest.raises(Refused, match="more than 3 times"):
        get(site, "/a")
    assert len(site.requests) == 4


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthFailed), (403, AuthFailed), (404, NotFound), (410, NotFound), (429, Unavailable), (503, Unavailable)],
)
def test_what_the_server_says_is_told_without_the_secret_path(
    site: Site, status: int, kind: type[ConnectorError]
) -> None:
    site.pages["/secret-token/me.ics"] = say(status)
    with pytest.raises(kind) as told:
        get(site, "/secret-token/me.ics")
    assert str(status) in str(told.value)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("length", ["", "20000"])
def test_too_big_is_refused_whatever_length_was_announced(site: Site, length: str) -> None:
    site.pages["/me.ics"] = say(200, b"x" * 20_000, Content_Length=length, Connection="close")
    with pytest.raises(Refused, match="larger than 10,000 bytes"):
        get(site, limit=10_000)


def test_packed_pages_are_unpacked(site: Site) -> None:
    site.pages["/me.ics"] = say(200, gzip.compress(BODY), Content_Encoding="gzip")
    assert get(site) == BODY


def test_a_small_packed_page_cannot_become_a_big_one(site: Site) -> None:
    site.pages["/me.ics"] = say(200, gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip")
    tracemalloc.start()
    with pytest.raises(Refused, match="larger"):
        get(site, limit=1_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


@pytest.mark.parametrize(
    "page",
    [
        say(200, b""),
        say(200, b"half", Content_Length="400", Connection="close"),
        say(200, gzip.compress(BODY)[:-9], Content_Encoding="gzip"),
        say(200, b"no gzip", Content_Encoding="gzip"),
        lambda handler: handler.wfile.write(b"\x00\x01\x02\r\n\r\n"),
    ],
)
def test_half_an_answer_is_none(site: Site, page: Page) -> None:
    site.pages["/me.ics"] = page
    with pytest.raises(Unavailable):
        get(site)


def test_an_unknown_packing_is_told(site: Site) -> None:
    site.pages["/me.ics"] = say(200, BODY, Content_Encoding="br")
    with pytest.raises(Unsupported, match="br"):
        get(site)


@pytest.mark.parametrize("where", ["headers", "body"])
def test_a_dripping_server_is_cut_off(site: Site, where: str) -> None:
    """Each byte comes well within any socket timeout."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        start = b"HTTP/1.1 200 OK\r\n" + (b"Content-Length: 1000\r\n\r\n" if where == "body" else b"X-Long: ")
        handler.wfile.write(start)
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.02)

    site.pages["/me.ics"] = drip
    began = time.monotonic()
    with pytest.raises(Unavailable, match="in time"):
        get(site, seconds=0.3)
    assert time.monotonic() - began < MAX_SECONDS / 2


def test_a_silent_server_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="in time"):
            fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/", allow_private=True, seconds=0.3)
        assert time.monotonic() - began < MAX_SECONDS / 2


def test_nobody_there() -> None:
    with reserved_port() as port, pytest.raises(Unavailable, match="Connection refused"):
        fetch(f"http://127.0.0.1:{port}/", allow_private=True)
    with pytest.raises(Unavailable, match="cannot be found"):
        fetch("https://no-such-host.example/me.ics")


def test_certificates_are_checked(site: Site, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    url = f"https://localhost:{site.port}/me.ics"
    assert fetch(url, allow_private=True, ca_file=certificate).body == BODY
    with pytest.raises(Unavailable, match="not trusted"):
        fetch(url, allow_private=True)
    with pytest.raises(Unsupported, match="cannot be used"):
        fetch(url, allow_private=True, ca_file=key)


def test_addresses_are_made_plain() -> None:
    assert checked_url("webcal://Example.com/a b/ü.ics?x=1#part").geturl() == "https://example.com/a%20b/%C3%BC.ics?x=1"
    assert checked_url("https://bücher.example:8443").geturl() == "https://xn--bcher-kva.example:8443/"
