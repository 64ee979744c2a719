"""A mailbox in a folder of files for the report tests: several processes can use it, and it can be told to fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from uuid import uuid4

from connectors.base import Found, Health, Place
from connectors.records import Role


class Killed(BaseException):
    """The process dies here: nothing after it runs, no handler of ours catches it."""


@dataclass
class FolderMailbox:
    """INBOX as a folder. `before` is raised instead of an APPEND, `after` once it is done; each only once."""

    folder: Path
    before: BaseException | None = None
    after: BaseException | None = None
    blind: list[BaseException] = field(default_factory=list)
    appends: int = 0

    def put_inbox(self, content: bytes) -> Place:
        """APPEND, as it goes when all goes well, or as it was told to fail."""
        if self.before is not None:
            failure, self.before = self.before, None
            raise failure
        self.appends += 1
        name = f"{uuid4().hex}.eml"
        (self.folder / name).write_bytes(content)
        if self.after is not None:
            failure, self.after = self.after, None
            raise failure
        return Place("INBOX", name)

    def find(self, message_id: str, token: str, roles: tuple[Role, ...]) -> list[Found]:
        """Copies in the INBOX with exactly this Message-ID or draft token."""
        if self.blind:
            raise self.blind.pop()
        assert Role.INBOX in roles
        found = []
        for path in sorted(self.folder.iterdir()):
            mail = message_from_bytes(content := path.read_bytes())
            if mail["Message-ID"] == message_id or mail["X-Weaktie-Draft"] == token:
                found.append(Found(Place("INBOX", path.name), content, Role.INBOX))
        return found

    def inbox(self) -> list[bytes]:
        """What the owner sees."""
        return [path.read_bytes() for path in sorted(self.folder.iterdir())]

    def put_draft(self, content: bytes) -> Place:
        """Never called by a report."""
        raise AssertionError(content)

    def put_sent(self, content: bytes) -> Place:
        """Never called by a report."""
        raise AssertionError(content)

    def remove_draft(self, place: Place, content: bytes) -> bool:
        """Never called by a report."""
        raise AssertionError(place, content)

    def check(self) -> Health:
        """Always well."""
        return Health("a folder")

    def close(self) -> None:
        """Nothing to let go of."""
