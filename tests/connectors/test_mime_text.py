"""Names and subjects of strangers: decoded as the world wrote them, with nothing left that could do harm."""

from __future__ import annotations

import unicodedata
from base64 import b64encode
from email.header import Header, decode_header, make_header
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mime import parse_headers
from connectors.mime_text import clean, decode_bytes, decode_text
from connectors.records import MailRecord, Role


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?Q?C=C3=A9dric?=", "Cédric"),
        ("=?UTF-8?B?SMOpbMOobmU=?=", "Hélène"),
        ("=?iso-8859-1?q?Andr=E9?= Pirard", "André Pirard"),
        ("=?utf-8?q?one?= =?utf-8?q?two?=", "onetwo"),
        ("=?utf-8?q?one_?=\n =?iso-8859-1?q?two?=", "one two"),
        ("=?utf-8?B?w6k=?= =?utf-8?B?w6k=?= x", "éé x"),
        ("=?utf-8?Q?caf=C3?= =?utf-8?Q?=A9?=", "café"),
        ("Re: =?utf-8?q?a?=b=?utf-8?q?c?=", "Re: abc"),
        ("=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?Q?Why? Because?=", "Why? Because"),
        ("=?utf-8?B?SMOpbMOobmU?=", "Hélène"),
        ("=?windows-1252?Q?it=92s?=", "it’s"),
        ("=?iso-8859-1?Q?it=92s?=", "it’s"),
        ("=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
        ("=?gb2312?B?1tDOxA==?=", "中文"),
        ("=?ks_c_5601-1987?B?x9Gx2w==?=", "한글"),
        ("=?x-unknown?Q?na=C3=AFve?=", "naïve"),
        ("=?us-ascii?Q?na=EFve?=", "naïve"),
        ("=?hex?Q?6162?=", "6162"),
        ("=?unicode_escape?Q?=5Cu0041?=", r"\u0041"),
        ("=?utf-8?Q?=FF=FE?=", "��"),
        ("=?utf-8?Q??= x", "x"),
        ("a  b\t c\n d", "a b c d"),
        ("=?utf-8?Q?no end", "= ?utf-8?Q?no end"),
    ],
)
def test_encoded_words(raw: str, text: str) -> None:
    assert decode_text(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"), [(b"caf\xc3\xa9", "café"), (b"caf\xe9", "café"), (b"it\x92s", "it’s"), (b"\x81", "�")]
)
def test_raw_bytes_are_utf8_or_else_windows(raw: bytes, text: str) -> None:
    assert decode_bytes(raw) == text


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Zs")), min_size=1, max_size=60))
def test_what_python_encodes_is_read_back(text: str) -> None:
    raw = Header(text, "utf-8", maxlinelen=60).encode()
    assert str(make_header(decode_header(raw))) == text
    if "=?" not in text:
        assert decode_text(raw) == clean(text)


def test_invisible_characters_go() -> None:
    evil = "Al\u202eice\u200b \u2066Arc\x00her\u2069\u2028now\x85or\ufeff\x1b[31mnever\U000e0041"
    assert clean(evil) == "Alice Archer now or[31mnever"
    assert clean("\ud800x") == "\ufffdx"
    assert clean("👩\u200d🚀 می\u200cخواهم") == "👩\u200d🚀 می\u200cخواهم", "joiners belong to letters and pictures"


BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00", "\r\n ", "\x1c"]
PAYLOADS = ["Bcc: thief@evil.example", "=?utf-8?q?=0D=0ABcc:_thief@evil.example?=", "Subject: x\r\n\r\nbody"]


def injections() -> list[str]:
    """Encoded words whose text breaks the line, plain and in one another, in both encodings."""
    found = []
    for line_break, payload, depth in product(BREAKS, PAYLOADS, (1, 2, 3)):
        text = f"Hello{line_break}{payload}"
        quoted = based = text
        for _ in range(depth):
            quoted = "=?utf-8?q?" + "".join(f"={byte:02X}" for byte in quoted.encode()) + "?="
            based = f"=?utf-8?b?{b64encode(based.encode()).decode()}?="
        found += [quoted, based, f"x {quoted}{based} =?= ?="]
    return found


def is_harmless(text: str) -> bool:
    kinds = {unicodedata.category(char) for char in text}
    return not kinds & {"Cc", "Zl", "Zp", "Cs"} and "=?" not in text and not set(text) & set("\u202e\u2066\u200e")


@pytest.mark.parametrize("where", ["subject", "name", "quoted name", "comment"])
def test_nothing_that_could_become_a_header_of_ours_is_left(where: str) -> None:
    for payload in injections():
        sender = {
            "subject": "Mallory <m@evil.example>",
            "name": f"{payload} <m@evil.example>",
            "quoted name": f'"{payload}" <m@evil.example>',
            "comment": f"m@evil.example ({payload})",
        }[where]
        raw = f"From: {sender}\r\nSubject: {payload if where == 'subject' else 'x'}\r\nTo: a@b.example\r\n\r\n"
        mail = parse_headers(raw.encode(), ref="1", folder="INBOX", role=Role.INBOX)
        assert isinstance(mail, MailRecord)
        assert [box.address for box in mail.from_] == ["m@evil.example"]
        assert [box.address for box in mail.recipients] == ["a@b.example"]
        assert is_harmless(mail.subject + mail.from_[0].name), payload


def test_there_are_enough_injections() -> None:
    assert len(set(injections())) >= 200


@given(st.text(max_size=200))
def test_any_text_comes_out_harmless_and_once_is_enough(text: str) -> None:
    once = decode_text(text)
    assert is_harmless(once)
    assert clean(once) == once


@given(st.text("=?utf8-QqBb_ =0D0A\n", max_size=80))
def test_anything_like_an_encoded_word_comes_out_harmless(text: str) -> None:
    assert is_harmless(decode_text(text))
