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
from bench.fading import measure, report
from bench.fading_data import DAY, Event, load, rows_of, seen_by, small_messages
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


FILES = {
    "tiny": "t,src,dst\n0,1,2\n",
    "empty": "t,src,dst\n",
    "nothing at all": "",
    "other columns (2).v1": "src,t,dst,size\n" + "".join(f"{src},{t}.0,{dst},9\n" for t, src, dst in record()),
    "torn": "t,src,dst\n" + "".join(f"{t},{src},{dst}\n\n" for t, src, dst in record()) + "12,1\nx,y,z\n",
    "one end only_undirected": "t,src,dst\n" + "".join(f"{day * DAY},1,2\n" for day in range(0, 500, 3)),
}


def unreadable(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


@pytest.mark.parametrize("names", [*([name] for name in FILES), list(FILES)])
def test_any_files_are_measured_as_far_as_they_go(
    names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in names:
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(FILES[name].encode()))
    report(tmp_path, 3, as_json=True)
    told = json.loads(capsys.readouterr().out, parse_constant=unreadable)
    assert {row["set"] for row in told["results"]} == set(names) - {"tiny", "empty", "nothing at all"}
    report(tmp_path, 3, as_json=False)
    assert "means over sets" in capsys.readouterr().out


def test_the_order_of_columns_and_torn_lines_change_nothing(tmp_path: Path) -> None:
    for name in ("other columns (2).v1", "torn"):
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(FILES[name].encode()))
    (_, one), (_, other) = load(tmp_path)
    assert one == other == rows_of(record(), directed=True, owners=None)


@pytest.mark.parametrize("directed", [True, False])
def test_who_is_on_a_small_message_is_seen_by_all_on_it(directed: bool) -> None:
    """Of a large one its sender is, and its recipients by the sender, but not by each other."""
    small = [(9 * DAY, BOB, ALICE), (9 * DAY, BOB, CHARLIE)]
    large = [(20 * DAY, CHARLIE, who) for who in (ALICE, *range(10, 21))]
    company = seen_by(small + large, directed, {ALICE, BOB, CHARLIE})
    seen = {owner: theirs.sightings for owner, theirs in company.items()}
    assert {who: theirs.sights for who, theirs in company.items()} == {
        ALICE: [(9, frozenset({BOB, CHARLIE}))],
        BOB: [(9, frozenset({ALICE, CHARLIE}))],
        CHARLIE: [(9, frozenset({ALICE, BOB}))],
    }
    assert seen[ALICE] == {BOB: [(9, 2)], CHARLIE: [(9, 2), (20, 12)]}
    assert seen[BOB] == {ALICE: [(9, 2)], CHARLIE: [(9, 2)]}
    assert seen[CHARLIE] == {BOB: [(9, 2)]} | {
        who: [(9, 2), (20, 12)] if who == ALICE else [(20, 12)] for who in (ALICE, *range(10, 21))
    }


def test_a_row_knows_what_was_seen_before_its_cut() -> None:
    """Dana writes to both on day 250: known from the next cut on, as long as Alice and Charlie are not in touch."""
    both = [(250 * DAY, 4, ALICE), (250 * DAY, 4, CHARLIE)]
    rows = rows_of(record() + both, directed=True, owners={ALICE})
    charlies = {row.cut: row.seen.since for row in rows if not row.rhythm.received and row.rhythm.n > 3}
    assert charlies == {cut: int(cut > 250) for cut in charlies}
    assert {row.seen.crowd for row in rows if row.rhythm.last == 200} == {2}  # Alice wrote to Bob and Charlie at once


def test_a_row_knows_the_circle_before_its_cut() -> None:
    """Bob writes to both on day 205: from the next cut on Erin, in touch every forty days, has a living circle."""
    erin = [(day * DAY + 7, ALICE, 5) for day in range(0, 300, 40)]
    both = [(205 * DAY, BOB, ALICE), (205 * DAY, BOB, 5)]
    rows = rows_of(record() + erin + both, directed=True, owners={ALICE})
    erins = {row.cut: row.seen.circle > 0 for row in rows if row.slow}
    assert erins == {cut: cut > 205 for cut in range(120, 341, 30)}


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
