"""The same on a local Maildir: one a mail program made, or one of our own for a trial."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.base import Place
from connectors.errors import NotFound, Unavailable
from connectors.outlets import open_mailbox
from connectors.outlets.maildir_mailbox import MaildirMailbox
from connectors.outlets.ours import best
from connectors.records import Role
from tests.connectors.test_outlets_imap import draft

EVERYWHERE = tuple(Role)


@pytest.fixture
def mailbox(tmp_path: Path) -> MaildirMailbox:
    return MaildirMailbox(tmp_path / "mail")


def files(root: Path) -> list[str]:
    """Every file, without the unique part of its name."""
    found = [path for path in root.rglob("*") if path.is_file()]
    return sorted(f"{path.parent.relative_to(root).as_posix()}/{path.name.partition('weaktie')[2]}" for path in found)


def make(root: Path, *names: str) -> None:
    for name in names:
        for part in ("cur", "new", "tmp"):
            (root / name / part).mkdir(parents=True)


def test_a_scratch_maildir_is_made_when_first_needed(tmp_path: Path, mailbox: MaildirMailbox) -> None:
    assert "Drafts, Sent, INBOX" in mailbox.check().warnings[0]
    assert not (tmp_path / "mail").exists()
    mailbox.put_draft(draft())
    mailbox.put_sent(draft())
    mailbox.put_inbox(draft())
    assert files(tmp_path / "mail") == ["Drafts/cur/:2,D", "INBOX/new/", "Sent/cur/:2,S"]


def test_a_draft_is_put_found_and_removed(mailbox: MaildirMailbox) -> None:
    place = mailbox.put_draft(draft())
    (found,) = mailbox.find("<draft-1@example.org>", "", (Role.DRAFTS,))
    assert (found.place, found.content, found.role) == (place, draft(), Role.DRAFTS)
    assert mailbox.remove_draft(place, draft())
    assert mailbox.find("draft-1@example.org", "tok-1", EVERYWHERE) == []
    assert not mailbox.remove_draft(place, draft())


def test_only_the_exact_id_or_token_is_found(mailbox: MaildirMailbox) -> None:
    for name in ("draft-11", "DRAFT-1", "draft-1"):
        mailbox.put_draft(draft(name, f"tok-{name}"))
    mailbox.put_draft(draft("quoting", "tok-9", body="Message-ID: <draft-1@example.org>"))
    (found,) = mailbox.find("draft-1@example.org", "", EVERYWHERE)
    assert found.content == draft("draft-1", "tok-draft-1")
    assert [f.content for f in mailbox.find("", "tok-draft-11", EVERYWHERE)] == [draft("draft-11", "tok-draft-11")]
    assert mailbox.find("", "", EVERYWHERE) == []
    assert mailbox.find("draft-1@example.org", "", (Role.SENT,)) == []


def test_an_edited_draft_is_left_alone(tmp_path: Path, mailbox: MaildirMailbox) -> None:
    place = mailbox.put_draft(draft())
    (path,) = (tmp_path / "mail/Drafts/cur").iterdir()
    path.write_bytes(path.read_bytes() + b"PS\n")
    assert not mailbox.remove_draft(place, draft())
    assert path.exists()


def test_flags_set_by_a_mail_program_do_not_hide_a_draft_but_trashed_ones_are_gone(
    tmp_path: Path, mailbox: MaildirMailbox
) -> None:
    place = mailbox.put_draft(draft())
    (path,) = (tmp_path / "mail/Drafts/cur").iterdir()
    path = path.rename(path.with_name(path.name.replace(":2,D", ":2,DFS")))
    assert mailbox.find("draft-1@example.org", "", EVERYWHERE)[0].place == place
    path.rename(path.with_name(path.name.replace(":2,DFS", ":2,DT")))
    assert mailbox.find("draft-1@example.org", "", EVERYWHERE) == []
    assert not mailbox.remove_draft(place, draft())


@pytest.mark.parametrize(
    ("names", "drafts"),
    [
        (("INBOX", "Drafts", "Sent"), "Drafts"),
        (("", ".Drafts", ".Sent"), ".Drafts"),
        (("", ".INBOX.Entwürfe"), ".INBOX.Entwürfe"),
        (("gmail/INBOX", "gmail/[Gmail]/Drafts"), "gmail/[Gmail]/Drafts"),
        (("", ".Sent"), ".Drafts"),
        (("INBOX", "Outbox", "Templates"), "Drafts"),
    ],
)
def test_the_layout_that_is_there_is_kept(tmp_path: Path, names: tuple[str, ...], drafts: str) -> None:
    make(tmp_path, *names)
    MaildirMailbox(tmp_path).put_draft(draft())
    assert files(tmp_path) == [f"{drafts}/cur/:2,D"]


def test_a_folder_can_be_named(tmp_path: Path) -> None:
    make(tmp_path, "INBOX", "Drafts")
    mailbox = MaildirMailbox(str(tmp_path), drafts="Weaktie")
    assert mailbox.put_draft(draft()).folder == "Weaktie"
    assert mailbox.put_draft(draft("second")).folder == "Weaktie"
    assert len(mailbox.find("", "tok-1", (Role.DRAFTS,))) == 2


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = MaildirMailbox(tmp_path / "mail")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable, match="No space left") as caught:
        mailbox.put_draft(draft())
    assert "disk full" in caught.value.hint
    assert files(tmp_path) == []


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("no")
    with pytest.raises(NotFound, match="is a file"):
        MaildirMailbox(tmp_path / "mail").check()
    with pytest.raises(Unavailable):
        MaildirMailbox(tmp_path / "mail").put_draft(draft())


def test_a_place_elsewhere_holds_no_draft(mailbox: MaildirMailbox) -> None:
    mailbox.put_draft(draft())
    assert not mailbox.remove_draft(Place("Drafts", "../../etc/passwd"), draft())
    assert not mailbox.remove_draft(Place("Sent", "x"), draft())


def test_it_opens_by_kind_and_closes_twice(tmp_path: Path) -> None:
    mailbox = open_mailbox("maildir", path=str(tmp_path))
    mailbox.close()
    mailbox.close()
    assert best([], Role.DRAFTS) is None
