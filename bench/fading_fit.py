"""How the constants were obtained: from the development sets alone, every set weighing about the same.

Prints, never writes the scorer: a person copies the figures into `agent/ties/chance.py` and `bench/`, so that what is
shipped cannot change by running a benchmark. It also prints what leaving one organisation out gives.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from math import log, log1p, sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.ties.chance import HORIZON, OVER, Weights
from agent.ties.gaps import any_gap
from agent.ties.owner import BUSY_HALF_LIFE
from bench.fading_data import Row
from bench.fading_models import BGNBD, CURVES, ORDERS, Purchase, bg_nbd
from bench.fading_scores import auc

Floats = NDArray[np.float64]
Sets = dict[str, list[Row]]
HORIZONS = (30, 60)


def fit(sets: Sets) -> None:
    """Print everything that is fitted, and the curves file."""
    data = {name: design(rows) for name, rows in sets.items()}
    print("chance.WEIGHTS", dict(zip((f.name for f in fields(Weights)), solve(data).round(3).tolist(), strict=True)))
    for name in sets:
        left = {other: part for other, part in data.items() if organisation(other) != organisation(name)}
        p, y, active = _test(data[name], solve(left) if left else solve(data))
        print(f"  {name} left out: AUC {auc(p[active], y[active]):.4f}")
    rows = [row for part in sets.values() for row in part]
    weight = np.concatenate([np.full(len(part), 1e4 / len(part)) for part in sets.values()])
    print("BGNBD", fit_bg_nbd(rows[::7], weight[::7]))
    faded = np.array([float(row.faded) for row in rows])
    curves = {
        name: logistic(np.column_stack([np.ones(len(rows)), [order(row) for row in rows]]), faded, weight).tolist()
        for name, order in ORDERS.items()
    }
    print(f"{Path(CURVES).name}", json.dumps(curves))


def organisation(name: str) -> str:
    """Sets of one organisation are left out together: the two Enron copies hold the same mail."""
    return "enron" if name.startswith("enron") else name


def design(rows: list[Row]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """The five inputs for both horizons, the labels, and which rows are active ones at 60 days."""
    inputs, labels, chosen = [], [], []
    for row in rows:
        for horizon in HORIZONS:
            if horizon > row.horizon:
                continue
            inputs.append(_inputs(row, horizon))
            labels.append(float(row.faded) if horizon == row.horizon else float(row.coming == 0))
            chosen.append(row.active and horizon == row.horizon)
    return np.array(inputs), np.array(labels), np.array(chosen)


def _inputs(row: Row, horizon: int) -> list[float]:
    """What `chance.p_active` weighs, in the order of `Weights`."""
    r, silence = row.rhythm, max(row.cut - row.rhythm.last, 0.5)
    gap = any_gap(r)
    now = OVER + (1 - OVER) * gap.survival(silence)
    later = OVER + (1 - OVER) * gap.survival(silence + horizon)
    recent = (r.c80 + 1) * 2 ** (-silence / BUSY_HALF_LIFE)
    g = sqrt(horizon / HORIZON)
    part = log(recent + 0.02) - log1p(max(row.state.busy, recent))
    start = log(max(r.first - row.state.since, 0) + 7)
    return [g, log(later) - log(max(now - later, 1e-12)), g * part, g * start, g * (log(r.gap) - r.m / r.w)]


def solve(data: dict[str, tuple[Floats, Floats, NDArray[np.bool_]]]) -> Floats:
    """The weights, each set weighing the same."""
    inputs = np.vstack([x for x, _, _ in data.values()])
    labels = np.concatenate([y for _, y, _ in data.values()])
    weight = np.concatenate([np.full(len(y), 1e4 / len(y)) for _, y, _ in data.values()])
    return logistic(inputs, labels, weight)


def _test(part: tuple[Floats, Floats, NDArray[np.bool_]], weights: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    inputs, labels, active = part
    return inputs @ weights, labels, active


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
