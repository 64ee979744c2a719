"""Knowing our own messages again, and the folders they belong in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from connectors.files.roles import fold, role_of_label
from connectors.mime import message_id
from connectors.mime_header import split_header
from connectors.records import Role

FIELDS = ("Message-ID", "X-Microsoft-Original-Message-ID", "X-Weaktie-Draft")
"""By which a message of ours is known: Exchange moves the id we gave it into the second one."""

NOT_DRAFTS = frozenset(
    {"outbox", "unsent", "unsent messages", "templates", "postausgang", "vorlagen", "bandeja de salida"}
    | {"modeles", "modelli", "sjablonen"}
)
"""Names that roles.py rightly keeps from being read, but no place for a draft: Courier sends what lies in an Outbox."""


class Named(Protocol):
    """A folder: its name and role, and whether the server itself gave it that role."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> Role: ...
    @property
    def special(self) -> bool: ...


F = TypeVar("F", bound=Named)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message by its id (without brackets) or by its draft token; either may be empty, then it matches nothing."""

    message_id: str
    token: str

    @classmethod
    def of(cls, raw_id: str, token: str) -> Wanted:
        """With the id as `connectors.mime` spells ids."""
        return cls(message_id(raw_id), token.strip())

    def __bool__(self) -> bool:
        return bool(self.message_id or self.token)

    def is_in(self, header: bytes) -> bool:
        """Whether this header bears exactly the id or the token. Servers' searches match parts, and in any case."""
        fields = split_header(header)
        ids = {message_id(value) for name in FIELDS[:2] for value in fields.all(name.lower())}
        tokens = {value.strip() for value in fields.all(FIELDS[2].lower())}
        return bool((self.message_id and self.message_id in ids) or (self.token and self.token in tokens))


def wanted_from(content: bytes) -> Wanted:
    """What to look for to find `content` again."""
    fields = split_header(content)
    return Wanted.of(fields.first("message-id"), fields.first("x-weaktie-draft"))


def best(folders: Iterable[F], role: Role) -> F | None:
    """The folder of this role: the one the server names, else the plainest name."""
    ranked = sorted((_rank(folder), folder.name, folder) for folder in folders if _fits(folder, role))
    return ranked[0][2] if ranked else None


def _fits(folder: Named, role: Role) -> bool:
    if folder.role is not role:
        return False
    name = _last(folder.name)
    return folder.special or (role_of_label(name) is role and fold(name) not in NOT_DRAFTS)


def _rank(folder: Named) -> tuple[bool, int]:
    return not folder.special, len(re.split(r"[/.]", folder.name))


def _last(name: str) -> str:
    return re.split(r"[/.\\]", name)[-1]
