"""Drafts and reports in the owner's mailbox, on a real Dovecot: put once, found exactly, removed only if untouched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from connectors.base import Place
from connectors.errors import Ambiguous, AuthFailed, NotFound, Refused, Unavailable, Unsupported
from connectors.imap import session
from connectors.imap.folders import Folder, list_folders
from connectors.imap.session import Session
from connectors.net import crlf
from connectors.outlets import open_mailbox, open_transport
from connectors.outlets.imap_mailbox import ImapMailbox
from connectors.outlets.smtp import SmtpTransport
from connectors.records import Role
from tests.servers import cutter
from tests.servers.clock import standing
from tests.servers.dovecot import Account as Dovecot
from tests.servers.imap_script import Script, scripted

EVERYWHERE = tuple(Role)


def draft(name: str = "draft-1", token: str = "tok-1", body: str = "Hello Bob.") -> bytes:
    lines = ["From: alice@example.org", "To: bob@example.net", "Subject: Lunch?", f"Message-ID: <{name}@example.org>"]
    return "\r\n".join([*lines, f"X-Weaktie-Draft: {token}", "", body, ""]).encode()


def forwarded(raw: bytes) -> bytes:
    """As Exchange does: an id of its own, ours in another field."""
    renamed = raw.replace(b"Message-ID:", b"X-Microsoft-Original-Message-ID:").replace(
        b"X-Weaktie-Draft: tok-1\r\n", b""
    )
    return b"Message-ID: <AM9PR0@prod.example.com>\r\n" + renamed


def scripted_settings(script: Script) -> dict[str, Any]:
    usual = {"host": "127.0.0.1", "port": script.port, "tls": "none", "timeout": 60.0}
    return {**usual, "username": "alice", "password": lambda: "secret"}


@pytest.fixture
def mailbox(dovecot: Dovecot) -> Iterator[ImapMailbox]:
    with closing(ImapMailbox(**dovecot.settings())) as opened:
        yield opened


pytestmark = pytest.mark.server


def test_a_draft_is_put_found_and_removed(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    place = mailbox.put_draft(draft())
    assert (place.folder, place.ref.isdigit(), place.epoch.isdigit()) == ("Drafts", True, True)
    assert dovecot.flags("Drafts") == [{"\\Draft"}]
    (found,) = mailbox.find("draft-1@example.org", "", (Role.DRAFTS,))
    assert (found.place, found.content, found.role) == (place, draft(), Role.DRAFTS)
    assert mailbox.remove_draft(place, draft())
    assert mailbox.find("draft-1@example.org", "tok-1", EVERYWHERE) == []
    assert dovecot.flags("Drafts") == []
    assert not mailbox.remove_draft(place, draft())


def test_a_report_lands_unseen_in_the_inbox_and_a_sent_copy_seen_in_sent(
    dovecot: Dovecot, mailbox: ImapMailbox
) -> None:
    assert mailbox.put_inbox(draft()).folder == "INBOX"
    assert mailbox.put_sent(draft()).folder == "Sent"
    assert dovecot.flags("INBOX") == [set()]
    assert dovecot.flags("Sent") == [{"\\Seen"}]
    assert [found.role for found in mailbox.find("draft-1@example.org", "", EVERYWHERE)] == [Role.SENT, Role.INBOX]
    assert {found.role for found in mailbox.find("draft-1@example.org", "", (Role.SENT,))} == {Role.SENT}


@pytest.mark.parametrize("wanted", ["draft-1@example.org", "<draft-1@example.org>", " <draft-1@example.org>\r\n"])
def test_only_the_exact_id_is_found_not_one_like_it(dovecot: Dovecot, mailbox: ImapMailbox, wanted: str) -> None:
    for name in ("draft-11", "DRAFT-1", "xdraft-1", "draft-1"):
        dovecot.deliver(draft(name, token="tok-0"), "Drafts")
    (found,) = mailbox.find(wanted, "", (Role.DRAFTS,))
    assert found.content == draft(token="tok-0")


def test_only_the_exact_token_is_found(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    for token in ("tok-11", "TOK-1", "tok-1"):
        dovecot.deliver(draft(f"by-{token}", token), "Drafts")
    (found,) = mailbox.find("", "tok-1", (Role.DRAFTS,))
    assert found.content == draft("by-tok-1", "tok-1")


def test_a_copy_that_exchange_gave_another_id_is_found(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    dovecot.deliver(forwarded(draft()), "Sent")
    assert len(mailbox.find("draft-1@example.org", "", (Role.SENT,))) == 1


def test_without_id_and_token_nothing_is_found(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    dovecot.deliver(draft(), "Drafts")
    assert mailbox.find("", "", EVERYWHERE) == []


def test_what_is_marked_as_deleted_is_gone(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    place = mailbox.put_draft(draft())
    dovecot.client.select_folder("Drafts")
    dovecot.client.delete_messages([int(place.ref)])
    assert mailbox.find("draft-1@example.org", "tok-1", EVERYWHERE) == []
    assert not mailbox.remove_draft(place, draft())


def test_an_edited_draft_is_left_alone(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    dovecot.deliver(draft(body="Hello Bob, dear."), "Drafts")
    (found,) = mailbox.find("draft-1@example.org", "", (Role.DRAFTS,))
    assert not mailbox.remove_draft(found.place, draft())
    assert dovecot.messages("Drafts") == [draft(body="Hello Bob, dear.")]


def test_another_folders_message_under_the_same_number_is_left_alone(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    place = mailbox.put_draft(draft())
    dovecot.recreate("Drafts")
    dovecot.deliver(draft("other"), "Drafts")
    assert not mailbox.remove_draft(place, draft())
    assert len(dovecot.messages("Drafts")) == 1


def test_a_draft_is_removed_under_its_new_number_after_a_renumbering(dovecot: Dovecot) -> None:
    with closing(ImapMailbox(**dovecot.settings())) as mailbox:
        place = mailbox.put_draft(draft())
    dovecot.renumber("Drafts")
    with closing(ImapMailbox(**dovecot.settings())) as mailbox:
        assert mailbox.remove_draft(place, draft())
    assert dovecot.messages("Drafts") == []


def test_removing_a_draft_expunges_nothing_else(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    other = dovecot.deliver(draft("other"), "Drafts")
    dovecot.client.select_folder("Drafts")
    dovecot.client.delete_messages([other])
    place = mailbox.put_draft(draft())
    assert mailbox.remove_draft(place, draft())
    assert dovecot.flags("Drafts") == [{"\\Deleted"}]


def test_line_ends_do_not_count_as_an_edit(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    unix = draft().replace(b"\r\n", b"\n")
    place = mailbox.put_draft(unix)
    assert dovecot.messages("Drafts") == [draft()]
    assert mailbox.remove_draft(place, unix)


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_lost_answer_is_ambiguous_and_looking_shows_one_draft(dovecot: Dovecot, how: str) -> None:
    with cutter.between(dovecot.port) as line, closing(ImapMailbox(**dovecot.settings(port=line.port))) as mailbox:
        line.cut(answer=rb"APPENDUID", how=how)
        with pytest.raises(Ambiguous, match="may or may not") as caught:
            mailbox.put_draft(draft())
        assert caught.value.hint
        (found,) = mailbox.find("draft-1@example.org", "tok-1", (Role.DRAFTS,))
    assert found.content == draft()
    assert len(dovecot.messages("Drafts")) == 1


def test_an_answer_that_never_comes_is_ambiguous_at_the_deadline(dovecot: Dovecot) -> None:
    with (
        standing() as too_late,
        cutter.between(dovecot.port) as line,
        closing(ImapMailbox(**dovecot.settings(port=line.port))) as mailbox,
    ):
        line.cut(answer=rb"APPENDUID", how="hang", hung=too_late)
        with pytest.raises(Ambiguous, match="within 60 seconds"):
            mailbox.put_draft(draft())


def test_a_connection_that_died_in_between_is_made_again_before_anything_is_put(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "PAUSES", (0.0,))
    with cutter.between(dovecot.port) as line, closing(ImapMailbox(**dovecot.settings(port=line.port))) as mailbox:
        mailbox.check()
        line.cut(request=rb"LIST")
        assert mailbox.put_draft(draft()).ref
    assert len(dovecot.messages("Drafts")) == 1


def test_without_a_drafts_folder_the_owner_is_told() -> None:
    with scripted() as script, closing(ImapMailbox(**scripted_settings(script))) as mailbox:
        script.boxes["Outbox"] = script.boxes["INBOX"]
        with pytest.raises(Unsupported, match="No drafts folder was found") as caught:
            mailbox.put_draft(draft())
        assert "a folder called Drafts" in caught.value.hint
        assert any("drafts" in warning for warning in mailbox.check().warnings)
        assert not [command for command in script.commands if command.startswith(("APPEND", "CREATE"))]


def test_a_folder_can_be_named(dovecot: Dovecot) -> None:
    dovecot.create("Weaktie/Entwürfe von mir")
    with closing(ImapMailbox(**dovecot.settings(drafts="Weaktie/Entwürfe von mir"))) as mailbox:
        place = mailbox.put_draft(draft())
        assert place.folder == "Weaktie/Entwürfe von mir"
        assert mailbox.find("draft-1@example.org", "", (Role.DRAFTS,))[0].place == place
    with (
        closing(ImapMailbox(**dovecot.settings(drafts="Nowhere"))) as mailbox,
        pytest.raises(NotFound, match="Nowhere"),
    ):
        mailbox.put_draft(draft())


def test_a_named_folder_is_looked_into_however_the_server_parts_names(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is put there has to be found there: a draft that is not found counts as deleted."""
    dovecot.create("Weaktie/Written")

    def dotted(session: Session) -> list[Folder]:
        return [each._replace(name=each.name.replace("/", "."), separator=".") for each in list_folders(session)]

    monkeypatch.setattr("connectors.outlets.imap_mailbox.list_folders", dotted)
    for name in ("Weaktie/Written", "Weaktie.Written"):
        with closing(ImapMailbox(**dovecot.settings(drafts=name))) as mailbox:
            place = mailbox.put_draft(draft(name))
            assert place.folder == "Weaktie.Written"
            assert [found.place for found in mailbox.find(f"{name}@example.org", "", (Role.DRAFTS,))] == [place]


