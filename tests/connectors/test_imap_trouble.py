"""What a hostile, broken or tired server does must end in data or in a clear error, never in a loop or a loss."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from connectors.base import Batch
from connectors.errors import AuthFailed, Unavailable
from connectors.imap import ImapSource, session
from connectors.records import MailRecord, Malformed
from tests.servers.clock import standing
from tests.servers.imap_script import Box, Script, mail, scripted
from tests.servers.process import PATIENCE


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    monkeypatch.setattr(session, "PAUSES", (0.0, 0.01))
    with scripted() as server, standing() as server.later:
        server.boxes["INBOX"].fill(*range(1, 12))
        yield server


def source(script: Script, **changed: Any) -> ImapSource:
    usual = {"host": "127.0.0.1", "port": script.port, "tls": "none", "username": "alice", "timeout": PATIENCE}
    return ImapSource(**{**usual, "password": lambda: "secret", **changed})


def poll(script: Script, cursors: dict[str, Any] | None = None, **changed: Any) -> list[Batch]:
    with closing(source(script, **changed)) as opened:
        return list(opened.poll(cursors or {}))


def refs(batches: list[Batch], kind: type) -> list[int]:
    """The UIDs told, having looked that each is told with its own header and not with a neighbour's."""
    records = [r for batch in batches for r in batch.records if isinstance(r, MailRecord | Malformed)]
    assert all(r.ref == f"{r.ref[0]}:{r.message_id.partition('@')[0]}" for r in records if isinstance(r, MailRecord))
    return sorted(int(record.ref.split(":")[1]) for record in records if isinstance(record, kind))


@pytest.mark.parametrize("kind", ["no", "bad", "short", "long", "quote", "nested", "bye", "close", "nouid", "huge"])
@pytest.mark.parametrize("victim", [1, 6, 11])
def test_one_bad_message_is_set_aside_and_the_others_are_read(script: Script, kind: str, victim: int) -> None:
    script.spoil[victim] = kind
    script.stubborn = {victim}
    batches = poll(script)
    assert refs(batches, Malformed) in ([[victim]] if kind != "long" else [[victim], []])
    assert sorted(refs(batches, MailRecord) + refs(batches, Malformed)) == list(range(1, 12))
    read = {name: batches[-1].cursor[name] for name in ("uidvalidity", "high", "low")}
    assert read == {"uidvalidity": 7, "high": 11, "low": 1}


@pytest.mark.parametrize("kind", ["no", "close", "quote", "hang"])
def test_a_message_that_only_fails_whole_is_read_by_its_first_64_kilobytes(script: Script, kind: str) -> None:
    script.spoil[6] = kind
    batches = poll(script)
    assert refs(batches, MailRecord) == list(range(1, 12))
    assert refs(batches, Malformed) == []


def test_a_header_longer_than_the_last_resort_is_cut_at_a_whole_recipient(script: Script) -> None:
    to = ", ".join(f"p{number}@example.net" for number in range(9000))
    script.boxes["INBOX"].messages[6] = b"From: bob@example.net\r\nTo: " + to.encode() + b"\r\n\r\n"
    script.spoil[6] = "no"
    (batch,) = poll(script)
    (record,) = [r for r in batch.records if isinstance(r, MailRecord) and r.ref == "7:6"]
    assert 3000 < len(record.to) < 9000
    assert all(mailbox.address.endswith("@example.net") for mailbox in record.to)
    assert any("rest unread" in defect for defect in record.defects)


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_silence_and_drip_end_at_the_deadline(script: Script, kind: str) -> None:
    script.boxes["INBOX"].messages = {6: mail(6)}
    script.spoil[6] = kind
    script.stubborn = {6}
    (batch,) = poll(script)
    (record,) = batch.records
    assert isinstance(record, Malformed)
    assert "no complete answer within 60 seconds" in record.reason


def test_a_message_listed_but_never_sent_is_told(script: Script) -> None:
    script.spoil[6] = "silent"
    script.stubborn = {6}
    assert refs(poll(script), Malformed) == [6]


def test_a_message_deleted_meanwhile_is_no_error(script: Script) -> None:
    box = script.boxes["INBOX"]

    def deleting(command: str) -> bytes | None:
        if "FETCH" in command:
            box.messages.pop(6, None)
        return None

    script.intercept = deleting
    batches = poll(script)
    assert refs(batches, Malformed) == []
    assert refs(batches, MailRecord) == [uid for uid in range(1, 12) if uid != 6]


def test_a_bad_internal_date_is_left_out(script: Script) -> None:
    script.spoil[6] = "date"
    (batch,) = poll(script)
    arrived = {record.ref: record.arrived for record in batch.records if isinstance(record, MailRecord)}
    assert arrived["7:6"] is None
    assert arrived["7:5"] is not None


def test_a_server_that_always_breaks_is_at_fault_and_no_message_is_blamed(script: Script) -> None:
    script.spoil = dict.fromkeys(range(1, 12), "close")
    script.stubborn = set(script.spoil)
    with pytest.raises(Unavailable, match="times in a row"):
        poll(script)


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE", "LIMIT"])
def test_a_busy_server_is_left_alone_and_nothing_is_blamed(script: Script, code: str) -> None:
    script.intercept = lambda command: f"TAG NO [{code}] later\r\n".encode() if "FETCH" in command else None
    with pytest.raises(Unavailable, match="later"):
        poll(script)


def test_a_broken_connection_between_folders_is_made_again(script: Script) -> None:
    script.boxes["Sent"] = script.boxes["INBOX"]
    closing_once = iter([b"CLOSE"])
    script.intercept = lambda command: next(closing_once, None) if command == 'EXAMINE "Sent"' else None
    batches = poll(script)
    assert [batch.stream for batch in batches] == ["INBOX", "Sent"]
    assert script.sessions == 2


