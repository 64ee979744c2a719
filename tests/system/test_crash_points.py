"""A process that ends at any commit of a sync, before or after it, loses nothing and counts nothing twice.

The points are those of the code itself: `Store.write` is the one place that commits. WEAKTIE_SOAK=N takes N times the
mail and both sides of every commit; what stands before a commit and after the one before it is the same store.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from agent.store.db import CRASHED
from tests.letters import ALICE, at
from tests.servers import dovecot as dovecot_server
from tests.system.world import World, letter

pytestmark = [pytest.mark.server, pytest.mark.timeout(3600 if "WEAKTIE_SOAK" in os.environ else 600)]

SOAK = int(os.environ.get("WEAKTIE_SOAK", "0"))
MOMENTS = ("before", "after") if SOAK else ("before",)
FOLDERS = ("INBOX", "Sent", "Harbour")
FACTS = """
SELECT key, kind, outcome, outcome_reason, at, subject, sent, recipients FROM message ORDER BY key;
SELECT m.key, i.value, p.part FROM participant p JOIN message m ON m.id = p.message_id
    JOIN identity i ON i.id = p.identity_id ORDER BY 1, 2, 3;
SELECT m.key, i.value, x.direction, x.at FROM interaction x JOIN message m ON m.id = x.message_id
    JOIN identity i ON i.id = x.identity_id ORDER BY 1, 2, 3;
SELECT i.value, n.name, n.times, n.last_day FROM name_seen n JOIN identity i ON i.id = n.identity_id ORDER BY 1, 2;
SELECT i.value, p.name, p.role, p.touched FROM person p JOIN identity i ON i.person_id = p.id ORDER BY 1;
SELECT i.value, t.rhythm, t.stale FROM tie t JOIN identity i ON i.person_id = t.person_id ORDER BY 1;
SELECT s.name, c.ref, m.key FROM copy c JOIN stream s ON s.id = c.stream_id JOIN message m ON m.id = c.message_id
    ORDER BY 1, 2;
SELECT name, cursor FROM stream ORDER BY name;
PRAGMA integrity_check
"""


def fill(account: dovecot_server.Account, rounds: int) -> None:
    """Letters of three people to and from Alice, one that lies in two folders, and one of a newsletter."""
    start = at("2025-01-01")
    for number in range(6 * rounds):
        person = f"Friend {number % 3} <friend{number % 3}@people.example>"
        when, folder = start + timedelta(days=number), FOLDERS[number % 3]
        sender, to = (ALICE, person) if folder == "Sent" else (person, ALICE)
        account.deliver(letter(sender, to, when, f"Letter {number}", number).as_bytes(), folder, when)
    twice = letter("Dana <dana@northwind.example>", ALICE, start, "Twice", 9001).as_bytes()
    news = letter("News <news@shop.example>", ALICE, start, "Offers", 9002, List_Unsubscribe="<https://shop.example>")
    for folder in ("INBOX", "Harbour"):
        account.deliver(twice, folder, start)
    account.deliver(news.as_bytes(), "INBOX", start)


def sync_until(world: World, point: str) -> int:
    """The exit status of a sync in a process of its own that is told to end at `point`."""
    command = [sys.executable, "-m", "agent", "--config", str(world.config), "sync"]
    environment = {**os.environ, "MAIL_PASSWORD": dovecot_server.PASSWORD, "WEAKTIE_CRASH_AT": point}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def facts(database: Path) -> list[list[tuple[object, ...]]]:
    """Everything a store knows, without its own numbers."""
    with closing(sqlite3.connect(database)) as connection:
        return [connection.execute(query).fetchall() for query in FACTS.split(";")]


def world_at(account: dovecot_server.Account, folder: Path) -> World:
    """An empty store on this account."""
    folder.mkdir()
    made = World(account, folder)
    made.configure()
    return made


@pytest.mark.parametrize("moment", MOMENTS)
def test_wherever_a_sync_is_cut_off_the_next_one_ends_like_one_that_was_not(
    dovecot: dovecot_server.Account, tmp_path: Path, moment: str
) -> None:
    fill(dovecot, SOAK or 1)
    whole = world_at(dovecot, tmp_path / "whole")
    assert whole.weaktie("sync").code == 0
    expected = facts(whole.database)
    commit, ended = 0, CRASHED
    while ended == CRASHED:
        commit += 1
        world = world_at(dovecot, tmp_path / str(commit))
        ended = sync_until(world, f"{commit}+{moment}")
        assert world.weaktie("sync").code == 0
        assert facts(world.database) == expected, f"{moment} commit {commit}"
    assert ended == 0
    assert commit > 12


def test_new_mail_after_a_crash_is_read_once(dovecot: dovecot_server.Account, tmp_path: Path) -> None:
    """The same for a poll that goes on from a cursor, ended after its first batch."""
    fill(dovecot, 1)
    whole, cut = (world_at(dovecot, tmp_path / name) for name in ("whole", "cut"))
    for world in (whole, cut):
        assert world.weaktie("sync").code == 0
    late = letter("Friend 1 <friend1@people.example>", ALICE, at("2025-03-01"), "Late", 9003)
    dovecot.deliver(late.as_bytes(), "INBOX", at("2025-03-01"))
    points = range(1, 9)
    assert CRASHED in [sync_until(cut, f"{number}+after") for number in points]
    for world in (whole, cut):
        assert world.weaktie("sync").code == 0
    assert facts(cut.database) == facts(whole.database)
