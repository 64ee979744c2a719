"""What `sync` says of what it read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agent.desk import Desk

DANA = "BEGIN:VCARD\nVERSION:3.0\nFN:Dana Reed\nEMAIL:dana@northwind.example.net\nEND:VCARD\n"
ERIK = DANA.replace("Dana Reed", "Erik Holm").replace("dana@northwind", "erik@fjord")
NAMELESS = "BEGIN:VCARD\nVERSION:3.0\nNOTE:nobody\nEND:VCARD\n"


@pytest.mark.parametrize(
    ("book", "told"),
    [
        (DANA, "cards: 1 card read\n"),
        (DANA + ERIK, "cards: 2 cards read\n"),
        (DANA + ERIK + NAMELESS, "cards: 2 cards read, 1 could not be read\n"),
    ],
)
def test_an_address_book_that_was_read_is_not_told_as_nothing_new(tmp_path: Path, book: str, told: str) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "book.vcf").write_text(book)
    desk = Desk(tmp_path / "desk", f'[[sources]]\nname = "cards"\nkind = "contacts"\npath = "{tmp_path / "cards"}"\n')
    assert desk.weaktie("sync", "cards").out == told
    assert desk.weaktie("sync", "cards").out == "cards: 0 new, 0 counted as contact, 0 left out\n"
