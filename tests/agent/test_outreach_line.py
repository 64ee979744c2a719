"""A submission server that breaks at any word, in any way: sent once, or known not to be, or asked about."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from agent.types import DraftState as S
from tests.agent.outreach_crash import DyingStore, Fate, live
from tests.agent.outreach_sweep import Case, judged, line_cases, run, template_in
from tests.servers.smtp_break import NO, Breaking, breaking

CASES = [case for number, case in enumerate(line_cases()) if case.files == bool(number // 2 % 2)]
OPEN_ENDED = {"dot lost", "dot taken"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template_in(tmp_path_factory.mktemp("template"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(case.line))
def test_a_server_that_breaks(template: Path, tmp_path: Path, case: Case) -> None:
    phase, way = case.line
    with breaking(Breaking(phase, way)) as line:
        life = live(template, tmp_path, Fate(), line, files=case.files)
    assert judged(life).sound
    if phase in OPEN_ENDED and way not in NO:
        assert "unknown" in life.steps
    elif phase != "body":  # what breaks in the text may be seen before the end is sent, or not
        assert "unknown" not in life.steps
        refused = way == "5xx" and phase in ("mail", "rcpt", "data", "dot lost", "dot taken")
        assert life.row.state is (S.FAILED if refused else S.SENT) or phase == "starttls"


def test_a_life_that_is_over_is_forgotten(template: Path) -> None:
    before = _stores()
    for case in (Case((12, 30), "within"), Case((28,), "before"), Case((), "", ("dot taken", "reset"))):
        assert run(template, case).sound
    assert _stores() <= before


def _stores() -> int:
    gc.collect()
    return sum(type(kept) is DyingStore for kept in gc.get_objects())
