"""Drafts out into the owner's mailbox, and what the owner did with them back in. One transaction a step.

Putting a draft is as ambiguous as sending one: the intention is committed first, and a row found in `drafting` is
looked for in the mailbox before it is put there. Call `push` with a mailbox freshly opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from agent.config import GmailSource, ImapSource, MailboxSettings
from agent.errors import NotAllowed, told
from agent.outreach.compose import PLAIN, Letter, Order, Style, Writer, compose, token_of
from agent.outreach.copies import EVERYWHERE, look, remove_extras, stored_place
from agent.outreach.observe import Observed, in_touch, observe
from agent.outreach.policy import recipient_doubts
from agent.store import draft_facts, drafts, owners, suppression
from agent.store.db import Connection, Store
from agent.store.drafts import Draft
from agent.templating import TemplateRefused, Templates
from agent.types import DraftState as S
from connectors import outlets
from connectors.base import Mailbox
from connectors.errors import Ambiguous, ConnectorError, Refused

__all__ = ["Desk", "Observed", "Pushed", "observe", "open_mailbox", "push", "refusal"]

EXPIRE = timedelta(days=30)
RETRY = timedelta(hours=1)
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Desk:
    """What drafts are written with: in whose name, with which texts, how for whom, and how long they may lie.

    `style`: an address → the language and sides of what is written there.
    """

    writer: Writer
    templates: Templates
    style: Callable[[str], Style] = lambda _address: PLAIN
    expire: timedelta = EXPIRE


@dataclass
class Pushed:
    """What a push came to. `problems` are for the owner, one sentence each."""

    drafted: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def open_mailbox(settings: MailboxSettings) -> Mailbox:
    """The outlet into this mailbox; nothing is connected yet, and no password asked for."""
    if isinstance(settings, ImapSource):
        plain = settings.model_dump(include={"host", "port", "tls", "username", "timeout"})
        folders = {"drafts": settings.drafts_folder, "sent": settings.sent_folder}
        ca_file = settings.ca_file or None
        return outlets.open_mailbox("imap", **plain, **folders, **settings.way_in(), ca_file=ca_file)
    if isinstance(settings, GmailSource):
        return outlets.open_mailbox("gmail", **settings.reach())
    return outlets.open_mailbox(settings.kind, path=Path(settings.path).expanduser())


def push(store: Store, owner_id: int, mailbox: Mailbox, now: datetime, desk: Desk) -> Pushed:
    """Bring every plan one step nearer to the Drafts folder. Stops at the first trouble with the mailbox."""
    done = Pushed()
    with store.read() as connection:
        if suppression.held(connection, owner_id):
            return done
        left_over = drafts.listed(connection, owner_id, [S.DRAFTING])
        planned = drafts.listed(connection, owner_id, [S.PLANNED])
    try:
        for row in left_over:
            if not _found(store, mailbox, row, now, done):
                _judge_anew(store, row, now)
        _render_all(store, planned, now, desk, done)
        with store.read() as connection:
            ready = drafts.listed(connection, owner_id, [S.RENDERED])
        for row in ready:
            _begin(store, mailbox, row, now, desk, done)
    except ConnectorError as error:
        done.problems.append(told(error))
    return done


def refusal(connection: Connection, row: Draft, now: datetime, expire: timedelta = EXPIRE) -> tuple[S, str] | None:
    """Why an unwritten draft should not go on, and where it goes in place of that; None when it may."""
    rule = draft_facts.forbidden(connection, row)
    if rule is not None:
        return S.WITHDRAWN, rule.words
    contact = draft_facts.contact_since(connection, row, now)
    if contact is not None:
        return S.WITHDRAWN, in_touch(contact)
    if now - row.created_at >= expire:
        return S.EXPIRED, f"it could not be written for {expire.days} days"
    return None


def _render_all(store: Store, planned: list[Draft], now: datetime, desk: Desk, done: Pushed) -> None:
    broken: set[str] = set()
    for row in planned:
        if row.kind not in broken and not _stopped(store, row, now, desk, done):
            problem = _render(store, row, now, desk, done)
            if problem:
                broken.add(row.kind)
                done.problems.append(problem)


def _stopped(store: Store, row: Draft, now: datetime, desk: Desk, done: Pushed) -> bool:
    with store.write() as connection:
        if suppression.held(connection, row.owner_id):
            return True
        stop = refusal(connection, row, now, desk.expire)
        if stop is None:
            return False
        if drafts.move(connection, row.id, row.state, stop[0], now, stop[1]):
            done.withdrawn.append(row.id)
        return True


def _render(store: Store, row: Draft, now: datetime, desk: Desk, done: Pushed) -> str:
    """Compose one plan; the sentence for the owner when the template itself is at fault and the plan has to wait."""
    try:
        with store.read() as connection:
            _check_recipient(connection, row)
            salt = draft_facts.salt_of(connection, row.owner_id)
        token = token_of(salt, row.person_id, row.kind.value, row.reason_key)
        letter = compose(_order(row, token), desk.writer, desk.templates, now, desk.style(row.recipients[0]))
    except TemplateRefused as error:
        if error.fault == "template":
            with store.write() as connection:
                drafts.change(connection, row, note=str(error))
            return told(error)
        _refuse(store, row, now, str(error), done)
    except NotAllowed as error:
        _refuse(store, row, now, str(error), done)
    else:
        with store.write() as connection:
            drafts.move(connection, row.id, S.PLANNED, S.RENDERED, now, **_columns(letter))
    return ""


def _check_recipient(connection: Connection, row: Draft) -> None:
    own = owners.addresses(connection, row.owner_id)
    doubts = recipient_doubts(row.recipients[0], own, draft_facts.written_to(connection, row.owner_id))
    if doubts:
        raise NotAllowed("; ".join(doubts))


def _refuse(store: Store, row: Draft, now: datetime, note: str, done: Pushed) -> None:
    with store.write() as connection:
        if drafts.move(connection, row.id, row.state, S.REFUSED, now, note):
            done.refused.append(row.id)


def _order(row: Draft, token: str) -> Order:
    return Order(row.kind.value, row.name, row.recipients[0], row.context, row.reply, token)


def _columns(letter: Letter) -> dict[str, Any]:
    return {
        "content": letter.content,
        "digest": letter.digest,
        "rfc_id": letter.rfc_id,
        "token": letter.token,
        "recipients": list(letter.recipients),
        "subject": letter.subject,
        "thread": letter.thread,
        "not_before": None,
    }


def _begin(store: Store, mailbox: Mailbox, row: Draft, now: datetime, desk: Desk, done: Pushed) -> None:
    if (row.not_before and now < row.not_before) or _stopped(store, row, now, desk, done):
        return
    with store.write() as connection:
        if not drafts.move(connection, row.id, S.RENDERED, S.DRAFTING, now, fence=row.attempts):
            return
    begun = replace(row, state=S.DRAFTING)
    if not _found(store, mailbox, begun, now, done):
        _put(store, mailbox, begun, now, done)


def _put(store: Store, mailbox: Mailbox, row: Draft, now: datetime, done: Pushed) -> None:
    if row.attempts >= MOST_TRIES:
        _refuse(store, row, now, f"the mailbox lost it {MOST_TRIES} times", done)
        return
    try:
        place = mailbox.put_draft(row.content or b"")
    except Ambiguous:
        raise  # it stays in drafting: the next push looks before it puts
    except Refused as error:
        _refuse(store, row, now, told(error), done)
        raise
    except ConnectorError as error:
        with store.write() as connection:
            again: dict[str, Any] = {"not_before": now + RETRY} if error.permanent else {}
            drafts.move(connection, row.id, S.DRAFTING, S.RENDERED, now, told(error), **again)
        raise
    with store.write() as connection:
        if drafts.move(connection, row.id, S.DRAFTING, S.DRAFTED, now, place=stored_place(place)):
            done.drafted.append(row.id)


def _judge_anew(store: Store, row: Draft, now: datetime) -> None:
    """Begun, and nowhere to be found: what speaks against it by now is asked before it is begun again."""
    with store.write() as connection:
        lost = "it was begun, and is not in the mailbox"
        drafts.move(connection, row.id, S.DRAFTING, S.RENDERED, now, lost, attempts=row.attempts + 1)


def _found(store: Store, mailbox: Mailbox, row: Draft, now: datetime, done: Pushed) -> bool:
    """A row in `drafting`: whether it was found in the mailbox, after a cut or under an older backup."""
    copies = look(mailbox, row, EVERYWHERE)
    state: dict[str, Any] = {}
    if copies.sent is not None:
        after, note = S.SENT, "found in Sent"
    elif copies.draft is not None:
        remove_extras(mailbox, copies)
        after, note, state = S.DRAFTED, "found in Drafts", {"place": copies.place, "edited": copies.edited}
    elif copies.binned:
        after, note = S.DISMISSED, "found in the bin"
    else:
        return False
    with store.write() as connection:
        if drafts.move(connection, row.id, S.DRAFTING, after, now, note, **state) and after is S.DRAFTED:
            done.drafted.append(row.id)
    return True
