"""The owner's word on a draft: approve these exact bytes, take it back, reject, hold. Nothing else can approve.

The trust root is the owner's shell: no function here is reached by anything that arrives in a mailbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.config import Send
from agent.errors import Conflict, NotAllowed, NotFound
from agent.outreach import reread
from agent.outreach.copies import Copies, digest_of, look, remove_untouched
from agent.outreach.observe import in_touch
from agent.outreach.outgoing import outgoing
from agent.outreach.policy import recipient_doubts
from agent.store import draft_facts, drafts, owners, suppression
from agent.store.db import Connection, Store
from agent.store.drafts import Draft
from agent.store.states import legal
from agent.types import DraftState as S
from connectors.base import Mailbox

UNSENT = "Press Send in your own mail program: weaktie sees it in Sent and closes the draft."


@dataclass(frozen=True, slots=True)
class Word:
    """The owner's word: who gave it, when, and the SHA-256 of the edited bytes they were shown, if any."""

    who: str
    at: datetime
    seen: str = ""


def present(store: Store, owner_id: int, draft_id: int, mailbox: Mailbox | None) -> tuple[Draft, bytes, bool]:
    """A draft, its text as it lies in Drafts at this moment, and whether the owner edited it.

    Without a mailbox, or where it is not in Drafts, the text as it was written. Raises NotFound, ConnectorError.
    """
    row = _row(store, owner_id, draft_id)
    copies = look(mailbox, row) if mailbox is not None and row.rfc_id else Copies()
    if copies.draft is None:
        return row, row.content or b"", row.edited
    return row, copies.draft.content, copies.edited or row.edited


def approve(store: Store, owner_id: int, draft_id: int, mailbox: Mailbox, word: Word, send: Send) -> Draft:
    """Bind the owner's word to the exact bytes that will go out, dated now. They go out after the time to undo.

    A draft edited since it was written needs `word.seen`, the digest of the bytes `present` showed. Raises
    NotFound, NotAllowed (send mode off, not in Drafts, in touch since, a recipient not to be written to), Conflict
    (changed since).
    """
    row = _row(store, owner_id, draft_id)
    if not send.enabled:
        raise NotAllowed("Send mode is off, so nothing can be approved.", hint=UNSENT)
    if row.state not in (S.DRAFTED, S.FAILED):
        raise NotAllowed(f"Draft {draft_id} is {row.state}, so it cannot be approved.", hint="Only one in Drafts can.")
    copies = look(mailbox, row)
    if copies.sent is not None or copies.draft is None:
        where = "in Sent already" if copies.sent else "no longer in Drafts"
        raise NotAllowed(f"Draft {draft_id} is {where}.", hint="`weaktie run --once` brings the list up to date.")
    if copies.edited and word.seen != digest_of(copies.draft.content):
        way = f"Run `weaktie drafts approve {draft_id}` without --yes: it shows what would go out, and asks."
        raise Conflict(f"You edited draft {draft_id}.", hint=way)
    base = copies.draft.content if copies.edited else row.content or b""
    with store.write() as connection:
        contact = draft_facts.contact_since(connection, row, word.at)
        if contact is not None:
            raise NotAllowed(f"Draft {draft_id} was planned before {in_touch(contact)}.", hint=UNSENT)
        content = outgoing(base, row.rfc_id, word.at)
        changes = _approval(content, _checked(connection, row, content), word, send)
        changes |= {"edited": copies.edited or row.edited, "place": copies.place, "missing_since": None}
        changes["attempts"] = row.attempts + 1  # who is about to send by an earlier word is fenced off
        if not drafts.move(connection, row.id, row.state, S.APPROVED, word.at, f"approved by {word.who}", **changes):
            raise Conflict(f"Draft {draft_id} changed meanwhile.", hint="Look at it again.")
        return drafts.get(connection, owner_id, draft_id) or row


def revoke(store: Store, owner_id: int, draft_id: int, now: datetime) -> Draft:
    """Take an approval back while it can be. Raises NotFound, NotAllowed when it is too late."""
    row = _row(store, owner_id, draft_id)
    return _moved(store, row, S.DRAFTED, now, "you took the approval back", (S.APPROVED, S.QUEUED))


