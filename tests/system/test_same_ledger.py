"""One mailbox by way of IMAP and by way of Gmail's own interface: the same ledger, and reached twice it counts once."""

from __future__ import annotations

import mailbox
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.conftest import Clock
from tests.servers import dovecot as dovecot_server
from tests.servers.google import Google
from tests.shared import shared
from tests.system.test_google import Gmail
from tests.system.world import World

pytestmark = [pytest.mark.server, pytest.mark.corpora]

OWNER = "patrick@stwcx.xyz"
MOST = 10_000 if "WEAKTIE_SOAK" in os.environ else 120
FACTS = """
SELECT key, kind, outcome, outcome_reason, at, subject, sent, recipients, thread FROM message ORDER BY key;
SELECT m.key, i.value, p.part FROM participant p JOIN message m ON m.id = p.message_id
    JOIN identity i ON i.id = p.identity_id ORDER BY 1, 2, 3;
SELECT m.key, i.value, x.direction, x.at FROM interaction x JOIN message m ON m.id = x.message_id
    JOIN identity i ON i.id = x.identity_id ORDER BY 1, 2, 3;
SELECT i.value, p.name, p.role FROM person p JOIN identity i ON i.person_id = p.id ORDER BY 1;
SELECT i.value, t.rhythm FROM tie t JOIN identity i ON i.person_id = t.person_id ORDER BY 1
"""


@pytest.fixture
def twins(dovecot: dovecot_server.Account, google: Google) -> tuple[dovecot_server.Account, Google]:
    """The same real mail at both, the later half of each folder first, as no server promises any order."""
    gmail = Gmail(google)
    for name, folder in (("INBOX.mbox", "INBOX"), ("Sent.mbox", "Sent")):
        box = mailbox.mbox(shared("mailboxes", "openbmc", name), create=False)
        kept = [box.get_bytes(key) for key in box.keys()[-MOST:]]
        box.close()
        for raw in kept[len(kept) // 2 :] + kept[: len(kept) // 2]:
            when = _when(raw)
            dovecot.deliver(raw, folder, when)
            gmail.deliver(raw, folder, when)
    return dovecot, google


def _when(raw: bytes) -> datetime:
    head = next((line[6:] for line in raw.splitlines() if line.lower().startswith(b"date: ")), b"")
    try:
        return parsedate_to_datetime(head.decode("ascii", "replace")).astimezone(UTC) + timedelta(minutes=1)
    except ValueError:
        return datetime(2025, 1, 1, tzinfo=UTC)


def ledger(world: World) -> list[list[tuple[object, ...]]]:
    """Everything the store came to, without where it came from and its own numbers."""
    with closing(sqlite3.connect(world.database)) as connection:
        return [connection.execute(query).fetchall() for query in FACTS.split(";")]


def world_of(folder: Path, twins: tuple[dovecot_server.Account, Google], *kinds: str) -> World:
    """A store of its own on the mailbox, reached in these ways."""
    folder.mkdir()
    made = World(twins[0], folder)
    gmail = f'[[sources]]\nname = "g"\nkind = "gmail"\nclient_file = "none"\nendpoint = "{twins[1].url}"\n'
    made.configure(mail="".join({"imap": made._mail(), "gmail": gmail}[kind] for kind in kinds))
    made.config.write_text(made.config.read_text().replace("alice@lindqvist.example.com", OWNER, 1))
    return made


def test_a_mailbox_gives_the_same_ledger_whichever_way_it_is_read(
    twins: tuple[dovecot_server.Account, Google], clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agent.config import GoogleAccount
    from connectors.oauth.tokens import FileTokens

    tokens = FileTokens(tmp_path / "tokens")
    twins[1].sign_in(tokens, "g", "gmail.metadata")
    monkeypatch.setattr(GoogleAccount, "token_store", lambda _: tokens)
    found = []
    for number, kinds in enumerate((("imap",), ("gmail",), ("gmail", "imap"))):
        world = world_of(tmp_path / str(number), twins, *kinds)
        ran = world.weaktie("sync")
        assert ran.code == 0, ran.err
        found.append(ledger(world))
    assert len(found[0][0]) > min(MOST, 100)
    assert len(found[0][2]) > 20
    assert found[1] == found[0]
    assert found[2] == found[0]
