"""Answers without words, and folders whose UIDVALIDITY goes backwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from connectors.base import Batch
from connectors.errors import Unavailable
from connectors.imap import ImapSource, session
from connectors.records import MailRecord, Malformed
from tests.servers.imap_script import Script, scripted


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    monkeypatch.setattr(session, "PAUSES", (0.0,))
    with scripted() as server:
        server.boxes["INBOX"].fill(*range(1, 41))
        yield server


def poll(script: Script, cursors: dict[str, object] | None = None) -> list[Batch]:
    source = ImapSource("127.0.0.1", script.port, "none", username="alice", password=lambda: "secret", timeout=60.0)
    with closing(source):
        return list(source.poll(cursors or {}))


@pytest.mark.parametrize("command", ["EXAMINE", "UID SEARCH", "UID FETCH", "LIST"])
def test_an_ok_without_a_word_is_the_servers_fault(script: Script, command: str) -> None:
    script.intercept = lambda told: b"TAG OK\r\n" if told.startswith(command) else None
    with pytest.raises(Unavailable):
        poll(script)
    script.intercept = lambda _: None
    assert sum(len(batch.records) for batch in poll(script)) == 40


def test_a_uidvalidity_that_goes_down_is_another_folder(script: Script) -> None:
    (first,) = poll(script)
    script.boxes["INBOX"].uidvalidity -= 1
    (again,) = poll(script, {"INBOX": first.cursor})
    assert again.restart
    assert len([record for record in again.records if isinstance(record, MailRecord)]) == 40


def test_a_server_that_does_not_tell_the_next_uid_is_asked_for_the_last_one(script: Script) -> None:
    """As Courier, which also finds nothing for `UID *`: nothing read would look like nothing there."""
    usual = script.on_examine
    script.on_examine = lambda *told: usual(*told).replace(b"[UIDNEXT 41]", b"")  # type: ignore[method-assign]
    told = {"UID SEARCH 40": b"* SEARCH 40\r\nTAG OK done\r\n", "UID SEARCH UID *": b"* SEARCH\r\nTAG OK done\r\n"}
    script.intercept = told.get
    assert sum(len(batch.records) for batch in poll(script)) == 40
    script.intercept = {**told, "UID SEARCH 40": b"* SEARCH\r\nTAG OK done\r\n"}.get
    (batch,) = poll(script)
    (record,) = batch.records
    assert isinstance(record, Malformed)
    assert "does not tell the numbers" in record.reason
