"""`weaktie audit`: what the mailbox holds against what the store knows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.letters import at
from tests.servers.imap_script import scripted
from tests.system.world import World, event, letter

pytestmark = pytest.mark.server

DANA = "Dana Reed <dana@northwind.example>"


def populated(world: World) -> World:
    """Eight letters with Dana, two newsletters, a letter in two folders, one that lies in the Junk folder."""
    world.exchange(DANA, "2025-09-01", "2025-10-01", "2025-11-01", "2025-12-01")
    for number in range(2):
        world.receive("News <news@shop.example>", f"2026-01-0{number + 1}", List_Unsubscribe="<https://shop.example>")
    twice = letter(DANA, "alice@lindqvist.example.com", at("2026-01-05"), "Twice", 800).as_bytes()
    for folder in ("INBOX", "Harbour", "Junk"):
        world.mail.deliver(twice, folder, at("2026-01-05"))
    assert world.weaktie("sync").code == 0
    return world


def audited(world: World, code: int = 0) -> Any:
    """The one source's balance, whose parts make up the whole."""
    ran = world.weaktie("audit", "mail", "--json")
    assert ran.code == code, ran.err
    (found,) = ran.json["sources"]
    parts = found["interactions"] + found["left_out"] + found["quarantined"] + found["excluded"]
    assert found["listed"] == parts + len(found["missing"])
    return found


def run_sql(database: Path, statement: str) -> None:
    """Behind the program's back."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(statement)


def test_a_mailbox_that_was_read_balances(world: World) -> None:
    found = audited(populated(world))
    assert (found["listed"], found["interactions"], found["left_out"]) == (12, 10, 2)
    assert (found["missing"], found["extra"]) == ([], 0)
    assert found["reasons"] == {"List-Unsubscribe without List-Post: a newsletter": 2}
    assert {"stream": "Junk", "reason": "junk"} in found["not_read"]
    told = world.weaktie("audit")
    assert told.code == 0
    assert "12 messages: 10 counted as contact, 2 left out, 0 excluded, 0 could not be read, 0 missing" in told.out


def test_a_message_the_store_lost_is_named(world: World) -> None:
    populated(world)
    run_sql(world.database, "DELETE FROM message WHERE rfc_id = 'letter-3@mail.example.com'")
    (missing,) = audited(world, code=1)["missing"]
    assert (missing["stream"], missing["message_id"]) == ("INBOX", "letter-3@mail.example.com")
    told = world.weaktie("audit")
    assert told.code == 1
    assert "letter-3@mail.example.com" in told.out
    assert "1 message is unaccounted for" in told.err


def test_new_mail_is_missing_until_it_is_read(world: World) -> None:
    populated(world)
    world.receive(DANA, "2026-02-01")
    assert len(audited(world, code=1)["missing"]) == 1
    world.weaktie("sync")
    assert audited(world)["listed"] == 13


def test_what_was_deleted_at_the_server_is_history(world: World) -> None:
    populated(world)
    world.mail.client.select_folder("Sent")
    world.mail.client.delete_messages([1])
    world.mail.client.expunge()
    world.mail.client.unselect_folder()
    found = audited(world)
    assert (found["listed"], found["extra"], found["missing"]) == (11, 1, [])


def test_excluded_mail_is_known_by_its_hash_alone(world: World) -> None:
    world.extra = '[capture]\nexclude = ["northwind.example"]\n'
    world.configure()
    found = audited(populated(world))
    assert (found["excluded"], found["left_out"], found["interactions"]) == (10, 2, 0)


def test_a_message_that_cannot_be_read_is_accounted_for(world: World) -> None:
    populated(world)
    world.mail.deliver(b"\r\nnothing that is a header\r\n", "INBOX", at("2026-02-01"))
    world.weaktie("sync")
    assert audited(world)["quarantined"] == 1


def test_what_cannot_be_read_hides_nothing_that_is_missing(world: World) -> None:
    populated(world)
    world.mail.deliver(b"\r\nnothing that is a header\r\n", "INBOX", at("2026-02-01"))
    world.weaktie("sync")
    last = "(SELECT max(id) FROM message WHERE kind = 'bulk')"
    run_sql(world.database, f"DELETE FROM message WHERE id = {last}")
    found = audited(world, code=1)
    assert (found["quarantined"], len(found["missing"])) == (1, 1)


def test_a_source_never_read_lacks_everything_and_a_dead_one_is_told(world: World) -> None:
    world.receive(DANA, "2026-02-01")
    assert audited(world, code=1)["listed"] == 1
    world.configure(mail=world._mail().replace(f"port = {world.mail.port}", "port = 1"))
    ran = world.weaktie("audit", "--json")
    assert ran.code == 75
    assert ran.json["sources"][0]["error"]


def test_a_server_that_cannot_tell_message_ids_still_counts(world: World) -> None:
    with scripted() as script:
        script.boxes["INBOX"].fill(1, 2, 3)
        world.configure(mail=world._mail().replace(f"port = {world.mail.port}", f"port = {script.port}"))
        assert world.weaktie("sync").code == 0
        assert audited(world)["listed"] == 3


def test_files_and_calendars_are_read_again(world: World, tmp_path: Path) -> None:
    mails, events = tmp_path / "export", tmp_path / "team.ics"
    mails.mkdir()
    for number in range(3):
        raw = letter(DANA, "alice@lindqvist.example.com", at("2026-01-05"), f"Letter {number}", number).as_bytes()
        (mails / f"{number}.eml").write_bytes(raw)
    events.write_bytes(event("e1", "2026-02-02 10:00", DANA))
    world.configure(
        mail=f'[[sources]]\nname = "mail"\nkind = "folder"\npath = "{mails}"\n'
        f'[[sources]]\nname = "team"\nkind = "ics"\npath = "{events}"\n'
    )
    assert world.weaktie("sync").code == 0
    assert audited(world)["listed"] == 3
    assert [one["listed"] for one in world.weaktie("audit", "--json").json["sources"]] == [3, 1]
    run_sql(world.database, "DELETE FROM message WHERE subject = 'Letter 1'")
    assert audited(world, code=1)["missing"] == [
        {"stream": ".", "ref": "1.eml", "message_id": "letter-1@mail.example.com"}
    ]


def test_a_meeting_to_come_is_no_history(world: World, tmp_path: Path) -> None:
    for uid, start in (("held", "2026-02-02 10:00"), ("ahead", "2026-06-02 10:00")):
        (tmp_path / f"{uid}.ics").write_bytes(event(uid, start, DANA))
    world.configure(mail=f'[[sources]]\nname = "mail"\nkind = "ics"\npath = "{tmp_path}"\n')
    assert world.weaktie("sync").code == 0
    told = audited(world)
    assert (told["listed"], told["extra"]) == (2, 0)
    (tmp_path / "later.ics").write_bytes(event("later", "2026-07-02 10:00", DANA))
    told = audited(world)
    assert (told["listed"], told["missing"]) == (2, [])
