"""Strangers' text is one clean line that nothing makes a link of; plain text is folded by what the eye sees."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.report.plain import BREAK, JOINERS, clean, fold, inert, whole, width


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("Bob\r\nBcc: thief@evil.example", "Bob Bcc: thief@evil.example"),
        ("Bob\u202egnp.exe", "Bobgnp.exe"),
        ("\x1b[31mBob\x07", "[31mBob"),
        ("=?utf-8?q?=0ABcc:?=", "= ?utf-8?q? =0ABcc:? ="),
        ("B\u200bo\u2066b\ufeff", "Bob"),
        ("Bo" + "\u0301" * 40 + "b", "Bó" + "\u0301" * 3 + "b"),
        ("\u3164\u2800 ", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("x" * 100, "x" * 79 + "…"),
    ],
)
def test_clean_takes_out_what_cannot_be_seen(hostile: str, shown: str) -> None:
    assert clean(hostile) == shown


@given(st.text(max_size=300))
def test_clean_is_one_visible_line(text: str) -> None:
    line = clean(text)
    assert len(line) <= 80
    assert line == clean(line)
    assert not [ch for ch in line if unicodedata.category(ch)[0] == "C" and ch not in JOINERS]
    assert "\n" not in line
    assert "=?" not in line


@pytest.mark.parametrize(
    "text", ["www.evil.example", "evil.example/pay", "bob@evil.example", "https://1.2.3.4", "evil。com"]
)
def test_no_mail_client_finds_a_link(text: str) -> None:
    broken = inert(text)
    assert broken.replace(BREAK, "") == text
    assert not re.search(r"\S[.。@]\w|://\w", broken)
    assert whole({"names": [broken]}) == {"names": [text]}


def test_long_lines_hang_under_their_text() -> None:
    assert (
        fold("    → one two three\n- four five six", columns=14) == "    → one two\n      three\n- four five\n  six\n"
    )


def test_wide_characters_take_two_columns() -> None:
    assert width("張偉 Zoë\u0308") == 8
    assert max(map(width, fold("張偉" * 60).splitlines())) <= 72


@given(st.text(alphabet=st.characters(exclude_categories=("C", "Z")), max_size=400), st.integers(0, 8))
def test_nothing_is_lost_by_folding(text: str, indent: int) -> None:
    folded = fold(" " * indent + text)
    assert "".join(folded.split()) == "".join(text.split())