def test_a_folder_replaced_during_the_read_starts_anew_next_time(script: Script) -> None:
    box = script.boxes["INBOX"]

    def replacing(command: str) -> bytes | None:
        if "FETCH" in command and box.uidvalidity == 7:
            box.uidvalidity = 8
            return b"CLOSE"
        return None

    script.intercept = replacing
    assert poll(script) == []
    (batch,) = poll(script, {"INBOX": {"uidvalidity": 7, "high": 11, "low": 12}})
    assert batch.restart
    assert batch.cursor["uidvalidity"] == 8


def test_a_folder_that_may_not_be_read_is_told_and_the_others_are_read(script: Script) -> None:
    script.boxes["Boss"] = script.boxes["INBOX"]
    script.intercept = lambda command: b"TAG NO [NOPERM] not yours\r\n" if command == 'EXAMINE "Boss"' else None
    read = {batch.stream: batch for batch in poll(script)}
    assert len(read["INBOX"].records) == 11
    (told,) = read["Boss"].records
    assert isinstance(told, Malformed)
    assert "not yours" in told.reason
    assert read["Boss"].cursor is None


def test_uids_handed_out_twice_mean_a_new_folder(script: Script) -> None:
    (batch,) = poll(script, {"INBOX": {"uidvalidity": 7, "high": 40, "low": 1}})
    assert batch.restart
    assert refs([batch], MailRecord) == list(range(1, 12))


def test_without_list_status_each_folder_is_asked_and_unchanged_ones_are_not_opened(script: Script) -> None:
    script.capabilities = "IMAP4rev1"
    (batch,) = poll(script)
    assert poll(script, {"INBOX": batch.cursor}) == []
    assert len([command for command in script.commands if command.startswith("STATUS")]) == 2
    assert len([command for command in script.commands if command.startswith("EXAMINE")]) == 1


def test_a_server_that_breaks_off_over_many_questions_is_asked_one_by_one(script: Script) -> None:
    script.capabilities = "IMAP4rev1"
    script.boxes |= {name: Box() for name in ("Apple", "Bird", "Cat")}
    script.intercept = lambda command: b"CLOSE" if script.sessions == 1 and "STATUS" in command else None
    (batch,) = [batch for batch in poll(script) if batch.records]
    assert refs([batch], MailRecord) == list(range(1, 12))
    assert [command for command in script.commands if command.startswith("STATUS")][-1].startswith('STATUS "Cat"')


def test_a_folder_whose_status_is_refused_keeps_no_other_from_being_told(script: Script) -> None:
    script.capabilities = "IMAP4rev1"
    script.boxes |= {name: Box() for name in ("Apple", "Bird")}
    cursors = {batch.stream: batch.cursor for batch in poll(script)}
    opened = len([command for command in script.commands if command.startswith("EXAMINE")])
    script.intercept = lambda command: b"TAG NO not now\r\n" if command.startswith('STATUS "Apple"') else None
    assert poll(script, cursors) == []
    assert [command for command in script.commands if command.startswith("EXAMINE")][opened:] == ['EXAMINE "Apple"']


def test_gmail_labels_come_along(script: Script) -> None:
    script.capabilities += " X-GM-EXT-1"
    script.boxes["INBOX"].messages = {3: mail(3)}
    answer = (
        b'* 1 FETCH (X-GM-LABELS ("\\\\Inbox" Family "R&AOk-ponse") UID 3 RFC822.SIZE 9 INTERNALDATE NIL BODY[HEADER] {'
    )
    raw = mail(3)
    line = answer + f"{len(raw)}}}\r\n".encode() + raw + b")\r\nTAG OK done\r\n"
    script.intercept = lambda command: line if "X-GM-LABELS" in command else None
    (batch,) = poll(script)
    (record,) = batch.records
    assert isinstance(record, MailRecord)
    assert record.labels == ("\\Inbox", "Family", "Réponse")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"TAG NO [AUTHENTICATIONFAILED] wrong\r\n", AuthFailed),
        (b"TAG NO no such user\r\n", AuthFailed),
        (b"TAG NO [UNAVAILABLE] directory is down\r\n", Unavailable),
        (b"* BYE too many of you\r\n", Unavailable),
        (b"CLOSE", Unavailable),
        (b"HANG", Unavailable),
    ],
)
def test_only_a_refused_password_counts_as_a_refused_password(script: Script, answer: bytes, error: type) -> None:
    script.intercept = lambda command: answer if command.startswith("LOGIN") else None
    with pytest.raises((AuthFailed, Unavailable)) as caught:
        poll(script)
    assert type(caught.value) is error
    assert caught.value.hint
    assert "secret" not in str(caught.value) + caught.value.hint


def test_a_wrong_password_is_tried_once(script: Script) -> None:
    script.intercept = lambda command: b"TAG NO [AUTHENTICATIONFAILED] x\r\n" if "LOGIN" in command else None
    with pytest.raises(AuthFailed, match="refused the sign-in of alice"):
        poll(script)
    assert script.sessions == 1


@pytest.mark.parametrize("greeting", [b"* BYE overloaded\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"* O"])
def test_a_greeting_that_is_none(script: Script, greeting: bytes) -> None:
    script.greeting = greeting
    with pytest.raises(Unavailable):
        poll(script, timeout=PATIENCE if greeting.endswith(b"\n") else 0.4)


def test_starttls_that_is_not_offered_ends_before_the_password(script: Script) -> None:
    with pytest.raises(Unavailable, match="offers no STARTTLS"):
        poll(script, tls="starttls")
    assert not [command for command in script.commands if "LOGIN" in command]
