"""What the owner says of a tie by hand: keep, drop, private, snooze, a rhythm, tags, a goal; and the triage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent import who_is_who
from agent.app import App
from agent.errors import UsageError
from agent.jobs.reading import in_touch, judged_at
from agent.report.choose import triage as triaged
from agent.report.gather import gather
from agent.store import wishes
from agent.store.people import Profile
from agent.ties.programme import due, suspension
from agent.ties.view import Tie
from agent.types import NO_WISH, Standing, Wish

TAG_LETTERS = 40
GOAL_LETTERS = 200


@dataclass(frozen=True, slots=True)
class Change:
    """What to change of a wish; None leaves it. `snooze` 0 ends a snooze, `every` -1 takes a rhythm away."""

    standing: Standing | None = None
    snooze: int | None = None
    every: int | None = None
    goal: str | None = None
    resume: bool = False
    tags: tuple[str, ...] = ()
    untags: tuple[str, ...] = ()

    def of(self, wish: Wish, at: datetime) -> Wish:
        """The wish after it. Raises UsageError for a tag or goal that cannot be kept."""
        changed = replace(wish, tags=self._tags(wish))
        if self.standing is not None:
            changed = replace(changed, standing=self.standing)
        if self.snooze is not None:
            asleep = (at, at + timedelta(days=self.snooze)) if self.snooze else (None, None)
            changed = replace(changed, snoozed_from=asleep[0], snoozed_until=asleep[1])
        if self.every is not None:
            changed = replace(changed, every_days=None if self.every < 0 else self.every)
        if self.goal is not None:
            changed = replace(changed, goal=" ".join(self.goal.split())[:GOAL_LETTERS])
        return replace(changed, resumed_at=at) if self.resume else changed

    def _tags(self, wish: Wish) -> tuple[str, ...]:
        gone = {_tag(name) for name in self.untags}
        return tuple(sorted({*wish.tags, *map(_tag, self.tags)} - gone))


def change(app: App, who: str, what: Change, now: datetime, *, dry_run: bool = False) -> tuple[Profile, Wish]:
    """Say something of one person (an address, or a name that is theirs alone). Raises NotFound, UsageError."""
    if what == Change():
        raise UsageError("Say what to change.", hint="`weaktie ties set --help` shows what there is.")
    with app.store.write() as connection:
        found = who_is_who.one_person(connection, app.owner.id, who)
        new = what.of(wishes.of(connection, app.owner.id, found.id), now)
        if not dry_run:
            wishes.save(connection, app.owner.id, found.id, new, now)
    return found, new


def undo(app: App, who: str, now: datetime) -> tuple[Profile, Wish]:
    """Take back what was said last of one person; once more, and it holds again. Raises NotFound, UsageError."""
    with app.store.write() as connection:
        found = who_is_who.one_person(connection, app.owner.id, who)
        if not wishes.undo(connection, app.owner.id, found.id, now):
            raise UsageError(f"Nothing was said of {found.name or who} that could be taken back.")
        return found, wishes.of(connection, app.owner.id, found.id)


def of(app: App, who: str) -> tuple[Profile, Wish]:
    """What is wished of one person. Raises NotFound, UsageError."""
    with app.store.read() as connection:
        found = who_is_who.one_person(connection, app.owner.id, who)
        return found, wishes.of(connection, app.owner.id, found.id)


def triage(app: App, as_of: datetime | None = None) -> list[Tie]:
    """Quiet ties of which nothing was said yet, those that would be lost first."""
    moment = judged_at(as_of)
    inputs = gather(app.store, app.owner, app.config, in_touch(app, as_of), moment, live=as_of is None)
    return [choice.tie for choice in triaged(inputs)]


def told(wish: Wish) -> list[str]:
    """A wish in words, one phrase each; empty for none."""
    phrases = [wish.standing.value] if wish.standing else []
    if wish.snoozed_until:
        phrases.append(f"snoozed until {wish.snoozed_until:%Y-%m-%d}")
    if wish.every_days is not None:
        phrases.append(f"every {wish.every_days}d" if wish.every_days else "in its own rhythm")
    if wish.tags:
        phrases.append(", ".join(f"#{tag}" for tag in wish.tags))
    if wish.goal:
        phrases.append(f"goal: {wish.goal}")
    if wish.resumed_at:
        phrases.append(f"resumed on {wish.resumed_at:%Y-%m-%d}")
    return phrases if wish != NO_WISH else []


def stand(app: App, tie: Tie, as_of: datetime | None = None) -> list[str]:
    """What the owner wishes of a tie and what follows from it at that time, one phrase each.

    Give it a tie with its days of contact (`listing.with_last_mail`).
    """
    settings, moment = app.config.programme, judged_at(as_of)
    wanted, stopped = due(tie, settings.tags), suspension(tie, settings.unanswered)
    found = told(tie.wish)
    if wanted:
        found.append(f"{'due since' if wanted.now else 'due on'} {wanted.on:%Y-%m-%d}")
    if stopped and not tie.wish.hidden and not tie.wish.sleeps(moment):
        found.append(f"suspended: {stopped.why} An answer, a meeting or `ties set … --resume` ends that.")
    return found


def _tag(name: str) -> str:
    tag = name.strip().lower().lstrip("#")
    if not tag or len(tag) > TAG_LETTERS or not all(c.isalnum() or c in "-_ ." for c in tag):
        raise UsageError(f"{name!r} cannot be a tag.", hint="Use letters, digits, blanks, '-', '_' and '.'.")
    return tag
