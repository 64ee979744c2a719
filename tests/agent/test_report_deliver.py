"""One report a week in the INBOX, whatever breaks between the store and the mailbox, and however many try."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import WeaktieError
from agent.report.deliver import Delivery, deliver, resume, write_html
from agent.store import owners, reports
from agent.store.db import Store, open_store
from agent.store.reports import NewReport
from agent.store.schema import metadata
from connectors.base import Place
from connectors.errors import Ambiguous, Refused, Unavailable
from tests.agent.report_mailbox import FolderMailbox, Killed
from tests.agent.report_sample import AS_OF as NOW

pytestmark = pytest.mark.stores("sqlite", "postgresql")

LATER = NOW + timedelta(minutes=16)


def new(period: str = "2025-W10", kind: str = "weekly", token: str = "t1") -> NewReport:
    """A report of Alice's for one week."""
    rfc_id = f"<{period}@example.com>"
    content = f"Message-ID: {rfc_id}\r\nX-Weaktie-Report: {token}\r\n\r\nHello\r\n".encode()
    return NewReport(kind, period, rfc_id, token, content, (3, 1), {"active": 5})


@pytest.fixture
def mailbox(tmp_path: Path) -> FolderMailbox:
    """Alice's INBOX."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return FolderMailbox(folder)


@pytest.fixture
def alice_id(store: Store) -> int:
    """Alice in the store."""
    with store.write() as connection:
        return owners.ensure(connection, "Alice").id


def test_once_a_week(store: Store, alice_id: int, mailbox: FolderMailbox) -> None:
    assert deliver(store, alice_id, mailbox, new(), NOW) is Delivery.PLACED
    assert deliver(store, alice_id, mailbox, new(token="t2"), LATER) is Delivery.ALREADY
    assert deliver(store, alice_id, mailbox, new("2025-W11"), LATER) is Delivery.PLACED
    assert len(mailbox.inbox()) == 2


def test_the_report_before_is_known_and_its_bytes_are_not_kept(
    store: Store, alice_id: int, mailbox: FolderMailbox
) -> None:
    deliver(store, alice_id, mailbox, new(), NOW)
    with store.read() as connection:
        row = reports.last(connection, alice_id)
    assert row is not None
    assert (row.people, row.tally, row.token, row.content) == ((3, 1), {"active": 5}, "t1", None)


def test_only_the_first_report_lets_drafts_begin(store: Store, alice_id: int, mailbox: FolderMailbox) -> None:
    def begun() -> object:
        with store.read() as connection:
            found = owners.by_name(connection, "Alice")
        assert found is not None
        return found.first_report_at

    deliver(store, alice_id, mailbox, new("2025-W09"), NOW)
    assert begun() is None
    deliver(store, alice_id, mailbox, new(kind="first"), NOW)
    assert begun() == NOW
    deliver(store, alice_id, mailbox, new("2025-W11", kind="first"), LATER)
    assert begun() == NOW


def test_bobs_report_is_his_own(store: Store, alice_id: int, mailbox: FolderMailbox) -> None:
    with store.write() as connection:
        bob_id = owners.ensure(connection, "Bob").id
    deliver(store, alice_id, mailbox, new(), NOW)
    with store.read() as connection:
        assert reports.last(connection, bob_id) is None
    assert deliver(store, bob_id, mailbox, replace(new(), rfc_id="<bob@example.com>"), NOW) is Delivery.PLACED


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_around_the_append_ends_in_one_report(
    store: Store, alice_id: int, mailbox: FolderMailbox, when: str
) -> None:
    setattr(mailbox, when, Killed())
    with pytest.raises(Killed):
        deliver(store, alice_id, mailbox, new(token="first try"), NOW)
    assert deliver(store, alice_id, mailbox, new(token="too early"), NOW) is Delivery.BUSY
    assert deliver(store, alice_id, mailbox, new(token="second try"), LATER) is Delivery.PLACED
    assert mailbox.inbox() == [new(token="first try").content]
    assert resume(store, alice_id, mailbox, "2025-W10", LATER) == {}


def test_a_crash_after_the_commit_is_resumed_without_a_new_report(
    store: Store, alice_id: int, mailbox: FolderMailbox
) -> None:
    mailbox.before = Killed()
    with pytest.raises(Killed):
        deliver(store, alice_id, mailbox, new(), NOW)
    assert resume(store, alice_id, mailbox, "2025-W10", LATER) == {"2025-W10": Delivery.PLACED}
    assert mailbox.inbox() == [new().content]


def test_a_report_of_last_week_is_not_delivered_late(store: Store, alice_id: int, mailbox: FolderMailbox) -> None:
    mailbox.before = Killed()
    with pytest.raises(Killed):
        deliver(store, alice_id, mailbox, new(), NOW)
    assert resume(store, alice_id, mailbox, "2025-W11", LATER) == {"2025-W10": Delivery.MISSED}
    assert deliver(store, alice_id, mailbox, new("2025-W11"), LATER) is Delivery.PLACED
    assert len(mailbox.inbox()) == 1
    with store.read() as connection:
        assert [row.period for row in (reports.last(connection, alice_id),) if row] == ["2025-W11"]


def test_a_lost_answer_is_looked_up(store: Store, alice_id: int, mailbox: FolderMailbox) -> None:
    mailbox.after = Ambiguous("cut")
    assert deliver(store, alice_id, mailbox, new(), NOW) is Delivery.PLACED
    assert mailbox.appends == 1


def test_an_answer_lost_before_the_append_is_tried_again_later(
    store: Store, alice_id: int, mailbox: FolderMailbox
) -> None:
    mailbox.before = Ambiguous("cut")
    assert deliver(store, alice_id, mailbox, new(), NOW) is Delivery.UNSURE
    assert deliver(store, alice_id, mailbox, new(), NOW) is Delivery.BUSY
    assert deliver(store, alice_id, mailbox, new(), LATER) is Delivery.PLACED
    assert len(mailbox.inbox()) == 1


class GoneAfterwards(FolderMailbox):
    """The network goes with the answer: the look after the APPEND fails as well, once."""

    def put_inbox(self, content: bytes) -> Place:
        """APPEND, lose the answer and the connection."""
        if self.appends == 0:
            self.after = Ambiguous("cut")
            self.blind = [Unavailable("no network")]
        return super().put_inbox(content)


def test_a_lost_answer_and_a_lost_network_still_end_in_one(store: Store, alice_id: int, mailbox: FolderMailbox) -> None:
    gone = GoneAfterwards(mailbox.folder)
    assert deliver(store, alice_id, gone, new(), NOW) is Delivery.UNSURE
    assert deliver(store, alice_id, gone, new(), LATER) is Delivery.PLACED
    assert gone.appends == 1


@pytest.mark.parametrize("failure", [Unavailable("no network"), Refused("over quota")])
def test_what_was_surely_not_done_may_be_repeated_at_once(
    store: Store, alice_id: int, mailbox: FolderMailbox, failure: Exception
) -> None:
    mailbox.before = failure
    with pytest.raises(type(failure)):
        deliver(store, alice_id, mailbox, new(), NOW)
    assert deliver(store, alice_id, mailbox, new(), NOW) is Delivery.PLACED


def test_a_restored_store_does_not_deliver_again(
    store: Store, alice_id: int, mailbox: FolderMailbox, tmp_path: Path
) -> None:
    deliver(store, alice_id, mailbox, new(), NOW)
    restored = open_store(f"sqlite:///{tmp_path / 'restored.db'}")
    metadata.create_all(restored.engine)
    with restored.write() as connection:
        owner_id = owners.ensure(connection, "Alice").id
    assert deliver(restored, owner_id, mailbox, new(token="t2"), LATER) is Delivery.PLACED
    assert mailbox.inbox() == [new().content]
    restored.close()


FAILURES: list[Callable[[FolderMailbox], None]] = [
    lambda box: setattr(box, "before", Killed()),
    lambda box: setattr(box, "after", Killed()),
    lambda box: setattr(box, "before", Ambiguous("cut")),
    lambda box: setattr(box, "after", Ambiguous("cut")),
    lambda box: setattr(box, "before", Unavailable("away")),
    lambda box: box.blind.append(Unavailable("away")),
    FolderMailbox.close,
]


@settings(max_examples=25)
@given(faults=st.lists(st.tuples(st.sampled_from(FAILURES), st.integers(0, 20)), max_size=6))
def test_any_row_of_failures_ends_in_exactly_one(
    tmp_path_factory: pytest.TempPathFactory, faults: list[tuple[Callable[[FolderMailbox], None], int]]
) -> None:
    home = tmp_path_factory.mktemp("one")
    store = open_store(f"sqlite:///{home / 'weaktie.db'}")
    metadata.create_all(store.engine)
    with store.write() as connection:
        owner_id = owners.ensure(connection, "Alice").id
    box = FolderMailbox(home / "inbox")
    box.folder.mkdir()
    now = NOW
    for fault, minutes in faults:
        now += timedelta(minutes=minutes)
        box.before = box.after = None
        box.blind.clear()
        fault(box)
        with suppress(Killed, Unavailable):
            deliver(store, owner_id, box, new(token=str(now)), now)
        assert len(box.inbox()) <= 1
    box.before = box.after = None
    box.blind.clear()
    assert deliver(store, owner_id, box, new(), now + timedelta(minutes=16)) in {Delivery.PLACED, Delivery.ALREADY}
    assert len(box.inbox()) == 1
    store.close()


def racer(url: str, folder: Path, token: str) -> str:
    """One process of several that all want to deliver the report of this week."""
    store = open_store(url)
    with store.read() as connection:
        alice = owners.by_name(connection, "Alice")
    assert alice is not None
    result = deliver(store, alice.id, FolderMailbox(folder), new(token=token), NOW)
    store.close()
    return result.value


def test_processes_at_the_same_time_deliver_one(store: Store, alice_id: int, mailbox: FolderMailbox) -> None:
    url = store.engine.url.render_as_string()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(racer, url, mailbox.folder, str(number)) for number in range(6)]
        results = [job.result(timeout=300) for job in jobs]
    assert results.count("placed") == 1
    assert set(results) <= {"placed", "busy", "already"}
    assert len(mailbox.inbox()) == 1


def test_nobody_takes_on_or_gives_up_what_is_done(store: Store, alice_id: int) -> None:
    with store.write() as connection:
        row = reports.add(connection, alice_id, new(), NOW)
        assert reports.placed(connection, row.id, NOW)
        assert not reports.placed(connection, row.id, LATER)
        assert not reports.claim(connection, row.id, LATER, LATER)
        assert not reports.missed(connection, row.id)


def test_the_file_for_a_browser_is_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("older", "utf-8")
    write_html(path, "<p>Zoë</p>")
    assert path.read_text("utf-8") == "<p>Zoë</p>"
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(WeaktieError, match="Nothing can be written") as caught:
        write_html(tmp_path / "nowhere" / "report.html", "")
    assert "folder" in caught.value.hint
