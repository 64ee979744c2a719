"""Drafts from plan to Drafts folder, what the owner made of them, and, in send mode, what they approved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from agent.app import App
from agent.config import Config
from agent.errors import NotAllowed
from agent.outreach import outbox, reread, unsure
from agent.outreach.compose import Order, Style, compose
from agent.outreach.observe import observe
from agent.outreach.occasions import occasions
from agent.outreach.planning import Verdict, judged, plan_drafts
from agent.outreach.review import Desk, Pushed, open_mailbox, push
from agent.outreach.settings import limits_of, mailbox_of, style_of, writer_of
from agent.outreach.suggest import Plan, suggest
from agent.store import drafts, targets
from agent.templating import Templates
from agent.ties.listing import ties_at
from agent.ties.programme import left_alone
from agent.ties.view import Tie
from agent.types import DraftState
from connectors.base import Mailbox


@dataclass(frozen=True, slots=True)
class Written:
    """A draft as the owner will read it."""

    to: str
    subject: str
    text: str


def as_written(content: bytes) -> Written:
    """A draft's bytes to be read: all that would go out."""
    return Written(*reread.shown(content))


def put_off(app: App, ties: Sequence[Tie], now: datetime, people: Collection[int] | None = None) -> list[Verdict]:
    """What could be written but is not, by itself, at this moment, each with its reasons. Nothing is stored.

    To everybody, or to these `people`. `ties`: all of the owner's, as they are read now.
    """
    owner = app.fresh_owner()
    with app.store.read() as connection:
        found = occasions(connection, owner, ties, app.config.owner.zone, now, about=people)
    plans = [each for each in suggest(found) if people is None or each.person_id in people]
    verdicts = judged(app.store, owner.id, plans, limits_of(app.config.drafts), now)
    return [verdict for verdict in verdicts if not verdict.decision.allowed]


def plan(app: App, now: datetime, *, replay: bool = False) -> list[Verdict]:
    """What could be written for the owner, as far as their wishes and the policy allow it; nothing leaves the store."""
    owner = app.fresh_owner()
    with app.store.write() as connection:
        targets.close_reached(connection, owner.id, now)
    with app.store.read() as connection:
        everyone = ties_at(connection, owner.id, now, replay=replay)
        found = occasions(connection, owner, everyone, app.config.owner.zone, now)
    most = app.config.programme.unanswered
    wanted = tuple(tie for tie in found.ties if not left_alone(tie, now, most))
    plans = suggest(replace(found, ties=wanted))
    return plan_drafts(app.store, owner.id, plans, limits_of(app.config.drafts), now)


def put(app: App, mailbox: Mailbox, now: datetime) -> Pushed:
    """Plans into the Drafts folder."""
    settings = app.config.drafts
    style, expire = partial(style_of, settings), timedelta(days=settings.expire_days)
    desk = Desk(writer_of(app.config.owner), app.templates, style, expire)
    return push(app.store, app.owner.id, mailbox, now, desk)


def opened(app: App) -> Mailbox:
    """The mailbox drafts go to."""
    return open_mailbox(mailbox_of(app.config, app.config.drafts.mailbox))


def tend(app: App, now: datetime) -> list[str]:
    """One round: see what the owner did, plan, put drafts into the mailbox. Returns problems, a sentence each."""
    expire = timedelta(days=app.config.drafts.expire_days)
    with closing(opened(app)) as mailbox:
        seen = observe(
            app.store, app.owner.id, mailbox, now, expire=expire, file_sent_copy=app.config.send.file_sent_copy
        )
        plan(app, now)
    with closing(opened(app)) as mailbox:
        pushed = put(app, mailbox, now)
    return [*seen.problems, *pushed.problems]


def send_approved(app: App, now: datetime) -> list[str]:
    """What was approved and is due goes out, what is unsure is looked up. Returns problems.

    With send mode off nothing goes out and approvals are void; what an earlier sending left is looked up all the same.
    Without anything to do no mailbox is opened.
    """
    send, owner_id, done = app.config.send, app.owner.id, outbox.Outcome()
    if not send.enabled:
        unsure.stand_down(app.store, owner_id, now)
    if not unsure.has_work(app.store, owner_id, now):
        return []
    with closing(opened(app)) as mailbox:
        looked = unsure.reconcile(app.store, owner_id, mailbox, now)
        if send.enabled:
            transport = outbox.open_transport(send, app.config.way_out())
            done = outbox.send_due(app.store, owner_id, mailbox, transport, now, send, writer_of(app.config.owner))
    return [*looked.problems, *map(_asked, looked.ask), *map(_unsure, done.unknown), *done.problems]


def _unsure(draft_id: int) -> str:
    return f"The line broke while draft {draft_id} was sent: it may have gone out. It is looked for, not sent again."


def _asked(draft_id: int) -> str:
    return (
        f"Draft {draft_id} was not found in Sent. Look whether it arrived, then say so:"
        f" weaktie drafts settle {draft_id} went|again|leave."
    )


def write_now(app: App, wanted: Plan, now: datetime, *, dry_run: bool = False) -> Written:
    """One draft the owner asked for: composed, and unless it is a dry run put into Drafts. Raises NotAllowed."""
    if dry_run:
        return composed(app.config, app.templates, wanted, now)
    verdicts = plan_drafts(app.store, app.owner.id, [wanted], limits_of(app.config.drafts), now)
    if not verdicts:
        raise NotAllowed("This has been drafted before.", hint="`weaktie drafts list --all` shows it.")
    verdict = verdicts[0]
    if verdict.draft_id is None or not verdict.decision.allowed:
        raise NotAllowed(f"No draft: {verdict.decision.words}.")
    with closing(opened(app)) as mailbox:
        pushed = put(app, mailbox, now)
    return _reached(app, verdict.draft_id, pushed)


def _reached(app: App, draft_id: int, pushed: Pushed) -> Written:
    with app.store.read() as connection:
        row = drafts.get(connection, app.owner.id, draft_id)
    if row is None or row.state is not DraftState.DRAFTED or row.content is None:
        trouble = "; ".join(pushed.problems) or (row.note if row else "")
        raise NotAllowed(f"The draft did not reach your mailbox. {trouble}", hint="The next run tries again.")
    return as_written(row.content)


def composed(config: Config, templates: Templates, wanted: Plan, now: datetime, style: Style | None = None) -> Written:
    """How a plan would read, in the style of its recipient unless one is given; nothing is stored.

    Raises TemplateRefused, NotAllowed.
    """
    mail = wanted.reply_to
    reply = None if mail is None else {"rfc_id": mail.rfc_id, "subject": mail.subject, "references": mail.references}
    order = Order(wanted.kind.value, wanted.name, wanted.address, wanted.context, reply)
    chosen = style or style_of(config.drafts, wanted.address)
    return as_written(compose(order, writer_of(config.owner), templates, now, chosen).content)
