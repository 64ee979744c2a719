"""Every UID is walked exactly once, whatever the folder looks like and wherever reading stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.imap import cursor
from connectors.imap.cursor import Cursor, Stretch, first_width, fresh, is_stale, next_width, pages, parse, split

UIDS = st.sets(st.integers(1, 3_000), max_size=300)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursor, "SPAN", 40)
    monkeypatch.setattr(cursor, "PAGE", 7)


def walk(
    uids: set[int], stretch: Stretch, stop: Callable[[int], bool] = lambda _: False
) -> tuple[list[int], int | None]:
    """What is read in which order, and the UID reached when it ended or `stop` (given the pages so far) said so."""
    read: list[int] = []
    reached = None
    width, count = first_width(len(uids)), 0
    while stretch.first <= stretch.last:
        window, rest = split(stretch, width)
        hits = [uid for uid in uids if window[0] <= uid <= window[1]]
        for page, edge in pages(hits, window, down=stretch.down):
            read += page
            reached = edge
            count += 1
            if stop(count):
                return read, reached
        stretch, width = rest, next_width(width, len(hits))
    return read, reached


@given(UIDS, st.booleans())
def test_a_walk_reads_every_uid_once_and_in_order(uids: set[int], down: bool) -> None:
    read, reached = walk(uids, Stretch(1, 3_000, down=down))
    assert read == sorted(uids, reverse=down)
    assert reached == (1 if down else 3_000)


@given(UIDS, st.booleans(), st.integers(1, 9))
def test_a_walk_that_is_cut_off_goes_on_where_it_stopped(uids: set[int], down: bool, after: int) -> None:
    first, reached = walk(uids, Stretch(1, 3_000, down=down), lambda count: count == after)
    assert reached is not None
    rest = Stretch(1, reached - 1, down=True) if down else Stretch(reached + 1, 3_000)
    second, _ = walk(uids, rest)
    assert first + second == sorted(uids, reverse=down)


def test_windows_grow_over_emptiness_and_shrink_where_it_is_thick() -> None:
    assert next_width(40, 0) == 80
    assert next_width(80, 30) == 40
    assert next_width(40, 40) == 40
    assert next_width(2**32, 0) == 2**32


def test_a_small_folder_is_asked_for_at_once() -> None:
    assert first_width(40) == 2**32
    assert first_width(41) == 40


@pytest.mark.parametrize("value", [None, "", 3, {}, {"uidvalidity": "x", "high": 1, "low": 1}, {"uidvalidity": 1}, []])
def test_what_is_no_cursor_means_from_the_start(value: Any) -> None:
    assert parse(value) is None


def test_a_cursor_survives_storing() -> None:
    assert parse(Cursor(7, 5, 2).json()) == Cursor(7, 5, 2)


@pytest.mark.parametrize(
    ("uidvalidity", "uidnext", "stale"),
    [(7, 101, False), (7, 500, False), (8, 101, True), (6, 101, True), (7, 100, True), (7, 1, True)],
)
def test_another_uidvalidity_or_a_smaller_uidnext_make_a_cursor_stale(
    uidvalidity: int, uidnext: int, stale: bool
) -> None:
    assert is_stale(fresh(7, 101), uidvalidity, uidnext) is stale
