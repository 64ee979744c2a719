"""Small pieces, each of which says what it is for."""

from __future__ import annotations

import ast
from statistics import median

import pytest

from tests.house.source import PRODUCT, ROOT, Definition, definitions, modules

EVERYTHING = (*PRODUCT, "tests", "bench")
LINES_OF_FILE, LINES_OF_FUNCTION, USUAL_LINES = 400, 50, 10


def everything(*tops: str) -> list[Definition]:
    """Every module, class and function below these folders."""
    return [definition for path in modules(*tops) for definition in definitions(path)]


def test_files_are_short() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in modules(*EVERYTHING)}

    assert {path: lines for path, lines in lengths.items() if lines > LINES_OF_FILE} == {}


def test_functions_are_short() -> None:
    assert {one.place: one.lines for one in everything(*EVERYTHING) if is_long(one)} == {}


def is_long(one: Definition) -> bool:
    """Whether it is a function of more lines than anybody reads at once."""
    return not isinstance(one.node, ast.Module | ast.ClassDef) and one.lines > LINES_OF_FUNCTION


@pytest.mark.parametrize("top", [*PRODUCT, "tests"])
def test_most_functions_are_very_short(top: str) -> None:
    functions = [one.lines for one in everything(top) if not isinstance(one.node, ast.Module | ast.ClassDef)]

    assert median(functions) < USUAL_LINES


def test_every_module_says_what_it_is() -> None:
    silent = [one.place for one in everything(*EVERYTHING) if isinstance(one.node, ast.Module) and one.silent]

    assert silent == []


def test_everything_public_says_what_it_gives() -> None:
    assert [one.place for one in everything(*PRODUCT) if one.public and one.silent] == []
