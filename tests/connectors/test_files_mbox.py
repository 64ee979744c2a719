"""Mailbox files: where messages begin, what became of the file since, and what its labels say."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Batch
from connectors.errors import NotFound, Unsupported
from connectors.files.mbox import MboxSource
from connectors.files.mbox_scan import parse_from_line, separators, starts_as_mbox
from connectors.records import MailRecord, Malformed, Record, Role
from tests.connectors.contract import letter, mail_ids

LINE = b"From bob@example.net Wed Jan  1 12:00:00 2020\n"


def mbox(*raws: bytes, line: bytes = LINE) -> bytes:
    return b"".join(line + raw + b"\n" for raw in raws)


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def poll(path: Path, cursors: dict[str, Any] | None = None, **settings: Any) -> list[Batch]:
    return list(MboxSource(path, **settings).poll(cursors or {}))


def records(batches: Iterable[Batch]) -> list[Record]:
    return [record for batch in batches for record in batch.records]


def mails(path: Path, **settings: Any) -> list[MailRecord]:
    return [record for record in records(poll(path, **settings)) if isinstance(record, MailRecord)]


def cursors(batches: Iterable[Batch]) -> dict[str, Any]:
    return {batch.stream: batch.cursor for batch in batches}


def starts(content: bytes) -> list[int]:
    return list(separators(lambda at, length: content[at : at + length], 0, len(content)))


@pytest.mark.parametrize(
    "line",
    [
        b"From bob@example.net Wed Jan  1 12:00:00 2020",
        b"From bob@example.net Wed Jan  1 12:00 2020\r\n",
        b"From 1692351385186341234@xxx Wed Jan 01 12:00:00 +0000 2020",
        b"From bob@example.net Wed Jan  1 14:00:00 2020 +0200",
        b"From bob Wed Jan  1 12:00:00 UTC 2020",
        b"From bob@example.net Wed Jan  1 12:00:00 2020 remote from mars",
        b'From "Bob B"@example.net Wed, 1 Jan 2020 12:00:00 +0000',
    ],
)
def test_dialects_of_the_separator(line: bytes) -> None:
    found = parse_from_line(line)
    assert found is not None
    assert (found.dated, found.arrived) == (True, datetime(2020, 1, 1, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    "line", [b"From - Wed Jan  1 12:00:00 2020", b"From mbox@localhost Thu Jan  1 00:00:00 1970", b"From nobody"]
)
def test_separators_whose_time_is_not_to_be_believed(line: bytes) -> None:
    found = parse_from_line(line)
    assert found is not None
    assert found.arrived is None


@pytest.mark.parametrize(
    "line",
    [
        b"From what I saw on Monday, all is well.",
        b"From Monday Jan 5 at 10:30 2020 on we meet daily",
        b"From here to eternity",
        b">From bob@example.net Wed Jan  1 12:00:00 2020",
        b"From: bob@example.net",
    ],
)
def test_lines_that_only_look_like_separators(line: bytes) -> None:
    assert parse_from_line(line) is None


def test_from_in_a_body_begins_no_message(tmp_path: Path) -> None:
    body = (
        b"Dear Alice,\n\nFrom Bob\nI heard that all is well.\n\nFrom now on we meet at noon.\n"
        b"From carol@example.com Wed Jan  1 12:00:00 2020\nno empty line before\n\n"
        b">From dan@example.com Wed Jan  1 12:00:00 2020\nSubject: quoted\n"
    )
    path = write(tmp_path / "INBOX.mbox", mbox(letter(1) + body, letter(2)))
    found = records(poll(path))
    assert (len(found), mail_ids(found)) == (2, ["2", "1"])


def test_line_ends_of_other_systems_and_separators_without_a_date(tmp_path: Path) -> None:
    crlf = write(tmp_path / "a.mbox", mbox(letter(1), letter(2)).replace(b"\n", b"\r\n"))
    bare = write(tmp_path / "b.mbox", mbox(letter(3), letter(4), line=b"From -\n"))
    marked = write(tmp_path / "c.mbox", b"\xef\xbb\xbf" + mbox(letter(5)))
    assert [sorted(mail_ids(records(poll(path)))) for path in (crlf, bare, marked)] == [["1", "2"], ["3", "4"], ["5"]]


@given(
    st.lists(st.sampled_from([b"\n", b"From ", b"From a Wed Jan  1 12:00:00 2020\n", b"x", b"To: b\n"]), max_size=30)
)
def test_reading_in_pieces_finds_the_same_places(parts: list[bytes]) -> None:
    content = b"".join(parts)
    whole = starts(content)
    assert whole == sorted(set(whole))
    small = separators(lambda at, length: content[at : at + min(length, 7)], 0, len(content))
    assert list(small) == whole


def test_a_separator_at_the_edge_of_a_piece_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    content = mbox(*(letter(number) for number in range(60)))
    whole = starts(content)
    for chunk in range(2_100, 2_500, 7):
        monkeypatch.setattr("connectors.files.mbox_scan.CHUNK", chunk)
        assert starts(content) == whole


def test_a_file_that_only_grew_is_not_read_again(tmp_path: Path) -> None:
    path = write(tmp_path / "INBOX", mbox(letter(1), letter(2)))
    first = poll(path)
    write(path, path.read_bytes() + mbox(letter(3)))
    more = poll(path, cursors(first))
    assert mail_ids(records(more)) == ["3"]
    assert not any(batch.restart for batch in more)


def test_a_message_that_was_half_written_is_read_again_when_it_is_whole(tmp_path: Path) -> None:
    whole = mbox(letter(1), letter(2, Subject="A long story"))
    path = write(tmp_path / "INBOX", whole[:-40])
    first = poll(path)
    write(path, whole + mbox(letter(3)))
    assert mail_ids(records(poll(path, cursors(first)))) == ["2", "3"]


def test_writers_that_put_the_empty_line_before_instead_of_behind(tmp_path: Path) -> None:
    path = write(tmp_path / "INBOX", LINE + letter(1))
    first = poll(path)
    write(path, path.read_bytes() + b"\n" + LINE + letter(2))
    assert mail_ids(records(poll(path, cursors(first)))) == ["2"]


def test_notes_of_mail_programs_in_place_change_nothing(tmp_path: Path) -> None:
    status = b"X-Mozilla-Status: 0000\n"
    path = write(tmp_path / "INBOX", mbox(status + letter(1), status + letter(2)))
    first = poll(path)
    write(path, path.read_bytes().replace(b"Status: 0000", b"Status: 0009"))
    assert poll(path, cursors(first)) == []


@pytest.mark.parametrize("keep", [0, 1])
def test_a_file_that_shrank_is_read_anew(tmp_path: Path, keep: int) -> None:
    path = write(tmp_path / "INBOX.mbox", mbox(letter(1), letter(2), letter(3)))
    first = poll(path)
    write(path, mbox(*[letter(1)][:keep], letter(3)))
    again = poll(path, cursors(first))
    assert again[0].restart
    assert "3" in mail_ids(records(again))
    assert poll(path, cursors(again)) == []


def test_a_compacted_file_that_grew_past_its_old_size_is_read_anew(tmp_path: Path) -> None:
    path = write(tmp_path / "INBOX.mbox", mbox(letter(1), letter(2), letter(3)))
    first = poll(path)
    write(path, mbox(letter(1), letter(3), *(letter(number) for number in range(4, 9))))
    again = poll(path, cursors(first))
    assert [batch.restart for batch in again] == [True]
    assert sorted(mail_ids(records(again))) == ["1", "3", "4", "5", "6", "7", "8"]


def test_an_emptied_file_starts_anew_without_records(tmp_path: Path) -> None:
    path = write(tmp_path / "INBOX.mbox", mbox(letter(1)))
    first = poll(path)
    write(path, b"")
    (again,) = poll(path, cursors(first))
    assert (again.restart, again.records) == (True, ())
    assert poll(path, cursors([again])) == []
    write(path, mbox(letter(2)))
    assert mail_ids(records(poll(path, cursors([again])))) == ["2"]


def test_a_cursor_from_elsewhere_is_no_cursor(tmp_path: Path) -> None:
    path = write(tmp_path / "INBOX.mbox", mbox(letter(1)))
    for strange in ({"low": "x"}, ["?"], "x", 7):
        (batch,) = poll(path, {"INBOX.mbox": strange})
        assert batch.restart


def test_a_folder_of_mailboxes_with_roles_by_name(tmp_path: Path) -> None:
    for number, name in enumerate(
        ["Inbox", "Gesendet", "Trash.mbox", "Junk.mbox", "Drafts", "Inbox.sbd/Acme", "Sent Messages.mbox/mbox"]
    ):
        write(tmp_path / name, mbox(letter(number)))
    write(tmp_path / "Inbox.msf", b"// <!-- <mdb:mork:z v=1.4/> -->")
    found = {mail.folder: mail.role for mail in mails(tmp_path)}
    assert found == {
        "Inbox": Role.INBOX,
        "Gesendet": Role.SENT,
        "Sent Messages": Role.SENT,
        "Inbox/Acme": Role.OTHER,
        "Trash": Role.TRASH,
    }
    health = MboxSource(tmp_path).check()
    assert {stream.name: stream.skipped for stream in health.streams if stream.skipped} == {
        "Junk.mbox": "junk mail",
        "Drafts": "drafts are not sent yet",
    }
    assert {mail.folder for mail in mails(tmp_path, exclude=("inbox", "sent*"))} == {"Gesendet", "Trash"}


def test_the_owner_may_say_what_a_file_is(tmp_path: Path) -> None:
    path = write(tmp_path / "out-2019.mbox", mbox(letter(1)))
    assert [mail.role for mail in mails(path)] == [Role.OTHER]
    assert [mail.role for mail in mails(path, role="sent")] == [Role.SENT]


def test_the_time_of_arrival_is_believed_only_with_a_witness(tmp_path: Path) -> None:
    exported = LINE.replace(b"2020", b"2024").replace(b"Wed", b"Mon")
    raws = {
        "on time": mbox(letter(0)),
        "copied years later": mbox(letter(0), line=exported),
        "sent late, says the server": mbox(
            letter(0, Received="from a by b; Mon, 1 Jan 2024 11:59:00 +0000"), line=exported
        ),
        "no date of its own": mbox(letter(0, Date=""), line=exported),
    }
    arrived = {
        name: [mail.arrived.year if mail.arrived else None for mail in mails(write(tmp_path / "x", raw))]
        for name, raw in raws.items()
    }
    assert arrived == {
        "on time": [2020],
        "copied years later": [None],
        "sent late, says the server": [2024],
        "no date of its own": [2024],
    }


def test_memory_stays_small_however_large_a_message_is(tmp_path: Path) -> None:
    huge = letter(1) + b"All work and no play makes Jack a dull boy.\n" * 1_000_000
    path = write(tmp_path / "INBOX.mbox", mbox(huge, letter(2)))
    del huge
    tracemalloc.start()
    try:
        assert len(records(poll(path))) == 2
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


def test_the_internal_note_of_old_servers_is_no_mail(tmp_path: Path) -> None:
    note = letter(1, Subject="DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA")
    line = b"From MAILER-DAEMON Wed Jan  1 12:00:00 2020\n"
    path = write(tmp_path / "INBOX", mbox(note, line=line) + mbox(letter(2)))
    assert mail_ids(records(poll(path))) == ["2"]


def test_a_file_that_cannot_be_opened_is_told_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "a.mbox", mbox(letter(1)))
    locked = write(tmp_path / "b.mbox", mbox(letter(2)))
    opened = Path.open

    def refuse(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    found = records(poll(tmp_path))
    assert mail_ids(found) == ["1"]
    assert [(bad.ref, bad.reason) for bad in found if isinstance(bad, Malformed)] == [
        ("b.mbox", "The file cannot be read: Permission denied.")
    ]


def test_what_is_not_there_or_no_mailbox_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing at"):
        poll(tmp_path / "absent")
    with pytest.raises(Unsupported, match="no mailbox"):
        poll(write(tmp_path / "letter.txt", b"Dear Alice,\n"))
    assert not starts_as_mbox(b"From here on\n")
