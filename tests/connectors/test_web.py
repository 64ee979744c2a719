"""Web services that answer too much or too slowly, and what is never sent along."""

from __future__ import annotations

import gzip
import time
import tracemalloc
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace

import pytest

from connectors import web
from connectors.errors import Unavailable
from connectors.web import Bounded, bearer
from tests.connectors.test_fetch import Site, say
from tests.servers.process import PATIENCE


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on loopback."""
    site = Site()
    yield site
    site.close()


def ask(site: Site, *, largest: int = 1_000_000, timeout: float = PATIENCE, token: str = "t") -> bytes:
    """What is answered at /me.ics."""
    with Bounded("example.com", timeout=timeout, largest=largest) as session:
        return session.get(site.url(), auth=bearer(token)).content


def test_an_answer_comes_as_it_is_with_the_token_and_no_other(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login alice password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert ask(site).startswith(b"BEGIN:VCALENDAR")
    assert site.requests[0][1]["authorization"] == "Bearer t"


def test_a_redirect_is_not_followed(site: Site) -> None:
    site.pages["/me.ics"] = say(302, b"over there", Location=site.url("/other"))
    assert ask(site) == b"over there"
    assert len(site.requests) == 1


def test_a_gigabyte_in_a_small_parcel_is_not_unpacked(site: Site) -> None:
    parcel = gzip.compress(b"0" * 100_000_000, 1)
    site.pages["/me.ics"] = say(200, parcel, Content_Encoding="gzip")
    tracemalloc.start()
    with pytest.raises(Unavailable, match="larger than"):
        ask(site)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_an_answer_that_drips_ends_at_the_deadline(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes well within any socket timeout, a minute after the last by our clock; there are a million."""
    now = [0.0]
    monkeypatch.setattr(web, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while True:
            now[0] += 60
            handler.wfile.write(b".")
            time.sleep(0.02)

    site.pages["/me.ics"] = drip
    with pytest.raises(Unavailable, match="drips"):
        ask(site, timeout=PATIENCE)


def test_an_answer_cut_short_is_told(site: Site) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"only this")
        handler.close_connection = True

    site.pages["/me.ics"] = cut
    with pytest.raises(Unavailable, match="broke off"):
        ask(site)
