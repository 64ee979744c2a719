"""Approved drafts out, at most once each (send mode only). What may have gone out is never sent again by itself.

`sending` is committed before the connection is opened, `committing` before the first byte of the text; what a cut
leaves in between is known to be unsent, what it leaves after that is looked for in Sent, and then asked about.
One process at a time works on a store (agent.store.lock); `attempts` fences off an older one all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from agent.config import Send
from agent.errors import ConfigError, WeaktieError, told
from agent.outreach import reread
from agent.outreach.approval import Word, approve, hold, hold_draft, let_go, present, reject, release, revoke
from agent.outreach.compose import Writer
from agent.outreach.copies import look
from agent.outreach.observe import in_touch
from agent.outreach.policy import Decision, SendFacts, SendLimits, may_send
from agent.outreach.settings import send_limits_of
from agent.outreach.unsure import due, reconcile, recover, settle
from agent.store import draft_facts, drafts, owners, suppression
from agent.store.db import Connection, Store
from agent.store.drafts import Draft
from agent.types import DraftState as S
from connectors import outlets
from connectors.base import Approved, Found, Mailbox, Transport
from connectors.errors import Ambiguous, AuthFailed, ConnectorError, Refused

__all__ = [
    "Outcome",
    "Word",
    "approve",
    "hold",
    "hold_draft",
    "let_go",
    "open_transport",
    "present",
    "reconcile",
    "recover",
    "reject",
    "release",
    "revoke",
    "send_due",
    "settle",
]

MOST_ATTEMPTS = 5
BACK_OFF = timedelta(minutes=5)
LOCKED_OUT = timedelta(hours=1)
FIRST_LOOK = timedelta(minutes=1)
DAY = timedelta(hours=24)


@dataclass
class Outcome:
    """What a round of sending came to: ids of drafts, and sentences for the owner."""

    sent: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    voided: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class _Stopped(WeaktieError):
    """The step before the first byte could not be taken: nothing goes out."""


@dataclass(frozen=True, slots=True)
class _Round:
    store: Store
    mailbox: Mailbox
    transport: Transport
    writer: Writer
    limits: SendLimits
    now: datetime
    done: Outcome


def open_transport(send: Send, way_in: dict[str, Any]) -> Transport:
    """The way out for approved mail; nothing is contacted yet, and no password or token asked for.

    `way_in`: what it signs in with (`Config.way_out`). Without a host it is Gmail's own.
    """
    if not send.host:
        return outlets.open_transport("gmail", **way_in)
    plain = send.model_dump(include={"host", "port", "tls", "username", "timeout"})
    return outlets.open_transport(**plain, **way_in, ca_file=send.ca_file or None)


def send_due(
    store: Store, owner_id: int, mailbox: Mailbox, transport: Transport, now: datetime, send: Send, writer: Writer
) -> Outcome:
    """Send what was approved and is due, judged anew one by one. Does nothing unless send mode is on.

    Begins by sorting out what an earlier process left in the middle. Stops at the first trouble with the mailbox.
    """
    done = Outcome()
    if not send.enabled:
        return done
    recover(store, owner_id, now)
    work = _Round(store, mailbox, transport, writer, send_limits_of(send), now, done)
    try:
        for row in _listed(store, owner_id, S.APPROVED):
            _queue(work, row)
        for row in _listed(store, owner_id, S.QUEUED):
            if due(row, now):
                _deliver(work, row)
    except ConnectorError as error:
        done.problems.append(told(error))
    return done


def _listed(store: Store, owner_id: int, state: S) -> list[Draft]:
    with store.read() as connection:
        return [] if suppression.held(connection, owner_id) else drafts.listed(connection, owner_id, [state])


def _queue(work: _Round, row: Draft) -> None:
    """approved → queued once the time to undo is over, if nothing has changed."""
    if not due(row, work.now):
        work.done.waiting.append(row.id)
    elif _lying_as_approved(work, row) is not None:
        with work.store.write() as connection:
            if _judge(connection, work, row) is not None:
                drafts.move(connection, row.id, S.APPROVED, S.QUEUED, work.now, fence=row.attempts, not_before=None)


def _deliver(work: _Round, row: Draft) -> None:
    lying = _lying_as_approved(work, row)
    if lying is not None and _begun(work, row):
        _hand_over(work, replace(row, attempts=row.attempts + 1), lying)


def _begun(work: _Round, row: Draft) -> bool:
    """queued → sending, durable before the connection is opened, if the policy still allows it."""
    with work.store.write() as connection:
        decision = _judge(connection, work, row)
        if decision is None:
            return False
        if decision.allowed:
            attempt = row.attempts + 1
            return drafts.move(connection, row.id, S.QUEUED, S.SENDING, work.now, fence=row.attempts, attempts=attempt)
        drafts.change(connection, row, note=decision.words)
        work.done.waiting.append(row.id)
        return False


def _hand_over(work: _Round, row: Draft, lying: Found) -> None:
    gate = _Gate(work, row)
    try:
        sent = work.transport.send(_approved(row, lying), gate)
    except _Stopped as stop:
        _after(work, row, gate, S.QUEUED, str(stop), not_before=work.now + BACK_OFF)
    except ConfigError as error:  # the password is asked for only now, and there is none
        work.done.problems.append(told(error))
        _after(work, row, gate, S.QUEUED, told(error), not_before=work.now + LOCKED_OUT)
    except Ambiguous as error:
        if gate.passed:
            _after(work, row, gate, S.UNKNOWN, str(error), not_before=work.now + FIRST_LOOK)
            work.done.unknown.append(row.id)
        else:
            _again(work, row, gate, error)
    except Refused as error:
        _after(work, row, gate, S.FAILED, told(error))
        work.done.failed.append(row.id)
    except ConnectorError as error:
        _again(work, row, gate, error)
    else:
        _after(work, row, gate, S.SENT, sent.reply, not_before=None)
        work.done.sent.append(row.id)


class _Gate:
    """Called after the server's 354: the last step that can be taken back, made durable before the first byte."""

    def __init__(self, work: _Round, row: Draft) -> None:
        self._work = work
        self._row = row
        self.state = S.SENDING

    @property
    def passed(self) -> bool:
        """Whether something of the text may have gone out."""
        return self.state is S.COMMITTING

    def __call__(self) -> None:
        """Raises when the draft may not go on: suppressed, held, or taken over by another sender."""
        work, row = self._work, self._row
        with work.store.write() as connection:
            rule = draft_facts.forbidden(connection, row)
            if rule is not None:
                raise _Stopped(rule.words)
            if not drafts.move(connection, row.id, S.SENDING, S.COMMITTING, work.now, fence=row.attempts):
                raise _Stopped("another process took it over")
        self.state = S.COMMITTING


