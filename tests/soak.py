"""`python -m tests.soak [N] [SECONDS]`: N lives of drafts with faults and deaths, and hostile names under every Python.

Prints what came of them, and ends with 1 when anything happened that must not: a mail twice or without a word, a draft
twice, an end that is none, a doubt that is not shown, a header field or recipient too many.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from shutil import which
from typing import Any

from tests.agent.outreach_sweep import Case, Tally, all_cases, measured_cases, run, template_in

ROOT = Path(__file__).resolve().parents[1]
PER_PYTHON = 10
BAR = 0.11
"""The prototype left 48 of 448 to its owner (research/safety.md §0.8)."""


def main(number: int) -> int:
    """Run it all; 0 when all is sound."""
    cases = all_cases()
    chosen = random.Random(1).sample(cases, min(number, len(cases)))
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        template = template_in(Path(folder))
        filed = swept(template, [case for case in chosen if case.files])
        unfiled = swept(template, [case for case in chosen if not case.files])
        measured = swept(template, measured_cases())
    say(f"{len(chosen)} of {len(cases)} cases in {time.monotonic() - began:.0f} s")
    say(told("servers that file a copy in Sent", filed))
    say(told("servers that file none", unfiled))
    say(told("as the prototype was measured", measured))
    extra = [injected(python, PER_PYTHON * number) for python in pythons()]
    sound = filed.sound and unfiled.sound and measured.sound and measured.asked / measured.lives < BAR
    return int(not sound or any(extra))


def swept(template: Path, cases: Iterable[Case]) -> Tally:
    """All of these lives, on every processor."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(partial(run, template), cases, chunksize=20), Tally())


def told(which_: str, tally: Tally) -> str:
    """The figures in a sentence."""
    share = tally.asked / max(tally.hit, 1)
    return (
        f"{which_}: {tally.lives} lives, {tally.delivered} delivered, {tally.twice} twice, {tally.without_word} without"
        f" a word, {tally.drafts_twice} drafts twice, {tally.unrest} without an end, {tally.hidden} doubts not shown;"
        f" {tally.hit} sendings hit, {tally.asked} left to the owner ({share:.1%})"
    )


def pythons() -> list[str]:
    """Every Python from 3.11 to 3.13 on this machine, one of each release."""
    named = [place for minor in (11, 12, 13) for place in (which(f"python3.{minor}"), f"/usr/bin/python3.{minor}")]
    kept = [_said("pyenv", "root") / "versions", _said("uv", "python", "dir")]
    places = [str(path) for folder in kept for path in sorted(folder.glob("*/bin/python3"))]
    found: dict[str, str] = {}
    for place in [sys.executable, *(place for place in named if place and Path(place).exists()), *places]:
        asked = [place, "-c", "import sys; print(*sys.version_info[:3], sep='.')"]
        version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        if version.startswith(("3.11.", "3.12.", "3.13.")):
            found.setdefault(version, place)
    return list(found.values())


def _said(*command: str) -> Path:
    """The folder a program keeps its Pythons in; a place that is not, where there is no such program."""
    if not which(command[0]):
        return Path(os.devnull)
    return Path(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or os.devnull)


def hostile(python: str, number: int) -> dict[str, Any]:
    """What `tests.injection` says under this Python, with the packages of ours that need no compiling."""
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, "-m", "tests.injection", str(number)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def injected(python: str, number: int) -> int:
    """Say it; how many were wrong."""
    result = hostile(python, number)
    say(f"Python {result['python']}: {result['composed']} hostile drafts, {result['extra']} with a field too many")
    return int(result["extra"])


def say(sentence: str) -> None:
    """To whoever watches."""
    print(sentence, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10**9))
