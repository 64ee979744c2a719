"""The repository as the house rules see it: its files, and the functions in them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("agent", "connectors")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Definition:
    """A module, class or function: where it is, and whether the outside is meant to use it."""

    place: str
    node: ast.Module | ast.ClassDef | Function
    public: bool

    @property
    def lines(self) -> int:
        """From its first line to its last, without decorators."""
        node = self.node
        return 0 if isinstance(node, ast.Module) else (node.end_lineno or node.lineno) - node.lineno + 1

    @property
    def silent(self) -> bool:
        """Whether it says nothing of itself, though there is something to say."""
        body = self.node.body[0] if self.node.body else None
        bare = isinstance(body, ast.Expr) and isinstance(body.value, ast.Constant) and body.value.value is ...
        return not ast.get_docstring(self.node) and not bare


@cache
def files() -> tuple[Path, ...]:
    """Every file that is in the repository or about to be."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    return tuple(path for name in names if name and (path := ROOT / name).is_file())


def modules(*tops: str) -> tuple[Path, ...]:
    """The Python files below these folders."""
    return tuple(path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in tops)


def definitions(path: Path) -> Iterator[Definition]:
    """Every module, class and function of a file; what stands inside a function is nobody's business."""
    tree = ast.parse(path.read_text("utf-8"))
    name = str(path.relative_to(ROOT))
    yield Definition(name, tree, public=True)
    yield from _inside(tree, name, public=True)


def _inside(node: ast.AST, place: str, *, public: bool) -> Iterator[Definition]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef | Function):
            yield from _inside(child, place, public=public)
            continue
        seen = public and not child.name.startswith("_")
        here = f"{place}:{child.lineno} {child.name}"
        yield Definition(here, child, seen)
        yield from _inside(child, place, public=seen and isinstance(child, ast.ClassDef))
