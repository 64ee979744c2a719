"""Maildirs: which folders there are, what their names say, and that no file is read twice."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Batch
from connectors.errors import NotFound, Unsupported
from connectors.files.maildir import MaildirSource
from connectors.files.seen import Seen
from connectors.records import MailRecord, Malformed, Role
from tests.connectors.contract import FIRST_DAY, letter, mail_ids

STAMP = int(FIRST_DAY.timestamp())


def make(path: Path) -> Path:
    for part in ("cur", "new", "tmp"):
        (path / part).mkdir(parents=True)
    return path


def deliver(folder: Path, number: int, name: str = "", part: str = "cur", **fields: str) -> Path:
    path = folder / part / (name or f"{STAMP + number}.M{number}P1.alice:2,S")
    path.write_bytes(letter(number, **fields))
    return path


def poll(path: Path, cursors: dict[str, Any] | None = None, **settings: Any) -> list[Batch]:
    return list(MaildirSource(path, **settings).poll(cursors or {}))


def cursors(batches: list[Batch]) -> dict[str, Any]:
    return {batch.stream: batch.cursor for batch in batches}


def records(batches: list[Batch]) -> list[Any]:
    return [record for batch in batches for record in batch.records]


def roles(batches: list[Batch]) -> dict[str, Role]:
    return {record.folder: record.role for record in records(batches)}


def test_maildir_plus_plus(tmp_path: Path) -> None:
    root = make(tmp_path / "Maildir")
    deliver(root, 1)
    for number, name in enumerate([".Sent", ".Entw&APw-rfe", ".Junk", ".Trash", ".Work.Acme", ".Sent.2019"], start=2):
        deliver(make(root / name), number)
    assert roles(poll(root)) == {
        "INBOX": Role.INBOX,
        "Sent": Role.SENT,
        "Sent/2019": Role.SENT,
        "Work/Acme": Role.OTHER,
    }
    skipped = {stream.name: stream.skipped for stream in MaildirSource(root).check().streams if stream.skipped}
    assert skipped == {"Entwürfe": "drafts are not sent yet", "Junk": "junk mail", "Trash": "deleted mail"}


def test_nested_maildirs_as_mbsync_writes_them(tmp_path: Path) -> None:
    for number, name in enumerate(["INBOX", "[Gmail]/Gesendet", "[Gmail]/Spam", "Work/Acme"]):
        deliver(make(tmp_path / name), number)
    assert roles(poll(tmp_path)) == {"INBOX": Role.INBOX, "[Gmail]/Gesendet": Role.SENT, "Work/Acme": Role.OTHER}
    assert roles(poll(tmp_path, exclude=("work", "[[]gmail]/ges*"))) == {"INBOX": Role.INBOX}


def test_an_unchanged_maildir_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make(tmp_path)
    first = deliver(root, 1, part="new")
    first.rename(root / "new" / "1577880001.M1P1.alice")
    deliver(root, 2)
    batches = poll(root)
    (root / "new" / "1577880001.M1P1.alice").rename(root / "cur" / "1577880001.M1P1.alice:2,RS")

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a file was opened")

    monkeypatch.setattr(Path, "open", refuse)
    assert poll(root, cursors(batches)) == []


def test_mail_with_an_old_name_that_comes_late_is_found(tmp_path: Path) -> None:
    root = make(tmp_path)
    for number in (5, 9):
        deliver(root, number)
    batches = poll(root)
    deliver(root, 3, name=f"{STAMP - 999}.moved.here")
    assert mail_ids(records(poll(root, cursors(batches)))) == ["3"]


def test_deleted_files_leave_the_cursor(tmp_path: Path) -> None:
    root = make(tmp_path)
    paths = [deliver(root, number) for number in range(20)]
    batches = poll(root)
    for path in paths[:15]:
        path.unlink()
    deliver(root, 21)
    (batch,) = poll(root, cursors(batches))
    assert len(Seen.of(batch.cursor)) == 6


def test_drafts_are_known_by_their_flag_too(tmp_path: Path) -> None:
    root = make(tmp_path)
    deliver(root, 1, name=f"{STAMP}.a:2,DS")
    deliver(root, 2, name=f"{STAMP}.b;2,FRS")
    assert mail_ids(records(poll(root))) == ["2"]


def test_the_name_tells_the_arrival_unless_it_is_the_time_of_a_copy(tmp_path: Path) -> None:
    root = make(tmp_path)
    received = "from a by b; Mon, 1 Jan 2024 00:00:00 +0000"
    deliver(root, 0, name=f"{STAMP}.on_time")
    deliver(root, 1, name="1704067200.copied_years_later")
    deliver(root, 2, name="1704067200.sent_late", Received=received)
    deliver(root, 3, name="no.time.at.all")
    arrived = {mail.ref.split(".", 1)[1]: mail.arrived for mail in records(poll(root))}
    assert arrived == {
        "on_time": FIRST_DAY,
        "copied_years_later": None,
        "sent_late": datetime(2024, 1, 1, tzinfo=UTC),
        "time.at.all": None,
    }


def test_a_file_that_cannot_be_opened_is_told_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(tmp_path)
    locked = deliver(root, 1)
    deliver(root, 2)
    opened = Path.open

    def refuse(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    with monkeypatch.context() as context:
        context.setattr(Path, "open", refuse)
        batches = poll(root)
        (bad,) = [record for record in records(batches) if isinstance(record, Malformed)]
        assert bad.reason == "The file cannot be read: Permission denied."
        assert poll(root, cursors(batches)) == []
        deliver(root, 3)
        batches = poll(root, cursors(batches))
        assert (len(records(batches)), mail_ids(records(batches))) == (1, ["3"])
    assert mail_ids(records(poll(root, cursors(batches)))) == ["1"]


def test_a_file_that_vanishes_meanwhile_is_left_for_the_next_poll(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(tmp_path)
    moving = deliver(root, 1)
    deliver(root, 2)
    polled = MaildirSource(root).poll({})
    hidden = moving.with_name(moving.name + "R")
    listed = os.scandir

    def rename_after_listing(path: Any) -> Any:
        found = listed(path)
        if str(path).endswith("cur") and moving.exists():
            entries = list(found)
            moving.rename(hidden)
            return _Listing(entries)
        return found

    monkeypatch.setattr("connectors.files.maildir.os.scandir", rename_after_listing)
    batches = list(polled)
    assert (len(records(batches)), mail_ids(records(batches))) == (1, ["2"])
    assert mail_ids(records(poll(root, cursors(batches)))) == ["1"]


class _Listing:
    def __init__(self, entries: list[os.DirEntry[str]]) -> None:
        self.entries = entries

    def __enter__(self) -> list[os.DirEntry[str]]:
        return self.entries

    def __exit__(self, *_: object) -> None:
        pass


def test_a_folder_that_cannot_be_listed_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make(tmp_path)
    deliver(root, 1)
    locked = make(root / ".Work")
    listed = os.scandir

    def refuse(path: Any) -> Any:
        if Path(path).parent == locked:
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr("connectors.files.maildir.os.scandir", refuse)
    found = records(poll(root))
    assert mail_ids(found) == ["1"]
    assert [(bad.folder, bad.reason) for bad in found if isinstance(bad, Malformed)] == [
        ("Work", "The folder cannot be listed: Permission denied.")
    ]
    assert MaildirSource(root).check().warnings == ("The folder Work cannot be listed.",)


def test_names_in_unknown_bytes_become_text(tmp_path: Path) -> None:
    root = make(tmp_path)
    deliver(root, 1, name=os.fsdecode(b"1577880001.\xff.alice"))
    (mail,) = records(poll(root))
    assert isinstance(mail, MailRecord)
    assert mail.ref == r"1577880001.\xff.alice"


def test_what_is_no_maildir_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        poll(tmp_path / "absent")
    with pytest.raises(Unsupported, match="no Maildir"):
        poll(tmp_path)
