"""`python -m tests.soak [N] [--minutes M] [--processes P]`: N lives of drafts with faults and deaths, and 448 measured.

Says every minute how far it is and at the end what came of them; what was lived when the minutes are over, counts. Ends
with 1 when anything happened that must not: a mail twice or without a word, a draft twice, an end that is none, a doubt
that is not shown, a question to the owner that a look into Sent would have answered.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from multiprocessing import Pool
from pathlib import Path

from tests.agent.outreach_sweep import Case, Tally, all_cases, measured_cases, run, template_in
from tests.pythons import say

MEASURED = "as the prototype was measured"
BAR = 0.11
"""The prototype left 48 of 448 to its owner (research/safety.md §0.8)."""
EVERY = 60.0
MEMORY = Path("/dev/shm")
"""Where there is one, lives are lived here: they come to the same, and the disk is left in peace."""


def main(number: int, minutes: float, processes: int) -> int:
    """Live them all; 0 when all is sound."""
    cases = all_cases()
    chosen = random.Random(1).sample(cases, min(number, len(cases)))
    groups = [*((MEASURED, case) for case in measured_cases()), *((group_of(case), case) for case in chosen)]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        tallies = told_now_and_then(lived(template_in(Path(folder)), groups, processes), len(groups), minutes * 60)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    total = sum(tallies.values(), Tally())
    say(f"{total.lives} of {len(groups)} lives in {time.monotonic() - began:.0f} s, {most} MB a process at most")
    for name in sorted(tallies):
        say(f"{name}: {told(tallies[name])}")
    measured = tallies[MEASURED]
    return int(not total.sound or measured.asked >= BAR * measured.lives)


def group_of(case: Case) -> str:
    """Whether the server files a copy of what it takes, and whether its answer to the whole mail gets lost."""
    lost = case.fails in ("within", "after") or case.line[0].startswith("dot")
    return f"a copy {'is' if case.files else 'is not'} filed, {'the answer is lost' if lost else 'any other fault'}"


def lived(template: Path, groups: list[tuple[str, Case]], processes: int) -> Iterator[tuple[str, Tally]]:
    """All of these lives, as they end."""
    with Pool(processes) as pool:
        yield from pool.imap_unordered(partial(_one, template), groups, chunksize=10)


def _one(template: Path, named: tuple[str, Case]) -> tuple[str, Tally]:
    return named[0], run(template, named[1])


def told_now_and_then(ended: Iterator[tuple[str, Tally]], of: int, seconds: float) -> dict[str, Tally]:
    """Count until the time is over, and say every minute how far it is."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    began = last = time.monotonic()
    for name, tally in ended:
        tallies[name] += tally
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            say(f"{now - began:.0f} s, of {of}: {told(sum(tallies.values(), Tally()))}")
        if now - began >= seconds:
            break
    return tallies


def told(tally: Tally) -> str:
    """The figures in a sentence."""
    return (
        f"{tally.lives} lives, {tally.delivered} delivered, {tally.twice} twice, {tally.without_word} without a word,"
        f" {tally.drafts_twice} drafts twice, {tally.unrest} without an end, {tally.hidden} doubts not shown;"
        f" {tally.doubts} doubts in {tally.hit} sendings hit, {tally.asked} left to the owner"
        f" ({tally.asked / max(tally.lives, 1):.1%} of lives, {tally.asked / max(tally.hit, 1):.1%} of those hit):"
        f" {tally.asked - tally.arrived} had not gone out, {tally.arrived} had, {tally.overlooked} with a copy in Sent"
    )


if __name__ == "__main__":
    words = ArgumentParser(description=__doc__)
    words.add_argument("number", type=int, nargs="?", default=10**9)
    words.add_argument("--minutes", type=float, default=float("inf"))
    words.add_argument("--processes", type=int, default=os.cpu_count())
    sys.exit(main(**vars(words.parse_args())))
