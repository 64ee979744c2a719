"""The memory of a process and of those it starts: what is theirs, pages they share divided among them (PSS)."""

from __future__ import annotations

import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import sleep

EVERY_SECONDS = 0.02
_PROC = Path("/proc")


def peak_mb(process: subprocess.Popen[str]) -> float:
    """Wait for it to end; the highest sum seen in MB, 0 where the system does not tell (smaps_rollup is Linux's)."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(map(_share_kb, _family(process.pid))))
        sleep(EVERY_SECONDS)
    return peak / 1024


def own_peak_mb() -> float:
    """The most that this process itself held. Not ru_maxrss where it can be helped: on Linux that begins with what the
    process that started this one held.
    """
    with suppress(OSError):
        for line in (_PROC / "self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _family(pid: int) -> list[int]:
    """The process and those below it, without those that have only just forked and run nothing of their own yet."""
    found = [pid]
    for member in found:
        with suppress(OSError):
            children = map(int, (_PROC / f"{member}/task/{member}/children").read_text().split())
            found += [child for child in children if _command(child) != _command(member)]
    return found


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return (_PROC / f"{pid}/cmdline").read_bytes()
    return b""


def _share_kb(pid: int) -> int:
    with suppress(OSError):
        for line in (_PROC / f"{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
