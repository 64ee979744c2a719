"""docs/reliability.md names tests that exist, and leaves out no row."""

from __future__ import annotations

import re

from tests.house.source import ROOT, modules

TEXT = ROOT.joinpath("docs", "reliability.md").read_text("utf-8")
ROWS = range(1, 101)


def test_every_test_it_names_exists() -> None:
    written = {name for path in modules("tests") for name in re.findall(r"def (test_\w+)", path.read_text("utf-8"))}

    assert set(re.findall(r"`(test_\w+)`", TEXT)) - written == set()


def test_every_row_is_there() -> None:
    cells = re.findall(r"^\| ([\d, –]+) \|", TEXT, re.MULTILINE)
    found: set[int] = set()
    for cell in cells:
        first, _, last = cell.partition("–")
        found.update(range(int(first), int(last) + 1) if last else map(int, cell.split(", ")))

    assert found == set(ROWS)
