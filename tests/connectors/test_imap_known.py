"""Two known ways to read a mailbox wrongly: asking for too much in one line, and believing the machine's time zone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from connectors.imap import ImapSource, cursor, session
from connectors.imap.fetched import arrival
from tests.letters import at
from tests.servers.imap_script import Script, mail, scripted

MANY = range(1_000_001, 1_200_001)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    monkeypatch.setattr(session, "PAUSES", (0.0,))
    with scripted() as server:
        yield server


def listing(script: Script, command: str) -> bytes | None:
    """SEARCH ALL, which our own server does not know."""
    if not command.startswith("UID SEARCH ALL"):
        return None
    return f"* SEARCH {' '.join(map(str, script.boxes['INBOX'].messages))}\r\nTAG OK done\r\n".encode()


def test_a_folder_of_two_hundred_thousand_is_asked_for_in_spans(script: Script) -> None:
    script.boxes["INBOX"].messages = dict.fromkeys(MANY, mail(1))
    script.boxes["INBOX"].uidnext = MANY[-1] + 1
    script.intercept = lambda command: listing(script, command)
    source = ImapSource("127.0.0.1", script.port, "none", username="alice", password=lambda: "secret", timeout=60.0)
    with closing(source):
        first = next(iter(source.poll({})))
    assert len(first.records) == cursor.PAGE
    assert first.expected == len(MANY)


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns", "Pacific/Chatham"])
@pytest.mark.parametrize("told", [b"01-Feb-2026 23:30:00 -0330", b" 1-Feb-2026 23:30:00 -0330"])
def test_the_time_of_arrival_does_not_depend_on_where_the_machine_stands(
    monkeypatch: pytest.MonkeyPatch, zone: str, told: bytes
) -> None:
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    try:
        assert arrival({b"INTERNALDATE": told}) == at("2026-02-02 03:00")
    finally:
        monkeypatch.undo()
        time.tzset()
