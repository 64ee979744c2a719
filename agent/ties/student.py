"""The survival function of Student's t for any real number of degrees of freedom, in plain Python.

P(T > x) = I(nu / (nu + x^2); nu/2, 1/2) / 2 for x >= 0 (DLMF 8.17, Abramowitz & Stegun 26.7.1); the regularised
incomplete beta I by its continued fraction, DLMF 8.17.22, evaluated by the modified Lentz method.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p

TINY = 1e-300
PRECISION = 1e-10
MAX_TERMS = 500


def survival(x: float, nu: float) -> float:
    """P(T > x) for Student's t with `nu` > 0 degrees of freedom; between 0 and 1, falling in x."""
    z = nu / (nu + x * x)
    tail = 0.5 * incomplete_beta(z, nu / 2, 0.5, 1 - z if z < 0.5 else x * x / (nu + x * x))
    return tail if x >= 0 else 1 - tail


def incomplete_beta(z: float, a: float, b: float, complement: float | None = None) -> float:
    """The regularised incomplete beta function I(z; a, b), 0 <= z <= 1; `complement` is 1 - z, if known better."""
    y = 1 - z if complement is None else complement
    if z <= 0 or y >= 1:
        return 0.0
    if y <= 0:
        return 1.0
    front = exp(a * log(z) + b * (log1p(-z) if z < 0.5 else log(y)) + lgamma(a + b) - lgamma(a) - lgamma(b))
    if z < (a + 1) / (a + b + 2):
        return front * _fraction(z, a, b) / a
    return 1 - front * _fraction(y, b, a) / b


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
