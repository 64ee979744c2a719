"""What every outlet into a mailbox promises: put once, found exactly, removed only if untouched.

A test class derives from OutletContract and overrides `stand` with a fixture that gives a Stand: an account with empty
folders, and the owner's own mail program on it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import pytest

from connectors.base import Mailbox, Place
from connectors.records import Role

EVERYWHERE = tuple(Role)
ID = "draft-1@example.org"


def draft(name: str = "draft-1", token: str = "tok-1", body: str = "Hello Bob.") -> bytes:
    """A mail of ours."""
    lines = ["From: alice@example.org", "To: bob@example.net", "Subject: Lunch?", f"Message-ID: <{name}@example.org>"]
    return "\r\n".join([*lines, f"X-Weaktie-Draft: {token}", "", body, ""]).encode()


class Stand(ABC):
    """An account, and what the owner sees and does there."""

    @abstractmethod
    def open(self) -> Mailbox:
        """A fresh outlet."""

    @abstractmethod
    def put(self, raw: bytes, role: Role) -> None:
        """The owner's mail program stores a message in the folder of this role (DRAFTS, SENT, INBOX)."""

    @abstractmethod
    def lying(self, role: Role) -> list[bytes]:
        """What the owner sees in the folder of this role."""

    @abstractmethod
    def edit(self, raw: bytes) -> None:
        """The owner edits the only draft there is: it says this now."""

    @abstractmethod
    def discard(self) -> None:
        """The owner deletes every draft."""


