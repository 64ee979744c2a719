"""`make` without arguments tells what there is."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.house.source import ROOT


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """Target → what `make help` says of it."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    shown = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, check=True, text=True)
    return dict(re.findall(r"^make (\S+) +(.+)$", shown.stdout, re.MULTILINE))


def test_help_names_every_target_with_a_sentence(told: dict[str, str]) -> None:
    phony = re.search(r"^\.PHONY: (.+)$", ROOT.joinpath("Makefile").read_text("utf-8"), re.MULTILINE)

    assert phony is not None
    assert set(told) == set(phony[1].split())
    assert all(sentence.endswith(".") for sentence in told.values())


def test_ci_runs_what_a_developer_runs(told: dict[str, str]) -> None:
    assert ROOT.joinpath(".ci", "run").read_text("utf-8").rstrip().splitlines()[-1] == "make test"
    assert "test" in told
