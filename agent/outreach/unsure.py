"""What an interrupted sending left behind: sorted out at the start, looked for in Sent, at last asked about."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from agent.errors import NotAllowed, NotFound, told
from agent.outreach.copies import look
from agent.store import draft_facts, drafts
from agent.store.db import Connection, Store
from agent.store.drafts import Draft
from agent.types import DraftState as S
from connectors.base import Mailbox
from connectors.errors import ConnectorError
from connectors.records import Role

LOOKS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=24))
AGAIN = timedelta(hours=1)
INCOMING = (Role.INBOX, Role.ARCHIVE)
UNFINISHED = (S.APPROVED, S.QUEUED, S.SENDING, S.COMMITTING, S.UNKNOWN, S.ASK)
Answer = Literal["went", "again", "leave"]


@dataclass
class Reconciled:
    """What became of mails that may or may not have gone out."""

    sent: list[int] = field(default_factory=list)
    ask: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def recover(store: Store, owner_id: int, now: datetime) -> list[int]:
    """Drafts an earlier process was in the middle of: not begun → queued, begun → unknown. Returns the latter.

    Only for the process that holds the lock of the store, and never while it is sending itself.
    """
    unknown = []
    with store.write() as connection:
        for row in drafts.listed(connection, owner_id, [S.SENDING]):
            drafts.move(connection, row.id, S.SENDING, S.QUEUED, now, "interrupted before the text")
        for row in drafts.listed(connection, owner_id, [S.COMMITTING]):
            note, look_at = "interrupted in the text or after it", now + LOOKS[0]
            if drafts.move(connection, row.id, S.COMMITTING, S.UNKNOWN, now, note, not_before=look_at):
                unknown.append(row.id)
    return unknown


def has_work(store: Store, owner_id: int, now: datetime) -> bool:
    """Whether anything is to be sent or looked for at this moment."""
    with store.read() as connection:
        rows = drafts.listed(connection, owner_id, UNFINISHED)
    return any(due(row, now) for row in rows)


def due(row: Draft, now: datetime) -> bool:
    """Whether the next step may be tried by now."""
    return row.not_before is None or row.not_before <= now


def stand_down(store: Store, owner_id: int, now: datetime) -> None:
    """Send mode is off: what was approved is not any more, so that it does not go out when it is on again.

    An approval is for a moment. What an interrupted sending left is sorted out as ever.
    """
    recover(store, owner_id, now)
    with store.write() as connection:
        for row in drafts.listed(connection, owner_id, [S.APPROVED, S.QUEUED]):
            void = drafts.forget_approval()
            drafts.move(connection, row.id, row.state, S.DRAFTED, now, "send mode was switched off", **void)


def reconcile(store: Store, owner_id: int, mailbox: Mailbox, now: datetime) -> Reconciled:
    """Look for mails of unknown fate: in Sent, the ledger, answers and reports. After a day the owner is asked."""
    done = Reconciled()
    with store.read() as connection:
        rows = drafts.listed(connection, owner_id, [S.UNKNOWN, S.ASK])
    try:
        for row in rows:
            if due(row, now):
                _look_for(store, mailbox, row, now, done)
    except ConnectorError as error:
        done.problems.append(told(error))
    return done


def settle(store: Store, owner_id: int, draft_id: int, answer: Answer, who: str, now: datetime) -> Draft:
    """The owner's word on a mail of unknown fate: it went, send it again (a new approval), or leave it.

    Raises NotFound, and NotAllowed where nothing is unknown or the time to look for it is not over.
    """
    with store.write() as connection:
        row = drafts.get(connection, owner_id, draft_id)
        if row is None:
            raise NotFound(f"There is no draft {draft_id}.", hint="`weaktie drafts list --all` names them.")
        if not _settled(connection, row, answer, who, now):
            raise NotAllowed(f"Draft {draft_id} is {row.state}: there is nothing to settle that way.")
        return drafts.get(connection, owner_id, draft_id) or row


def _settled(connection: Connection, row: Draft, answer: Answer, who: str, now: datetime) -> bool:
    if answer == "went":
        unsure = row.state in (S.UNKNOWN, S.ASK)
        return unsure and drafts.move(connection, row.id, row.state, S.SENT, now, f"{who} says it went")
    if answer == "leave":
        return drafts.move(connection, row.id, S.ASK, S.DISMISSED, now, f"{who} lets it be")
    approval: dict[str, Any] = {"approved_by": who, "approved_at": now, "not_before": None}
    return drafts.move(connection, row.id, S.ASK, S.QUEUED, now, f"{who} says to send it again", **approval)


def _look_for(store: Store, mailbox: Mailbox, row: Draft, now: datetime, done: Reconciled) -> None:
    found = "found in Sent" if look(mailbox, row, (Role.SENT,)).sent else _named(store, mailbox, row)
    with store.write() as connection:
        how = found or _known(connection, row, now)
        if how:
            if drafts.move(connection, row.id, row.state, S.SENT, now, how, not_before=None):
                done.sent.append(row.id)
            return
        if row.state is S.ASK:
            drafts.change(connection, row, not_before=now + AGAIN)
            return
        passed = now - row.changed_at
        later = next((offset for offset in LOOKS if offset > passed), None)
        if later is not None:
            drafts.change(connection, row, not_before=row.changed_at + later)
        elif drafts.move(connection, row.id, S.UNKNOWN, S.ASK, now, "not found for a day", not_before=None):
            done.ask.append(row.id)


def _named(store: Store, mailbox: Mailbox, row: Draft) -> str:
    """An answer or a delivery report that names it: its Message-ID and token are random, and leave only with it."""
    with store.read() as connection:
        near = draft_facts.may_name(connection, row)
    names = (f"<{row.rfc_id}>".encode(), row.token.encode())
    for rfc_id, at in near:
        contents = (copy.content for copy in mailbox.find(rfc_id, "", INCOMING))
        if any(name in content for content in contents for name in names):
            return f"a mail of {at:%Y-%m-%d} names it"
    return ""


def _known(connection: Connection, row: Draft, now: datetime) -> str:
    mail = draft_facts.sent_mail(connection, row, missing=False)
    if mail is not None:
        return f"recognised {mail.how}"
    answered = draft_facts.answered(connection, row, now)
    return f"somebody answered it on {answered:%Y-%m-%d}" if answered else ""
