"""The pinned requirements: exact, with digests, in step with pyproject.toml, and from nowhere in particular."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import pairwise

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.source import PRODUCT, ROOT, modules

PROJECT = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ;.*)? \\$")
SETS = ("core", "dev")
INSTALLED = packages_distributions()
# Data, and what caldav speaks through.
NEVER_IMPORTED = {"tzdata", "httpx2"}


def text_of(name: str) -> str:
    return ROOT.joinpath("requirements", f"{name}.txt").read_text("utf-8")


def pins(name: str) -> dict[str, Version]:
    """Package → pinned version."""
    found = [PIN.match(line) for line in text_of(name).splitlines()]
    return {match[1]: Version(match[2]) for match in found if match}


def wanted(name: str) -> list[Requirement]:
    """What pyproject.toml asks for in this set."""
    project = PROJECT["project"]
    lines = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    if name == "dev":
        lines += [*extras(), *PROJECT["dependency-groups"]["dev"]]
    return [Requirement(line) for line in lines]


def extras() -> list[str]:
    """What all extras ask for."""
    return [line for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra]


def names(lines: list[str]) -> set[str]:
    """The packages these requirements are for."""
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported(*tops: str) -> Iterator[set[str]]:
    """For each foreign module that is imported below these folders, the packages it may come from."""
    calls = re.compile(r"""import_module\(["']([a-z_]+)""")
    found: set[str] = set()
    for path in modules(*tops):
        text = path.read_text("utf-8")
        found |= set(calls.findall(text))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                found |= {each.name.partition(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module).partition(".")[0])
    for name in sorted(found - set(sys.stdlib_module_names) - {*PRODUCT, "tests", "bench"}):
        yield {canonicalize_name(package) for package in INSTALLED[name]}


@pytest.mark.parametrize("name", SETS)
def test_what_the_project_asks_for_is_pinned_within_its_bounds(name: str) -> None:
    pinned = pins(name)

    for requirement in wanted(name):
        version = pinned[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), f"run make requirements: {requirement}"


@pytest.mark.parametrize("name", [*SETS, "mutmut"])
def test_every_pin_has_digests_and_nothing_else_is_in_the_file(name: str) -> None:
    lines = [line for line in text_of(name).splitlines() if not line.lstrip().startswith("#")]
    kinds = [line for line in lines if not PIN.match(line) and not re.match(r"    --hash=sha256:[0-9a-f]{64}", line)]

    assert kinds == []
    for above, below in pairwise(lines):
        assert not PIN.match(above) or "--hash=" in below


@pytest.mark.parametrize("name", SETS)
def test_no_address_of_a_registry_is_in_the_file(name: str) -> None:
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links|--trusted-host", text_of(name))


def test_what_the_program_imports_is_what_it_asks_for() -> None:
    asked = names([*PROJECT["project"]["dependencies"], *extras()])
    used = [packages & asked for packages in imported(*PRODUCT)]

    assert all(used)
    assert set().union(*used) == asked - NEVER_IMPORTED


def test_what_the_tests_import_is_asked_for_too() -> None:
    asked = names([*PROJECT["project"]["dependencies"], *extras(), *PROJECT["dependency-groups"]["dev"]])

    assert all(packages & asked for packages in imported("tests", "bench"))


def test_tests_run_with_the_very_versions_that_users_get() -> None:
    core, dev = pins("core"), pins("dev")

    assert {package: dev.get(package) for package in core} == core
