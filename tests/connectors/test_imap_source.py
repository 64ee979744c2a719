"""The IMAP source against a real Dovecot: everything once, newest first, nothing changed on the server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from connectors.base import Batch
from connectors.errors import AuthFailed, ConnectorError, Unavailable
from connectors.imap import ImapSource, cursor, session
from connectors.imap.session import Box, Session
from connectors.records import MailRecord, Role
from tests.servers import cutter
from tests.servers import dovecot as servers
from tests.servers.dovecot import Account as Dovecot

pytestmark = pytest.mark.server

ODD_NAMES = [
    'Wörk "x" & y',
    "日本語/メモ",
    "a\\b",
    " lead",
    "[odd",
    "x%y",
    "*star",
    "em😀ji",
    "2023",
    "it{5}",
    "NIL",
    "a&b",
]
COLOMBO = timezone(timedelta(hours=5, minutes=30))


def mail(number: int) -> bytes:
    lines = ["From: Bob <bob@example.net>", "To: alice@example.org", f"Message-ID: <{number}@example.net>"]
    return "\r\n".join([*lines, "Subject: Hello", "Date: Mon, 02 Mar 2026 09:00:00 +0000", "", "Hi.", ""]).encode()


@pytest.fixture
def source(dovecot: Dovecot) -> Iterator[ImapSource]:
    with closing(ImapSource(**dovecot.settings())) as opened:
        yield opened


def sync(source: ImapSource, cursors: dict[str, Any]) -> list[Batch]:
    batches = []
    for batch in source.poll(cursors):
        batches.append(batch)
        cursors[batch.stream] = batch.cursor
    return batches


def ids(batches: list[Batch]) -> list[str]:
    return [r.message_id for batch in batches for r in batch.records if isinstance(r, MailRecord)]


def test_the_first_sync_reads_all_newest_first_and_the_second_nothing(dovecot: Dovecot, source: ImapSource) -> None:
    for number in range(4):
        dovecot.deliver(mail(number))
    cursors: dict[str, Any] = {}
    assert ids(sync(source, cursors)) == ["3@example.net", "2@example.net", "1@example.net", "0@example.net"]
    assert sync(source, cursors) == []


def test_new_mail_is_read_alone(dovecot: Dovecot, source: ImapSource) -> None:
    dovecot.deliver(mail(1))
    cursors: dict[str, Any] = {}
    sync(source, cursors)
    dovecot.deliver(mail(2))
    dovecot.deliver(mail(3), "Sent")
    batches = sync(source, cursors)
    assert sorted(ids(batches)) == ["2@example.net", "3@example.net"]
    assert {batch.stream: batch.expected for batch in batches} == {"INBOX": 2, "Sent": 1}


def test_a_first_sync_that_was_cut_off_takes_new_mail_first_and_then_goes_on(
    dovecot: Dovecot, source: ImapSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursor, "PAGE", 2)
    for number in range(6):
        dovecot.deliver(mail(number))
    first = next(iter(source.poll({})))
    dovecot.deliver(mail(6))
    cursors = {"INBOX": first.cursor}
    rest = sync(source, cursors)
    assert ids([first]) == ["5@example.net", "4@example.net"]
    assert ids(rest) == [f"{number}@example.net" for number in (6, 3, 2, 1, 0)]
    assert sync(source, cursors) == []


def test_a_record_tells_ref_arrival_in_utc_size_and_role(dovecot: Dovecot, source: ImapSource) -> None:
    uid = dovecot.deliver(mail(1), "Sent", datetime(2026, 3, 2, 14, 30, tzinfo=COLOMBO))
    (batch,) = [batch for batch in source.poll({}) if batch.records]
    (record,) = batch.records
    assert isinstance(record, MailRecord)
    assert record.ref == f"{batch.cursor['uidvalidity']}:{uid}"
    assert record.arrived == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert record.role is Role.SENT
    assert record.size == len(mail(1))
    assert record.delivered is None


def test_nothing_changes_on_the_server(dovecot: Dovecot, source: ImapSource) -> None:
    dovecot.deliver(mail(1))
    dovecot.deliver(mail(2), "INBOX", None, "\\Flagged")
    sync(source, {})
    assert dovecot.flags("INBOX") == [set(), {"\\Flagged"}]


def test_folders_with_any_name_are_read(dovecot: Dovecot, source: ImapSource) -> None:
    for number, name in enumerate(ODD_NAMES):
        dovecot.deliver(mail(number), name)
    cursors: dict[str, Any] = {}
    read = {batch.stream: ids([batch]) for batch in sync(source, cursors) if batch.records}
    assert read == {name: [f"{number}@example.net"] for number, name in enumerate(ODD_NAMES)}
    assert sync(source, cursors) == []


def test_junk_trash_drafts_and_excluded_folders_are_left_alone(dovecot: Dovecot) -> None:
    dovecot.create("Private", "Private/Health", "Work", "Trash/Old things")
    for number, name in enumerate(["Junk", "Trash", "Drafts", "Private", "Private/Health", "Trash/Old things", "Work"]):
        dovecot.deliver(mail(number), name)
    with closing(ImapSource(**dovecot.settings(folders_exclude=("private", "Typo")))) as source:
        assert ids(list(source.poll({}))) == ["6@example.net"]
        health = source.check()
    assert {s.name: bool(s.skipped) for s in health.streams if s.name.startswith("Priv")} == {
        "Private": True,
        "Private/Health": True,
    }
    assert health.warnings == ("folders_exclude names 'Typo', but there is no such folder.",)


def test_unchanged_folders_are_not_opened(
    dovecot: Dovecot, source: ImapSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.create(*(f"Project {number}" for number in range(20)))
    cursors: dict[str, Any] = {}
    sync(source, cursors)
    dovecot.deliver(mail(1), "Project 7")
    opened: list[bytes] = []
    really = Session.open

    def noting(session: Session, folder: bytes, *, readonly: bool = True) -> Box:
        opened.append(folder)
        return really(session, folder, readonly=readonly)

    monkeypatch.setattr(Session, "open", noting)
    sync(source, cursors)
    assert opened == [b"Project 7"]


def test_the_same_messages_under_new_numbers_are_told_again_as_a_restart(dovecot: Dovecot) -> None:
    dovecot.deliver(mail(1))
    cursors: dict[str, Any] = {}
    with closing(ImapSource(**dovecot.settings())) as source:
        sync(source, cursors)
    before = cursors["INBOX"]["uidvalidity"]
    dovecot.renumber("INBOX")
    with closing(ImapSource(**dovecot.settings())) as source:
        (batch,) = sync(source, cursors)
        assert sync(source, cursors) == []
    assert batch.restart
    assert ids([batch]) == ["1@example.net"]
    assert batch.cursor["uidvalidity"] != before


def test_a_folder_made_anew_is_read_anew(dovecot: Dovecot, source: ImapSource) -> None:
    dovecot.deliver(mail(1), "Work")
    cursors: dict[str, Any] = {}
    sync(source, cursors)
    dovecot.recreate("Work")
    dovecot.deliver(mail(2), "Work")
    (batch,) = sync(source, cursors)
    assert (batch.restart, ids([batch])) == (True, ["2@example.net"])


def test_a_renamed_folder_keeps_its_numbers(dovecot: Dovecot, source: ImapSource) -> None:
    dovecot.deliver(mail(1), "Work")
    cursors: dict[str, Any] = {}
    sync(source, cursors)
    dovecot.rename("Work", "Old work")
    (batch,) = sync(source, cursors)
    assert batch.stream == "Old work"
    assert batch.cursor == cursors["Work"]


def test_a_folder_deleted_while_it_is_read_stops_only_itself(
    dovecot: Dovecot, source: ImapSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursor, "PAGE", 1)
    monkeypatch.setattr(session, "PAUSES", (0.0,))
    for number, name in enumerate(["Apple", "Apple", "Zebra"]):
        dovecot.deliver(mail(number), name)
    batches = source.poll({})
    apple = next(batch for batch in batches if batch.stream == "Apple")
    dovecot.client.delete_folder("Apple")
    assert ids([apple]) == ["1@example.net"]
    assert ids(list(batches))[-1] == "2@example.net"


def test_a_connection_cut_in_the_middle_is_made_again(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "PAUSES", (0.0,))
    for number in range(3):
        dovecot.deliver(mail(number))
    with cutter.between(dovecot.port) as line:
        for how in ("fin", "rst"):
            line.cut(answer=rb"\* 2 FETCH", how=how)
            with closing(ImapSource(**dovecot.settings(port=line.port))) as source:
                assert len(ids(list(source.poll({})))) == 3
    assert line.connections == 4


def test_a_wrong_password_is_said_plainly(dovecot: Dovecot) -> None:
    source = ImapSource(**dovecot.settings(password=lambda: "wrong"))
    with pytest.raises(AuthFailed, match=f"refused the sign-in of {dovecot.username}") as caught:
        source.check()
    assert caught.value.permanent
    assert "app password" in caught.value.hint
    assert "tried again after an hour" in caught.value.hint


def test_a_password_outside_ascii_is_sent_as_utf_8(dovecot: Dovecot) -> None:
    with pytest.raises(AuthFailed, match="AUTHENTICATIONFAILED"):
        ImapSource(**dovecot.settings(password=lambda: "Zürich")).check()


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_tls_with_the_servers_own_authority(dovecot: Dovecot, tls: str) -> None:
    port = dovecot.tls_port if tls == "tls" else dovecot.port
    with closing(ImapSource(**dovecot.settings(tls=tls, port=port, ca_file=dovecot.ca_file))) as source:
        assert "Signed in" in source.check().summary


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_an_unknown_authority_is_not_trusted(dovecot: Dovecot, tls: str) -> None:
    port = dovecot.tls_port if tls == "tls" else dovecot.port
    with pytest.raises(Unavailable, match="is not trusted") as caught:
        ImapSource(**dovecot.settings(tls=tls, port=port)).check()
    assert "ca_file" in caught.value.hint


def test_a_certificate_for_another_name_is_not_trusted(dovecot: Dovecot) -> None:
    settings = dovecot.settings(tls="tls", host="127.0.0.2", port=dovecot.tls_port, ca_file=dovecot.ca_file)
    with pytest.raises(ConnectorError):
        ImapSource(**settings).check()


def test_the_wrong_port_for_tls_is_hinted_at(dovecot: Dovecot) -> None:
    with pytest.raises(Unavailable, match=r"could not agree|broke") as caught:
        ImapSource(**dovecot.settings(tls="tls")).check()
    assert caught.value.hint


def test_a_server_that_dies_and_one_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "PAUSES", ())
    with servers.running() as server:
        account = server.account()
        account.deliver(mail(1))
        with closing(ImapSource(**account.settings())) as source:
            cursors: dict[str, Any] = {}
            sync(source, cursors)
            server.kill()
            with pytest.raises(Unavailable, match=r"refused the connection|The connection to .* broke"):
                sync(source, cursors)
            account.close()
            server.start()
            assert sync(source, cursors) == []


def test_closing_twice_is_fine_and_the_source_can_be_used_again(source: ImapSource) -> None:
    source.check()
    source.close()
    source.close()
    assert source.check().streams
    assert isinstance(source._session._client.socket(), socket.socket)  # type: ignore[union-attr]


def test_the_password_is_in_no_representation(source: ImapSource) -> None:
    assert servers.PASSWORD not in repr(source) + repr(source._session.account)
