"""The same code on PostgreSQL: capture twice, the same ties as on SQLite, a rebuild that changes nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from agent.errors import StoreAway, StoreError
from agent.store import exclusions, owners, replies, reports, suppression, targets
from agent.store.db import open_store
from agent.store.migrate import upgrade
from agent.trial.sample import write_sample
from tests.letters import at
from tests.servers import postgres as postgres_server
from tests.system.test_trial import weaktie

pytestmark = pytest.mark.server

CONFIG = """
[owner]
name = "{owner}"
addresses = ["{address}"]
[database]
url = "{url}"
[[sources]]
name = "mail"
kind = "maildir"
path = "{mail}"
[[sources]]
name = "calendar"
kind = "ics"
path = "{calendar}"
"""


def loop(home: Path, config: Path) -> list[dict[str, Any]]:
    """Sync twice, run once, and list the ties."""
    first = weaktie("--config", str(config), "sync", "--json", home=home)
    again = weaktie("--config", str(config), "sync", "--json", home=home)
    ran = weaktie("--config", str(config), "run", "--once", home=home)
    assert (first.returncode, again.returncode, ran.returncode) == (0, 0, 0), (first.stderr, again.stderr, ran.stderr)
    assert [source["new"] for source in json.loads(again.stdout)["sources"]] == [0, 0]
    assert sum(source["new"] for source in json.loads(first.stdout)["sources"]) > 3000
    told = weaktie("--config", str(config), "ties", "--json", "--as-of", "2026-06-15", home=home)
    found: list[dict[str, Any]] = json.loads(told.stdout)["ties"]
    return found


def test_postgresql_and_sqlite_come_to_the_same_ties(postgres: postgres_server.Server, tmp_path: Path) -> None:
    sample = write_sample(tmp_path, at("2026-06-15 12:00"))
    values = {"owner": sample.owner, "address": sample.address, "mail": sample.mail, "calendar": sample.calendar}
    found = []
    for number, url in enumerate((postgres.url(), f"sqlite:///{tmp_path / 'w.db'}")):
        config = tmp_path / f"{number}.toml"
        config.write_text(CONFIG.format(url=url, **values))
        found.append(loop(tmp_path, config))
    assert found[0] == found[1]
    assert len(found[0]) > 40


def test_an_index_of_a_few_messages_holds_a_few_there_too(postgres: postgres_server.Server) -> None:
    store = open_store(postgres.url())
    upgrade(store)
    with store.read() as connection:
        told = connection.scalar(text("SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_message_sent_thread'"))
    store.close()
    assert str(told).endswith("WHERE sent")


def test_what_stood_there_already_is_told_apart_from_what_is_new(postgres: postgres_server.Server) -> None:
    store, now = open_store(postgres.url()), at("2026-06-15 12:00")
    upgrade(store)
    with store.write() as connection:
        alice = owners.ensure(connection, "Alice").id
        new = reports.NewReport("first", "2026-W25", "<report@lindqvist.example.com>", "", b"")
        report = reports.add(connection, alice, new, now)
        waiting = replies.Waiting("answer@lindqvist.example.com", report.id, report.rfc_id, (), ())
        assert [suppression.add(connection, alice, "domain", "x.example", now) for _ in "12"] == [True, False]
        assert [exclusions.add(connection, alice, "domain", "x.example", now) for _ in "12"] == [True, False]
        assert [replies.add(connection, alice, waiting, now, [], 0) for _ in "12"] == [True, False]
        target = targets.add(connection, alice, "organization", "x.example", now)
        targets.close(connection, alice, target.id, now)
        assert targets.add(connection, alice, "organization", "x.example", now).closed_at is None
    store.close()


def refused(url: str) -> StoreError:
    """What a database that lets nobody in is told as."""
    store = open_store(url)
    with pytest.raises(StoreError) as struck, store.read():
        pass
    store.close()
    assert str(struck.value).count("\n") == 0
    return struck.value


def test_a_server_that_goes_down_is_asked_again_later(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    with postgres_server.running() as server:
        url = server.url()
        values = {"owner": "Alice", "address": "alice@lindqvist.example.com", "mail": tmp_path, "calendar": tmp_path}
        config.write_text(CONFIG.format(url=url, **values))
        store = open_store(url)
        with store.read():
            server.retire()
            leaving = refused(url)
        store.close()
        server.stop()
        gone = [weaktie("--config", str(config), command, home=tmp_path) for command in ("sync", "ties", "doctor")]
    assert isinstance(leaving, StoreAway)
    assert "shutting down" in str(leaving)
    for ran in gone:
        assert (ran.returncode, ran.stdout) == (75, "")
        assert "Connection refused" in ran.stderr
        assert "Is PostgreSQL running, and is database.url right?" in ran.stderr


def test_a_server_that_goes_down_is_understood_in_its_own_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")  # English, where there is no German one
    with postgres_server.running() as server:
        url = server.url()
        store = open_store(url)
        with store.read():
            server.retire()
            leaving = refused(url)
        store.close()
    assert isinstance(leaving, StoreAway)
    assert "Nothing is lost" in leaving.hint


def test_a_server_that_is_full_or_not_to_be_found_is_asked_again_later(postgres: postgres_server.Server) -> None:
    url = make_url(postgres.url())
    store = open_store(url.render_as_string())
    with store.write() as connection:
        connection.execute(text("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0"))
    store.close()
    for away, advice in ((url.set(username="crowd"), "CONNECTION LIMIT"), (url.set(host="nowhere.invalid"), "running")):
        struck = refused(away.render_as_string())
        assert struck.exit_code == 75
        assert advice in struck.hint


@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ("SELECT * FROM generate_series(1, 50000) number ORDER BY number", "or try again later"),
        ("DO $$ BEGIN RAISE EXCEPTION 'kein Platz' USING ERRCODE = '53100'; END $$", "Free some disk space"),
        ("DO $$ BEGIN RAISE EXCEPTION 'kein Speicher' USING ERRCODE = '53200'; END $$", "or try again later"),
        ("DO $$ BEGIN RAISE EXCEPTION 'zu viele' USING ERRCODE = '53300'; END $$", "when a connection is free"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "Nothing is lost"),
    ],
)
def test_a_server_without_room_or_that_breaks_off_is_asked_again_later(
    postgres: postgres_server.Server, statement: str, advice: str
) -> None:
    store = open_store(postgres.url())
    with pytest.raises(StoreAway) as struck, store.write() as connection:
        connection.execute(text(f"SET temp_file_limit = 0; SET work_mem = '64kB'; {statement}"))
    store.close()
    assert advice in struck.value.hint
    assert "doctor" not in struck.value.hint


def test_a_server_that_does_not_know_us_is_not_asked_again(postgres: postgres_server.Server) -> None:
    url = make_url(postgres.url())
    nowhere = url.set(query={"host": (f"127.0.0.2:{url.port}", f"127.0.0.1:{url.port}")}, host=None, port=None)
    for wrong in (url.set(database="nothing"), url.set(username="mallory"), nowhere.set(database="nothing")):
        struck = refused(wrong.render_as_string())
        assert (struck.exit_code, struck.hint) == (1, "Check the database, user and password of database.url.")
