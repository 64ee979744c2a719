"""Hostile sizes, measured in a process of their own: memory and time stay small whatever a server or a sender does."""

from __future__ import annotations

import json
import resource
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from connectors.base import Batch
from connectors.imap import ImapSource, session
from connectors.records import MailRecord, Malformed
from tests.servers import dovecot as dovecot_server
from tests.servers.imap_script import mail, scripted
from tests.servers.process import forked

pytestmark = pytest.mark.server

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MILLION = 1_000_000
MEMORY_MB = 200


def read_and_tell(path: Path, place: dict[str, Any]) -> None:
    """Read everything once; the records by kind, the seconds of work and the most memory go into a file."""
    session.PAUSES = (0.0, 0.0, 0.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with closing(ImapSource(**place, password=lambda: dovecot_server.PASSWORD)) as source:
        records = [record for batch in source.poll({}) for record in batch.records]
    told = {
        "read": [len(record.recipients) for record in records if isinstance(record, MailRecord)],
        "aside": sum(isinstance(record, Malformed) for record in records),
        "seconds": time.process_time(),
        "before_mb": before / 1024,
        "most_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    path.write_text(json.dumps(told))


def measured(tmp_path: Path, **place: Any) -> Any:
    path = tmp_path / "told.json"
    assert forked(read_and_tell, path, {"host": "127.0.0.1", "tls": "none", "timeout": 60.0, **place}) == 0
    return json.loads(path.read_text())


def test_a_literal_of_99_gigabytes_takes_no_memory(tmp_path: Path) -> None:
    with scripted() as script:
        script.boxes["INBOX"].fill(*range(1, 12))
        script.spoil, script.stubborn = {6: "huge"}, {6}
        told = measured(tmp_path, port=script.port, username="alice")
    assert (len(told["read"]), told["aside"]) == (10, 1)
    assert told["most_mb"] < MEMORY_MB


def test_a_mail_to_a_million_people_is_one_circular(dovecot: dovecot_server.Account, tmp_path: Path) -> None:
    to = b",\r\n ".join(b"p%d@example.net" % number for number in range(MILLION))
    dovecot.deliver(b"From: bob@example.net\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\nTo: " + to + b"\r\n\r\nHi\r\n")
    dovecot.deliver(mail(2), "INBOX", NOW)
    told = measured(tmp_path, port=dovecot.port, username=dovecot.username)
    assert told["aside"] == 0
    small, circular = sorted(told["read"])
    assert small == 1
    assert circular > 1000
    assert told["most_mb"] < MEMORY_MB
    assert told["seconds"] < 2


@pytest.mark.parametrize("writers", [2])
def test_what_several_write_while_it_is_read_is_read_once(dovecot: dovecot_server.Account, writers: int) -> None:
    """Two programs put mail into a folder as fast as they can while it is polled again and again."""
    each, begin = 150, Barrier(writers + 1)

    def write(other: dovecot_server.Account, first: int) -> None:
        begin.wait(60)
        for number in range(first, first + each):
            other.deliver(mail(number), "INBOX", NOW)

    others = [dovecot.server.account(dovecot.username) for _ in range(writers)]
    threads = [Thread(target=write, args=(other, 1 + each * number)) for number, other in enumerate(others)]
    for thread in threads:
        thread.start()
    begin.wait(60)
    at: dict[str, Any] = {}
    read: list[str] = []
    with closing(ImapSource(**dovecot.settings())) as source:
        while True:
            over = not any(thread.is_alive() for thread in threads)
            batches: list[Batch] = list(source.poll(at))
            at |= {batch.stream: batch.cursor for batch in batches}
            read += [
                record.message_id for batch in batches for record in batch.records if isinstance(record, MailRecord)
            ]
            if over:
                break
    for other in others:
        other.close()
    assert sorted(read) == sorted(f"{number}@example.net" for number in range(1, writers * each + 1))
