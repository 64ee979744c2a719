"""`python -m bench.fading --data DIR [--json] [--fit]`: how well the scorer tells who fades, beside the yardsticks.

DIR holds event files in the format that `../shared/bench/fading/README.md` describes, whose protocol is kept. All
constants are frozen; nothing is fitted on what is given here. `--fit` is the separate way they were obtained.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np

from agent.ties.reading import expected_contact, strength
from bench.fading_data import Row, load
from bench.fading_models import Score, decay, models
from bench.fading_scores import auc, auc_interval, brier, ece, ndcg

Result = dict[str, Any]
SLICES = ("all", "slow")
ORDERINGS: dict[str, Score] = {
    "weaktie": lambda row: expected_contact(row.rhythm, row.cut - row.rhythm.last, 30),
    "weaktie_strength": lambda row: strength(row.rhythm, row.cut - row.rhythm.last),
    "decay_20": lambda row: -decay(20)(row),
    "decay_40": lambda row: -decay(40)(row),
}


def main() -> None:
    """Measure every set of a folder and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.fading", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of event files")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--fit", action="store_true", help="print the constants that the development sets give")
    parser.add_argument("--rounds", type=int, default=200, help="bootstrap rounds (default 200)")
    options = parser.parse_args()
    if not list(options.data.glob("*.csv.gz")):
        parser.error(f"{options.data} holds no event file (*.csv.gz)")
    if options.fit:
        from bench.fading_fit import fit

        fit(dict(load(options.data)))
        return
    report(options.data, options.rounds, as_json=options.json)


def report(folder: Path, rounds: int, *, as_json: bool) -> None:
    """Measure all sets; progress goes to standard error."""
    results: list[Result] = []
    ranking: list[Result] = []
    for name, rows in load(folder):
        print(f"{name}: {len(rows)} rows", file=sys.stderr)
        found = measure(name, rows, rounds)
        results += found
        ranking += rank(name, rows)
        if not as_json:
            table(found)
    if as_json:
        told = {"version": 1, "results": results, "ranking": ranking, "means": means(results)}
        print(json.dumps(_without_nan(told), indent=1))
        return
    print("\nNDCG@20 of the contact of the next 30 days, ties as candidates, mean over owners")
    for row in ranking:
        print(f"  {row['set']:28}{row['model']:20}{row['ndcg']:.3f}")
    print("\nmeans over sets: AUC, Brier, ECE")
    for row in means(results):
        print(f"  {row['slice']:6}{row['model']:20}{row['auc']:.4f}  {row['brier']:.4f}  {row['ece']:.3f}")


def measure(name: str, rows: list[Row], rounds: int) -> list[Result]:
    """One line a slice and model."""
    found: list[Result] = []
    scores = {model: np.array([score(row) for row in rows]) for model, score in models().items()}
    faded = np.array([float(row.faded) for row in rows])
    owners = np.array([row.owner for row in rows])
    for part in SLICES:
        chosen = np.array([row.active if part == "all" else row.slow for row in rows], dtype=bool)
        if not chosen.any():
            continue
        y = faded[chosen]
        for model, score in scores.items():
            p = score[chosen]
            low, high = auc_interval(p, y, owners[chosen], rounds)
            figures = {"auc": auc(p, y), "auc_low": low, "auc_high": high, "brier": brier(p, y), "ece": ece(p, y)}
            found.append({"set": name, "slice": part, "model": model, "n": len(y), **figures})
    return found


def rank(name: str, rows: list[Row]) -> list[Result]:
    """NDCG@20 per owner and cut, averaged over owners; gain log2(1 + days of contact in the next 30)."""
    lists: dict[tuple[int, int], list[Row]] = defaultdict(list)
    for row in rows:
        if row.active:
            lists[row.owner, row.cut].append(row)
    found: list[Result] = []
    for model, order in ORDERINGS.items():
        owners: dict[int, list[float]] = defaultdict(list)
        for (owner, _), ties in lists.items():
            gain = np.log2(1 + np.array([float(row.coming) for row in ties]))
            if len(ties) >= 5 and gain.any():
                owners[owner].append(ndcg(np.array([order(row) for row in ties]), gain))
        each = [float(np.mean(values)) for values in owners.values()]
        if each:
            found.append({"set": name, "model": model, "owners": len(each), "ndcg": float(np.mean(each))})
    return found


def means(results: list[Result]) -> list[Result]:
    """The mean over sets for each slice and model, best first."""
    groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for row in results:
        groups[row["slice"], row["model"]].append(row)
    found = [
        {"slice": part, "model": model}
        | {what: _mean([row[what] for row in group]) for what in ("auc", "brier", "ece")}
        for (part, model), group in groups.items()
    ]
    return sorted(found, key=lambda row: (row["slice"], -row["auc"]))


def _mean(values: list[float]) -> float:
    """The mean of those that are known: where all ties fade, or none, there is no AUC."""
    known = [value for value in values if not isnan(value)]
    return float(np.mean(known)) if known else nan


def _without_nan(told: Any) -> Any:
    """The same with null for what is not known, as JSON has no NaN (RFC 8259 section 6)."""
    if isinstance(told, dict):
        return {key: _without_nan(value) for key, value in told.items()}
    if isinstance(told, list):
        return [_without_nan(value) for value in told]
    return None if isinstance(told, float) and isnan(told) else told


def table(found: list[Result]) -> None:
    """One set, best first within a slice."""
    for part in SLICES:
        lines = sorted((row for row in found if row["slice"] == part), key=lambda row: -row["auc"])
        if lines:
            print(f"\n{lines[0]['set']}, {part}: {lines[0]['n']} rows")
        for row in lines:
            interval = f"[{row['auc_low']:.3f}, {row['auc_high']:.3f}]"
            print(f"  {row['model']:20}AUC {row['auc']:.4f} {interval}  Brier {row['brier']:.4f}  ECE {row['ece']:.3f}")


if __name__ == "__main__":
    os.nice(10)
    main()
