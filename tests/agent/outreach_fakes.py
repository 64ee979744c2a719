"""A mailbox and a way out in memory, for outreach: they keep everything, and fail where they are told to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from hashlib import sha256
from itertools import count

from connectors.base import Approved, Committing, Found, Health, Place, Sent
from connectors.errors import ConnectorError
from connectors.records import Role

FOLDERS = {Role.DRAFTS: "Drafts", Role.SENT: "Sent", Role.TRASH: "Trash", Role.INBOX: "INBOX"}


class Killed(BaseException):
    """The process dies here: nothing after it runs, no handler of ours catches it."""


@dataclass
class MemoryMailbox:
    """A mailbox that outlives the program. `trouble`: what the next put does, `lost` once the message is stored.

    `dead` makes every call fail with that error.
    """

    copies: list[Found] = field(default_factory=list)
    puts: list[bytes] = field(default_factory=list)
    trouble: list[BaseException] = field(default_factory=list)
    lost: list[BaseException] = field(default_factory=list)
    dead: ConnectorError | None = None
    numbers: count[int] = field(default_factory=lambda: count(1))

    def put_draft(self, content: bytes) -> Place:
        """APPEND to Drafts."""
        return self._put(Role.DRAFTS, content)

    def put_sent(self, content: bytes) -> Place:
        """APPEND to Sent."""
        return self._put(Role.SENT, content)

    def put_inbox(self, content: bytes) -> Place:
        """APPEND to the INBOX."""
        return self._put(Role.INBOX, content)

    def find(self, message_id: str, token: str, roles: tuple[Role, ...]) -> list[Found]:
        """Copies with exactly this Message-ID (or the one Outlook keeps aside) or token."""
        self._live()
        assert message_id or token
        return [copy for copy in self.copies if copy.role in roles and _is_it(copy.content, message_id, token)]

    def remove_draft(self, place: Place, content: bytes) -> bool:
        """Remove the draft there, if it is still these bytes."""
        self._live()
        there = [copy for copy in self.copies if copy.place == place and copy.content == content]
        self.copies = [copy for copy in self.copies if copy not in there]
        return bool(there)

    def check(self) -> Health:
        """Always well, unless dead."""
        self._live()
        return Health("memory")

    def close(self) -> None:
        """Nothing to let go of."""

    def put_by_owner(self, role: Role, content: bytes) -> Found:
        """What the owner's mail program stores."""
        made = Found(Place(FOLDERS.get(role, role.value), str(next(self.numbers)), "1"), content, role)
        self.copies.append(made)
        return made

    def lying(self, role: Role = Role.DRAFTS) -> list[bytes]:
        """What the owner sees in a folder."""
        return [copy.content for copy in self.copies if copy.role is role]

    def edit(self, old: bytes, new: bytes) -> None:
        """The owner edits every draft that holds `old`: a mail program stores it anew and deletes the old one."""
        for copy in [copy for copy in self.copies if copy.role is Role.DRAFTS and old in copy.content]:
            self.copies.remove(copy)
            self.put_by_owner(Role.DRAFTS, copy.content.replace(old, new))

    def move(self, source: Role, to: Role) -> None:
        """The owner moves everything of one folder to another: deletes, sends."""
        moved = [copy for copy in self.copies if copy.role is source]
        self.copies = [copy for copy in self.copies if copy.role is not source]
        for copy in moved:
            self.put_by_owner(to, copy.content)

    def _put(self, role: Role, content: bytes) -> Place:
        self._live()
        if self.trouble:
            raise self.trouble.pop()
        self.puts.append(content)
        made = self.put_by_owner(role, content)
        if self.lost:
            raise self.lost.pop()
        return made.place

    def _live(self) -> None:
        if self.dead is not None:
            raise self.dead


def _is_it(content: bytes, message_id: str, token: str) -> bool:
    message = message_from_bytes(content)
    ids = [message["Message-ID"], message["X-Microsoft-Original-Message-ID"]]
    return f"<{message_id}>" in ids or bool(token and message["X-Weaktie-Draft"] == token)


@dataclass
class MemoryTransport:
    """A submission server. `before` is raised before the body, `within` after `committing`, `after` once delivered.

    `sent_box`: a mailbox whose Sent folder gets a copy of what is delivered, as large providers do.
    """

    delivered: list[Approved] = field(default_factory=list)
    before: list[BaseException] = field(default_factory=list)
    within: list[BaseException] = field(default_factory=list)
    after: list[BaseException] = field(default_factory=list)
    sent_box: MemoryMailbox | None = None
    connections: int = 0

    def send(self, approved: Approved, committing: Committing) -> Sent:
        """Deliver, or fail as told."""
        self.connections += 1
        assert sha256(approved.content).hexdigest() == approved.digest
        if self.before:
            raise self.before.pop()
        committing()
        if self.within:
            raise self.within.pop()
        self.delivered.append(replace(approved))
        if self.sent_box is not None:
            self.sent_box.put_by_owner(Role.SENT, approved.content)
        if self.after:
            raise self.after.pop()
        return Sent("250 2.0.0 taken over")

    def check(self) -> Health:
        """Always well."""
        return Health("memory")


def body_of(content: bytes) -> str:
    """The text of one of our mails, as a reader sees it."""
    part = message_from_bytes(content).get_payload(decode=True)
    assert isinstance(part, bytes)
    return re.sub(r"\r\n", "\n", part.decode())
