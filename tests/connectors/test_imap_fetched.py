"""FETCH responses: what is taken apart by hand comes out as IMAPClient would have it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.datetime_util import parse_to_datetime
from imapclient.response_parser import parse_response

from connectors.imap import wire
from connectors.imap.fetched import arrival, usual
from connectors.imap.reader import WHOLE
from connectors.imap.session import Session
from connectors.net import Account
from tests.servers.dovecot import Account as Dovecot

FIELDS = "BODY[HEADER.FIELDS (FROM TO SUBJECT)]"
FACTS = ["UID 7", "RFC822.SIZE 1234", 'INTERNALDATE " 5-Jan-2015 23:59:59 +0130"']


def line(facts: list[str], size: int, fields: str = FIELDS) -> bytes:
    """The first line of a response, as it comes off the wire."""
    return f"* 3 FETCH ({' '.join([*facts, fields])} {{{size}}}\r\n".encode()


def parsed(line: bytes, header: bytes) -> dict[bytes, Any]:
    """The whole response by IMAPClient."""
    (_, pairs) = parse_response([(line.removeprefix(b"* ").replace(b"FETCH ", b"").rstrip(b"\r\n"), header), b")"])
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


@given(st.permutations(FACTS), st.integers(1, 3), st.binary(max_size=80))
def test_in_any_order_it_is_what_imapclient_reads(facts: list[str], count: int, header: bytes) -> None:
    told = line(facts[:count], len(header))
    begun = usual(told)
    assert begun is not None
    item, section, size = begun
    assert size == len(header)
    assert {**item, section: header} == parsed(told, header)


@pytest.mark.parametrize(
    "told",
    [
        line([*FACTS, "X-GM-LABELS (foo)"], 13),
        line(["UID {1}"], 0),
        line([], 2),
        line(["UID 7"], 2, 'BODY[HEADER.FIELDS ("FROM")]'),
        line(["UID 7"], 2, "BODY[HEADER]<0>"),
        line(["UID 7"], 2, "BODY[HEADER.FIELDS (FROM)] BODY[]"),
        line(["UID 7 RFC822.SIZE NIL"], 2),
        line(["UID 7"], 9_999_999_999),
        line(["UID 7"], 2).replace(b"}\r\n", b"+}\r\n"),
        line(["UID 7"], 2).replace(b"\r\n", b"\n"),
        b"* 3 FETCH (UID 7 FLAGS ())\r\n",
        b"* OK still here\r\n",
        b"",
    ],
)
def test_anything_unusual_is_left_to_imapclient(told: bytes) -> None:
    assert usual(told) is None


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (b" 5-Jan-2015 23:59:59 +0130", datetime(2015, 1, 5, 22, 29, 59, tzinfo=UTC)),
        (b"05-jan-2015 23:59:59 -0100", datetime(2015, 1, 6, 0, 59, 59, tzinfo=UTC)),
        (b"31-Jun-2015 00:00:00 +0000", None),
        (b"05-Foo-2015 00:00:00 +0000", None),
        (b"05-Jan-2015 00:00:00 +9900", None),
        (b"Mon, 5 Jan 2015 10:00:00 +0000", datetime(2015, 1, 5, 10, 0, tzinfo=UTC)),
        (b"yesterday", None),
        (None, None),
        (17, None),
    ],
)
def test_the_time_of_arrival_is_a_utc_instant_or_nothing(told: object, expected: datetime | None) -> None:
    assert arrival({b"INTERNALDATE": told}) == expected


TIMES = st.datetimes(datetime.fromisoformat("1000-01-02"), datetime.fromisoformat("9999-12-30"))


@given(TIMES, st.sampled_from(["+0000", "-0000", "+1345", "-1200"]))
def test_a_time_of_arrival_is_what_imapclient_reads(when: datetime, zone: str) -> None:
    text = f"{when.day:2}-{when:%b}-{when.year} {when:%H:%M:%S} {zone}".encode()
    assert arrival({b"INTERNALDATE": text}) == parse_to_datetime(text, normalise=False)


@pytest.mark.server
def test_a_real_server_answers_as_usual(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this every message would silently go the slow way."""
    monkeypatch.setattr(wire, "parse_response", None)
    header = b"From: bob@example.net\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\n"
    uid = dovecot.deliver(header + b"body\r\n")
    with closing(Session(Account(**dovecot.settings()))) as session:
        session.open(b"INBOX")
        (item,) = session.run("fetch", lambda client: client.fetch_items([uid], WHOLE))
    assert item.pop(b"UID") == uid
    assert header in item.values()
    assert len(item) == 3
