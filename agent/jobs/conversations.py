"""The morning mail of three conversations: written at any time, delivered once a working day."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta

from agent.app import App
from agent.jobs import pace
from agent.jobs.reading import in_touch, judged_at
from agent.outreach.review import open_mailbox
from agent.outreach.settings import mailbox_of
from agent.people.signals import moves
from agent.report import deliver
from agent.report.conversations import Pool, Today, laid_out, today, within_cool_down
from agent.report.deliver import Delivery
from agent.report.due import next_morning
from agent.report.envelope import message, stamp
from agent.report.render import Rendered
from agent.store import deeds, people, reports
from agent.store.reports import DAILY, NewReport
from agent.ties import giving
from agent.ties.view import Tie

NAME = "conversations"
OWED_DAYS = timedelta(days=90)
FRESH_MOVE = timedelta(days=90)
# Words of subjects that say nothing of what two people have in common, however few of the subjects they are in.
_EVERYDAY_WORDS = """
abend about after again anfrage answer april august before besuch birthday bitte breakfast catching check coffee
could danke december dezember dienstag dinner donnerstag dritte early eight einladung erste evening februar february
first follow forgot fourth frage fragen freitag friday friend gestern great hallo hello heute invitation januar
january kaffee kurze later letter little lunch march maybe meeting message minutes mittwoch monday montag month
months morgen morning nachricht never night nochmal notes november number october oktober other people please
possible question questions quick ready reminder samstag saturday second september seven short something sonntag
still sunday termin thanks their there these things third those three through thursday today together tomorrow
tonight touch treffen tuesday until update visit wednesday weeks welcome where while without woche wochen would
years yesterday yours zweite
"""
EVERYDAY = frozenset(_EVERYDAY_WORDS.split())


def write(app: App, as_of: datetime | None = None) -> tuple[Today, Rendered]:
    """Today's conversations, or those of another day as they would have been then."""
    moment = judged_at(as_of)
    since = moment - timedelta(days=app.config.conversations.days_between)
    with app.store.read() as connection:
        named = reports.named(connection, app.owner.id, DAILY, since)
    before = [(then, who) for then, who in named if then < _midnight(app, moment)]
    return at(app, in_touch(app, as_of), moment, within_cool_down(before, since))


def at(app: App, ties: list[Tie], moment: datetime, lately: frozenset[int]) -> tuple[Today, Rendered]:
    """The conversations of one instant, from ties read then; `lately`: whom to leave out."""
    found = today(_pool(app, ties, moment, lately))
    return found, laid_out(found, app.templates)


def put(app: App, now: datetime) -> Delivery | None:
    """The mail into the INBOX, once a day whatever happens; None when there is nobody to talk to today."""
    found, rendered = write(app)
    if not found.talks:
        return None
    owner, address = app.config.owner, app.config.owner.addresses[0]
    marks = stamp(app.owner.salt, address, found.period)
    content = message(rendered, owner=owner.name, address=address, marks=marks, at=now.astimezone(owner.zone))
    new = NewReport(DAILY, found.period, marks.rfc_id, marks.token, content, found.people)
    with closing(open_mailbox(mailbox_of(app.config, app.config.report.mailbox))) as mailbox:
        deliver.resume(app.store, app.owner.id, mailbox, found.period, now, (DAILY,))
        return deliver.deliver(app.store, app.owner.id, mailbox, new, now)


def is_due(app: App, now: datetime) -> bool:
    """On working days from the time set, once the owner has had the first report."""
    return app.fresh_owner().first_report_at is not None and pace.is_due(app, NAME, now)


def daily(app: App, now: datetime) -> Delivery | None:
    """Deliver, and wait for the next working morning; a mail of a morning that is over is not made up for.

    Where it is unsure whether it arrived, it is looked for again at the next tick.
    """
    settings, zone = app.config.conversations, app.config.owner.zone
    delivery = put(app, now) if next_morning(now - timedelta(days=1), settings.time, zone) <= now else None
    certain = delivery in (None, Delivery.PLACED, Delivery.ALREADY)
    pace.done(app, NAME, now, next_morning(now, settings.time, zone) if certain else None)
    return delivery


def _pool(app: App, ties: list[Tie], moment: datetime, lately: frozenset[int]) -> Pool:
    owner_id = app.owner.id
    with app.store.read() as connection:
        letters = list(deeds.letters(connection, owner_id, moment))
        recent = [letter for letter in letters if letter.at >= moment - OWED_DAYS]
        known = people.profiles(connection, owner_id, {who for letter in letters for who in letter.people})
        changed = moves(connection, owner_id, {tie.person_id for tie in ties}, moment, FRESH_MOVE)
    firms = {who: profile.organization for who, profile in known.items()}
    real = frozenset(tie.person_id for tie in ties if not tie.colleague)
    names = {word.lower() for profile in known.values() for word in profile.name.split()}
    names |= set(app.config.owner.name.lower().split())
    return Pool(
        as_of=moment,
        zone=app.config.owner.zone,
        ties=tuple(ties),
        owed=tuple(giving.owed(recent, moment)),
        signals={who: (words,) for who, words in changed.items()},
        pairs=tuple(giving.introductions(letters, real, firms, names | EVERYDAY)),
        lately=lately,
        unanswered=app.config.programme.unanswered,
    )


def _midnight(app: App, moment: datetime) -> datetime:
    """The beginning of the owner's day: the mail of this very day names nobody to leave out."""
    return moment.astimezone(app.config.owner.zone).replace(hour=0, minute=0, second=0, microsecond=0)
