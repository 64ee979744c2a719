"""What the owner decides about who is who: review, merge, split, undo; then people and ties are judged anew."""

from __future__ import annotations

from datetime import datetime

from agent.app import App
from agent.errors import NotFound, UsageError
from agent.people import merging
from agent.people.directory import judge_touched
from agent.people.merging import Question
from agent.people.normalise import address_key
from agent.store import people
from agent.store.db import Connection
from agent.store.people import Profile
from agent.ties.refresh import refresh

NAMED = 5


def review(app: App, now: datetime) -> list[Question]:
    """Pairs of people who may be one, the likeliest first, as few as settle it."""
    with app.store.read() as connection:
        return merging.questions(connection, app.owner.id, now)


def answer(app: App, label: str, now: datetime, *, same: bool) -> Question:
    """The owner's word on one question: one person, or two for good.

    A label is good until its question is answered, whatever was answered before it. Raises NotFound for any other.
    """
    with app.store.write() as connection:
        open_ones = merging.possible(connection, app.owner.id, now)
        asked = next((question for question in open_ones if question.called(label)), None)
        if asked is None:
            raise NotFound(f"There is no question {label!r}.", hint="`weaktie people review` shows those there are.")
        pair = asked.one.person_id, asked.other.person_id
        if same:
            merging.merge(connection, app.owner.id, *pair, now)
        else:
            merging.refuse(connection, app.owner.id, *pair, now)
    settle(app, now)
    return asked


def merge(app: App, one: str, other: str, now: datetime) -> Profile:
    """Two people, by address or name, are one; that one. Raises NotFound, UsageError."""
    with app.store.write() as connection:
        kept, gone = (one_person(connection, app.owner.id, text) for text in (one, other))
        if "self" in (kept.role, gone.role):
            raise UsageError("One of them is you.", hint="`weaktie doctor` shows your addresses.")
        merging.merge(connection, app.owner.id, kept.id, gone.id, now)
    settle(app, now)
    return _profile(app, kept.id)


def split(app: App, person: str, address: str, now: datetime) -> tuple[Profile, Profile]:
    """An address is not this person's but somebody's of their own: both. Raises NotFound, UsageError."""
    with app.store.write() as connection:
        found = one_person(connection, app.owner.id, person)
        fresh = merging.split(connection, app.owner.id, found.id, address_key(address), now)
    settle(app, now)
    return _profile(app, found.id), _profile(app, fresh)


def undo(app: App, now: datetime) -> str:
    """Take the last decision back; its kind. Raises NotFound."""
    with app.store.write() as connection:
        kind = merging.undo(connection, app.owner.id, now)
    settle(app, now)
    return kind


def settle(app: App, now: datetime) -> None:
    """Judge those who changed, and rebuild their ties from the ledger."""
    judge_touched(app.store, app.owner.id, app.book(now).own)
    refresh(app.store, app.owner.id, now)


def called(person: Profile) -> str:
    """Somebody by name, where they have one, and addresses."""
    return f"{person.name} <{', '.join(person.addresses)}>".strip()


def one_person(connection: Connection, owner_id: int, text: str) -> Profile:
    """The one person of this address or name. Raises NotFound; UsageError naming them where several match."""
    profiles = people.profiles(connection, owner_id, people.search(connection, owner_id, text))
    exact = [profile for profile in profiles.values() if profile.name.lower() == text.strip().lower()]
    found = exact or list(profiles.values())
    if not found:
        hint = "`weaktie ties --state all` lists people."
        raise NotFound(f"Nobody called {text!r} was seen on any message.", hint=hint)
    if len(found) > 1:
        names = ", ".join(f"{profile.name} <{profile.addresses[0]}>".strip() for profile in found[:NAMED])
        more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
        raise UsageError(f"{text!r} could be {names}{more}.", hint="Use the address.")
    return found[0]


def _profile(app: App, person_id: int) -> Profile:
    with app.store.read() as connection:
        return people.profiles(connection, app.owner.id, [person_id])[person_id]
