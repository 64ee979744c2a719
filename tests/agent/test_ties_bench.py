"""The measurement itself: protocol and scores on made-up records, and the goal that matters on a real one."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bench import fading_speed
from bench.fading import measure
from bench.fading_data import DAY, Event, load, rows_of, small_messages
from bench.fading_scores import auc, auc_interval, brier, ece, ndcg
from tests.shared import shared

ALICE, BOB, CHARLIE = 1, 2, 3


def mail(day: int, src: int, dst: int) -> Event:
    return (day * DAY + 60 * src, src, dst)


def record() -> list[Event]:
    """Alice is in touch with Bob to the end, with Charlie until day 200; Charlie never hears from her after that."""
    bob = [mail(day, *pair) for day in range(0, 401, 5) for pair in ((ALICE, BOB), (BOB, ALICE))]
    charlie = [mail(day, ALICE, CHARLIE) for day in range(0, 201, 10)]
    return bob + charlie


def test_the_protocol_on_a_made_up_record() -> None:
    rows = [row for row in rows_of(record(), directed=True, owners={ALICE}) if row.active]
    assert [row.cut for row in rows if not row.faded and row.rhythm.n > 60] == [330]
    assert sorted({row.cut for row in rows}) == list(range(120, 341, 30))
    assert {row.horizon for row in rows} == {60}
    charlies = [row for row in rows if row.rhythm.last <= 200 and not row.rhythm.received]
    assert [(row.cut, row.faded) for row in charlies] == [(cut, cut > 200) for cut in range(120, 300, 30)]


def test_nothing_after_the_cut_is_known() -> None:
    for row in rows_of(record(), directed=True, owners={ALICE}):
        assert row.rhythm.last < row.cut
        assert max(c.day for c in row.days) == row.rhythm.last
        assert row.rhythm.n == len(row.days)


def test_a_message_to_eleven_is_no_contact() -> None:
    wide = [(0, ALICE, who) for who in range(10, 21)]
    narrow = [(5, ALICE, who) for who in range(10, 20)]
    assert small_messages(wide + narrow, directed=True) == narrow


def test_who_never_wrote_has_no_tie() -> None:
    inbound = [mail(day, BOB, ALICE) for day in range(0, 401, 5)]
    assert rows_of(inbound, directed=True, owners={ALICE}) == []
    assert rows_of(inbound, directed=False, owners={ALICE}) != []


def test_auc_counts_pairs() -> None:
    p, y = np.array([0.1, 0.4, 0.4, 0.8]), np.array([0.0, 0.0, 1.0, 1.0])
    assert auc(p, y) == pytest.approx(3.5 / 4)
    assert auc(-p, y) == pytest.approx(0.5 / 4)
    assert auc(p, y, np.array([1.0, 1.0, 0.0, 1.0])) == 1
    assert np.isnan(auc(p, np.ones(4)))


def test_brier_ece_and_ndcg() -> None:
    p, y = np.array([0.0, 0.5, 1.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    assert brier(p, y) == pytest.approx(1.25 / 4)
    assert ece(p, y, bins=2) == pytest.approx((abs(0.25 - 0.5) * 2 + abs(1 - 0.5) * 2) / 4)
    assert ndcg(np.array([3.0, 2.0, 1.0]), np.array([1.0, 1.0, 0.0])) == 1
    assert ndcg(np.array([1.0, 2.0]), np.array([1.0, 0.0])) == pytest.approx(1 / np.log2(3))


def test_the_interval_holds_the_area_and_repeats() -> None:
    random = np.random.default_rng(1)
    y = (random.random(600) < 0.4).astype(float)
    p = y * 0.3 + random.random(600)
    owners = random.integers(0, 30, 600)
    low, high = auc_interval(p, y, owners, rounds=100)
    assert low < auc(p, y) < high
    assert (low, high) == auc_interval(p, y, owners, rounds=100)


def test_the_command_prints_json(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "made_up.csv.gz", "wt") as file:
        file.write("t,src,dst\n" + "".join(f"{t},{src},{dst}\n" for t, src, dst in sorted(record())))
    (tmp_path / "made_up.egos.txt").write_text(f"{ALICE}\n")
    command = [sys.executable, "-m", "bench.fading", "--data", str(tmp_path), "--json", "--rounds", "10"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    results = json.loads(done.stdout)["results"]
    assert {"set", "slice", "model", "n", "auc", "auc_low", "auc_high", "brier", "ece"} == set(results[0])
    assert {"weaktie", "recency", "messages", "decay_40", "interactions_rank", "gap_ratio", "bg_nbd"} <= {
        row["model"] for row in results
    }


@pytest.mark.corpora
@pytest.mark.parametrize("department", ["eu_dept3", "eu_dept4"])
def test_better_than_every_yardstick_on_a_real_department(department: str, tmp_path: Path) -> None:
    (tmp_path / f"{department}.csv.gz").symlink_to(shared("bench", "fading", f"{department}.csv.gz"))
    ((name, rows),) = load(tmp_path)
    found = measure(name, rows, rounds=2)
    for part in ("all", "slow"):
        areas = {row["model"]: row["auc"] for row in found if row["slice"] == part}
        assert max(areas, key=lambda model: areas[model]) == "weaktie"
    (ours,) = (row for row in found if row["model"] == "weaktie" and row["slice"] == "all")
    assert ours["ece"] < 0.05


def test_a_rebuild_is_measured_on_a_ledger_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fading_speed, "TIES", 1000)
    assert 0 < fading_speed.rebuilding(5000)["rebuild_s"] < 10
