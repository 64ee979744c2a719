"""Who is forgotten is known again by hashes only: by address and by full name, in whatever text they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.people.forgetting import NOBODY, Tombstones, speaks_of
from tests.letters import DANA

SALT = b"of this owner"
MARKS = Tombstones(SALT, Tombstones(SALT).of([DANA], ["Dana M. Reed", "Dana"]))


@pytest.mark.parametrize(
    "text",
    [
        DANA.upper(),
        f"Re: <{DANA}>, hello",
        f"20220131034147.106415-1-{DANA}",
        f"mailto:{DANA}.",
        "Lunch with Dana Reed",
        "Reed, Dana: lunch",
        "lunch/dana-m-reed.eml",
        "DÁNA REED",
    ],
)
def test_whatever_names_them_is_known(text: str) -> None:
    assert MARKS.mentioned(text)
    assert speaks_of(MARKS, [DANA], ["Dana M. Reed"])(text)


@pytest.mark.parametrize(
    "text", ["", "Dana", "Reed the news", "Dana Weed", f"x{DANA}", "dana@northwind.example.org", "Dana and Bob Reed"]
)
def test_nothing_else_is(text: str) -> None:
    assert not MARKS.mentioned(text)


def test_the_hashes_say_nothing_without_the_salt() -> None:
    assert not Tombstones(b"of another owner", MARKS.digests).holds(DANA)
    assert MARKS.holds(DANA)
    assert not NOBODY.holds(DANA)
    assert not NOBODY.mentioned("Dana Reed")


@given(st.text(max_size=60))
def test_passing_by_quickly_never_changes_the_answer(text: str) -> None:
    for said in (text, f"{text} Dana Reed", f"{text}{DANA}"):
        assert speaks_of(MARKS, [DANA], ["Dana M. Reed"])(said) == MARKS.mentioned(said)
