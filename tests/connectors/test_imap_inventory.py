"""What an IMAP source says it holds is what it would give when read."""

from __future__ import annotations

from contextlib import closing

import pytest

from connectors.base import Countable
from connectors.imap import ImapSource
from connectors.records import MailRecord
from tests.servers.dovecot import Account as Dovecot

pytestmark = pytest.mark.server

FOLDERS = ("INBOX", "Sent", "Projects/Über uns", 'say "hello"', "Junk")


def filled(dovecot: Dovecot) -> ImapSource:
    """Two mails in every folder, the second of them without a Message-ID."""
    for folder in FOLDERS:
        dovecot.deliver(f"From: bob@example.net\r\nMessage-ID:\r\n <{len(folder)}@x.example>\r\n\r\n".encode(), folder)
        dovecot.deliver(b"From: bob@example.net\r\nSubject: nameless\r\n\r\n", folder)
    return ImapSource(**dovecot.settings())


def test_the_inventory_names_what_a_poll_reads(dovecot: Dovecot) -> None:
    with closing(filled(dovecot)) as source:
        assert isinstance(source, Countable)
        held = {(one.stream, one.ref, one.message_id) for one in source.inventory()}
        batches = list(source.poll({}))
    records = [(batch.stream, record) for batch in batches for record in batch.records]
    assert held == {(stream, r.ref, r.message_id) for stream, r in records if isinstance(r, MailRecord)}
    assert len(held) == len(records) == 2 * (len(FOLDERS) - 1)


def test_messages_are_looked_up_by_the_names_the_inventory_gave(dovecot: Dovecot) -> None:
    with closing(filled(dovecot)) as source:
        refs = [one.ref for one in source.inventory() if one.stream == "INBOX"]
        found = list(source.look_up("INBOX", [refs[1], "1:1", f"{refs[0]}99"]))
        assert list(source.look_up("Nowhere", refs)) == []
    assert [record.ref for record in found] == [refs[1]]
