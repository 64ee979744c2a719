"""Spans, rhythms and chances in plain words."""

from __future__ import annotations

import pytest

from agent.ties.words import every, number, one_in, percent, span
from connectors.base import counted


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0.2, "less than a day"),
        (1, "1 day"),
        (1.9, "1 day"),
        (47, "47 days"),
        (91, "3 months"),
        (400, "13 months"),
        (1100, "3 years"),
        (920, "2½ years"),
    ],
)
def test_spans(days: float, words: str) -> None:
    assert span(days) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (1, "every day"),
        (3.1, "every three days"),
        (7, "every week"),
        (12, "every twelve days"),
        (14.2, "every two weeks"),
        (30, "every month"),
        (42, "every six weeks"),
        (91, "every three months"),
        (182, "every six months"),
        (365, "every year"),
        (1100, "every 3 years"),
    ],
)
def test_rhythms(days: float, words: str) -> None:
    assert every(days) == words


def test_chances() -> None:
    assert [percent(p) for p in (0, 0.182, 1)] == ["1 %", "18 %", "99 %"]
    assert [one_in(p) for p in (0.001, 0.02, 0.1, 0.2, 0.31, 0.72)] == [
        "less than 1 time in 100",
        "1 time in 50",
        "1 time in 10",
        "1 time in 5",
        "1 time in 3",
        "7 times in 10",
    ]


def test_counts() -> None:
    assert [counted(n, "day") for n in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert [number(2), number(13)] == ["two", "13"]
