"""People found by what their owner types: an address, a part of it, a name in whatever spelling."""

from __future__ import annotations

import pytest

from agent.store import owners, people
from agent.store.db import Store

pytestmark = pytest.mark.stores("sqlite", "postgresql")

NAMES = {
    "agnes@toth.example": "Ágnes Tóth",
    "oskar@strasse.example": "Øskar Straße",
    "li@birds.example": "李 明",
    "dana@birds.example": "Dana Reed",
}


@pytest.fixture
def ids(store: Store) -> dict[str, int]:
    """Address → person."""
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice").id
        found = {address: who for address, (_, who) in people.resolve(connection, owner, NAMES).items()}
        rows = [{"b_id": who, "name": NAMES[address], "organization": None} for address, who in found.items()]
        people.save_judgement(connection, [row | {"colleague": False, "role": "person", "reasons": []} for row in rows])
    return found


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Ágnes Tóth", ["agnes@toth.example"]),
        ("ágnes", ["agnes@toth.example"]),
        ("AGNES TOTH", ["agnes@toth.example"]),
        ("A\u0301gnes", ["agnes@toth.example"]),
        ("øskar", ["oskar@strasse.example"]),
        ("STRASSE", ["oskar@strasse.example"]),
        ("明", ["li@birds.example"]),
        ("dana@birds.example", ["dana@birds.example"]),
        ("birds", ["dana@birds.example", "li@birds.example"]),
        ("a_a", []),
        ("%", []),
    ],
)
def test_somebody_is_found_in_any_spelling(store: Store, ids: dict[str, int], typed: str, meant: list[str]) -> None:
    with store.read() as connection:
        found = people.search(connection, 1, typed)
    assert sorted(found) == sorted(ids[address] for address in meant)
