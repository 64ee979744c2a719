"""Google Takeout: labels decide what a message is, and zip files are read where they lie."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import pytest

from connectors.errors import Unsupported
from connectors.files.takeout import gmail_labels, role_by_labels
from connectors.records import MailRecord, Malformed, Role
from tests.connectors.contract import letter, letters, mail_ids
from tests.connectors.test_files_mbox import cursors, mails, mbox, poll, records, write

GOOGLE = b"From 1692351385186341234@xxx Wed Jan 01 12:00:00 +0000 2020\n"
NAME = "Takeout/Mail/All mail Including Spam and Trash.mbox"


def labelled(number: int, labels: str) -> bytes:
    return f"X-GM-THRID: 1692351385186341234\nX-Gmail-Labels: {labels}\n".encode() + letter(number)


def packed(path: Path, *raws: bytes, name: str = NAME) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Takeout/archive_browser.html", "<html></html>")
        archive.writestr(name, mbox(*raws, line=GOOGLE))
    return path


@pytest.mark.parametrize(
    ("labels", "role"),
    [
        ("Inbox,Important,Opened", Role.INBOX),
        ("Sent,Archived", Role.SENT),
        ("Gesendet,Geöffnet", Role.SENT),
        ("=?UTF-8?Q?Messages_envoy=C3=A9s,Ouvert?=", Role.SENT),
        ("Archived,Work/Sent", Role.ARCHIVE),
        ("Inbox,Spam", None),
        ("Drafts", None),
        ("=?UTF-8?Q?Entw=C3=BCrfe?=", None),
        ("Trash,Sent", None),
        ("ゴミ箱", None),
    ],
)
def test_what_the_labels_say(labels: str, role: Role | None) -> None:
    found = gmail_labels("1692351385186341234@xxx", labelled(1, labels))
    assert found is not None
    assert role_by_labels(found) is role


def test_labels_may_hold_commas_in_quotes() -> None:
    assert gmail_labels("1692351385186341234@xxx", labelled(1, 'Inbox,"Friends, old"')) == ("Inbox", "Friends, old")


def test_drafts_spam_and_deleted_mail_are_left_out(tmp_path: Path) -> None:
    raws = [labelled(n, label) for n, label in enumerate(["Inbox", "Sent", "Spam", "Trash,Inbox", "Drafts", "Acme"])]
    found = mails(write(tmp_path / "All mail.mbox", mbox(*raws, line=GOOGLE)))
    assert {mail.message_id[7]: (mail.role, mail.labels) for mail in found} == {
        "0": (Role.INBOX, ("Inbox",)),
        "1": (Role.SENT, ("Sent",)),
        "5": (Role.ARCHIVE, ("Acme",)),
    }
    assert len(mails(tmp_path / "All mail.mbox", exclude=("acme",))) == 2


def test_a_stranger_cannot_put_mail_among_what_the_owner_sent(tmp_path: Path) -> None:
    (mail,) = mails(write(tmp_path / "INBOX.mbox", mbox(labelled(1, "Sent"))))
    assert (mail.role, mail.labels) == (Role.INBOX, ())
    twice = b"X-Gmail-Labels: Inbox\n" + labelled(1, "Sent")
    (mail,) = mails(write(tmp_path / "INBOX.mbox", mbox(twice, line=GOOGLE)))
    assert mail.role is Role.INBOX


def test_a_zip_is_read_in_place_and_once(tmp_path: Path) -> None:
    path = packed(tmp_path / "takeout-001.zip", *letters(*range(1_203)))
    batches = poll(path)
    assert [len(batch.records) for batch in batches] == [500, 500, 203]
    assert {batch.stream for batch in batches} == {f"takeout-001.zip/{NAME}"}
    assert poll(path, cursors(batches)) == []
    rest = poll(path, cursors(batches[:1]))
    assert len(records(rest)) == 703
    assert list(tmp_path.iterdir()) == [path]


def test_another_takeout_under_the_same_name_is_read_anew(tmp_path: Path) -> None:
    path = packed(tmp_path / "takeout.zip", *letters(1))
    first = poll(path)
    packed(path, *letters(1, 2))
    again = poll(path, cursors(first))
    assert again[0].restart
    assert mail_ids(records(again)) == ["1", "2"]


def test_a_folder_of_zips_and_files(tmp_path: Path) -> None:
    packed(tmp_path / "takeout-001.zip", *letters(1))
    packed(tmp_path / "takeout-002.zip", *letters(2))
    write(tmp_path / "INBOX.mbox", mbox(letter(3)))
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("a.jpg", b"jpg")
    assert sorted(mail_ids(records(poll(tmp_path)))) == ["1", "2", "3"]


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NAME, GOOGLE + bytes(20 << 20))
    batches = poll(path)
    (bad,) = records(batches)
    assert isinstance(bad, Malformed)
    assert "100 times" in bad.reason
    assert poll(path, cursors(batches)) == []


def test_a_locked_member_is_told(tmp_path: Path) -> None:
    path = packed(tmp_path / "locked.zip", *letters(1))
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = raw.rindex(signature) + offset
        raw[at : at + 2] = struct.pack("<H", 1)
    path.write_bytes(raw)
    (bad,) = records(poll(path))
    assert isinstance(bad, Malformed)
    assert "password" in bad.reason


def test_a_damaged_zip_gives_what_is_readable_and_says_so(tmp_path: Path) -> None:
    path = packed(tmp_path / "torn.zip", *letters(*range(20_000)))
    raw = bytearray(path.read_bytes())
    middle = len(raw) // 2
    raw[middle : middle + 64] = b"\xff" * 64
    path.write_bytes(raw)
    batches = poll(path)
    found = records(batches)
    assert isinstance(found[-1], Malformed)
    assert "damaged" in found[-1].reason
    assert len([record for record in found if isinstance(record, MailRecord)]) >= 500
    assert poll(path, cursors(batches)) == []


def test_a_file_that_only_begins_like_a_zip_is_told(tmp_path: Path) -> None:
    (bad,) = records(poll(write(tmp_path / "x.zip", b"PK\x03\x04 and then nothing")))
    assert isinstance(bad, Malformed)
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(Unsupported):
        poll(tmp_path / "y.zip")
