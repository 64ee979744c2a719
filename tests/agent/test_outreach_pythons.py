"""Hostile names and subjects under every Python from 3.11 to 3.13 that is here; `make soak` tries many more.

The packages are those of the Python that runs this: what composition imports of them needs no compiling.
"""

from __future__ import annotations

import random
import sysconfig

import pytest

from tests import injection
from tests.pythons import hostile, present

DRAFTS = 120
PYTHONS = present()


@pytest.mark.parametrize("python", PYTHONS.values(), ids=PYTHONS)
def test_no_python_adds_a_field_or_a_recipient(python: str) -> None:
    result = hostile(python, DRAFTS, sysconfig.get_path("purelib"))
    assert (result["composed"] + result["refused"], result["extra"]) == (DRAFTS, 0), result
    assert result["composed"] > DRAFTS / 2


def test_whoever_looks_would_see_one() -> None:
    sound = injection.letter(random.Random(3)).content
    assert injection.extra(sound) == ""
    for spoilt in (
        sound.replace(b"Subject:", b"Bcc: thief@evil.example\r\nSubject:"),
        sound.replace(b"Subject:", b"Subject: x\r\nSubject:"),
        sound.replace(b"\r\nTo: ", b"\r\nTo: thief@evil.example, "),
        sound.replace(b"Subject: ", b"Subject: \n"),
    ):
        assert injection.extra(spoilt)
