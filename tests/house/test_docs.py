"""The documents name what there is."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from agent.cli import weaktie
from agent.store.states import OPEN
from agent.types import DraftState

ROOT = Path(__file__).resolve().parents[2]


def commands(group: click.Group, prefix: str = "") -> list[str]:
    """Every command line there is, as one would type it."""
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix}{name} ")
        else:
            found.append(f"{prefix}{name}")
    return found


@pytest.mark.parametrize("command", commands(weaktie))
def test_the_readme_names_every_command(command: str) -> None:
    assert f"`{command}" in (ROOT / "README.md").read_text()


def test_the_states_of_a_draft_are_all_explained() -> None:
    text = (ROOT / "docs" / "states.md").read_text()
    assert [state for state in DraftState if state.value not in text] == []
    assert OPEN


def test_the_architecture_names_every_layer() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    folders = [path.stem for path in (ROOT / "agent").iterdir() if not path.stem.startswith("_") and path.stem != "py"]
    assert [name for name in folders if name not in text] == []
