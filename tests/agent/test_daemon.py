"""The daemon waits without working."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from agent import daemon
from agent.jobs.tick import Outcome

SECONDS = 0.6


def test_waiting_costs_no_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[Outcome] = []
    monkeypatch.setattr(daemon, "tick", lambda *_args, **_more: Outcome())
    stop = threading.Event()
    timer = threading.Timer(SECONDS, stop.set)
    before = time.thread_time()
    timer.start()
    app = SimpleNamespace(config=SimpleNamespace(capture=SimpleNamespace(idle=False)))
    daemon.run(cast("Any", app), stop, beats.append)
    timer.join()
    assert len(beats) == 1
    assert time.thread_time() - before < SECONDS / 4
