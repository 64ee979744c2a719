"""The bugs that `make mutants` plants still have a place to be planted in, and tests that are to notice."""

from __future__ import annotations

import ast

import pytest

from tests.house.source import ROOT
from tests.mutants.bugs import BUGS, Bug


def test_there_are_twelve() -> None:
    assert len({bug.name for bug in BUGS}) == 12


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name.partition(":")[0])
def test_every_bug_can_be_planted(bug: Bug) -> None:
    for edit in bug.edits:
        text = ROOT.joinpath(edit.file).read_text("utf-8")
        assert text.count(edit.old) == 1, edit
        ast.parse(text.replace(edit.old, edit.new))
    assert ROOT.joinpath(bug.tests[0]).is_file()
