"""How good a probability is: ROC area, Brier score, calibration error, ranking; intervals over owners."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def auc(p: Floats, y: Floats, weight: Floats | None = None) -> float:
    """P(a faded tie is scored above one that came back), ties half; NaN where one kind is absent."""
    return _Ranked(p, y).auc(np.ones(len(p)) if weight is None else weight)


def brier(p: Floats, y: Floats) -> float:
    """Mean squared error of the probability."""
    return float(np.mean((p - y) ** 2))


def ece(p: Floats, y: Floats, bins: int = 10) -> float:
    """Expected calibration error over ten bins of equal size."""
    parts = np.array_split(np.argsort(p, kind="stable"), bins)
    return float(sum(abs(p[i].mean() - y[i].mean()) * len(i) for i in parts if len(i)) / len(p))


def auc_interval(p: Floats, y: Floats, owners: Ints, rounds: int = 200) -> tuple[float, float]:
    """95 % of the AUCs of resampled owners; the seed is fixed, so a rerun gives the same."""
    random = np.random.default_rng(7)
    _, index = np.unique(owners, return_inverse=True)
    many = int(index.max()) + 1
    ranked = _Ranked(p, y)
    seen = [
        ranked.auc(np.bincount(random.integers(0, many, many), minlength=many)[index].astype(np.float64))
        for _ in range(rounds)
    ]
    low, high = np.nanpercentile(seen, [2.5, 97.5]) if not np.all(np.isnan(seen)) else (np.nan, np.nan)
    return float(low), float(high)


def ndcg(score: Floats, gain: Floats, top: int = 20) -> float:
    """Discounted gain of the first `top` by score over the best possible; NaN where there is nothing to gain."""
    discount = 1 / np.log2(np.arange(2, min(top, len(score)) + 2))
    best = float((np.sort(gain)[::-1][: len(discount)] * discount).sum())
    got = float((gain[np.argsort(-score, kind="stable")][: len(discount)] * discount).sum())
    return got / best if best else float("nan")


class _Ranked:
    """Scores sorted once, for many weightings."""

    def __init__(self, p: Floats, y: Floats) -> None:
        _, self.rank = np.unique(p, return_inverse=True)
        self.y = y > 0

    def auc(self, weight: Floats) -> float:
        faded = np.bincount(self.rank, weight * self.y)
        stayed = np.bincount(self.rank, weight * ~self.y)
        pairs = float(faded.sum() * stayed.sum())
        below = np.cumsum(stayed) - stayed / 2
        return float((faded * below).sum()) / pairs if pairs else float("nan")
