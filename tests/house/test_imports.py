"""A fast start and a true map: nothing heavy is imported for `--help`, and the contracts name modules that exist."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from typing import Any

import pytest

from tests.house.source import ROOT

HEAVY = {"sqlalchemy", "alembic", "pydantic", "jinja2", "imapclient", "icalendar", "email_validator", "nameparser"}
CONTRACTS = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
OPTIONAL = {"googleapiclient"}
LOADED = "import json, sys; sys.argv = ['weaktie', *sys.argv[1:]]; {}; print(json.dumps(sorted(sys.modules)))"


def modules_after(statement: str) -> set[str]:
    """The modules in memory after a statement ran in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(statement)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_command_line_starts_without_anything_heavy() -> None:
    assert modules_after("import agent.cli") & HEAVY == set()


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_load_nothing_heavy(option: str) -> None:
    statement = f"from agent.cli import weaktie; weaktie.main([{option!r}], standalone_mode=False)"

    assert modules_after(statement) & HEAVY == set()


def test_what_captures_mail_on_sqlite_loads_nothing_for_other_databases_and_calendars() -> None:
    others = {"alembic", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql", "icalendar", "publicsuffixlist"}
    assert modules_after("import agent.jobs.capture, connectors.imap.source") & others == set()


def named(contract: dict[str, Any]) -> set[str]:
    """Every module a contract speaks of."""
    if contract["type"] == "layers":
        places = [place.strip() for layer in contract["layers"] for place in layer.split("|")]
        return {f"{container}.{place}" for container in contract["containers"] for place in places}
    lists = ("source_modules", "forbidden_modules", "protected_modules", "allowed_importers")
    return {module for key in lists for module in contract.get(key, ())}


@pytest.mark.parametrize("contract", CONTRACTS, ids=[contract["name"] for contract in CONTRACTS])
def test_every_module_of_a_contract_exists(contract: dict[str, Any]) -> None:
    assert {module for module in named(contract) - OPTIONAL if find_spec(module) is None} == set()