def _approved(row: Draft, lying: Found) -> Approved:
    content = row.content or b""
    return Approved(
        content=content,
        digest=row.approved_digest,
        sender=reread.read(content).senders[0],
        recipients=row.recipients,
        approved_by=row.approved_by,
        approved_at=row.approved_at or row.changed_at,
        place=lying.place,
    )


def _again(work: _Round, row: Draft, gate: _Gate, error: ConnectorError) -> None:
    """The server was away or busy: later, five times at most. A refused sign-in is not this draft's fault."""
    sentence = told(error)
    work.done.problems.append(sentence)
    if isinstance(error, AuthFailed) or (error.permanent and not gate.passed):
        _after(work, row, gate, S.QUEUED, sentence, not_before=work.now + LOCKED_OUT)
        return
    with work.store.read() as connection:
        tried = draft_facts.tries(connection, row)
    if tried >= MOST_ATTEMPTS:
        _after(work, row, gate, S.FAILED, f"{MOST_ATTEMPTS} attempts in vain: {sentence}")
        work.done.failed.append(row.id)
    else:
        _after(work, row, gate, S.QUEUED, sentence, not_before=work.now + BACK_OFF * 2 ** (tried - 1))


def _after(work: _Round, row: Draft, gate: _Gate, after: S, note: str, **changes: Any) -> None:
    with work.store.write() as connection:
        drafts.move(connection, row.id, gate.state, after, work.now, note, fence=row.attempts, **changes)


def _lying_as_approved(work: _Round, row: Draft) -> Found | None:
    """The copy in Drafts, which still says what was approved; where it does not, the approval is void."""
    copies = look(work.mailbox, row)
    if copies.sent is None and copies.draft is not None and not copies.edited:
        return copies.draft
    if copies.sent is not None:
        with work.store.write() as connection:
            drafts.move(connection, row.id, row.state, S.SENT, work.now, "found in Sent")
        return None
    note, change = ("you edited it", {"edited": True}) if copies.draft else ("it is no longer in Drafts", {})
    with work.store.write() as connection:
        _void(connection, work, row, note, **change)
    return None


def _judge(connection: Connection, work: _Round, row: Draft) -> Decision | None:
    """Whether it may go out now, judged anew; None where it never may as it is: the approval is void."""
    contact = draft_facts.contact_since(connection, row, work.now)
    if contact is not None:
        _void(connection, work, row, in_touch(contact))
        return None
    rule = draft_facts.forbidden(connection, row)
    facts = SendFacts(
        local=work.now.astimezone(work.writer.zone),
        recipients=row.recipients,
        own=owners.addresses(connection, row.owner_id),
        written_to=draft_facts.written_to(connection, row.owner_id),
        suppressed=rule.words if rule else "",
        sent_last_day=draft_facts.handed_over_since(connection, row.owner_id, work.now - DAY),
        digest=row.digest,
        approved_digest=row.approved_digest,
    )
    decision = may_send(facts, work.limits)
    if decision.lasting:
        _void(connection, work, row, decision.words)
        return None
    return decision


def _void(connection: Connection, work: _Round, row: Draft, note: str, **changes: Any) -> None:
    everything = {**drafts.forget_approval(), **changes}
    if drafts.move(connection, row.id, row.state, S.DRAFTED, work.now, note, **everything):
        work.done.voided.append(row.id)
