"""The plain ways of capture against Courier: no LIST-STATUS, no SPECIAL-USE, another separator, other numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import AuthFailed
from connectors.imap import ImapSource
from tests.conftest import Clock
from tests.letters import ALICE, at
from tests.servers import courier
from tests.system.world import World, alices, letter

pytestmark = pytest.mark.server

DANA = "Dana Reed <dana@northwind.example>"
HARBOUR = "INBOX.Blåbær & Søn.Quay"


@pytest.fixture(scope="module")
def server() -> Iterator[courier.Server]:
    with courier.running() as started:
        yield started


@pytest.fixture
def world(server: courier.Server, clock: Clock, tmp_path: Path) -> Iterator[World]:
    """Dana's letters and Alice's answers, a newsletter, one letter in two folders, one in the bin."""
    account = server.account()
    with alices(account, tmp_path) as made:
        for number in range(20):
            mine = number % 2
            sender, to = (ALICE, DANA) if mine else (DANA, ALICE)
            folder = "INBOX.Sent" if mine else "INBOX" if number % 4 else HARBOUR
            deliver(made, folder, letter(sender, to, at("2025-06-01"), f"Letter {number}", number).as_bytes())
        news = letter("News <n@shop.example>", ALICE, at("2025-06-02"), "Offers", 90, List_Unsubscribe="<https://s>")
        twice = letter(DANA, ALICE, at("2025-06-03"), "Twice", 91)
        for folder, mail in (("INBOX", news), ("INBOX", twice), (HARBOUR, twice), ("INBOX.Trash", twice)):
            deliver(made, folder, mail.as_bytes())
        yield made
        account.close()


def deliver(world: World, folder: str, raw: bytes) -> None:
    world.mail.deliver(raw, folder, at("2025-06-01"))


def balance(world: World) -> tuple[int, int, int]:
    """What a sync and an audit behind it come to: listed, counted, left out."""
    assert world.weaktie("sync").code == 0
    ran = world.weaktie("audit", "--json")
    (found,) = ran.json["sources"]
    assert (ran.code, found["missing"], found["quarantined"]) == (0, [], 0)
    return found["listed"], found["interactions"], found["left_out"]


def stored(world: World) -> list[Any]:
    with closing(sqlite3.connect(world.database)) as connection:
        return connection.execute("SELECT subject, outcome FROM message ORDER BY subject").fetchall()


def test_everything_is_captured_once_and_accounted_for(world: World) -> None:
    assert balance(world) == (23, 22, 1)
    assert len(stored(world)) == 22
    before = stored(world)
    assert balance(world) == (23, 22, 1)
    assert stored(world) == before


def test_only_new_mail_is_asked_for_again(world: World) -> None:
    with closing(ImapSource(**world.mail.settings())) as source:
        cursors = {batch.stream: batch.cursor for batch in source.poll({})}
        deliver(world, HARBOUR, letter(DANA, ALICE, at("2025-07-01"), "New", 95).as_bytes())
        batches = list(source.poll(cursors))
    assert [(batch.stream, len(batch.records)) for batch in batches] == [(HARBOUR, 1)]


def test_mail_moved_copied_renamed_and_deleted_counts_once(world: World) -> None:
    balance(world)
    before = stored(world)
    client = world.mail.client
    client.create_folder("INBOX.Archive")
    client.select_folder("INBOX")
    client.copy([1, 2, 3], "INBOX.Archive")
    client.delete_messages([1, 2])
    client.expunge()
    client.close_folder()
    client.rename_folder(HARBOUR, "INBOX.Old quay")
    assert balance(world)[0] == 24
    assert stored(world) == before


def test_a_folder_made_anew_is_another_folder(world: World) -> None:
    balance(world)
    before = stored(world)
    client = world.mail.client
    client.delete_folder(HARBOUR)
    deliver(world, HARBOUR, letter(DANA, ALICE, at("2025-07-01"), "Letter 99", 99).as_bytes())
    assert balance(world)[0] == 23 - 6 + 1
    assert stored(world) == sorted([*before, ("Letter 99", "interaction")])


def test_a_server_that_lost_its_numbers_brings_nothing_twice(world: World, server: courier.Server) -> None:
    balance(world)
    before = stored(world)
    for path in server.home(world.mail.username).rglob("courierimapuiddb"):
        path.unlink()
    world.mail.close()
    for folder in ("INBOX", "INBOX.Sent", HARBOUR):
        world.mail.client.select_folder(folder)  # new numbers last from here on; EXAMINE alone makes others each time
    assert balance(world) == (23, 22, 1)
    assert stored(world) == before


def test_a_wrong_password_is_told(world: World) -> None:
    source = ImapSource(**world.mail.settings(password=lambda: "wrong"))
    with closing(source), pytest.raises(AuthFailed):
        source.check()
