"""Every mail of the corpora, mutations of them, and plain noise: each is a record or a reason, and soon."""

from __future__ import annotations

import time
from collections import Counter
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files.reading import to_record
from connectors.mime import parse_headers
from connectors.records import MailRecord, Malformed, Role
from tests.connectors.test_mime_text import is_harmless
from tests.shared import shared

SOON = 5.0


def read(raw: bytes) -> MailRecord | Malformed:
    return parse_headers(raw, ref="1", folder="INBOX", role=Role.INBOX)


def assert_sound(found: MailRecord | Malformed) -> None:
    """A record holds nothing but plain text and aware dates; a refusal says why, and is not a fault of ours."""
    if isinstance(found, Malformed):
        assert found.reason
        assert not found.reason.startswith("The header cannot be read"), found.reason
        return
    boxes = (*found.from_, *found.sender, *found.reply_to, *found.recipients)
    for text in (found.subject, found.content_type, *(box.name for box in boxes), *(box.address for box in boxes)):
        assert is_harmless(text), text
    for text in (found.message_id, found.in_reply_to, *found.references, *found.delivered_to):
        assert text.isprintable() or is_harmless(text)
        assert not set(text) & set(" \r\n\t\x00")
    for when in (found.date, found.arrived):
        assert when is None or when.tzinfo is not None
    for field, value in found.automation:
        assert field == field.lower()
        assert is_harmless(value)


@lru_cache(maxsize=1)
def corpus() -> list[bytes]:
    """The beginnings of all files of the corpora of mail."""
    root = shared("corpora", "mail")
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                found.append(file.read(100_000))
    return found


@pytest.mark.corpora
def test_every_mail_of_the_corpora() -> None:
    kinds: Counter[str] = Counter()
    for raw in corpus():
        begun = time.thread_time()
        found = to_record(raw, ref="1", folder="INBOX", role=Role.INBOX)
        assert time.thread_time() - begun < SOON
        assert_sound(found)
        kinds[type(found).__name__] += 1
    assert kinds["MailRecord"] >= 2_000


@pytest.mark.corpora
@settings(max_examples=400)
@given(st.data())
def test_mutations_of_real_mails(data: st.DataObject) -> None:
    mails = corpus()
    raw = bytearray(mails[data.draw(st.integers(0, len(mails) - 1))][:20_000])
    pieces = st.sampled_from(
        [b"\n", b"\r\n", b"\n\n", b"(", b'"', b"<", b"=?utf-8?q?", b"?=", b"\x00", b"\xff", b",", b":", b"@"]
    )
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, max(0, min(len(raw), 3_000))))
        length = data.draw(st.integers(0, 9))
        raw[at : at + length] = data.draw(st.one_of(pieces, st.binary(max_size=5)))
    assert_sound(read(bytes(raw)))


FIELDS = st.sampled_from(
    ["From", "To", "Subject", "Date", "Message-ID", "References", "X-From", "Return-Path", "List-Id"]
)
NOISE = st.text("ab@.,;:<>()\"' \\=?[]\n\t\x00\u2028é0+-", max_size=60)


@given(st.lists(st.tuples(FIELDS, NOISE), max_size=8))
def test_noise_in_known_fields(fields: list[tuple[str, str]]) -> None:
    assert_sound(read("".join(f"{name}: {value}\n" for name, value in fields).encode()))


@given(st.binary(max_size=300))
def test_plain_noise(raw: bytes) -> None:
    assert_sound(read(raw))
    assert_sound(read(b"From: " + raw))
    assert_sound(read(b"Subject: " + raw))


UNITS = [
    "(",
    ")",
    "()",
    "(\\",
    '"',
    '\\"',
    "<",
    "<@",
    "@",
    "a@b,",
    "a@b ",
    " ",
    "\n ",
    ";",
    ":",
    "=?",
    "=?a?q?",
    "?=",
    "=",
]
UNITS += ["=?utf-8?q?x?=", "=?utf-8?b?eA==?= ", " .", "\x00", "é", "+40", ".<,<", "a1", "(a"]


@pytest.mark.parametrize("field", ["From", "To", "Subject", "Date", "References", "Return-Path"])
def test_sixty_kilobytes_of_the_same_take_no_time(field: str) -> None:
    for unit in UNITS:
        for start in ("", "imceanotes-", '"', "=?utf-8?q?"):
            raw = f"{field}: {start}{unit * (60_000 // len(unit))}\nSubject: x\n\n".encode()
            begun = time.thread_time()
            assert_sound(read(raw))
            assert time.thread_time() - begun < SOON, (field, unit, start)
