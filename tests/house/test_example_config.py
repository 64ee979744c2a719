"""config.example.toml: it parses, it validates, and it names every option there is and no other."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from agent.config import (
    CalDavSource,
    Config,
    ContactsSource,
    FileSource,
    GmailSource,
    GoogleCalendarSource,
    IcsSource,
    ImapSource,
    OutlookCalendarSource,
    parse,
)

EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"
LINES = EXAMPLE.read_text("utf-8").splitlines()
LEFT_OUT = re.compile(r"#(?=\S)")
OPTION = re.compile(r"#?([a-z_]+) = ")
ONE_OF = ("password_command", "password_file", "password_env"), ("path", "url")
KINDS: dict[str, type[BaseModel]] = {
    "imap": ImapSource,
    "gmail": GmailSource,
    "google_calendar": GoogleCalendarSource,
    "outlook_calendar": OutlookCalendarSource,
    "maildir": FileSource,
    "contacts": ContactsSource,
    "ics": IcsSource,
    "caldav": CalDavSource,
}

Table = tuple[str, type[BaseModel], dict[str, Any]]


def whole() -> dict[str, Any]:
    """The example with every option put in that was left out."""
    return tomllib.loads("\n".join(LEFT_OUT.sub("", line, count=1) for line in LINES))


def tables() -> list[Table]:
    """Every table of the file: what it is called, the settings it fills, what it holds."""
    data = whole()
    found: list[Table] = [(entry["name"], KINDS[entry["kind"]], entry) for entry in data.pop("sources")]
    for name, table in data.items():
        model = Config.model_fields[name].annotation
        assert isinstance(model, type)
        found.append((name, model, table))
    return found


def only(table: dict[str, Any], choice: int) -> dict[str, Any]:
    """The table with one option of each group of which only one may be given."""
    dropped: set[str] = set()
    for group in ONE_OF:
        present = [name for name in group if name in table]
        dropped.update(name for name in present if name != present[choice % len(present)])
    return {name: value for name, value in table.items() if name not in dropped}


def test_as_shipped_it_is_a_working_configuration() -> None:
    config = parse(tomllib.loads("\n".join(LINES)), str(EXAMPLE))

    assert config.owner.name == "Alice Lindqvist"
    assert not config.send.enabled


@pytest.mark.parametrize("choice", range(3))
def test_with_everything_put_in_it_validates_too(choice: int) -> None:
    data = whole()
    sources = [only(entry, choice) for entry in data["sources"]]

    parse({**data, "send": only(data["send"], choice), "sources": sources}, str(EXAMPLE))


@pytest.mark.parametrize(("name", "model", "table"), tables(), ids=[name for name, _, _ in tables()])
def test_every_option_is_named_and_none_is_invented(name: str, model: type[BaseModel], table: dict[str, Any]) -> None:
    assert set(table) == set(model.model_fields), f"[{name}]"


@pytest.mark.parametrize(("name", "model", "table"), tables(), ids=[name for name, _, _ in tables()])
def test_an_option_left_out_shows_its_default(name: str, model: type[BaseModel], table: dict[str, Any]) -> None:
    for option, value in table.items():
        default = model.model_fields[option].get_default()
        if isinstance(default, bool | int | float) or (default and isinstance(default, str)):
            assert value == default, f"[{name}] {option}"


def test_no_table_and_no_kind_of_source_is_missing() -> None:
    assert set(whole()) == set(Config.model_fields)
    assert [entry["kind"] for entry in whole()["sources"]] == list(KINDS)


def test_every_option_is_explained_above() -> None:
    bare = [line for above, line in pairwise(LINES) if OPTION.match(line) and above[:2] != "# "]

    assert bare == []
