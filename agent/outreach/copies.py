"""The copies of one draft in the owner's mailbox, and what the owner did to them."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from agent.outreach import reread
from agent.store.drafts import Draft
from connectors.base import Anchored, Found, Mailbox, Place
from connectors.records import Role

EVERYWHERE = (Role.DRAFTS, Role.SENT, Role.TRASH)


@dataclass(frozen=True, slots=True)
class Copies:
    """Where a draft was found. `draft` is the one that counts: the owner's edit before an untouched copy."""

    sent: Found | None = None
    draft: Found | None = None
    extras: tuple[Found, ...] = ()
    binned: bool = False
    edited: bool = False

    @property
    def place(self) -> dict[str, str] | None:
        """Where the draft lies, as the store keeps it."""
        return None if self.draft is None else stored_place(self.draft.place)


def look(mailbox: Mailbox, row: Draft, roles: tuple[Role, ...] = (Role.DRAFTS, Role.SENT)) -> Copies:
    """Look for a draft by its exact Message-ID or token. Raises ConnectorError when the mailbox cannot be asked."""
    found = mailbox.find(row.rfc_id, row.token, roles)
    if Role.DRAFTS in roles and not any(copy.role is Role.DRAFTS for copy in found):
        found += _at_its_place(mailbox, row)
    sent = next((copy for copy in found if copy.role is Role.SENT), None)
    binned = any(copy.role is Role.TRASH for copy in found)
    meant = reread.essence(row.content or b"")
    lying = [copy for copy in found if copy.role is Role.DRAFTS]
    touched = [copy for copy in lying if reread.essence(copy.content) != meant]
    ranked = touched + [copy for copy in lying if copy not in touched]
    if not ranked:
        return Copies(sent=sent, binned=binned)
    extras = tuple(copy for copy in ranked[1:] if copy not in touched)
    return Copies(sent, ranked[0], extras, binned, edited=bool(touched))


def _at_its_place(mailbox: Mailbox, row: Draft) -> list[Found]:
    """The draft where it was put, after an edit that left out its id and its token."""
    lying = mailbox.at(Place(**row.place)) if isinstance(mailbox, Anchored) and row.place else None
    return [] if lying is None else [lying]


def remove_extras(mailbox: Mailbox, copies: Copies) -> None:
    """Take away untouched doubles; an edited copy is never removed."""
    for copy in copies.extras:
        mailbox.remove_draft(copy.place, copy.content)


def remove_untouched(mailbox: Mailbox, copies: Copies) -> bool:
    """Take the draft away unless the owner edited it; True when nothing of it is left in Drafts."""
    remove_extras(mailbox, copies)
    if copies.draft is None:
        return True
    return not copies.edited and mailbox.remove_draft(copies.draft.place, copies.draft.content)


def stored_place(place: Place) -> dict[str, str]:
    """A place as the store keeps it."""
    return {"folder": place.folder, "ref": place.ref, "epoch": place.epoch}


def digest_of(content: bytes) -> str:
    """SHA-256 of exact bytes, as hex digits."""
    return sha256(content).hexdigest()
