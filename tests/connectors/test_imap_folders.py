"""Folders: what LIST and STATUS say of them, what they are for, and which are left alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.imap_utf7 import encode

from connectors.imap.folders import Folder, exclude, unmatched
from connectors.imap.listing import Listed, Status, read_list, read_status, readable
from connectors.imap.wire import entries
from connectors.records import Role


@pytest.mark.parametrize(
    ("entry", "raw", "separator"),
    [
        ([b'(\\HasNoChildren) "/" INBOX'], b"INBOX", "/"),
        ([b'() "." [odd'], b"[odd", "."),
        ([b'() "/" "a\\\\b \\"c\\""'], b'a\\b "c"', "/"),
        ([b'() "\\\\" x'], b"x", "\\"),
        ([b"() NIL 2023"], b"2023", ""),
        ([b'() "/" "NIL"'], b"NIL", "/"),
        ([(b'() "/" {9}', b'say "hi" '), b""], b'say "hi" ', "/"),
    ],
)
def test_list_lines(entry: list[Any], raw: bytes, separator: str) -> None:
    listed = read_list(entry)
    assert listed is not None
    assert (listed.raw, listed.separator) == (raw, separator)


def test_attributes_are_compared_in_upper_case() -> None:
    assert read_list([b'(\\NoSelect \\sent) "/" x']) == Listed(frozenset({b"\\NOSELECT", b"\\SENT"}), "/", b"x")


@pytest.mark.parametrize(
    ("entry", "raw"),
    [
        ([b"INBOX (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7)"], b"INBOX"),
        ([b'"a (b" (UIDVALIDITY 7 MESSAGES 3 HIGHESTMODSEQ 1 UIDNEXT 9) '], b"a (b"),
        ([(b"{2}", b'"x'), b" (MESSAGES 3 UIDNEXT 9 UIDVALIDITY 7)"], b'"x'),
    ],
)
def test_status_lines(entry: list[Any], raw: bytes) -> None:
    assert read_status(entry) == (raw, Status(messages=3, uidnext=9, uidvalidity=7))


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.tuples(st.binary(max_size=20), st.binary(max_size=9))), min_size=1)
)
def test_no_line_makes_the_readers_fail(pieces: list[Any]) -> None:
    for entry in entries(pieces):
        read_list(entry)
        read_status(entry)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30))
def test_names_come_back_from_modified_utf_7(name: str) -> None:
    assert readable(encode(name)) == name


@pytest.mark.parametrize("raw", [b"caf\xc3\xa9", b"&2D0-", b"&AAo-", b"&AA0ACg-x", b"&!!-", b"tab\there"])
def test_names_that_nobody_can_show_are_not_read(raw: bytes) -> None:
    assert readable(raw) is None


@pytest.mark.parametrize(
    ("pattern", "hit"),
    [
        ("Private", True),
        ("private/", True),
        ("Private/Health", True),
        ("Private.Health", True),
        ("Priv*", True),
        ("Priv", False),
        ("Health", False),
        ("*/Health", True),
    ],
)
def test_exclusions_hold_for_all_below_and_in_any_case(pattern: str, hit: bool) -> None:
    folder = Folder(b"Private.Health", "Private.Health", separator=".")
    assert bool(exclude([folder], [pattern])[0].skipped) is hit
    assert unmatched([folder], [pattern]) == ([] if hit else [pattern])


@pytest.mark.parametrize("role", [Role.JUNK, Role.TRASH, Role.DRAFTS])
def test_junk_trash_and_drafts_are_not_read(role: Role) -> None:
    assert Folder(b"x", "x", role=role).skipped


@pytest.mark.parametrize("role", [Role.INBOX, Role.SENT, Role.ARCHIVE, Role.OTHER])
def test_all_other_folders_are_read(role: Role) -> None:
    assert not Folder(b"x", "x", role=role).skipped