def test_a_wrong_password_is_said_plainly(dovecot: Dovecot) -> None:
    with pytest.raises(AuthFailed):
        ImapMailbox(**dovecot.settings(password=lambda: "wrong")).put_draft(draft())


def test_check_tells_where_things_go(mailbox: ImapMailbox) -> None:
    assert {stream.role: stream.name for stream in mailbox.check().streams} == {
        Role.DRAFTS: "Drafts",
        Role.SENT: "Sent",
    }


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (b"TAG NO [OVERQUOTA] mailbox full\r\n", Refused, "full"),
        (b"TAG NO [TRYCREATE] gone\r\n", Refused, "gone"),
        (b"TAG NO [UNAVAILABLE] later\r\n", Unavailable, "later"),
        (b"TAG BAD what\r\n", Refused, "what"),
        (b"* BYE\r\nCLOSE", Ambiguous, "may or may not"),
    ],
)
def test_a_definite_no_is_not_ambiguous(answer: bytes, error: type, words: str) -> None:
    with scripted() as script:
        script.boxes["Drafts"] = script.boxes["INBOX"]
        script.intercept = lambda command: answer if command.startswith("APPEND") else None
        with closing(ImapMailbox(**scripted_settings(script))) as mailbox, pytest.raises(error, match=words) as caught:
            mailbox.put_draft(draft())
    assert type(caught.value) is error


def test_outlets_are_opened_by_kind(dovecot: Dovecot) -> None:
    with closing(open_mailbox("imap", **dovecot.settings())) as mailbox:
        assert mailbox.check().summary
    with pytest.raises(Unsupported, match="'mbox'"):
        open_mailbox("mbox", path="x")
    assert isinstance(open_transport(host="mail.example.org", username="alice"), SmtpTransport)


def test_a_place_in_a_folder_that_is_gone_holds_no_draft(mailbox: ImapMailbox) -> None:
    assert not mailbox.remove_draft(Place("Nowhere", "1", "1"), draft())


def test_content_comes_back_with_network_line_ends(dovecot: Dovecot, mailbox: ImapMailbox) -> None:
    mailbox.put_draft(draft(body=".dot\r\n\r\n..two"))
    (found,) = mailbox.find("draft-1@example.org", "", (Role.DRAFTS,))
    assert found.content == crlf(draft(body=".dot\r\n\r\n..two"))
