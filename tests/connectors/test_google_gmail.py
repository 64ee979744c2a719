"""Gmail by its API: nothing lost, nothing double, whatever the service does in between."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Countable
from connectors.errors import OverQuota, Unavailable
from connectors.google import client, gmail, wire
from connectors.google.gmail import STREAM, GmailSource
from connectors.google.pace import Pace
from connectors.oauth.tokens import FileTokens
from connectors.records import MailRecord, Malformed, Role
from connectors.registry import open_source
from tests.connectors.contract import Caller, Stand, letter, letters, mail_ids
from tests.connectors.google_stand import AS_OF, GmailStand
from tests.servers.google import Google
from tests.servers.process import PATIENCE

LIST, GET, HISTORY = "gmail.users.messages.list", "gmail.users.messages.get", "gmail.users.history.list"
PROFILE = "gmail.users.getProfile"


@pytest.fixture
def stand(google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GmailStand]:
    monkeypatch.setattr(gmail, "PAGE", 5)
    stand = GmailStand(google, tmp_path / "tokens")
    yield stand
    for source in stand.opened:
        source.close()


@pytest.fixture
def caller(stand: Stand) -> Caller:
    return Caller(stand)


def numbers(caller: Caller) -> list[int]:
    """The letters the caller holds, each as often as it was handed over."""
    return sorted(map(int, mail_ids(caller.records)))


def kept(caller: Caller) -> set[int]:
    """The letters the caller holds, as its ledger would: each once."""
    return set(numbers(caller))


def test_labels_say_what_a_message_is(google: Google, stand: GmailStand, caller: Caller) -> None:
    projects = google.mail.label("Projects/Harbour")
    for number, labels in enumerate(
        [("SENT",), ("INBOX", "SENT"), ("INBOX", "CATEGORY_PROMOTIONS"), (projects,), ("DRAFT",), ("SPAM",), ("TRASH",)]
    ):
        google.mail.deliver(letter(number), *labels)
    records = [mail for mail in caller.poll() if isinstance(mail, MailRecord)]
    told = {int(mail.message_id[7:].split("@")[0]): (mail.role, mail.folder, mail.labels) for mail in records}
    assert told == {
        0: (Role.SENT, "Sent", ("Sent",)),
        1: (Role.SENT, "Sent", ("Inbox", "Sent")),
        2: (Role.INBOX, "Inbox", ("Inbox", "Category Promotions")),
        3: (Role.ARCHIVE, "All Mail", ("Projects/Harbour",)),
    }


def test_a_record_knows_when_the_mail_came_and_that_it_travelled(google: Google, caller: Caller) -> None:
    came = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
    google.mail.deliver(letter(1, Delivered_To="alice@lindqvist.example.com"), at=came)
    (mail,) = caller.poll()
    assert isinstance(mail, MailRecord)
    assert (mail.arrived, mail.delivered, mail.size) == (came, True, len(letter(1, Delivered_To=26 * "x" + "x")))


def test_bodies_are_never_asked_for(google: Google, stand: GmailStand, caller: Caller) -> None:
    stand.put(letters(1, 2))
    caller.poll()
    assert google.calls[GET] == 2
    assert google.longest_line < 2_000


def test_an_excluded_label_is_never_handed_over(google: Google, stand: GmailStand) -> None:
    private = google.mail.label("Private")
    inner = google.mail.label("Private/Doctor")
    for number, labels in enumerate([("INBOX",), (private,), (inner, "INBOX")]):
        google.mail.deliver(letter(number), *labels)
    with closing(GmailSource(stand.tokens, "mail", as_of=AS_OF, exclude=("private",), endpoint=google.url)) as source:
        assert [batch.records[0].ref for batch in source.poll({})] == [one.ref for one in source.inventory()]
        assert any("'Nope'" in warning for warning in _warnings(google, stand, exclude=("Nope",)))


def _warnings(google: Google, stand: GmailStand, **more: Any) -> tuple[str, ...]:
    with closing(GmailSource(stand.tokens, "mail", as_of=AS_OF, endpoint=google.url, **more)) as source:
        return source.check().warnings


def test_an_idle_poll_is_one_call(google: Google, stand: GmailStand, caller: Caller) -> None:
    stand.put(letters(1, 2))
    caller.poll()
    google.calls.clear()
    assert caller.poll() == []
    assert dict(google.calls) == {HISTORY: 1}


def test_a_first_reading_asks_once_for_each_message_and_once_for_a_page(
    google: Google, stand: GmailStand, caller: Caller
) -> None:
    stand.put(letters(*range(23)))
    caller.poll()
    assert dict(google.calls) == {PROFILE: 1, LIST: 5, GET: 23}


def test_every_call_is_reckoned_at_what_it_costs_at_google(
    stand: GmailStand, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: Counter[float] = Counter()

    class Recorded(Pace):
        def due(self, cost: float) -> float:
            spent[cost] += 1
            return 0.0

    monkeypatch.setattr(client, "Pace", Recorded)
    stand.put(letters(*range(23)))
    caller.poll()
    assert spent == {1: 1, 5: 5, 20: 23}


def test_what_leaves_spam_and_what_is_sent_is_read_then(google: Google, caller: Caller) -> None:
    spam = google.mail.deliver(letter(1), "SPAM")
    assert caller.poll() == []
    google.mail.relabel(spam.id, add=("INBOX",), remove=("SPAM",))
    assert mail_ids(caller.poll()) == ["1"]


def test_deleted_and_relabelled_messages_do_no_harm(google: Google, stand: GmailStand, caller: Caller) -> None:
    stand.put(letters(1, 2, 3))
    caller.poll()
    first, second, third = google.mail.messages.values()
    google.mail.relabel(first.id, remove=("UNREAD",))
    google.mail.relabel(second.id, add=("TRASH",), remove=("INBOX",))
    google.mail.delete(third.id)
    gone = google.mail.deliver(letter(4))
    google.mail.delete(gone.id)
    google.calls.clear()
    assert caller.poll() == []
    assert google.calls[GET] == 0
    google.calls.clear()
    assert caller.poll() == []


def test_a_draft_that_is_being_written_is_no_mail(google: Google, caller: Caller) -> None:
    caller.poll()
    made = google.mail.drafts_create({"body": {"message": {"raw": "RnJvbTogYUBiLmV4YW1wbGUNCg0KaGk="}}})
    google.mail.edit(made["id"], letter(5))
    assert caller.poll() == []
    google.mail.send(made["id"])
    assert mail_ids(caller.poll()) == ["5"]


@pytest.mark.parametrize("moment", range(3))
def test_mail_that_comes_while_the_list_is_read_is_read(
    google: Google, stand: GmailStand, caller: Caller, moment: int
) -> None:
    """Row 54: the historyId is taken before the list."""
    stand.put(letters(*range(12)))
    pages = iter(range(100))
    arrivals = iter([letter(100), letter(-3)])

    def come() -> None:
        if next(pages) == moment:
            stand.put(list(arrivals))

    google.mail.on_page = come
    caller.poll()
    google.mail.on_page = None
    caller.poll()
    assert kept(caller) == {*range(12), 100, -3}


def test_a_history_that_was_forgotten_is_made_good_by_a_new_list(
    google: Google, stand: GmailStand, caller: Caller
) -> None:
    stand.put(letters(*range(7)))
    caller.poll()
    google.mail.deliver(letter(7))
    google.mail.forget_history()
    batches = list(caller.batches())
    assert [batch.restart for batch in batches] == [True, False]
    assert {one for batch in batches for one in mail_ids(list(batch.records))} == {str(n) for n in range(8)}
    caller.poll()
    assert caller.poll() == []


@pytest.mark.parametrize(
    "cursor", [None, 7, {}, {"history": "x"}, {"history": "0", "page": None, "again": [], "total": 1}]
)
def test_a_cursor_that_is_none_begins_anew(stand: GmailStand, caller: Caller, cursor: Any) -> None:
    stand.put(letters(1, 2))
    caller.cursors[STREAM] = cursor
    assert sorted(mail_ids(caller.poll())) == ["1", "2"]


def test_a_page_token_that_ran_out_begins_the_list_anew(google: Google, stand: GmailStand, caller: Caller) -> None:
    stand.put(letters(*range(13)))
    caller.poll(stop_after=1)
    google.mail.tokens_run_out = True
    caller.poll()
    assert kept(caller) == set(range(13))


def test_a_page_token_that_ran_out_in_the_history_leaves_the_rest_to_the_next_poll(
    google: Google, stand: GmailStand, caller: Caller
) -> None:
    caller.poll()
    stand.put(letters(*range(13)))
    google.mail.tokens_run_out = True
    caller.poll()
    assert len(kept(caller)) == 5
    caller.poll()
    assert numbers(caller) == list(range(13))


@pytest.mark.parametrize("method", [PROFILE, LIST, GET, HISTORY])
@pytest.mark.parametrize(
    "how",
    [
        {"status": 429, "reason": "rateLimitExceeded"},
        {"status": 403, "reason": "userRateLimitExceeded"},
        {"status": 500, "reason": "internalError"},
        {"status": 503, "reason": "backendError", "headers": {"Retry-After": "0"}},
        {"how": "cut"},
        {"how": "garbage"},
        {"how": "lost"},
    ],
)
def test_trouble_that_passes_costs_nothing(
    google: Google, stand: GmailStand, caller: Caller, method: str, how: dict[str, Any]
) -> None:
    """Rows 55 and 57."""
    stand.put(letters(1, 2))
    if method == HISTORY:
        caller.poll()
        stand.put(letters(3))
    fault = google.fail(method, times=2, **how)
    caller.poll()
    assert fault.met > 2
    assert numbers(caller) == ([1, 2, 3] if method == HISTORY else [1, 2])


def test_a_server_that_asks_to_wait_is_given_the_time(
    google: Google, stand: GmailStand, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    google.fail(LIST, status=429, reason="rateLimitExceeded", headers={"Retry-After": "17"})
    caller.poll()
    assert 17.0 in slept


def test_pauses_grow_and_are_never_the_same(monkeypatch: pytest.MonkeyPatch, google: Google, caller: Caller) -> None:
    slept: list[float] = []
    monkeypatch.setattr(client, "PAUSES", (1.0, 2.0, 4.0))
    monkeypatch.setattr("time.sleep", slept.append)
    google.fail(LIST, status=503, times=3)
    caller.poll()
    pauses = [pause for pause in slept if pause > 0.1]
    assert [low <= pause <= 3 * low for pause, low in zip(pauses, (0.5, 1.0, 2.0), strict=True)] == [True] * 3
    assert pauses != [1.0, 2.0, 4.0]


def test_one_message_in_many_that_fails_now_and_then_is_not_passed_by(
    google: Google, stand: GmailStand, caller: Caller
) -> None:
    """Row 34."""
    stand.put(letters(*range(24)))
    for after, status in ((3, 429), (11, 500), (19, 503)):
        google.fail(GET, status=status, after=after)
    caller.poll()
    assert numbers(caller) == list(range(24))


def test_a_message_that_is_stuck_is_told_and_asked_for_again(google: Google, stand: GmailStand, caller: Caller) -> None:
    stand.put(letters(1, 2, 3))
    stuck = list(google.mail.messages)[1]
    google.fail(GET, status=500, only=stuck, times=18)
    first = caller.poll()
    assert sorted(mail_ids(first)) == ["1", "3"]
    assert [(bad.ref, "500" in bad.reason) for bad in first if isinstance(bad, Malformed)] == [(stuck, True)]
    stand.put(letters(4))
    assert mail_ids(caller.poll()) == ["4"]
    assert caller.poll() == []
    assert mail_ids(caller.poll()) == ["2"]
    assert caller.cursors[STREAM]["again"] == []


def test_where_all_are_stuck_the_cursor_stays(
    google: Google, stand: GmailStand, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gmail, "PATIENCE", 3)
    stand.put(letters(*range(5)))
    google.fail(GET, status=500, times=10_000)
    with pytest.raises(Unavailable):
        caller.poll()
    assert caller.cursors == {}
    google.faults.clear()
    caller.poll()
    assert numbers(caller) == list(range(5))


def test_a_message_that_was_deleted_after_it_was_listed_is_no_error(
    google: Google, stand: GmailStand, caller: Caller
) -> None:
    """Row 56."""
    stand.put(letters(1, 2, 3))
    google.mail.on_page = lambda: google.mail.messages.pop(next(iter(google.mail.messages)), None)
    assert sorted(mail_ids(caller.poll())) == ["2", "3"]


def test_the_days_allowance_stops_it_until_googles_midnight(google: Google, stand: GmailStand, caller: Caller) -> None:
    stand.put(letters(*range(12)))
    date = "Mon, 02 Mar 2026 20:00:00 GMT"
    google.fail(GET, status=403, reason="dailyLimitExceeded", after=7, times=10_000, headers={"Date": date})
    with pytest.raises(OverQuota, match="dailyLimit") as caught:
        caller.poll()
    assert not caught.value.permanent
    assert "allowance" in caught.value.hint
    assert google.calls[GET] < 14
    google.faults.clear()
    caller.poll()
    assert numbers(caller) == list(range(12))


def test_an_endless_answer_is_cut_off(google: Google, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 57: eight megabytes in eight kilobytes."""
    monkeypatch.setattr(wire, "LARGEST", 1_000_000)
    google.fail(LIST, how="bomb", times=100)
    with pytest.raises(Unavailable, match="larger than"):
        caller.poll()


