"""What is derived from the facts, derived anew where this weaktie judges otherwise than the one that stored it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import agent.capture.judge
import agent.types
from agent.capture import ledger
from agent.capture.book import Book
from agent.capture.garbage import seldom_collected
from agent.capture.sync import learn_aliases
from agent.people.directory import judge_touched, people_form
from agent.store import forms, messages, owners, people, ties
from agent.store.db import Store
from agent.ties.refresh import refresh, rhythm_form

CONTACTS, PEOPLE, TIES = "contacts", "people", "ties"
DERIVED = frozenset({CONTACTS, PEOPLE, TIES})
CHUNK = 2_000


def keep_derived(store: Store, book: Book, now: datetime) -> frozenset[str]:
    """Judge again whatever of contacts, people and ties bears another mark than that of our rules; returns which.

    What kind of message something is stays as it was judged: that rests on header fields, which are not stored. The
    marks are noted at the end, so that what breaks off is begun again.
    """
    changed = stale(store, book)
    if changed:
        _ask(store, book, changed.keys())
        settle(store, book, now)
        with store.write() as connection:
            for kind, mark in changed.items():
                forms.note(connection, book.owner_id, kind, mark)
    return frozenset(changed)


def stale(store: Store, book: Book) -> dict[str, str]:
    """What of contacts, people and ties bears another mark than that of our rules → ours."""
    marks = {CONTACTS: contact_form(book), PEOPLE: people_form(), TIES: rhythm_form()}
    with store.read() as connection:
        noted = forms.noted(connection, book.owner_id)
    return {kind: mark for kind, mark in marks.items() if noted.get(kind) != mark}


def contact_form(book: Book) -> str:
    """A mark of the rules that say with whom a message is contact, and of the limit the owner set them."""
    return f"{forms.of_source(agent.capture.judge, agent.types)} {book.max_recipients}"


def _ask(store: Store, book: Book, kinds: Collection[str]) -> None:
    if CONTACTS in kinds:
        _rejudge(store, book)
    with store.write() as connection:
        if PEOPLE in kinds:
            people.touch_all(connection, book.owner_id)
        if TIES in kinds:
            ties.drop_all(connection, book.owner_id)


def _rejudge(store: Store, book: Book) -> None:
    last = 0
    while True:
        with store.write(repeatable=True) as connection:
            found = messages.after(connection, book.owner_id, last, CHUNK)
            if not found:
                return
            ledger.rejudge(connection, book, found)
        last = found[-1]


@seldom_collected()
def settle(store: Store, book: Book, now: datetime) -> None:
    """Learn aliases, judge people of whom something new was seen, bring their ties up to date."""
    learn_aliases(store, book)
    with store.read() as connection:
        own = owners.addresses(connection, book.owner_id)
    judge_touched(store, book.owner_id, own)
    refresh(store, book.owner_id, now)
