"""What is asked at every poll is found by an index, also where that holds a few messages only."""

from __future__ import annotations

from sqlalchemy import insert

from agent.store import company, deeds, messages, owners, people, replies, ties
from agent.store.db import Connection, Store
from agent.store.schema import report
from tests.agent.plans import plans
from tests.letters import at


def test_meetings_of_a_series_are_found_by_their_index(store: Store) -> None:
    with store.read() as connection, plans(connection, "message") as steps:
        messages.series(connection, 1, ["standup@example.com"])
    assert steps == ["SEARCH message USING INDEX ix_message_series (owner_id=? AND thread=?)"]


def test_copies_under_another_id_are_found_by_their_index(store: Store) -> None:
    with store.read() as connection, plans(connection, "message") as steps:
        messages.known(connection, 1, [], ["0123"])
    assert steps == ["SEARCH message USING INDEX ix_message_digest (owner_id=? AND digest=?)"]


def test_people_who_wait_to_be_judged_are_found_by_their_index(store: Store) -> None:
    with store.read() as connection, plans(connection, "person") as steps:
        people.touched(connection, 1, 10)
    assert steps == ["SEARCH person USING INDEX ix_person_touched (owner_id=?)"]
    with store.read() as connection, plans(connection, "identity") as steps:
        people.unjudged(connection, 1, [])
    assert steps == ["SEARCH identity USING INDEX ix_identity_person_id (person_id=?)"]


def test_ties_that_wait_or_whose_meeting_has_begun_are_found_by_theirs(store: Store) -> None:
    with store.read() as connection, plans(connection, "tie") as steps:
        ties.stale(connection, 1, at("2026-03-02"), 10)
    assert steps == [
        "SEARCH tie USING INDEX ix_tie_stale (owner_id=?)",
        "SEARCH tie USING INDEX ix_tie_due (owner_id=? AND due<?)",
    ]


def placed(connection: Connection) -> int:
    """The owner, with a report in the INBOX."""
    owner = owners.ensure(connection, "Alice").id
    values = {"owner_id": owner, "kind": "weekly", "period": "2026-W10", "state": replies.PLACED, "rfc_id": "<r@x>"}
    connection.execute(insert(report).values(**values, at=at("2026-03-02")))
    return owner


def test_answers_to_reports_are_found_by_their_index(store: Store) -> None:
    with store.write() as connection, plans(connection, "message") as steps:
        replies.waiting(connection, placed(connection))
    assert steps == ["SEARCH message USING INDEX ix_message_sent_thread (owner_id=? AND thread=?)"]


def test_mails_of_some_people_are_found_by_their_ids_and_not_among_all(store: Store) -> None:
    with store.read() as connection, plans(connection, "message") as steps:
        list(company.gatherings(connection, 1, at("2026-03-02"), [7, 8]))
        deeds.letters(connection, 1, at("2026-03-02"), [7, 8])
        messages.stored(connection, [7, 8])
    assert steps == ["SEARCH message USING INTEGER PRIMARY KEY (rowid=?)"] * 3


def test_what_is_withdrawn_is_found_by_its_ids(store: Store) -> None:
    with store.write() as connection, plans(connection, "message") as steps:
        messages.withdraw(connection, 1, [7, 8])
    assert steps == ["SEARCH message USING INTEGER PRIMARY KEY (rowid=?)"]
    with store.write() as connection, plans(connection, "interaction") as steps:
        messages.forget_contacts(connection, [7, 8])
    assert steps == ["SEARCH interaction USING COVERING INDEX sqlite_autoindex_interaction_1 (message_id=?)"]