@pytest.mark.parametrize("how", ["silence", "drip"])
def test_silence_and_drip_end_at_the_deadline_of_an_answer(
    google: Google, stand: GmailStand, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(client, "PAUSES", ())
    google.fail(LIST, how=how, times=100)
    begun = time.monotonic()
    with (
        closing(GmailSource(stand.tokens, "mail", as_of=AS_OF, endpoint=google.url, timeout=0.3)) as source,
        pytest.raises(Unavailable, match="broke off"),
    ):
        list(source.poll({}))
    assert time.monotonic() - begun < PATIENCE / 2


def test_a_redirect_is_not_followed(google: Google, caller: Caller) -> None:
    google.fail(LIST, how="redirect", times=100)
    with pytest.raises(Exception, match="302"):
        caller.poll()


def test_the_inventory_names_what_a_poll_reads(google: Google, stand: GmailStand, caller: Caller) -> None:
    for number, labels in enumerate(
        [("INBOX",), ("SENT",), ("DRAFT",), ("SPAM",), ("TRASH",), ("CHAT",), ("Label_9",)]
    ):
        google.mail.deliver(letter(number), *labels)
    source = stand.open()
    assert isinstance(source, Countable)
    held = [one.ref for one in source.inventory()]
    assert sorted(held) == sorted(record.ref for record in caller.poll())
    assert [record.ref for record in source.look_up(STREAM, [held[0], "gone", held[1]])] == held[:2]
    assert list(source.look_up("Nowhere", held)) == []


def test_it_opens_by_kind_and_loads_nothing_of_googles_before_it_is_used(tmp_path: Path) -> None:
    source = open_source("gmail", tokens=FileTokens(tmp_path), name="mail", as_of=AS_OF)
    source.close()
    source.close()
