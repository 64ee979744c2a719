"""Ties that another version of weaktie stored are rebuilt when the store is opened."""

from __future__ import annotations

from dataclasses import fields

import pytest
from sqlalchemy import text

from agent.store import ties
from agent.store.db import Store
from agent.ties import refresh
from agent.ties.model import Contact, Rhythm, fold
from tests.agent.test_capture_ledger import NOW, book, enter
from tests.letters import ALICE, DANA, batch, mail


@pytest.fixture
def owner_id(store: Store) -> int:
    rules = book(store)
    enter(store, rules, batch(mail("1", "2026-02-01", DANA, ALICE), mail("2", "2026-02-20", ALICE, DANA)))
    refresh.refresh(store, rules.owner_id, NOW)
    return rules.owner_id


def rhythms(store: Store, owner_id: int) -> list[object]:
    with store.read() as connection:
        return [row.rhythm for row in ties.load(connection, owner_id, range(100)).values()]


def test_ties_of_another_form_are_rebuilt_once(store: Store, owner_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refresh.keep_form(store, owner_id, NOW)
    made = rhythms(store, owner_id)
    with store.write() as connection:
        connection.execute(text("UPDATE tie SET rhythm = '{\"of_old\": 1}'"))
    assert not refresh.keep_form(store, owner_id, NOW)
    monkeypatch.setattr(refresh, "rhythm_form", lambda: "another")
    assert refresh.keep_form(store, owner_id, NOW)
    assert rhythms(store, owner_id) == made
    assert not refresh.keep_form(store, owner_id, NOW)


def test_the_example_life_moves_every_number() -> None:
    before = Rhythm(n=1, first=0, last=0)
    told = fold(Contact(day, *counts) for day, counts in refresh._LIFE)
    assert told is not None
    assert [field.name for field in fields(Rhythm) if getattr(told, field.name) == getattr(before, field.name)] == []
