"""`weaktie`, held up once within a commit: `python -m tests.system.held DATABASE ARGUMENTS…`.

With something stored and more of it about to be, it says so on standard output and goes on when it is told a line. So
a test comes in the middle of the work however fast that is, and however slow the test.
"""

from __future__ import annotations

import sys
from pathlib import Path

from agent.cli import main
from agent.store import db
from tests.system.test_crash import count

HELD = b"held\n"


def hold(database: Path) -> None:
    """See to it."""
    usual, held = db._crash_at, [False]

    def crash_at(point: str) -> None:
        if not held[0] and point.endswith("+before") and count(database):
            held[0] = True
            sys.stdout.buffer.write(HELD)
            sys.stdout.buffer.flush()
            sys.stdin.buffer.readline()
        usual(point)

    db._crash_at = crash_at


if __name__ == "__main__":
    hold(Path(sys.argv.pop(1)))
    main()
