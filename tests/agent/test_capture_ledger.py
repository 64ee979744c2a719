"""The ledger: each message once, each contact once, however copies arrive."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.capture import ledger
from agent.capture.ledger import Book, Tally
from agent.store import owners, people, sources, ties
from agent.store.db import Connection, Store
from agent.ties import refresh
from agent.types import Direction
from connectors.base import Batch
from connectors.records import MailRecord, Malformed
from tests.letters import ALICE, DANA, ERIK, at, batch, mail, meeting

pytestmark = pytest.mark.stores("sqlite", "postgresql")

NOW = at("2026-03-02 09:00")


def book(store: Store, *, exclude: frozenset[str] = frozenset(), own: frozenset[str] = frozenset({ALICE})) -> Book:
    with store.write() as connection:
        owner = owners.ensure(connection, "Alice")
        owners.learn(connection, owner.id, own, "config")
    return Book(owner.id, own, owner.salt, NOW, exclude=exclude)


def enter(store: Store, rules: Book, *batches: Batch, source: str = "mail") -> Tally:
    total = Tally()
    for one in batches:
        with store.write() as connection:
            row = sources.ensure(connection, rules.owner_id, source, "imap")
            stream = sources.stream_id(connection, row.id, one.stream)
            total.add(ledger.write(connection, rules, stream, one))
    return total


def days(connection: Connection, rules: Book) -> dict[str, list[tuple[str, int]]]:
    """Address → its days of contact, as `2026-03-01 sent`, with how many."""
    found: dict[str, list[tuple[str, int]]] = {}
    rows = list(ties.contact_days(connection, rules.owner_id, at("2030-01-01")))
    profiles = people.profiles(connection, rules.owner_id, {row.person_id for row in rows})
    for row in sorted(rows, key=lambda row: row.day):
        date = (at("1970-01-01") + timedelta(days=row.day)).date()
        told = [(f"{date} {way}", getattr(row, way)) for way in ("met", "received", "sent") if getattr(row, way)]
        found.setdefault(profiles[row.person_id].addresses[0], []).extend(told)
    return found


def test_each_message_and_each_contact_enters_once(store: Store) -> None:
    rules = book(store)
    letters = batch(
        mail("1", "2026-02-01", f"Dana Reed <{DANA}>", ALICE),
        mail("2", "2026-02-02", ALICE, [DANA, ERIK]),
    )
    first = enter(store, rules, letters)
    again = enter(store, rules, letters)
    assert (first.new, first.interactions) == (2, 2)
    assert (again.new, again.seen) == (0, 2)
    with store.read() as connection:
        assert days(connection, rules) == {
            DANA: [("2026-02-01 received", 1), ("2026-02-02 sent", 1)],
            ERIK: [("2026-02-02 sent", 1)],
        }


def test_copies_in_other_folders_and_sources_count_once(store: Store) -> None:
    rules = book(store)
    letter = mail("1", "2026-02-01", DANA, ALICE)
    archived = letter._replace(ref="77", folder="Archive")
    enter(store, rules, batch(letter), batch(archived, stream="Archive"))
    enter(store, rules, batch(letter), source="takeout")
    with store.read() as connection:
        assert days(connection, rules) == {DANA: [("2026-02-01 received", 1)]}
        row = next(row for row in sources.listed(connection, rules.owner_id) if row.name == "mail")
        assert sources.balance(connection, row.id).interactions == 2


def test_copies_under_other_message_ids_are_known_by_their_body(store: Store) -> None:
    rules = book(store)
    letter = mail("1", "2026-02-01", DANA, ALICE, body_digest="d1")
    copy = letter._replace(ref="2", message_id="export-2@example.com", subject="Re: Hello")
    other = letter._replace(ref="3", message_id="export-3@example.com", body_digest="d2")
    assert enter(store, rules, batch(letter, copy, other)).new == 2


def test_the_same_message_id_on_different_mail_is_two_messages(store: Store) -> None:
    rules = book(store)
    one = mail("1", "2026-02-01", DANA, ALICE, message_id="same@x.example.com")
    two = mail("2", "2026-02-05", DANA, ALICE, message_id="same@x.example.com")
    assert enter(store, rules, batch(one, two)).new == 2


def test_the_copy_in_sent_proves_a_mail_that_was_seen_elsewhere_before(store: Store) -> None:
    rules = book(store)
    elsewhere = mail("1", "2026-02-01", ALICE, DANA, folder="All Mail")
    in_sent = elsewhere._replace(ref="9", folder="Sent", role=mail("x", "2026-02-01", ALICE, DANA).role)
    enter(store, rules, batch(elsewhere, stream="All Mail"))
    with store.read() as connection:
        assert days(connection, rules) == {}
    enter(store, rules, batch(in_sent, stream="Sent"))
    with store.read() as connection:
        assert days(connection, rules) == {DANA: [("2026-02-01 sent", 1)]}


@pytest.mark.stores("sqlite")
def test_excluded_mail_leaves_a_salted_hash_only(store: Store, tmp_path: object) -> None:
    rules = book(store, exclude=frozenset({"northwind.example.net"}))
    letter = mail("1", "2026-02-01", f"Dana Reed <{DANA}>", ALICE, subject="Diagnosis")
    tally = enter(store, rules, batch(letter, mail("2", "2026-02-02", ERIK, ALICE)))
    assert (tally.excluded, tally.new) == (1, 1)
    with store.read() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]  # sqlite3's own
    assert "northwind" not in dump
    assert "Diagnosis" not in dump


def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(store: Store) -> None:
    rules = book(store)
    tally = enter(store, rules, batch(Malformed("7", "INBOX", "no header"), mail("1", "2026-02-01", DANA, ALICE)))
    assert (tally.quarantined, tally.new) == (1, 1)
    with store.read() as connection:
        assert sources.quarantined(connection, rules.owner_id) == [("mail", "INBOX", "7", "no header")]


@pytest.mark.parametrize(
    ("claimed", "arrived", "kept"),
    [
        ("2026-02-01", "2026-02-01 10:00", "2026-02-01"),
        ("2019-02-01", "2026-02-01", "2026-02-01"),
        ("2099-01-01", "", "2026-03-02"),
        ("", "2026-02-03", "2026-02-03"),
    ],
)
def test_the_time_of_a_mail_is_never_off_by_more_than_two_days(
    store: Store, claimed: str, arrived: str, kept: str
) -> None:
    rules = book(store)
    enter(store, rules, batch(mail("1", claimed, DANA, ALICE, arrived=at(arrived) if arrived else None)))
    with store.read() as connection:
        assert days(connection, rules) == {DANA: [(f"{kept} received", 1)]}


def test_a_moved_meeting_is_held_once_and_a_cancelled_one_not_at_all(store: Store) -> None:
    rules = book(store)
    first = meeting("m1", "2026-02-01 10:00", DANA, instance="a")
    second = meeting("m2", "2026-02-05 10:00", ERIK, instance="a")
    enter(store, rules, batch(first, second, stream="cal", series=("m1", "m2")))
    moved = dataclasses.replace(first, start=at("2026-02-03 10:00"))
    enter(store, rules, batch(moved, stream="cal", series=("m1", "m2")))
    with store.read() as connection:
        assert days(connection, rules) == {DANA: [("2026-02-03 met", 1)]}


def test_an_event_in_two_calendars_is_one_meeting_until_it_is_gone_from_both(store: Store) -> None:
    rules = book(store)
    event = meeting("m1", "2026-02-01 10:00", DANA)
    for calendar in ("mine", "team"):
        enter(store, rules, batch(event, stream=calendar, series=("m1",)))
    enter(store, rules, batch(stream="team", series=("m1",)))
    with store.read() as connection:
        assert days(connection, rules) == {DANA: [("2026-02-01 met", 1)]}
    enter(store, rules, batch(stream="mine", series=("m1",)))
    with store.read() as connection:
        assert days(connection, rules) == {}


def test_a_meeting_ahead_counts_from_the_moment_it_begins(store: Store) -> None:
    rules = book(store)
    enter(store, rules, batch(meeting("m1", "2026-03-02 11:00", DANA), stream="cal", series=("m1",)))
    refresh.refresh(store, rules.owner_id, NOW)
    with store.read() as connection:
        assert [row for row in ties.everyone(connection, rules.owner_id) if row.rhythm] == []
    refresh.refresh(store, rules.owner_id, at("2026-03-02 11:30"))
    with store.read() as connection:
        (row,) = ties.everyone(connection, rules.owner_id)
    assert row.rhythm is not None
    assert row.rhythm["met"] == 1


LETTERS = [
    mail(str(n), f"2026-0{1 + n % 2}-{1 + n * 3 % 27:02}", *((ALICE, who) if n % 3 else (who, ALICE)))
    for n, who in enumerate([DANA, ERIK] * 8)
]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(LETTERS), st.integers(1, 7))
def test_any_order_and_any_batching_gives_the_same_ties_as_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, order: list[MailRecord], size: int
) -> None:
    from agent.store.db import open_store
    from agent.store.schema import metadata

    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('order') / 'w.db'}")
    metadata.create_all(store.engine)
    rules = book(store)
    for start in range(0, len(order), size):
        enter(store, rules, batch(*order[start : start + size]))
        refresh.refresh(store, rules.owner_id, NOW)
    with store.read() as connection:
        grown = {row.person_id: row.rhythm for row in ties.everyone(connection, rules.owner_id)}
    refresh.rebuild_all(store, rules.owner_id, NOW)
    with store.read() as connection:
        rebuilt = {row.person_id: row.rhythm for row in ties.everyone(connection, rules.owner_id)}
    store.close()
    assert grown == rebuilt
    assert len(grown) == 2


def test_a_later_learnt_alias_turns_mail_judged_before(store: Store) -> None:
    from agent.capture.sync import learn_aliases

    rules, alias = book(store), "alice@old.example.com"
    sent = [mail(str(n), f"2026-02-0{n}", alias, DANA, folder="Sent") for n in (1, 2)]
    got = mail("3", "2026-02-04", DANA, alias)
    enter(store, rules, batch(*sent, stream="Sent"), batch(got))
    with store.read() as connection:
        assert days(connection, rules) == {}
    assert learn_aliases(store, rules) == (alias,)
    with store.read() as connection:
        counted = Counter(label.split()[1] for label, _ in days(connection, rules)[DANA])
    assert counted == {Direction.SENT.value: 2, Direction.RECEIVED.value: 1}
