"""Trees of message files: exports, MH folders and numbered archives."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Batch
from connectors.errors import NotFound
from connectors.files.folder import FolderSource
from connectors.files.reading import body_digest
from connectors.records import MailRecord, Malformed, Role
from tests.connectors.contract import letter, mail_ids
from tests.connectors.test_files_mbox import LINE, cursors, mbox, records, write


def poll(path: Path, before: dict[str, Any] | None = None, **settings: Any) -> list[Batch]:
    return list(FolderSource(path, **settings).poll(before or {}))


def test_folders_and_roles_by_name(tmp_path: Path) -> None:
    names = ["inbox/1.", "sent_items/1.", "deleted_items/1.", "Junk/1.eml", "Drafts/1", "inbox/acme/a.eml", "top.eml"]
    for number, name in enumerate(names):
        write(tmp_path / name, letter(number))
    found = {mail.folder: mail.role for mail in records(poll(tmp_path)) if isinstance(mail, MailRecord)}
    assert found == {
        "inbox": Role.INBOX,
        "sent_items": Role.SENT,
        "deleted_items": Role.TRASH,
        "inbox/acme": Role.OTHER,
        tmp_path.name: Role.OTHER,
    }
    kept = records(poll(tmp_path, exclude=("INBOX", "deleted*")))
    assert sorted(mail_ids(kept)) == ["1", "6"]


def test_the_outbox_of_mh_holds_what_went_out(tmp_path: Path) -> None:
    write(tmp_path / "mh/outbox/1", letter(1))
    write(tmp_path / "outlook/outbox/a.eml", letter(2))
    assert [(m.folder, m.role) for m in records(poll(tmp_path)) if isinstance(m, MailRecord)] == [
        ("mh/outbox", Role.SENT)
    ]


def test_one_file_is_a_folder_of_one(tmp_path: Path) -> None:
    path = write(tmp_path / "letter.eml", letter(1))
    (mail,) = records(poll(path, role="sent"))
    assert isinstance(mail, MailRecord)
    assert (mail.role, mail.ref) == (Role.SENT, "letter.eml")
    assert poll(path, cursors(poll(path))) == []


def test_numbers_count_upwards_in_mh_and_from_the_newest_in_archives(tmp_path: Path) -> None:
    for number in range(12):
        write(tmp_path / "mh" / str(number + 1), letter(number))
        write(tmp_path / "archive" / f"{number + 1}.", letter(50 - number))
        path = write(tmp_path / "export" / f"{(number * 7) % 12}.eml", letter(number))
        os.utime(path, (number, number))
    for folder in ("mh", "archive", "export"):
        order = [int(number) for number in mail_ids(records(poll(tmp_path / folder)))]
        assert order == sorted(order, reverse=True), folder


def test_other_files_are_passed_over_and_counted(tmp_path: Path) -> None:
    write(tmp_path / "1.eml", letter(1))
    write(tmp_path / "mail of bob", letter(2))
    write(tmp_path / "readme.txt", b"Dear reader,\n\nthis is no mail.\n")
    write(tmp_path / "photo.jpg", b"\xff\xd8\xff\xe0")
    write(tmp_path / ".hidden.eml", letter(3))
    batches = poll(tmp_path)
    assert sorted(mail_ids(records(batches))) == ["1", "2"]
    assert poll(tmp_path, cursors(batches)) == []
    health = FolderSource(tmp_path).check()
    assert health.warnings == ("2 files passed over: no mail.",)
    assert [stream.messages for stream in health.streams] == [2]


def test_what_looks_like_mail_and_is_none_is_told(tmp_path: Path) -> None:
    write(tmp_path / "a.eml", b"\xd0\xcf\x11\xe0 an Outlook file by another name")
    write(tmp_path / "b.eml", b"")
    write(tmp_path / "old mail", mbox(letter(1), letter(2)))
    write(tmp_path / "one mail", LINE + letter(3))
    found = records(poll(tmp_path))
    assert mail_ids(found) == ["3"]
    reasons = {bad.ref: bad.reason for bad in found if isinstance(bad, Malformed)}
    assert reasons.keys() == {"a.eml", "b.eml", "old mail"}
    assert "mbox" in reasons["old mail"]


def test_a_file_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "1", letter(1))
    batches = poll(tmp_path)
    write(path, letter(200))
    assert mail_ids(records(poll(tmp_path, cursors(batches)))) == ["200"]


def test_files_of_apple_mail_have_their_length_in_front(tmp_path: Path) -> None:
    raw = letter(1)
    write(tmp_path / "1234.emlx", f"{len(raw)}      \n".encode() + raw + b"<?xml version='1.0'?><plist/>")
    assert mail_ids(records(poll(tmp_path))) == ["1"]


def test_the_time_of_a_file_is_no_evidence(tmp_path: Path) -> None:
    write(tmp_path / "1.eml", letter(1, Date=""))
    (mail,) = records(poll(tmp_path))
    assert isinstance(mail, MailRecord)
    assert (mail.date, mail.arrived) == (None, None)


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "1.eml", letter(1))
    inside = tmp_path / "mail"
    write(inside / "2.eml", letter(2))
    (inside / "3.eml").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    assert mail_ids(records(poll(inside))) == ["2"]


def test_a_trace_of_transport_is_seen(tmp_path: Path) -> None:
    write(tmp_path / "1.eml", letter(1))
    write(tmp_path / "2.eml", letter(2, Received=""))
    found = {mail.ref: mail.delivered for mail in records(poll(tmp_path)) if isinstance(mail, MailRecord)}
    assert found == {"1.eml": True, "2.eml": False}


@pytest.mark.parametrize(
    "copy",
    [
        b"Dear Bob,\r\n\r\nsee you at the fair.\r\n",
        b"Dear Bob,\n\nsee you at\nthe fair.\n\n\n",
        b"Dear Bob,  \n\nsee you at the fair.",
        b"Dear Bob,\n\nsee you at the f=\nair.\n",
    ],
)
def test_the_digest_forgets_what_copying_changes(copy: bytes) -> None:
    assert body_digest(copy) == body_digest(b"Dear Bob,\n\nsee you at the fair.\n")
    assert body_digest(copy) != body_digest(b"Dear Bob,\n\nsee you at the pub.\n")


def test_what_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing at"):
        poll(tmp_path / "absent")
