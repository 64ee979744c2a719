"""Google Calendar by its API: whose calendars are read, and what Google does that no other server does."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import AuthFailed, NotFound, Unavailable
from connectors.google.calendar import GoogleCalendarSource
from connectors.google.calendar_event import meeting
from connectors.oauth.tokens import FileTokens
from connectors.records import Answer, Malformed, MeetingRecord
from connectors.registry import open_source
from tests.connectors.calendar_contract import ONE, WEEKLY, Happening, Store
from tests.connectors.calendars import AS_OF
from tests.connectors.test_calendar_contract import GoogleStand
from tests.servers.google import Google

LIST, INSTANCES = "calendar.events.list", "calendar.events.instances"


@pytest.fixture
def stand(google: Google, tmp_path: Path) -> GoogleStand:
    return GoogleStand(google, tmp_path / "tokens")


@pytest.fixture
def store(stand: GoogleStand) -> Store:
    return Store(stand)


def source(stand: GoogleStand, **changed: Any) -> GoogleCalendarSource:
    settings = {"as_of": AS_OF, "zone": "Europe/Berlin", "endpoint": stand.google.url, **changed}
    return GoogleCalendarSource(stand.tokens, "calendar", **settings)


def streams(stand: GoogleStand, **changed: Any) -> dict[str, str]:
    """The calendars, and why some are not read."""
    with closing(source(stand, **changed)) as opened:
        return {stream.name: stream.skipped for stream in opened.check().streams}


def test_calendars_of_ones_own_are_read_and_others_where_they_are_named(stand: GoogleStand) -> None:
    stand.google.calendars.add("holidays", "Holidays in Norway", role="reader")
    stand.google.calendars.add("shared", "Office", role="writer")
    own = {"Work": "", "Office": ""}
    assert streams(stand) == {**own, "Holidays in Norway": "not yours; name it in calendars to read it"}
    assert streams(stand, calendars=("Holidays in Norway",))["Holidays in Norway"] == ""
    assert streams(stand, exclude=("Office",))["Office"] == "excluded"
    with pytest.raises(NotFound, match="Nope"):
        streams(stand, calendars=("Nope",))


def test_two_calendars_of_one_name_are_two_streams(stand: GoogleStand) -> None:
    stand.google.calendars.add("second", "Work")
    assert set(streams(stand)) == {"Work", "Work (second)"}


def test_an_idle_poll_asks_once_for_the_list_and_once_for_each_calendar(stand: GoogleStand, store: Store) -> None:
    stand.put(ONE)
    store.poll()
    stand.google.calls.clear()
    assert store.poll() == []
    assert dict(stand.google.calls) == {"calendar.calendarList.list": 1, LIST: 1}


def test_many_pages_are_one_reading(stand: GoogleStand, store: Store) -> None:
    stand.google.calendars.page = 7
    stand.put(Happening("daily@example.org", "2026-03-02T10:00", rule="FREQ=DAILY;COUNT=40"))
    store.poll()
    assert len(store.held) == 40
    stand.move(Happening("daily@example.org", ""), "2026-03-03T10:00", "2026-03-03T20:00")
    store.poll()
    assert len(store.held) == 40
    assert "03-03 19:00" in store.starts("daily@example.org")


def test_a_token_google_refuses_means_a_new_reading(stand: GoogleStand, store: Store) -> None:
    stand.put(ONE)
    store.poll()
    stand.forget()
    stand.delete("one@example.org")
    (batch,) = store.poll()
    assert batch.restart
    assert store.held == {}


def test_a_renamed_calendar_keeps_its_meetings_once(stand: GoogleStand, store: Store) -> None:
    stand.put(ONE)
    store.poll()
    stand.calendar.summary = "Job"
    told = [(batch.stream, len(batch.records), len(batch.series)) for batch in store.poll()]
    assert told == [
        ("Job", 1, 1),
        ("Work", 0, 1),
    ]
    assert store.poll() == []


def test_everything_is_asked_for_anew_before_the_known_future_runs_out(stand: GoogleStand) -> None:
    stand.put(Happening("ever@example.org", "2026-01-05T10:00", rule="FREQ=MONTHLY"))
    with closing(source(stand)) as opened:
        (first,) = opened.poll({})
    cursors = {first.stream: first.cursor}
    with closing(source(stand, as_of=AS_OF + timedelta(days=310))) as opened:
        assert list(opened.poll(cursors)) == []
    with closing(source(stand, as_of=AS_OF + timedelta(days=320))) as opened:
        (later,) = opened.poll(cursors)
    assert len(later.records) > len(first.records)


def test_one_who_is_invited_to_a_single_instance_sees_that_one(stand: GoogleStand, store: Store) -> None:
    stand.put(WEEKLY)
    store.poll()
    stand.calendar.events["idweekly"]["unseen"] = True
    stand.move(WEEKLY, "2026-03-25T10:00", "2026-03-26T15:00")
    store.poll()
    assert "03-26 14:00" in store.starts("weekly@example.org")


def test_an_event_that_makes_no_sense_is_told_and_stops_nothing(stand: GoogleStand, store: Store) -> None:
    stand.put(ONE)
    stand.calendar.put({"id": "odd", "start": {"dateTime": "2026-03-05T10:00:00+01:00"}, "end": {"date": "2026-03-06"}})
    stand.calendar.events["odd"]["attendees"] = [{"email": "no address"}, {"displayName": "Nobody"}]
    store.poll()
    assert {uid for uid, _ in store.held} == {"one@example.org", "odd@google.com"}
    bad = meeting({"id": "x", "iCalUID": "x", "start": {"dateTime": "soon"}, "end": {}}, "Work", "UTC")
    assert isinstance(bad, Malformed)
    assert (bad.ref, bad.folder) == ("x", "Work")


def test_times_without_a_zone_are_the_owners() -> None:
    told = {"id": "x", "iCalUID": "x", "start": {"dateTime": "2026-03-05T10:00:00"}, "end": {"date": "2026-03-05"}}
    record = meeting(told, "Work", "Europe/Berlin")
    assert isinstance(record, MeetingRecord)
    assert (record.start.hour, record.floating) == (9, True)


def test_a_group_is_a_thing_and_an_organiser_who_says_no_is_not_there() -> None:
    told = {
        "id": "x",
        "iCalUID": "x",
        "start": {"date": "2026-03-05"},
        "end": {"date": "2026-03-06"},
        "organizer": {"email": "Bob@Example.net", "displayName": "Bob"},
        "attendees": [
            {"email": "bob@example.net", "responseStatus": "declined"},
            {"email": "team@group.calendar.google.com", "responseStatus": "accepted"},
        ],
    }
    record = meeting(told, "Work", "UTC")
    assert isinstance(record, MeetingRecord)
    assert [(one.address, one.name, one.answer, one.resource, one.organizer) for one in record.attendees] == [
        ("bob@example.net", "Bob", Answer.DECLINED, False, True),
        ("team@group.calendar.google.com", "", Answer.ACCEPTED, True, False),
    ]


@pytest.mark.parametrize("method", ["calendar.calendarList.list", LIST, INSTANCES])
@pytest.mark.parametrize(
    "how", [{"status": 403, "reason": "rateLimitExceeded"}, {"status": 503}, {"status": 409}, {"how": "cut"}]
)
def test_trouble_that_passes_costs_nothing(stand: GoogleStand, store: Store, method: str, how: dict[str, Any]) -> None:
    stand.put(WEEKLY)
    store.poll()
    stand.move(WEEKLY, "2026-03-25T10:00", "2026-03-26T15:00")
    fault = stand.google.fail(method, times=2, **how)
    store.poll()
    assert fault.met == 3
    assert store.starts("weekly@example.org")[1] == "03-26 14:00"


def test_trouble_that_stays_leaves_the_cursor_where_it_was(stand: GoogleStand, store: Store) -> None:
    stand.put(WEEKLY)
    store.poll()
    stand.move(WEEKLY, "2026-03-25T10:00", "2026-03-26T15:00")
    stand.google.fail(INSTANCES, status=503, times=10_000)
    with pytest.raises(Unavailable):
        store.poll()
    stand.google.faults.clear()
    store.poll()
    assert store.starts("weekly@example.org")[1] == "03-26 14:00"


def test_a_permission_that_is_missing_is_named(stand: GoogleStand) -> None:
    stand.google.sign_in(stand.tokens, "calendar", "calendar.events.readonly")
    with pytest.raises(AuthFailed, match=r"calendar\.calendarlist\.readonly"):
        streams(stand)


def test_another_account_than_the_configured_one_is_never_read(stand: GoogleStand) -> None:
    assert streams(stand, account="Alice@example.org") == {"Work": ""}
    with pytest.raises(AuthFailed, match=r"is for alice@example\.org, not for bob@"):
        streams(stand, account="bob@example.org")


def test_it_opens_by_kind(tmp_path: Path) -> None:
    open_source("google_calendar", tokens=FileTokens(tmp_path), name="calendar", as_of=AS_OF).close()
