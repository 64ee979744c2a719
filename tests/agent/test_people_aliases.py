"""Which other addresses are the owner's own."""

from __future__ import annotations

import pytest

from agent.people.aliases import is_alias

OWN = {"steven.south@acme.com", "ssouth@gmail.com"}
NAMES = {"Steven P South", "South, Steven"}


@pytest.mark.parametrize("address", ["steven.p.south@acme.com", "south_steven@mail.acme.com"])
def test_a_spelling_of_the_owners_name_at_their_firm_is_theirs(address: str) -> None:
    assert is_alias(address, OWN, NAMES)


@pytest.mark.parametrize(
    "address",
    [
        "steven.south@other.com",
        "steven.south@gmail.com",
        "susan.south@acme.com",
        "ssouth@acme.com",
        "all.staff@acme.com",
    ],
)
def test_anything_else_is_not(address: str) -> None:
    assert not is_alias(address, OWN, NAMES)


def test_a_single_name_proves_nothing() -> None:
    assert not is_alias("steven.jones@acme.com", OWN, {"Steven"})
