"""What a user gets who installs the wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.house.source import ROOT, files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return ZipFile(next(Path(folder).glob("*.whl")))


def test_templates_and_the_example_configuration_are_inside(wheel: ZipFile) -> None:
    templates = {f"agent/_data/{path.relative_to(ROOT)}" for path in files() if path.is_relative_to(ROOT / "templates")}

    assert templates
    assert templates | {"agent/_data/config.example.toml"} <= set(wheel.namelist())


def test_product_only_and_the_command(wheel: ZipFile) -> None:
    tops = {name.partition("/")[0].partition("-")[0] for name in wheel.namelist()}
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))

    assert tops == {"agent", "connectors", "weaktie"}
    assert "weaktie = agent.cli:main" in wheel.read(entry_points).decode()
    assert {"agent/py.typed", "connectors/py.typed"} <= set(wheel.namelist())
