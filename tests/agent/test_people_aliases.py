"""Which other addresses are the owner's own."""

from __future__ import annotations

import pytest

from agent.people.aliases import is_alias, is_short_alias

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


@pytest.mark.parametrize("address", ["south@acme.com", "ssouth@mail.acme.com", "s.south@acme.com", "souths@acme.com"])
def test_the_surname_or_with_an_initial_may_be_theirs(address: str) -> None:
    assert is_short_alias(address, OWN, NAMES)


@pytest.mark.parametrize("address", ["south@other.com", "ssouth@gmail.com", "tsouth@acme.com", "steven@acme.com"])
def test_no_other_short_form_is(address: str) -> None:
    assert not is_short_alias(address, OWN, NAMES)
    assert not is_short_alias(address, OWN, {"Steven"})
