"""Whose ledger it is, and what the owner never wants to stand in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agent.capture.records import Entry
from agent.capture.screen import without_forgotten
from agent.people.forgetting import NOBODY, Tombstones
from agent.people.normalise import same_owner


@dataclass(frozen=True, slots=True)
class Book:
    """Whose ledger it is, and the owner's rules for it. `exclude`: addresses, or domains with or without an @.

    `folders`: folders, labels and calendars that are not read, `*` and `?` match. `forgotten`: who must not come back.

    `seen_at`: now, as far as this entry goes; nothing is dated later than that but meetings ahead.
    """

    owner_id: int
    own: frozenset[str]
    salt: bytes
    seen_at: datetime
    max_recipients: int = 10
    exclude: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()
    forgotten: Tombstones = NOBODY

    def mine(self, addresses: Iterable[str]) -> frozenset[str]:
        """Those of these addresses that are the owner's, plus-addresses included."""
        return frozenset([address for address in addresses if same_owner(address, self.own)])

    def admitted(self, entry: Entry) -> Entry | None:
        """What may be stored of it: None where somebody excluded is on it, nothing of those who are forgotten."""
        if self.exclude and any(map(self.excludes, entry.addresses)):
            return None
        return without_forgotten(entry, self.mine(entry.addresses), self.forgotten) if self.forgotten else entry

    def excludes(self, address: str) -> bool:
        """Whether a rule names this address or its domain; the owner's own are never excluded."""
        if same_owner(address, self.own):
            return False
        domain = address.rpartition("@")[2]
        parents = {domain.split(".", n)[n] for n in range(domain.count(".") + 1)}
        return address in self.exclude or any({d, f"@{d}"} & self.exclude for d in parents)
