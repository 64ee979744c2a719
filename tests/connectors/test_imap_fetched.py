"""FETCH responses: what is taken apart by hand comes out as IMAPClient would have it."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.response_parser import parse_response

from connectors.imap.fetched import arrival, usual
from connectors.imap.reader import WHOLE
from connectors.imap.session import Session
from connectors.net import Account
from tests.servers.dovecot import Account as Dovecot

FIELDS = "BODY[HEADER.FIELDS (FROM TO SUBJECT)]"
FACTS = ["UID 7", "RFC822.SIZE 1234", 'INTERNALDATE " 5-Jan-2015 23:59:59 +0130"']


def response(facts: list[str], header: bytes, end: bytes = b")") -> list[Any]:
    """One response as imaplib gives it."""
    return [(f"3 ({' '.join([*facts, FIELDS])} {{{len(header)}}}".encode(), header), end]


def parsed(entry: list[Any]) -> dict[bytes, Any]:
    """The same by IMAPClient."""
    (_, pairs) = parse_response(entry)
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


@given(st.permutations(FACTS), st.integers(1, 3), st.binary(max_size=80))
def test_in_any_order_it_is_what_imapclient_reads(facts: list[str], count: int, header: bytes) -> None:
    entry = response(facts[:count], header)
    assert usual(entry) == parsed(entry)


@pytest.mark.parametrize(
    "entry",
    [
        response([*FACTS, "X-GM-LABELS (foo)"], b"From: a@b.c\r\n"),
        response(FACTS, b"From: a@b.c\r\n", b" FLAGS (\\Seen))"),
        response(["UID {1}"], b""),
        [b"3 (UID 7 FLAGS ())"],
        [(b'3 (UID 7 BODY[HEADER.FIELDS ("FROM")] {2}', b"ab"), b")"],
        [(b"3 (UID 7 BODY[HEADER.FIELDS (FROM)] {9}", b"ab"), b")"],
        [(b"3 (UID 7 BODY[HEADER]<0> {2}", b"ab"), b")"],
        [(b"3 (UID 7 BODY[HEADER.FIELDS (FROM)] BODY[] {2}", b"ab"), b")"],
        [(b"3 (BODY[HEADER.FIELDS (FROM)] {2}", b"ab"), b")"],
        [(b"3 (UID 7 RFC822.SIZE NIL BODY[HEADER.FIELDS (FROM)] {2}", b"ab"), b")"],
        [(b"", b""), b")"],
    ],
)
def test_anything_unusual_is_left_to_imapclient(entry: list[Any]) -> None:
    assert usual(entry) is None


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


@pytest.mark.server
def test_a_real_server_answers_as_usual(dovecot: Dovecot) -> None:
    """Without this every message would silently go the slow way."""
    uid = dovecot.deliver(b"From: bob@example.net\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\nbody\r\n")
    with closing(Session(Account(**dovecot.settings()))) as session:
        session.open(b"INBOX")
        _, data = session.run("fetch", lambda client: client._imap.uid("FETCH", str(uid), f"({WHOLE})"))
    taken = usual(data)
    assert taken is not None
    assert taken[b"UID"] == uid
    assert taken == {name.upper(): value for name, value in parsed(data).items()}
