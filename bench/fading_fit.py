"""How the constants were obtained: from the development sets alone, every set weighing about the same.

Prints, never writes the scorer: a person copies the figures into `agent/ties/chance.py` and `bench/`, so that what is
shipped cannot change by running a benchmark. It also prints what leaving one organisation out gives.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from math import log, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.ties.chance import HORIZON, OVER, Weights, around, circle, crowd, liveliness, part_of, slowness, start_of
from agent.ties.gaps import any_gap
from bench.fading_data import Row
from bench.fading_models import BGNBD, CURVES, ORDERS, Purchase, bg_nbd
from bench.fading_scores import auc, ece

Floats = NDArray[np.float64]
Sets = dict[str, list[Row]]
HORIZONS = {30: 0.25, 60: 1.0}
"""What a row weighs by its horizon: 60 days is what is asked for, 30 keeps the shorter ones in order."""


@dataclass(frozen=True, slots=True)
class Design:
    """One set as the fit sees it: inputs and labels of both horizons; `slices` choose the rows of 60 days to judge."""

    inputs: Floats
    labels: Floats
    weight: Floats  # sums to the same for every set
    slices: dict[str, NDArray[np.bool_]]


def fit(sets: Sets) -> None:
    """Print everything that is fitted, and the curves file."""
    data = {name: design(rows) for name, rows in sets.items()}
    print("chance.WEIGHTS", dict(zip((f.name for f in fields(Weights)), solve(data).round(3).tolist(), strict=True)))
    for name in sets:
        left_out(f"{name} left out", data[name], {other: part for other, part in data.items() if not same(other, name)})
    for name in sets:
        others = {other: part for other, part in data.items() if other.split("_")[0] != name.split("_")[0]}
        left_out(f"{name} from other organisations", data[name], others)
    yardsticks(sets)


def yardsticks(sets: Sets) -> None:
    """Print what the models that the scorer is measured against need."""
    rows = [row for part in sets.values() for row in part]
    weight = np.concatenate([np.full(len(part), 1e4 / len(part)) for part in sets.values()])
    print("BGNBD", fit_bg_nbd(rows[::7], weight[::7]))
    faded = np.array([float(row.faded) for row in rows])
    curves = {
        name: logistic(np.column_stack([np.ones(len(rows)), [order(row) for row in rows]]), faded, weight).tolist()
        for name, order in ORDERS.items()
    }
    print(f"{Path(CURVES).name}", json.dumps(curves))


def same(one: str, other: str) -> bool:
    """Whether two sets hold the same mail and so are left out together: the two Enron copies do."""
    return one == other or (one.startswith("enron") and other.startswith("enron"))


def left_out(title: str, part: Design, others: dict[str, Design]) -> None:
    """Print how weights fitted on the others do on one set; nothing without others."""
    if not others:
        return
    p = 1 / (1 + np.exp(-part.inputs @ solve(others)))
    told = [
        f"{name} AUC {auc(p[rows], part.labels[rows]):.4f} ECE {ece(p[rows], part.labels[rows]):.3f}"
        for name, rows in part.slices.items()
        if rows.any()
    ]
    print(f"  {title}: {', '.join(told)}")


def design(rows: list[Row]) -> Design:
    """The inputs for both horizons, the labels, and which rows are to be judged."""
    cases = [(row, horizon) for row in rows for horizon in HORIZONS if horizon <= row.horizon]
    full = np.array([horizon == row.horizon for row, horizon in cases], dtype=bool)
    weight = np.array([HORIZONS[horizon] for _, horizon in cases])
    return Design(
        inputs=np.array([_inputs(row, horizon) for row, horizon in cases]),
        labels=np.array([float(row.faded if horizon == row.horizon else row.coming == 0) for row, horizon in cases]),
        weight=2e4 * weight / weight.sum(),
        slices={
            "all": full & np.array([row.active for row, _ in cases], dtype=bool),
            "slow": full & np.array([row.slow for row, _ in cases], dtype=bool),
        },
    )


def _inputs(row: Row, horizon: int) -> list[float]:
    """What `chance.p_active` weighs, in the order of `Weights`."""
    r, silence = row.rhythm, row.cut - row.rhythm.last
    gap = any_gap(r)
    now = OVER + (1 - OVER) * gap.survival(silence)
    later = OVER + (1 - OVER) * gap.survival(silence + horizon)
    odds = log(later) - log(max(now - later, 1e-12))
    start, lively = start_of(r, row.state), liveliness(r)
    g = sqrt(horizon / HORIZON)
    seen = (around(row.seen), crowd(row.seen), row.seen.company, circle(row.seen, r))
    added = (part_of(r, silence, row.state), start, lively, lively * start, *seen)
    return [g, odds, odds * slowness(r), *(g * one for one in added)]


def solve(data: dict[str, Design]) -> Floats:
    """The weights, each set weighing the same."""
    inputs = np.vstack([part.inputs for part in data.values()])
    labels = np.concatenate([part.labels for part in data.values()])
    return logistic(inputs, labels, np.concatenate([part.weight for part in data.values()]))


def logistic(x: Floats, y: Floats, weight: Floats) -> Floats:
    """Logistic regression by Newton's method, with a trace of ridge."""
    b = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ b, -30, 30)))
        gradient = x.T @ (weight * (y - p)) - b
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + np.eye(len(b))
        step = np.linalg.solve(curve, gradient)
        b += step
        if np.abs(step).max() < 1e-9:
            break
    return b


def fit_bg_nbd(rows: list[Row], weight: Floats) -> Purchase:
    """The four constants that predict the labels best (log loss), by a pattern search on their logarithms."""
    faded = np.array([row.faded for row in rows])

    def loss(k: Purchase) -> float:
        p = np.clip([bg_nbd(row, k) for row in rows], 1e-9, 1 - 1e-9)
        return -float(np.sum(weight * np.log(np.where(faded, p, 1 - p))))

    best, least, step = BGNBD, loss(BGNBD), 1.6
    while step > 1.03:
        moves = [
            replace(best, **{f.name: getattr(best, f.name) * s}) for f in fields(Purchase) for s in (step, 1 / step)
        ]
        losses = [loss(move) for move in moves]
        if min(losses) < least:
            least, best = min(losses), moves[losses.index(min(losses))]
        else:
            step = sqrt(step)
    return best
