"""The quick way through a header and the careful one: the same record, for every mail and for what noise makes of it.

What a server sends has CR LF line ends and the fields that were asked for only; both forms of each mail are compared.
"""

from __future__ import annotations

import re
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mime import parse_headers, parse_headers_carefully
from connectors.mime_date import parse_date, parse_date_carefully
from connectors.mime_fields import HEADER_FIELDS
from connectors.mime_header import split_carefully, split_common
from connectors.mime_text import clean, clean_carefully
from connectors.records import Role
from tests.shared import shared

ASKED = frozenset(name.lower().encode() for name in HEADER_FIELDS)
LETTER = b"\r\n".join(
    [
        b"Return-Path: <bob@example.net>",
        b"From: Bob Baker <bob@example.net>",
        b"To: Alice <alice@example.org>,",
        b"\t=?utf-8?Q?C=C3=A9dric?= <cedric@example.fr>",
        b"Subject: The fair",
        b"Date: Tue, 1 Jun 2004 14:00:00 +0200",
        b"Message-ID: <1@example.net>",
        b"References: <root@example.org>",
        b" <0@example.org>",
        b"List-Id: <fair.example.org>",
        b"Precedence: list",
        b"X-Mailer: Pigeon (1.0)",
        b"",
        b"",
    ]
)
WORDS = (b"\n", b"\r\n", b"\n\n", b"\r", b"\t", b" ", b"\n ", b":", b",", b'"', b"<", b">", b"(", b"=?utf-8?q?", b"?=")
BYTES = (b"\x00", b"\xff", b"\xc3\xa9", b"@", b".", b"..", b"0", b"-", b"+")
PIECES = st.one_of(st.sampled_from(WORDS + BYTES), st.binary(max_size=3))


def assert_same(raw: bytes) -> None:
    known = {"ref": "1", "folder": "INBOX", "role": Role.INBOX}
    assert parse_headers(raw, **known) == parse_headers_carefully(raw, **known)  # type: ignore[arg-type]  # one mapping


def as_a_server_sends_it(raw: bytes) -> bytes:
    """The fields that are asked for, each line ended with CR LF."""
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
    fields = re.split(rb"\r?\n(?![ \t])", head)
    kept = [field for field in fields if field.partition(b":")[0].strip().lower() in ASKED]
    return re.sub(rb"\r?\n", b"\r\n", b"\n".join(kept)) + b"\r\n\r\n"


@lru_cache(maxsize=1)
def every_mail() -> list[bytes]:
    """The beginning of every mail of the corpora and of the mailboxes."""
    found: list[bytes] = []
    for root in (shared("corpora", "mail"), shared("mailboxes")):
        for path in sorted(root.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                found += (
                    re.split(rb"\n(?=From \S+ .*\d{4}\r?\n)", content) if content.startswith(b"From ") else [content]
                )
    return [raw[:80_000] for raw in found]


@pytest.mark.corpora
def test_every_mail_of_the_corpora_and_mailboxes_is_read_the_same() -> None:
    usual = 0
    for raw in every_mail():
        assert_same(raw)
        sent = as_a_server_sends_it(raw)
        assert_same(sent)
        usual += split_common(sent) is not None
    assert len(every_mail()) > 5_000
    assert usual > 0.8 * len(every_mail())


@pytest.mark.corpora
@settings(max_examples=300)
@given(st.data())
def test_mutations_of_real_mails_are_read_the_same(data: st.DataObject) -> None:
    mails = every_mail()
    raw = mails[data.draw(st.integers(0, len(mails) - 1))][:20_000]
    assert_same(mutated(data, as_a_server_sends_it(raw) if data.draw(st.booleans()) else raw))


@settings(max_examples=300)
@given(st.data())
def test_mutations_of_a_plain_letter_are_read_the_same(data: st.DataObject) -> None:
    assert_same(mutated(data, LETTER))


def mutated(data: st.DataObject, mail: bytes) -> bytes:
    raw = bytearray(mail)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(len(raw), 3_000)))
        raw[at : at + data.draw(st.integers(0, 5))] = data.draw(PIECES)
    return bytes(raw)


LINES = st.lists(st.text("aF: \t\r\n\x0b\x85\u2028é<", max_size=12), max_size=6)


@given(LINES, st.sampled_from(["\r\n", "\n", "\r"]))
def test_a_header_is_split_the_same_or_not_at_all(lines: list[str], end: str) -> None:
    raw = (end.join(lines) + "\r\n\r\n").encode()
    quick = split_common(raw)
    assert quick is None or quick == split_carefully(raw)


def test_the_usual_header_goes_the_quick_way() -> None:
    assert split_common(LETTER) is not None


@given(st.one_of(st.text(st.characters(codec="utf-8"), max_size=40), st.text("ab =?")), st.integers(1, 50))
def test_a_text_is_cleaned_the_same(text: str, limit: int) -> None:
    assert clean(text, limit) == clean_carefully(text, limit)


DATES = st.builds(
    "{}{} {} {} {}:{}:{} {}{}".format,
    st.sampled_from(["Tue, ", "tue,", "", " "]),
    st.integers(0, 32),
    st.sampled_from(["Jan", "Feb", "jun", "Dec", "Foo"]),
    st.sampled_from(["1980", "1981", "2024", "2099", "2100", "2199", "2200", "24"]),
    st.sampled_from(["00", "09", "23", "24", "9"]),
    st.sampled_from(["00", "59", "60"]),
    st.sampled_from(["00", "59", "60", "61"]),
    st.sampled_from(["+0000", "-0000", "+0530", "-1200", "+1959", "+2359", "+0160", "GMT", ""]),
    st.sampled_from(["", " (CEST)", " ", " (a(b)"]),
)


@given(DATES)
def test_a_date_is_read_the_same(value: str) -> None:
    assert parse_date(value) == parse_date_carefully(value)