def reject(store: Store, owner_id: int, draft_id: int, mailbox: Mailbox | None, now: datetime) -> Draft:
    """Close a draft; an untouched copy leaves Drafts, an edited one stays. Raises NotFound, NotAllowed."""
    row = _row(store, owner_id, draft_id)
    if not legal(row.state, S.DISMISSED) or row.state is S.DRAFTING:
        raise NotAllowed(f"Draft {draft_id} is {row.state}, so it cannot be rejected.")
    if mailbox is not None and row.place and not row.edited:
        remove_untouched(mailbox, look(mailbox, row))
    return _moved(store, row, S.DISMISSED, now, "you rejected it", (row.state,))


def hold_draft(store: Store, owner_id: int, draft_id: int, now: datetime) -> Draft:
    """Set one draft aside: it is neither written, sent, nor removed. An approval is void."""
    row = _row(store, owner_id, draft_id)
    before = (S.PLANNED, S.RENDERED, S.DRAFTED, S.APPROVED, S.QUEUED)
    return _moved(store, row, S.HELD, now, "you put it on hold", before)


def release(store: Store, owner_id: int, draft_id: int, now: datetime) -> Draft:
    """Let a held draft go on from where it was; an approval has to be given anew."""
    row = _row(store, owner_id, draft_id)
    with store.read() as connection:
        steps = [event for event in drafts.events(connection, draft_id) if event.after == S.HELD]
    unwritten = (S.PLANNED, S.RENDERED)
    back = next((state for state in unwritten if steps and steps[-1].before == state), S.DRAFTED)
    return _moved(store, row, back, now, "you let it go on", (S.HELD,))


def hold(store: Store, owner_id: int, now: datetime) -> bool:
    """The kill switch: from now on nothing is planned, written, sent or removed. False where it was thrown already."""
    with store.write() as connection:
        return suppression.add(connection, owner_id, suppression.ALL, suppression.EVERYBODY, now)


def let_go(store: Store, owner_id: int) -> bool:
    """Undo `hold`; False where it was not thrown."""
    with store.write() as connection:
        return suppression.remove(connection, owner_id, suppression.ALL, suppression.EVERYBODY)


def _row(store: Store, owner_id: int, draft_id: int) -> Draft:
    with store.read() as connection:
        row = drafts.get(connection, owner_id, draft_id)
    if row is None:
        raise NotFound(f"There is no draft {draft_id}.", hint="`weaktie drafts list --all` names them.")
    return row


def _checked(connection: Connection, row: Draft, content: bytes) -> str:
    """The one recipient of the bytes, if it may be written to."""
    reading = reread.read(content)
    own = owners.addresses(connection, row.owner_id)
    if len(reading.senders) != 1 or reading.senders[0] not in own:
        raise NotAllowed("The draft is not from one of your addresses.", hint=UNSENT)
    if len(reading.recipients) > 1:
        raise NotAllowed(f"The draft has {len(reading.recipients)} recipients; weaktie sends to one.", hint=UNSENT)
    recipient = next(iter(reading.recipients), "")
    reread.check(content, reading.senders[0], recipient)
    addresses = draft_facts.addresses_of(connection, row.person_id) | {recipient}
    rule = suppression.matching(connection, row.owner_id, row.person_id, addresses)
    doubts = recipient_doubts(recipient, own, draft_facts.written_to(connection, row.owner_id))
    if rule or doubts:
        raise NotAllowed("; ".join([*([rule.words] if rule else []), *doubts]) + ".", hint=UNSENT)
    return recipient


def _approval(content: bytes, recipient: str, word: Word, send: Send) -> dict[str, Any]:
    digest = digest_of(content)
    return {
        "content": content,
        "digest": digest,
        "recipients": [recipient],
        "subject": reread.read(content).subject,
        "approved_digest": digest,
        "approved_by": word.who,
        "approved_at": word.at,
        "not_before": word.at + timedelta(minutes=send.undo_minutes),
    }


def _moved(store: Store, row: Draft, after: S, now: datetime, note: str, before: tuple[S, ...]) -> Draft:
    if row.state not in before:
        raise NotAllowed(f"Draft {row.id} is {row.state}; that cannot be done to it now.")
    with store.write() as connection:
        if not drafts.move(connection, row.id, row.state, after, now, note, **drafts.forget_approval()):
            raise Conflict(f"Draft {row.id} changed meanwhile.", hint="Look at it again.")
        return drafts.get(connection, row.owner_id, row.id) or row
