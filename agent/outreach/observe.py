"""What the owner did with their drafts, read from the mailbox and the ledger. One transaction a step.

An edited draft belongs to the owner: never rewritten, never removed. Whatever happened to a draft, an approval of
other bytes than those that lie there now is void.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.errors import told
from agent.outreach.copies import Copies, look, remove_extras, remove_untouched
from agent.outreach.returned import failed
from agent.store import draft_facts, drafts, suppression
from agent.store.db import Store
from agent.store.draft_facts import Contact, Report
from agent.store.drafts import Draft
from agent.store.states import CLOSED_UNSENT, IN_MAILBOX, legal
from agent.types import DraftState as S
from connectors.base import Mailbox
from connectors.errors import ConnectorError, Refused, Unsupported
from connectors.records import Role

EXPIRE = timedelta(days=30)
GRACE = timedelta(hours=24)
WATCHED = timedelta(days=30)
SETTLED = timedelta(minutes=2)
GIVEN_UP = timedelta(days=2)
APPROVED = (S.APPROVED, S.QUEUED)
REPORTS = (Role.INBOX, Role.ARCHIVE)


@dataclass
class Observed:
    """What a look at the mailbox came to: ids of drafts by what became of them."""

    sent: list[int] = field(default_factory=list)
    edited: list[int] = field(default_factory=list)
    dismissed: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)
    voided: list[int] = field(default_factory=list)
    bounced: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def observe(
    store: Store,
    owner_id: int,
    mailbox: Mailbox,
    now: datetime,
    *,
    expire: timedelta = EXPIRE,
    grace: timedelta = GRACE,
    file_sent_copy: bool = False,
) -> Observed:
    """Look after every draft that lies in the mailbox, and after those that were sent. Stops at trouble with it.

    `grace`: how long a draft may be missing before it counts as deleted (a mail program saves by deleting first).
    `file_sent_copy`: put a copy of what the program sent into Sent where the server did not. While the kill switch
    is thrown, nothing in the mailbox is touched.
    """
    seen = Observed()
    with store.read() as connection:
        lying = [row for row in drafts.listed(connection, owner_id, IN_MAILBOX) if row.place]
        closed = drafts.listed(connection, owner_id, [*CLOSED_UNSENT, S.SENT], changed_since=now - WATCHED)
        held = suppression.held(connection, owner_id) is not None
    eye = _Look(store, mailbox, now, seen, expire, grace, held)
    try:
        eye.closed(closed)
        for row in lying:
            eye.at(row)
        for row in closed:
            if row.state is S.SENT and not row.filed and not held and now - row.changed_at >= SETTLED:
                _tidy(store, mailbox, row, now, file_sent_copy=file_sent_copy)
    except ConnectorError as error:
        seen.problems.append(told(error))
    return seen


def in_touch(contact: Contact) -> str:
    """The reason a contact gives."""
    what = {"sent": "you wrote to them", "received": "they wrote to you", "met": "you met"}
    return f"{what.get(contact.direction, 'you were in touch')} on {contact.at:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class _Look:
    store: Store
    mailbox: Mailbox
    now: datetime
    seen: Observed
    expire: timedelta
    grace: timedelta
    held: bool
    reports: dict[str, tuple[bytes, ...]] = field(default_factory=dict)

    def at(self, row: Draft) -> None:
        """One draft that should lie in Drafts."""
        copies = look(self.mailbox, row)
        sent = self._sent(row, copies)
        if sent:
            self._move(row, S.SENT, sent, self.seen.sent)
        elif copies.draft is None:
            self._missing(row)
        else:
            self._lying(row, copies)

    def closed(self, rows: list[Draft]) -> None:
        """Drafts that are done with: sent after all, or come back undeliverable."""
        for row in rows:
            with self.store.read() as connection:
                late = draft_facts.sent_mail(connection, row, missing=False) if row.state is not S.SENT else None
                reports = draft_facts.reports(connection, row) if row.state is S.SENT else []
            returned = next((report.at for report in reports if self._came_back(row, report)), None)
            if late is not None:
                self._move(row, S.SENT, f"recognised {late.how}", self.seen.sent, filed=True)
            elif returned is not None:
                self._move(row, S.BOUNCED, f"came back on {returned:%Y-%m-%d}", self.seen.bounced)

    def _came_back(self, row: Draft, report: Report) -> bool:
        """What the report itself says; where it cannot be had, that it refers to the mail has to do."""
        if report.rfc_id and report.rfc_id not in self.reports:
            found = self.mailbox.find(report.rfc_id, "", REPORTS)
            self.reports[report.rfc_id] = tuple(copy.content for copy in found)
        contents = self.reports.get(report.rfc_id, ())
        if not contents:
            return report.refers
        return any(failed(content, row.rfc_id, row.token, row.recipients[0]) for content in contents)

    def _sent(self, row: Draft, copies: Copies) -> str:
        if copies.sent is not None:
            return "found in Sent"
        with self.store.read() as connection:
            mail = draft_facts.sent_mail(connection, row, missing=copies.draft is None)
        return f"recognised {mail.how}" if mail else ""

    def _missing(self, row: Draft) -> None:
        since = row.missing_since
        if since is None or since > self.now:
            self._stay(row, "it is no longer in Drafts", missing_since=self.now)
            return
        reason = self._reason(row)
        if reason and legal(row.state, S.WITHDRAWN):
            self._move(row, S.WITHDRAWN, reason, self.seen.withdrawn)
        elif self.now - since >= self.grace:
            self._move(row, S.DISMISSED, "it was deleted from Drafts", self.seen.dismissed)

    def _lying(self, row: Draft, copies: Copies) -> None:
        if row.missing_since is not None and row.state is S.DRAFTED:
            self._move(row, S.DRAFTED, "it is back in Drafts", [], missing_since=None, place=copies.place)
        elif row.missing_since is not None or copies.place != row.place:
            self._change(row, missing_since=None, place=copies.place)
        if copies.edited and (not row.edited or row.state in APPROVED):
            self._stay(row, "you edited it", edited=True)
            self.seen.edited.append(row.id)
        elif not self.held and row.state is not S.HELD:
            self._act(row, copies)

    def _act(self, row: Draft, copies: Copies) -> None:
        remove_extras(self.mailbox, copies)
        reason = self._reason(row)
        old = row.state not in APPROVED and self.now - row.created_at >= self.expire
        if old and (row.edited or not reason or row.state is S.FAILED):
            self._expired(row, copies)
        elif reason:
            self._overtaken(row, copies, reason)

    def _overtaken(self, row: Draft, copies: Copies, reason: str) -> None:
        if not row.edited and legal(row.state, S.WITHDRAWN):
            if remove_untouched(self.mailbox, copies):
                self._move(row, S.WITHDRAWN, reason, self.seen.withdrawn)
        elif row.state in APPROVED or (row.state is S.DRAFTED and row.note != reason):
            self._stay(row, reason)

    def _expired(self, row: Draft, copies: Copies) -> None:
        if row.edited:
            self._move(row, S.EXPIRED, "it lies there since long; it is yours, so it stays", self.seen.expired)
        elif remove_untouched(self.mailbox, copies):
            self._move(
                row, S.EXPIRED, "it lay there since long; it was untouched, so it was removed", self.seen.expired
            )

    def _reason(self, row: Draft) -> str:
        """Why the reason to write is gone, or the empty string."""
        with self.store.read() as connection:
            rule = draft_facts.forbidden(connection, row)
            if rule is not None and rule.kind != suppression.ALL:
                return rule.words
            contact = draft_facts.contact_since(connection, row, self.now)
        return in_touch(contact) if contact else ""

    def _stay(self, row: Draft, note: str, **changes: Any) -> None:
        """It goes on lying in Drafts, and an approval of it is void."""
        if row.state in (S.DRAFTED, *APPROVED):
            void = drafts.forget_approval() if row.state in APPROVED else {}
            into = self.seen.voided if row.state in APPROVED else []
            self._move(row, S.DRAFTED, note, into, **void, **changes)
        else:
            self._change(row, **changes)

    def _move(self, row: Draft, after: S, note: str, into: list[int], **changes: Any) -> None:
        with self.store.write() as connection:
            if drafts.move(connection, row.id, row.state, after, self.now, note, **changes):
                into.append(row.id)

    def _change(self, row: Draft, **changes: Any) -> None:
        if changes:
            with self.store.write() as connection:
                drafts.change(connection, row, **changes)


def _tidy(store: Store, mailbox: Mailbox, row: Draft, now: datetime, *, file_sent_copy: bool) -> None:
    """After sending: the untouched copy leaves Drafts, and Sent holds one, whoever put it there."""
    copies = look(mailbox, row, (Role.DRAFTS, Role.SENT))
    remove_untouched(mailbox, copies)
    ours = bool(row.approved_digest)
    if ours and file_sent_copy and copies.sent is None and now - row.changed_at < GIVEN_UP:
        with suppress(Refused, Unsupported):  # no Sent folder, or no room: the mail went out all the same
            mailbox.put_sent(row.content or b"")
    with store.write() as connection:
        drafts.change(connection, row, filed=True)
