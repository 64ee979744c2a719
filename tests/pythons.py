"""`python -m tests.pythons [N]`: N hostile names and subjects under every Python from 3.11 to 3.13 on this machine.

Each Python gets a virtual environment of its own with the pinned packages and weaktie in it, which is thrown away. Only
composition runs there, so it needs no server. Says which Pythons there were and which there were not, and ends with 1
when a draft held a header field or a recipient too many.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import which
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RELEASES = ("3.11", "3.12", "3.13")
DRAFTS = 100_000


def main(number: int) -> int:
    """Try them all; 0 when no draft held too much."""
    places = present()
    wrong = sum(tried(version, place, number) for version, place in places.items())
    missing = [release for release in RELEASES if not any(version.startswith(f"{release}.") for version in places)]
    say(f"Pythons that are not here: {', '.join(missing) or 'none'}")
    return int(wrong > 0)


def present() -> dict[str, str]:
    """Version → program, for every Python from 3.11 to 3.13 on this machine; the one that runs this comes first."""
    named = [place for release in RELEASES for place in (which(f"python{release}"), f"/usr/bin/python{release}")]
    kept = [_said("pyenv", "root") / "versions", _said("uv", "python", "dir")]
    places = [str(path) for folder in kept for path in sorted(folder.glob("*/bin/python3"))]
    found: dict[str, str] = {}
    for place in [sys.executable, *(place for place in named if place and Path(place).exists()), *places]:
        asked = [place, "-c", "import sys; print(*sys.version_info[:3], sep='.')"]
        version = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
        if version.rpartition(".")[0] in RELEASES:
            found.setdefault(version, place)
    return found


def _said(*command: str) -> Path:
    """The folder a program keeps its Pythons in; a place that is not, where there is no such program."""
    if not which(command[0]):
        return Path(os.devnull)
    return Path(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or os.devnull)


def tried(version: str, place: str, number: int) -> int:
    """One Python in one line; how many drafts were wrong. One that takes no packages is told and left out."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            python = place if place == sys.executable else equipped(place, Path(folder))
        except subprocess.CalledProcessError as error:
            say(f"Python {version} ({place}) is left out: {(error.stderr or str(error)).strip().splitlines()[-1]}")
            return 0
        result = hostile(python, number)
    tale = f"{result['composed']} drafts composed, {result['refused']} refused, {result['extra']} with a field too many"
    say(f"Python {version}: {number} hostile names and subjects, {tale}")
    return int(result["extra"])


def equipped(place: str, folder: Path) -> str:
    """A virtual environment of this Python with what weaktie needs, by our own pip: its own may be missing."""
    python = str(folder / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [place, "-m", "venv", "--without-pip", str(folder)],
        [*pip, "--require-hashes", "-r", "requirements/core.txt"],
        [*pip, "--no-deps", "--no-build-isolation", "--editable", "."],
    ):
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return python


def hostile(python: str, number: int, packages: str = "") -> dict[str, Any]:
    """What `tests.injection` says under this Python, with its own packages or those in a folder."""
    environment = {**os.environ, "PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [python, "-m", "tests.injection", str(number)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def say(sentence: str) -> None:
    """To whoever watches."""
    print(sentence, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else DRAFTS))
