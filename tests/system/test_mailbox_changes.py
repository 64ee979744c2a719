"""Folders renumbered, made anew, renamed, switched on later, and filled while they are read: the ledger stays true."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from connectors.imap import ImapSource, cursor
from connectors.records import MailRecord
from tests.letters import at
from tests.servers import dovecot as dovecot_server
from tests.system.world import World, letter

pytestmark = pytest.mark.server

DANA = "Dana Reed <dana@northwind.example>"
ERIK = "Erik Sund <erik@harbour.example>"


def populated(world: World) -> World:
    world.exchange(DANA, "2025-09-01", "2025-10-01", "2025-11-01")
    raw = letter(ERIK, "alice@lindqvist.example.com", at("2025-12-01"), "The quay", 700).as_bytes()
    world.mail.deliver(raw, "Harbour", at("2025-12-01"))
    assert world.weaktie("sync").code == 0
    return world


def counts(world: World) -> tuple[int, int, int]:
    """How many messages, interactions and copies the store holds."""
    with closing(sqlite3.connect(world.database)) as connection:
        tables = ("message", "interaction", "copy")
        found = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    return found[0], found[1], found[2]


def synced(world: World) -> tuple[int, int, int]:
    assert world.weaktie("sync").code == 0
    return counts(world)


def test_the_same_mail_under_new_numbers_counts_once(world: World) -> None:
    before = counts(populated(world))
    world.mail.renumber("INBOX")
    assert synced(world) == before
    assert world.weaktie("audit").code == 0


def test_a_folder_made_anew_keeps_the_old_mail_as_history(world: World) -> None:
    messages, interactions, copies = counts(populated(world))
    world.mail.recreate("Harbour")
    raw = letter(ERIK, "alice@lindqvist.example.com", at("2026-01-01"), "Another quay", 701).as_bytes()
    world.mail.deliver(raw, "Harbour", at("2026-01-01"))
    assert synced(world) == (messages + 1, interactions + 1, copies)


def test_a_renamed_folder_brings_nothing_twice(world: World) -> None:
    messages, interactions, _ = counts(populated(world))
    world.mail.rename("Harbour", "Old harbour")
    assert synced(world)[:2] == (messages, interactions)


def test_mail_moved_and_copied_is_the_same_mail(world: World) -> None:
    messages, interactions, _ = counts(populated(world))
    world.mail.create("Archive")
    world.mail.client.select_folder("INBOX")
    world.mail.client.copy([1, 2], "Archive")
    world.mail.client.delete_messages([1])
    world.mail.client.expunge()
    world.mail.client.unselect_folder()
    assert synced(world)[:2] == (messages, interactions)


def test_a_folder_switched_on_later_is_read_whole(world: World) -> None:
    usual = world._mail()
    world.configure(mail=f'{usual}exclude_folders = ["Harbour"]\n')
    messages, interactions, copies = counts(populated(world))
    world.configure()
    assert synced(world) == (messages + 1, interactions + 1, copies + 1)


def test_mail_that_comes_while_a_folder_is_read_is_read_too(
    dovecot: dovecot_server.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursor, "PAGE", 2)
    sent = 0

    def deliver() -> None:
        nonlocal sent
        sent += 1
        raw = letter(DANA, "alice@lindqvist.example.com", at("2026-01-01"), "Hello", sent).as_bytes()
        dovecot.deliver(raw, "INBOX", at("2026-01-01"))

    for _ in range(7):
        deliver()
    at_: dict[str, object] = {}
    read: list[str] = []
    source = ImapSource(**dovecot.settings())
    with closing(source):
        for _ in range(3):
            for batch in source.poll(at_):
                at_[batch.stream] = batch.cursor
                read += [record.message_id for record in batch.records if isinstance(record, MailRecord)]
                if sent < 12:
                    deliver()
    assert sorted(read) == sorted(f"letter-{number}@mail.example.com" for number in range(1, sent + 1))
