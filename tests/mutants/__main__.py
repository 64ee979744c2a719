"""`make mutants`: each known bug is planted in a copy of this checkout, and the tests have to notice.

Prints a line a bug and `caught N of 12`; ends with 1 unless all were caught. The named tests must pass before the bug
is planted, or their failure would mean nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.house.source import ROOT, files
from tests.mutants.bugs import BUGS, Bug

ASSERTED = 1  # exit status of pytest where tests ran and failed; anything above means that they could not run
ARGUMENTS = ("-q", "-x", "-p", "no:cacheprovider")


def main() -> int:
    """Plant each; the number that nobody noticed."""
    with tempfile.TemporaryDirectory(prefix="weaktie-mutants-") as folder:
        copy = Path(folder, "checkout")
        for path in files():
            place = copy / path.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
        caught = [_caught(copy, bug) for bug in BUGS]
    print(f"caught {sum(caught)} of {len(BUGS)}")  # noqa: T201 - this is a command
    return len(BUGS) - sum(caught)


def _caught(copy: Path, bug: Bug) -> bool:
    """Tests that fail without the bug, or cannot run with it, have not noticed anything."""
    sound = _tests(copy, bug)
    before = {edit.file: (copy / edit.file).read_text("utf-8") for edit in bug.edits}
    for edit in bug.edits:
        path = copy / edit.file
        path.write_text(path.read_text("utf-8").replace(edit.old, edit.new), "utf-8")
    planted = _tests(copy, bug)
    for file, text in before.items():
        (copy / file).write_text(text, "utf-8")
    caught = (sound.returncode, planted.returncode) == (0, ASSERTED)
    print("caught    " if caught else "NOT CAUGHT", bug.name, flush=True)  # noqa: T201
    if not caught:
        print((planted if sound.returncode == 0 else sound).stdout[-2000:])  # noqa: T201
    return caught


def _tests(copy: Path, bug: Bug) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", *ARGUMENTS, *bug.tests]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
