"""The memory of a process and of those it starts: what is resident, summed up, so that pages they share count twice."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from time import sleep

EVERY_SECONDS = 0.01
_PROC = Path("/proc")


def peak_mb(process: subprocess.Popen[str]) -> float:
    """Wait for it to end; the highest sum seen in MB, 0 where the system has no /proc."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_resident_kb, _family(process.pid))))
        sleep(EVERY_SECONDS)
    return peak / 1024


def _family(pid: int) -> list[int]:
    found = [pid]
    for member in found:
        with suppress(OSError):
            found += map(int, (_PROC / f"{member}/task/{member}/children").read_text().split())
    return found


def _resident_kb(pid: int) -> int:
    with suppress(OSError):
        for line in (_PROC / f"{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0
