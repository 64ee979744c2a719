"""What another version of weaktie judged and stored is judged anew, once, when the store is opened."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import text

import agent.people
from agent.capture import anew
from agent.capture.sync import ALIASES
from agent.people import directory
from agent.store import forms, ties
from agent.store.db import Store
from agent.ties import refresh
from agent.ties.model import Contact, Rhythm, fold
from tests.agent.desk import Desk
from tests.agent.test_capture_ledger import NOW, book, enter
from tests.conftest import Clock
from tests.letters import ALICE, DANA, batch, mail


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    made = Desk(tmp_path / "desk")
    made.exchange(f"Dana Reed <{DANA}>", "2026-01-06", "2026-01-20")
    assert made.weaktie("sync").code == 0
    return made


def change(desk: Desk, *statements: str) -> None:
    with desk.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


def marked(desk: Desk) -> dict[str, str]:
    with desk.read() as connection:
        return {kind: mark for kind, mark in forms.noted(connection, 1).items() if kind != ALIASES}


JUDGED_OTHERWISE = "UPDATE person SET role = 'machine', organization = 'onmicrosoft.com' WHERE name = 'Dana Reed'"


def test_people_judged_by_other_rules_are_judged_again_once(desk: Desk) -> None:
    before = desk.ties()
    change(desk, JUDGED_OTHERWISE)
    assert DANA not in desk.ties()
    change(desk, "UPDATE form SET mark = 'of old' WHERE kind = 'people'")
    assert desk.ties() == before
    change(desk, JUDGED_OTHERWISE)
    assert DANA not in desk.ties()


def test_a_store_without_marks_is_judged_anew(desk: Desk) -> None:
    before, marks = desk.ties(), marked(desk)
    change(desk, JUDGED_OTHERWISE, "DELETE FROM interaction", "DELETE FROM tie", "DELETE FROM form")
    assert desk.ties() == before
    assert marked(desk) == marks
    assert set(marks) == {"contacts", "people", "ties"}


def test_contact_judged_by_other_rules_is_judged_again(desk: Desk) -> None:
    before = desk.ties()
    change(
        desk,
        "DELETE FROM interaction",
        "UPDATE message SET outcome = 'left_out'",
        "UPDATE tie SET rhythm = NULL",
        "UPDATE form SET mark = 'of old' WHERE kind = 'contacts'",
    )
    assert desk.ties() == before


def test_another_limit_of_recipients_holds_for_what_is_stored(desk: Desk) -> None:
    crowd = ", ".join([f"Dana Reed <{DANA}>", *(f"p{number}@example.net" for number in range(11))])
    desk.letter("2026-02-01", f"Alice Lindqvist <{ALICE}>", crowd)
    assert desk.weaktie("sync").code == 0
    sent = desk.ties()[DANA]["sent"]
    config = desk.folder / "config.toml"
    config.write_text(f"{config.read_text()}[capture]\nmax_recipients = 12\n")
    assert desk.ties()[DANA]["sent"] == sent + 1


def test_what_broke_off_is_begun_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.ties()
    change(desk, JUDGED_OTHERWISE, "UPDATE form SET mark = 'of old'")
    with monkeypatch.context() as patched:
        patched.setattr(anew, "judge_touched", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert desk.weaktie("ties").code == 130
    assert set(marked(desk).values()) == {"of old"}
    assert desk.ties() == before


def test_the_mark_is_of_every_file_of_a_package(tmp_path: Path) -> None:
    package = ModuleType("rules")
    package.__file__ = str(tmp_path / "__init__.py")
    for name in ("__init__.py", "one.py", "other.py"):
        (tmp_path / name).write_text("FREE = {'example.org'}\n")
    before = forms.of_source(package)
    assert forms.of_source(package) == before
    assert forms.of_source(package, libraries=("idna",)) != before
    (tmp_path / "other.py").write_text("FREE = {'example.org', 'example.com'}\n")
    assert forms.of_source(package) != before


def test_every_library_that_judges_people_is_in_the_mark() -> None:
    named = packages_distributions()
    used = set()
    for file in Path(str(agent.people.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [str(node.module)]
                used |= {module.partition(".")[0] for module in modules}
    used -= sys.stdlib_module_names | {"agent"}
    assert {named[module][0].replace("_", "-") for module in used} == set(directory.LIBRARIES)


@pytest.fixture
def owner_id(store: Store) -> int:
    rules = book(store)
    enter(store, rules, batch(mail("1", "2026-02-01", DANA, ALICE), mail("2", "2026-02-20", ALICE, DANA)))
    refresh.refresh(store, rules.owner_id, NOW)
    return rules.owner_id


def test_ties_of_another_form_are_rebuilt_once(store: Store, owner_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept() -> frozenset[str]:
        return anew.keep_derived(store, book(store), NOW)

    assert kept() == {"contacts", "people", "ties"}
    made = rhythms(store, owner_id)
    with store.write() as connection:
        connection.execute(text("UPDATE tie SET rhythm = '{\"of_old\": 1}'"))
    assert not kept()
    monkeypatch.setattr(anew, "rhythm_form", lambda: "another")
    assert kept() == {"ties"}
    assert rhythms(store, owner_id) == made
    assert not kept()


def rhythms(store: Store, owner_id: int) -> list[object]:
    with store.read() as connection:
        return [row.rhythm for row in ties.load(connection, owner_id, range(100)).values()]


def test_the_example_life_moves_every_number() -> None:
    before = Rhythm(n=1, first=0, last=0)
    told = fold(Contact(day, *counts) for day, counts in refresh._LIFE)
    assert told is not None
    assert [name for name in Rhythm._fields if getattr(told, name) == getattr(before, name)] == []
