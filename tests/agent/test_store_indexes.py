"""What is asked at every poll is found by an index, also where that holds a few messages only."""

from __future__ import annotations

from agent.store import messages
from agent.store.db import Store
from tests.agent.plans import plans


def test_meetings_of_a_series_are_found_by_their_index(store: Store) -> None:
    with store.read() as connection, plans(connection, "message") as steps:
        messages.series(connection, 1, ["standup@example.com"])
    assert steps == ["SEARCH message USING INDEX ix_message_series (owner_id=? AND thread=?)"]


def test_copies_under_another_id_are_found_by_their_index(store: Store) -> None:
    with store.read() as connection, plans(connection, "message") as steps:
        messages.known(connection, 1, [], ["0123"])
    assert steps == ["SEARCH message USING INDEX ix_message_digest (owner_id=? AND digest=?)"]
