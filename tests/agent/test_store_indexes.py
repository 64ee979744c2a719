"""What is asked at every poll is found by an index, also where that holds a few messages only."""

from __future__ import annotations

from agent.store import messages, people, ties
from agent.store.db import Store
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
