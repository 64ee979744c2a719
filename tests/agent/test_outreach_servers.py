"""The same life against real servers: a Maildir, Dovecot, a submission server on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from agent.config import FileSource, ImapSource, Send
from agent.outreach import outbox
from agent.outreach.compose import digest_of
from agent.outreach.outbox import Word
from agent.outreach.review import open_mailbox
from agent.store.db import Store
from agent.types import DraftState as S
from connectors.records import Role
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA
from tests.servers import dovecot as dovecot_server
from tests.servers import smtp as smtp_servers


def in_maildir(store: Store, folder: Path) -> World:
    mailbox = open_mailbox(FileSource(kind="maildir", name="mail", path=str(folder)))
    return World(store, mailbox=cast("Any", mailbox))


def in_dovecot(store: Store, account: dovecot_server.Account) -> World:
    settings = ImapSource(
        kind="imap",
        name="mail",
        host=account.host,
        port=account.port,
        tls="none",
        username=account.username,
        password_command=("echo", account.password()),
    )
    return World(store, mailbox=cast("Any", open_mailbox(settings)))


def files_of(folder: Path, name: str) -> list[Path]:
    return sorted(path for part in ("new", "cur") for path in (folder / name / part).glob("*"))


def test_a_maildir_holds_the_draft_and_tells_what_became_of_it(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "Maildir"
    folder.mkdir()
    world = in_maildir(store, folder)
    world.drafted()
    (path,) = files_of(folder, "Drafts")
    world.observe()
    assert not world.row().edited
    path.write_bytes(path.read_bytes().replace(b"short call", b"long call"))
    assert world.observe().edited == [world.row().id]
    path.unlink()
    world.observe()
    world.later(hours=25)
    world.observe()
    assert world.state() is S.DISMISSED


def test_an_untouched_draft_leaves_a_maildir(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "Maildir"
    folder.mkdir()
    world = in_maildir(store, folder)
    world.drafted()
    world.later(days=31)
    assert world.observe().expired
    assert files_of(folder, "Drafts") == []


@pytest.mark.server
def test_drafted_edited_approved_and_sent(
    store: Store, dovecot: dovecot_server.Account, smtp_server: smtp_servers.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.create("Drafts", "Sent")
    world = in_dovecot(store, dovecot)
    monkeypatch.setenv("SMTP_PASSWORD", smtp_server.password())
    plain = smtp_server.settings()
    world.send = Send(
        enabled=True,
        host=plain["host"],
        port=plain["port"],
        tls="none",
        username=plain["username"],
        password_env="SMTP_PASSWORD",
    )
    world.transport = cast("Any", outbox.open_transport(world.send, {"password": world.send.reveal}))
    row = world.drafted()
    (lying,) = dovecot.messages("Drafts")
    assert digest_of(lying) == row.digest
    assert dovecot.flags("Drafts") == [{"\\Draft"}]
    dovecot.client.select_folder("Drafts")
    dovecot.client.delete_messages(dovecot.client.search(["ALL"]))
    dovecot.client.expunge()
    dovecot.client.append("Drafts", lying.replace(b"short call", b"long call"), [b"\\Draft"])
    assert world.observe().edited == [row.id]
    _, shown, _ = outbox.present(world.store, world.owner_id, row.id, world.mailbox)
    word = Word("alice", world.now, digest_of(shown))
    outbox.approve(world.store, world.owner_id, row.id, world.mailbox, word, world.send)
    world.later(minutes=11)
    assert world.send_due().sent == [row.id]
    (accepted,) = smtp_server.inbox
    assert (accepted.sender, accepted.recipients) == (ALICE, (DANA,))
    assert digest_of(accepted.content) == world.row().approved_digest
    world.later(minutes=5)
    world.observe(file_sent_copy=True)
    assert dovecot.messages("Drafts") == []
    assert dovecot.messages("Sent") == [accepted.content]
    world.mailbox.close()


@pytest.mark.server
def test_sent_by_hand_deleted_and_overtaken(store: Store, dovecot: dovecot_server.Account) -> None:
    dovecot.create("Drafts", "Sent")
    world = in_dovecot(store, dovecot)
    row = world.drafted()
    dovecot.client.select_folder("Drafts")
    (uid,) = dovecot.client.search(["ALL"])
    dovecot.client.copy([uid], "Sent")
    dovecot.client.delete_messages([uid])
    dovecot.client.expunge()
    assert world.observe().sent == [row.id]
    copies = world.mailbox.find(row.rfc_id, row.token, (Role.SENT, Role.DRAFTS))
    assert [copy.role for copy in copies] == [Role.SENT]
    world.mailbox.close()
