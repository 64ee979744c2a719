"""The survival function of Student's t for any real number of degrees of freedom, in plain Python.

P(T > x) = I(nu / (nu + x^2); nu/2, 1/2) / 2 for x >= 0 (DLMF 8.17, Abramowitz & Stegun 26.7.1); the regularised
incomplete beta I by its continued fraction, DLMF 8.17.22, evaluated by the modified Lentz method.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp, lgamma, pi, sqrt

TINY = 1e-300
PRECISION = 1e-8  # relative
MAX_TERMS = 500


def survival(x: float, nu: float) -> float:
    """P(T > x) for Student's t with `nu` > 0 degrees of freedom; between 0 and 1, falling in x."""
    a, square = nu / 2, x * x
    total = nu + square
    z, y = nu / total, square / total
    front: float = z**a * sqrt(y) * _one_over_beta(a)
    is_tail = z < (a + 1) / (a + 2.5)
    tail = front * _fraction(z, a, 0.5) / nu if is_tail else 0.5 - front * _fraction(y, 0.5, a)
    return tail if x >= 0 else 1 - tail


@lru_cache(maxsize=1024)
def _one_over_beta(a: float) -> float:
    """1 / B(a, 1/2); few degrees of freedom occur, as they depend on a tie's number of gaps alone."""
    return exp(lgamma(a + 0.5) - lgamma(a)) / sqrt(pi)


def _fraction(z: float, a: float, b: float) -> float:
    """The continued fraction of DLMF 8.17.22 (without its prefactor)."""
    ab = a + b
    d = 1 / (1 - ab * z / (a + 1) or TINY)
    c, result = 1.0, d
    for j in range(1, MAX_TERMS):
        at = a + 2 * j
        even = j * (b - j) * z / ((at - 1) * at)
        d = 1 / (1 + even * d or TINY)
        c = 1 + even / c or TINY
        result *= d * c
        odd = -(a + j) * (ab + j) * z / (at * (at + 1))
        d = 1 / (1 + odd * d or TINY)
        c = 1 + odd / c or TINY
        change = d * c
        result *= change
        if -PRECISION < change - 1 < PRECISION:
            break
    return result
