"""Student's t against tables and closed forms."""

from __future__ import annotations

from math import atan, pi, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ties.student import survival


@pytest.mark.parametrize(
    ("x", "nu", "tail"),
    [  # the usual one-sided table
        (3.077684, 1, 0.10),
        (6.313752, 1, 0.05),
        (1.885618, 2, 0.10),
        (2.919986, 2, 0.05),
        (2.570582, 5, 0.025),
        (1.372184, 10, 0.10),
        (2.763769, 10, 0.01),
        (1.697261, 30, 0.05),
        (1.288646, 120, 0.10),
    ],
)
def test_the_printed_table(x: float, nu: float, tail: float) -> None:
    assert survival(x, nu) == pytest.approx(tail, abs=2e-7)
    assert survival(-x, nu) == pytest.approx(1 - tail, abs=2e-7)


@given(st.floats(-1e4, 1e4))
def test_one_and_two_degrees_have_closed_forms(x: float) -> None:
    assert survival(x, 1) == pytest.approx(0.5 - atan(x) / pi, abs=1e-9)
    assert survival(x, 2) == pytest.approx(0.5 - x / (2 * sqrt(2 + x * x)), abs=1e-9)


@given(st.floats(-50, 50), st.floats(0.2, 60), st.floats(0.001, 10))
def test_it_falls_and_stays_a_probability(x: float, nu: float, step: float) -> None:
    here, there = survival(x, nu), survival(x + step, nu)
    assert 0 <= there <= here + 1e-9 <= 1 + 1e-9


def test_at_its_ends() -> None:
    assert survival(0, 3.3) == pytest.approx(0.5)
    assert survival(1e100, 0.3) == pytest.approx(0, abs=1e-20)
    assert survival(-1e100, 5) == 1