class OutletContract:
    """Every outlet passes these."""

    @pytest.fixture
    def stand(self) -> Stand:
        """An account with empty folders; to be overridden."""
        raise NotImplementedError

    @pytest.fixture
    def mailbox(self, stand: Stand) -> Iterator[Mailbox]:
        """An outlet into it."""
        opened = stand.open()
        yield opened
        opened.close()
        opened.close()

    def test_a_draft_is_put_found_and_removed(self, stand: Stand, mailbox: Mailbox) -> None:
        place = mailbox.put_draft(draft())
        assert stand.lying(Role.DRAFTS) == [draft()]
        (found,) = mailbox.find(ID, "", (Role.DRAFTS,))
        assert (found.place, found.content, found.role) == (place, draft(), Role.DRAFTS)
        assert mailbox.find(ID, "", (Role.SENT, Role.INBOX)) == []
        assert mailbox.remove_draft(place, draft())
        assert mailbox.find(ID, "tok-1", EVERYWHERE) == []
        assert stand.lying(Role.DRAFTS) == []
        assert not mailbox.remove_draft(place, draft())

    def test_another_session_finds_it_too(self, stand: Stand, mailbox: Mailbox) -> None:
        place = mailbox.put_draft(draft())
        other = stand.open()
        assert [found.place for found in other.find("", "tok-1", (Role.DRAFTS,))] == [place]
        assert other.remove_draft(place, draft())
        other.close()
        assert mailbox.find(ID, "", (Role.DRAFTS,)) == []

    def test_a_report_lands_in_the_inbox_and_a_sent_copy_in_sent(self, stand: Stand, mailbox: Mailbox) -> None:
        mailbox.put_inbox(draft())
        mailbox.put_sent(draft())
        assert stand.lying(Role.INBOX) == stand.lying(Role.SENT) == [draft()]
        assert {found.role for found in mailbox.find(ID, "", EVERYWHERE)} == {Role.SENT, Role.INBOX}
        assert {found.role for found in mailbox.find(ID, "", (Role.SENT,))} == {Role.SENT}

    @pytest.mark.parametrize("role", [Role.DRAFTS, Role.SENT])
    @pytest.mark.parametrize("wanted", [ID, f"<{ID}>", f" <{ID}>\r\n"])
    def test_only_the_exact_id_is_found_not_one_like_it(
        self, stand: Stand, mailbox: Mailbox, wanted: str, role: Role
    ) -> None:
        for name in ("draft-11", "DRAFT-1", "xdraft-1", "draft-1"):
            stand.put(draft(name, token="tok-0"), role)
        (found,) = mailbox.find(wanted, "", (role,))
        assert found.content == draft(token="tok-0")

    @pytest.mark.parametrize("role", [Role.DRAFTS, Role.SENT])
    def test_only_the_exact_token_is_found(self, stand: Stand, mailbox: Mailbox, role: Role) -> None:
        for token in ("tok-11", "TOK-1", "tok-1"):
            stand.put(draft(f"by-{token}", token), role)
        (found,) = mailbox.find("", "tok-1", (role,))
        assert found.content == draft("by-tok-1", "tok-1")

    def test_a_copy_that_was_given_another_id_on_the_way_out_is_found(self, stand: Stand, mailbox: Mailbox) -> None:
        stand.put(draft("given-by-the-server"), Role.SENT)
        assert len(mailbox.find(ID, "tok-1", (Role.SENT,))) == 1

    def test_without_id_and_token_nothing_is_found(self, stand: Stand, mailbox: Mailbox) -> None:
        stand.put(draft(), Role.DRAFTS)
        assert mailbox.find("", "", EVERYWHERE) == []

    def test_an_edited_draft_is_found_and_left_alone(self, stand: Stand, mailbox: Mailbox) -> None:
        place = mailbox.put_draft(draft())
        stand.edit(draft(body="Hello Bob, dear."))
        (found,) = mailbox.find(ID, "", (Role.DRAFTS,))
        assert found.content == draft(body="Hello Bob, dear.")
        assert not mailbox.remove_draft(place, draft())
        assert not mailbox.remove_draft(found.place, draft())
        assert stand.lying(Role.DRAFTS) == [draft(body="Hello Bob, dear.")]

    def test_a_deleted_draft_is_gone(self, stand: Stand, mailbox: Mailbox) -> None:
        place = mailbox.put_draft(draft())
        stand.discard()
        assert mailbox.find(ID, "tok-1", (Role.DRAFTS, Role.SENT)) == []
        assert not mailbox.remove_draft(place, draft())

    def test_removing_one_draft_leaves_the_others(self, stand: Stand, mailbox: Mailbox) -> None:
        stand.put(draft("other", "tok-2"), Role.DRAFTS)
        place = mailbox.put_draft(draft())
        assert len(mailbox.find(ID, "tok-1", (Role.DRAFTS,))) == 1
        assert mailbox.remove_draft(place, draft())
        assert stand.lying(Role.DRAFTS) == [draft("other", "tok-2")]

    def test_a_draft_that_lies_there_twice_is_found_twice(self, mailbox: Mailbox) -> None:
        places = {mailbox.put_draft(draft()), mailbox.put_draft(draft())}
        assert len(places) == 2
        assert {found.place for found in mailbox.find(ID, "tok-1", (Role.DRAFTS,))} == places

    def test_line_ends_do_not_count_as_an_edit(self, mailbox: Mailbox) -> None:
        unix = draft(body=".dot\r\n\r\n..two").replace(b"\r\n", b"\n")
        place = mailbox.put_draft(unix)
        (found,) = mailbox.find(ID, "", (Role.DRAFTS,))
        assert found.content == draft(body=".dot\r\n\r\n..two")
        assert mailbox.remove_draft(place, unix)

    def test_a_place_elsewhere_holds_no_draft(self, mailbox: Mailbox) -> None:
        assert not mailbox.remove_draft(Place("Nowhere", "1", "1"), draft())
        assert not mailbox.remove_draft(Place("Drafts", ""), draft("never-put"))

    def test_check_tells_where_things_go(self, mailbox: Mailbox) -> None:
        mailbox.put_draft(draft())
        health = mailbox.check()
        assert health.summary
        assert Role.DRAFTS in {stream.role for stream in health.streams}
