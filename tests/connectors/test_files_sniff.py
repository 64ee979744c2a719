"""What lies at a path, told by content."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from connectors.files.sniff import sniff
from tests.connectors.contract import letter
from tests.connectors.test_files_maildir import deliver, make
from tests.connectors.test_files_mbox import mbox, write
from tests.connectors.test_files_takeout import packed
from tests.shared import shared

CALENDAR = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"


def test_single_files(tmp_path: Path) -> None:
    files = {
        "INBOX": (mbox(letter(1)), "mbox"),
        "mail.txt": (letter(1), "folder"),
        "13.": (b"X-Odd: 1\n\nbody", "folder"),
        "work": (b"\xef\xbb\xbf" + CALENDAR, "ics"),
        "notes.txt": (b"Dear diary,\n", "unknown"),
        "1.eml": (b"\0\0\0", "unknown"),
        "empty": (b"", "unknown"),
    }
    for name, (content, kind) in files.items():
        assert sniff(write(tmp_path / name, content)) == kind, name
    assert sniff(tmp_path / "absent") == "unknown"


def test_zips(tmp_path: Path) -> None:
    assert sniff(packed(tmp_path / "takeout.zip", letter(1))) == "mbox"
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("a.jpg", b"jpg")
    assert sniff(tmp_path / "photos.zip") == "unknown"
    assert sniff(write(tmp_path / "torn.zip", b"PK\x03\x04 torn")) == "unknown"


def test_directories(tmp_path: Path) -> None:
    deliver(make(tmp_path / "maildir" / ".Sent"), 1)
    deliver(make(tmp_path / "mbsync" / "Work" / "Acme"), 1)
    write(tmp_path / "thunderbird" / "Inbox", mbox(letter(1), letter(2)))
    write(tmp_path / "thunderbird" / "Inbox.msf", b"// mork")
    write(tmp_path / "export" / "2019" / "a.eml", mbox(letter(1)))
    write(tmp_path / "calendars" / "a.ics", CALENDAR)
    write(tmp_path / "photos" / "a.jpg", b"\xff\xd8")
    kinds = {path.name: sniff(path) for path in tmp_path.iterdir()}
    assert kinds == {
        "maildir": "maildir",
        "mbsync": "maildir",
        "thunderbird": "mbox",
        "export": "folder",
        "calendars": "ics",
        "photos": "unknown",
    }


@pytest.mark.corpora
def test_real_ones() -> None:
    assert sniff(shared("mailboxes", "openbmc")) == "mbox"
    assert sniff(shared("mailboxes", "openbmc", "Sent.mbox")) == "mbox"
    assert sniff(shared("mailboxes", "enron-south")) == "folder"
    assert sniff(shared("mailboxes", "enron-crandell")) == "folder"
    assert sniff(shared("corpora", "ics")) == "ics"
    assert sniff(shared("corpora", "vcf")) == "unknown"
