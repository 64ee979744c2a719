"""A mail the owner sent is found again by its exact id in Sent, whole, and nowhere else: on IMAP and in a Maildir."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.base import Mailbox
from connectors.outlets.imap_mailbox import ImapMailbox
from connectors.outlets.maildir_mailbox import MaildirMailbox
from connectors.records import Role
from tests.servers.dovecot import Account as Dovecot

Put = Callable[[bytes, str], object]
Box = tuple[Mailbox, Put]


def reply(name: str, body: str = "2 draft") -> bytes:
    lines = ["From: alice@example.org", "To: alice@example.org", f"Message-ID: <{name}@example.org>"]
    more = ["In-Reply-To: <report-2025-W10-0@example.org>", "Subject: Re: Bob is going quiet"]
    return "\r\n".join([*lines, *more, "", body, ""]).encode()


@pytest.fixture(params=[pytest.param("imap", marks=pytest.mark.server), "maildir"])
def box(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    """A mailbox of each kind, and how a mail gets into one of its folders without us."""
    if request.param == "imap":
        dovecot: Dovecot = request.getfixturevalue("dovecot")
        with closing(ImapMailbox(**dovecot.settings())) as opened:
            yield opened, dovecot.deliver
        return

    def put(content: bytes, folder: str) -> None:
        for part in ("cur", "new", "tmp"):
            (tmp_path / folder / part).mkdir(parents=True, exist_ok=True)
        number = len(list(tmp_path.rglob("*.host*")))
        (tmp_path / folder / "cur" / f"{number}.{number}.host:2,S").write_bytes(content)

    yield MaildirMailbox(tmp_path), put


def test_a_reply_is_found_in_sent_by_its_id_alone(box: Box) -> None:
    mailbox, put = box
    for name in ("reply-1", "reply-11", "REPLY-1"):
        put(reply(name, f"2 draft by {name}"), "Sent")
    (found,) = mailbox.find("reply-1@example.org", "", (Role.SENT,))
    assert (found.content, found.role, found.place.folder) == (
        reply("reply-1", "2 draft by reply-1"),
        Role.SENT,
        "Sent",
    )


def test_the_same_mail_elsewhere_is_not_what_was_sent(box: Box) -> None:
    mailbox, put = box
    for folder in ("INBOX", "Archive", "Drafts"):
        put(reply("reply-1"), folder)
    assert mailbox.find("reply-1@example.org", "", (Role.SENT,)) == []
    put(reply("reply-1", "5 drop"), "Sent")
    (found,) = mailbox.find("reply-1@example.org", "", (Role.SENT,))
    assert found.content.endswith(b"5 drop\r\n")


def test_what_is_not_there_is_not_found(box: Box) -> None:
    mailbox, put = box
    put(reply("reply-1"), "Sent")
    assert mailbox.find("reply-2@example.org", "", (Role.SENT,)) == []
    assert mailbox.find("", "", (Role.SENT,)) == []
