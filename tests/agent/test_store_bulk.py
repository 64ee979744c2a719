"""Many values in one parameter, on both databases: what is found, changed and removed by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, event, select, update

from agent.store import owners, people
from agent.store.bulk import among
from agent.store.db import Connection, Store, open_store
from agent.store.schema import identity, metadata, person

TEXTS = (
    "dana@reed.example",
    "o'brien@reed.example",
    '"d, r"@reed.example',
    "b\\s@reed.example",
    "ü李😀@reed.example",
    "",
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of either kind."""
    lite = f"sqlite:///{tmp_path / 'weaktie.db'}"
    opened = open_store(lite if request.param == "sqlite" else request.getfixturevalue("postgres").url())
    metadata.create_all(opened.engine)
    yield opened
    opened.close()


def meet(connection: Connection, addresses: Iterable[str]) -> dict[str, int]:
    """Address → person, of people nobody knew before."""
    owner = owners.ensure(connection, "Alice").id
    return {address: who for address, (_, who) in people.resolve(connection, owner, addresses).items()}


@pytest.mark.parametrize("asked", [TEXTS, TEXTS[1:2], TEXTS[:2] * 3, ["nobody@reed.example"], [], [None], [None, ""]])
def test_texts_are_found_as_they_are(database: Store, asked: list[str | None]) -> None:
    with database.write() as connection:
        meet(connection, TEXTS)
        found = connection.scalars(select(identity.c.value).where(among(identity.c.value, asked))).all()
        others = connection.scalars(select(identity.c.value).where(~among(identity.c.value, filter(None, asked))))
    assert sorted(found) == sorted({text for text in asked if text is not None}.intersection(TEXTS))
    assert set(others) == set(TEXTS).difference(filter(None, asked))


def test_numbers_are_found_however_many_and_large_they_are(database: Store) -> None:
    with database.write() as connection:
        ids = meet(connection, TEXTS).values()
        asked = {*range(-40_000, 40_000), 2**62}
        found = connection.scalars(select(person.c.id).where(among(person.c.id, asked))).all()
        above = connection.scalars(select(person.c.id).where(among(person.c.id + 1, ids)))
        assert sorted(found) == sorted(ids)
        assert set(above) == {who for who in ids if who + 1 in ids}


def test_what_is_named_is_changed_or_removed_and_nothing_else(database: Store) -> None:
    with database.write() as connection:
        ids = list(meet(connection, TEXTS).values())
        connection.execute(update(person).where(among(person.c.id, ids[:2]), person.c.name == "").values(name="Dana"))
        connection.execute(delete(person).where(among(person.c.id, ids[2:4])))
        connection.execute(delete(person).where(among(person.c.id, ())))
        left = connection.execute(select(person.c.id, person.c.name)).all()
    assert dict(map(tuple, left)) == dict.fromkeys(ids[:2], "Dana") | dict.fromkeys(ids[4:], "")


def test_one_value_and_a_thousand_are_the_same_statement(database: Store) -> None:
    told: list[str] = []
    with database.read() as connection:
        event.listen(connection, "before_cursor_execute", lambda *given: told.append(given[2]))
        for many in (1, 1000):
            connection.execute(select(person.c.id).where(among(person.c.id, range(many))))
        connection.execute(select(person.c.name).where(among(person.c.name, ["Dana"])))
    assert told[0] == told[1]
    assert "BIGINT" not in told[2]
