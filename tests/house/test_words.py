"""What must not stand in any file: the machine it was written on, who helped, where packages come from, loose ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house.source import ROOT, files

HERE = Path(__file__)
TEXT_LIMIT = 4_000_000

FORBIDDEN = {
    "a path of somebody's machine": r"/work/|/root/|/Users/\w|/opt/(?:pypi|wheels)|\.pyenv",
    "the host of a package registry": r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian|proxy\.golang|crates\.io",
    "the name of a helper": r"\b(?:claude|anthropic|openai|chatgpt|copilot)\b",
    "a loose end": r"#\s*(?:TODO|FIXME|XXX)\b|\b(?:TODO|FIXME):",
}


def texts() -> dict[str, str]:
    """Every text file but this one."""
    found = {}
    for path in files():
        if path != HERE and path.stat().st_size < TEXT_LIMIT:
            content = path.read_bytes()
            if b"\0" not in content:
                found[str(path.relative_to(ROOT))] = content.decode("utf-8", "replace")
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_forbidden_is_written_down(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], 0 if "loose" in what else re.IGNORECASE)
    hits = [f"{name}: {match[0]}" for name, text in texts().items() for match in pattern.finditer(text)]

    assert hits == [], what
