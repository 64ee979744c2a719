"""Microsoft Graph: the contract of calendars, and what only this service does to its users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.base import Source
from connectors.errors import AuthFailed, NotFound, OverQuota, Refused, Unavailable, Unsupported
from connectors.microsoft import graph as client
from connectors.microsoft.calendar import OutlookCalendarSource
from connectors.oauth.microsoft import MicrosoftSignIn
from connectors.oauth.tokens import FileTokens
from connectors.registry import open_source
from tests.connectors.calendar_contract import ALICE, AS_OF, BOB, ONE, WEEKLY, ZONE, CalendarContract, Happening, Store
from tests.connectors.calendar_contract import Stand as Stand_
from tests.servers import graph as graph_server
from tests.servers import microsoft as identity_server
from tests.servers.graph import Event, Graph
from tests.servers.microsoft import CLIENT, Microsoft, cut, say

RESPONSES = {"accepted": "accepted", "declined": "declined", "tentative": "tentativelyAccepted", "needs-action": "none"}
OBJECT = "040000008200E00074C5B7101A82E008{}9063E97D5E57D9010000000000000000100000003E9EF82FC4F68B47AA38749DEC560C23"


class Stand(Stand_):
    """Alice's account with a calendar called Work."""

    def __init__(self, service: Microsoft, folder: Path) -> None:
        self.service = service
        service.identity = identity_server.Identity()
        self.graph = Graph(service)
        self.work = self.graph.add("Work", ALICE)
        self.account = MicrosoftSignIn(
            "calendar",
            FileTokens(folder),
            client_id=CLIENT,
            scopes=(self.graph.scope,),
            authority=service.url,
            ca_file=service.ca_file,
        )
        self.account.by_device(str)

    def open(self, **changed: Any) -> Source:
        usual = {"as_of": AS_OF, "graph": self.service.url, "ca_file": self.service.ca_file, "timeout": 60.0}
        return OutlookCalendarSource(self.account.token, **{**usual, **changed})

    def put(self, happening: Happening) -> None:
        self.graph.put(self.work, _id(happening.uid), said(happening), list(happens(happening)))

    def delete(self, uid: str) -> None:
        self.graph.delete(self.event(uid))

    def move(self, happening: Happening, original: str, to: str) -> None:
        start = wall(original)
        self.event(happening.uid).moved[start] = graph_server.times(wall(to), wall(to) + timedelta(hours=1))
        self.graph.touch(self.event(happening.uid))

    def drop(self, happening: Happening, original: str) -> None:
        event = self.event(happening.uid)
        event.times = [pair for pair in event.times if pair[0] != wall(original)]
        self.graph.touch(event)

    def forget(self) -> None:
        self.graph.forget()

    def event(self, uid: str) -> Event:
        """The event behind a UID."""
        return self.work.events[_id(uid)]


def said(happening: Happening, **changed: Any) -> dict[str, Any]:
    """What an event says of itself."""
    guests = [
        {
            "type": "resource" if "resource" in who else "required",
            "status": {"response": RESPONSES[answer.value], "time": "0001-01-01T00:00:00Z"},
            "emailAddress": {"name": who, "address": who.capitalize()},
        }
        for who, answer in happening.guests
    ]
    usual = {"iCalUId": happening.uid, "subject": happening.title, "attendees": guests, "isAllDay": happening.day}
    usual |= {"organizer": {"emailAddress": {"name": ALICE, "address": ALICE}}, "isOrganizer": True}
    usual |= {"responseStatus": {"response": "organizer"}, "isCancelled": False, "body": {"content": "Secret"}}
    return {**usual, **changed}


def happens(happening: Happening) -> Iterator[tuple[datetime, datetime]]:
    """When, in UTC; days as the service tells them, from midnight on."""
    count = int(happening.rule.partition("COUNT=")[2] or 1)
    step = timedelta(weeks=1) if "WEEKLY" in happening.rule else timedelta(days=1)
    zone = UTC if happening.day else ZoneInfo(ZONE)
    for number in range(count):
        start, end = (at + step * number for at in (happening.begin, happening.end))
        yield start.replace(tzinfo=zone).astimezone(UTC), end.replace(tzinfo=zone).astimezone(UTC)


def wall(text: str) -> datetime:
    """A wall-clock time in Berlin, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def _id(uid: str) -> str:
    return f"id-{uid.partition('@')[0]}"


@pytest.fixture(scope="module")
def service_process() -> Iterator[Microsoft]:
    """One service for all tests here."""
    with identity_server.running() as service:
        yield service


@pytest.fixture
def stand(service_process: Microsoft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A signed-in account; waiting takes no time."""
    monkeypatch.setattr(client, "PAUSES", (0.0, 0.0, 0.0, 0.0))
    service_process.answers.clear()
    service_process.routes.clear()
    return Stand(service_process, tmp_path / "tokens")


@pytest.fixture
def store(stand: Stand) -> Store:
    """The program, which has seen nothing yet."""
    return Store(stand)


class TestGraph(CalendarContract):
    @pytest.fixture
    def stand(self, stand: Stand) -> Stand_:
        return stand


def test_pages_are_followed_to_their_end(stand: Stand, store: Store) -> None:
    stand.graph.page = 3
    for number in range(8):
        stand.put(replace(ONE, uid=f"{number}@example.org"))
    stand.put(WEEKLY)
    store.poll()
    assert len(store.held) == 8 + 4
    stand.move(WEEKLY, "2026-03-25T10:00", "2026-03-26T15:00")
    stand.graph.page = 2
    store.poll()
    assert store.starts(WEEKLY.uid) == ["03-18 09:00", "03-26 14:00", "04-01 08:00", "04-08 08:00"]


def test_an_idle_poll_is_two_calls_and_a_link_is_renewed_before_it_dies(stand: Stand, store: Store) -> None:
    stand.put(ONE)
    store.poll()
    link = store.cursors["Work"]["link"]
    stand.graph.calls.clear()
    assert store.poll() == []
    assert len(stand.graph.calls) == 2
    stand.graph.clock += 1
    later = stand.open(as_of=AS_OF + timedelta(days=2))
    (batch,) = later.poll(store.cursors)
    later.close()
    assert (batch.records, batch.series) == ((), ())
    assert batch.cursor["link"] != link


def test_the_future_is_opened_anew_before_it_runs_out(stand: Stand, store: Store) -> None:
    stand.put(ONE)
    stand.put(replace(ONE, uid="far@example.org", start="2027-09-01T10:00"))
    store.poll()
    assert store.starts("far@example.org") == []
    source = stand.open(as_of=AS_OF + timedelta(days=320))
    found = {record.uid for batch in source.poll(store.cursors) for record in batch.records}  # type: ignore[union-attr]
    source.close()
    assert found == {"one@example.org", "far@example.org"}


def test_after_years_what_lies_beyond_the_window_stays(stand: Stand, store: Store) -> None:
    stand.put(replace(ONE, start="2023-06-01T10:00"))
    stand.put(WEEKLY)
    store.poll()
    source = stand.open(as_of=AS_OF + timedelta(days=900))
    batches = list(source.poll(store.cursors))
    source.close()
    assert {uid for batch in batches for uid in batch.series} == set()
    assert "one@example.org" in batches[-1].cursor["uids"].values()


def test_new_events_outside_the_window_come_as_removed_and_harm_nothing(stand: Stand, store: Store) -> None:
    stand.put(ONE)
    store.poll()
    stand.put(replace(ONE, uid="old@example.org", start="2019-01-01T10:00"))
    store.poll()
    assert {uid for uid, _ in store.held} == {"one@example.org"}


def test_a_list_that_goes_in_circles_is_left(stand: Stand, store: Store) -> None:
    stand.put(ONE)
    store.poll()
    held = dict(store.held)
    stand.put(replace(ONE, title="Changed"))
    stand.graph.endless = True
    with pytest.raises(Unavailable, match="does not come to the end"):
        store.poll()
    assert len(stand.graph.calls) < 20
    assert store.held == held
    stand.graph.endless = False
    store.poll()
    assert [one.summary for one in store.held.values()] == ["Changed"]


@pytest.mark.parametrize("place", ["https://evil.example.com/v1.0/x", "https://localhost/v1.0/x", "http://localhost/"])
def test_the_token_goes_nowhere_else(stand: Stand, store: Store, place: str) -> None:
    stand.put(ONE)
    stand.graph.page, stand.graph.elsewhere = 1, place
    stand.put(WEEKLY)
    with pytest.raises(Refused, match="another place"):
        store.poll()
    stand.graph.elsewhere = ""
    stand.service.answers["/v1.0/me/calendars"] = [say(302, b"", Location=f"{stand.service.plain_url}/stolen")]
    with pytest.raises(Refused, match="302"):
        store.poll()
    assert not [line for line in stand.service.requests if "stolen" in line]


@pytest.mark.parametrize(
    "answer",
    [
        say(429, graph_server.refused(429, "ApplicationThrottled", "Too many")[1], Retry_After="0"),
        say(503, b"<html>busy</html>"),
        say(504, {}),
        say(200, b'{"value": ['),
        say(200, b"[]"),
        say(200, b"\x1f\x8b broken", Content_Encoding="gzip"),
        cut,
    ],
)
def test_passing_trouble_is_waited_out(stand: Stand, store: Store, answer: identity_server.Handle) -> None:
    stand.put(ONE)
    stand.service.answers["/v1.0/"] = [answer, answer]
    store.poll()
    assert store.starts("one@example.org") == ["03-10 09:00"]


def test_lasting_trouble_ends_the_poll_and_moves_nothing(stand: Stand, store: Store) -> None:
    store.poll()
    before = dict(store.cursors)
    stand.put(ONE)
    stand.service.answers["/v1.0/me/calendars/"] = [say(503, {})] * 5
    with pytest.raises(Unavailable, match="503"):
        store.poll()
    assert store.cursors == before
    store.poll()
    assert store.starts("one@example.org") == ["03-10 09:00"]


def test_a_long_wait_is_left_to_a_later_poll(stand: Stand, store: Store) -> None:
    stand.service.answers["/v1.0/"] = [say(429, {}, Retry_After="900")]
    with pytest.raises(OverQuota) as caught:
        store.poll()
    assert caught.value.wait == 900


def test_a_token_that_ran_out_on_the_way_is_replaced_once(stand: Stand, store: Store) -> None:
    stand.put(ONE)
    stand.account.token()
    stand.service.identity.forget_access()
    stand.service.identity.asked.clear()
    store.poll()
    assert store.starts("one@example.org") == ["03-10 09:00"]
    assert stand.service.identity.asked == ["refresh_token"]


def test_without_permission_the_owner_is_asked(stand: Stand, store: Store) -> None:
    stand.service.answers["/v1.0/"] = [say(*graph_server.refused(403, "ErrorAccessDenied", "Access is denied."))]
    with pytest.raises(AuthFailed, match="ErrorAccessDenied") as caught:
        store.poll()
    assert "weaktie auth" in caught.value.hint


def test_a_bad_event_is_told_of_and_stops_nothing(stand: Stand, store: Store) -> None:
    stand.put(ONE)
    stand.put(WEEKLY)
    store.poll()
    stand.event("one@example.org").said["attendees"] = [7]
    stand.graph.touch(stand.event("one@example.org"))
    stand.put(replace(ONE, uid="new@example.org"))
    store.poll()
    assert [bad.ref for bad in store.bad] == ["id-one"]
    assert store.starts("one@example.org") == ["03-10 09:00"]
    assert store.starts("new@example.org") == ["03-10 09:00"]


def test_several_calendars_are_streams_and_can_be_chosen(stand: Stand, store: Store) -> None:
    stand.graph.page = 1
    stand.graph.put(stand.graph.add("Work", BOB), "x", said(ONE), list(happens(ONE)))
    stand.graph.add("Birthdays")
    store.poll()
    assert set(store.cursors) == {"Work", f"Work ({BOB})", "Birthdays"}
    chosen = stand.open(exclude=("Birthdays", "Nowhere"))
    health = chosen.check()
    chosen.close()
    assert [stream.name for stream in health.streams if stream.skipped] == ["Birthdays"]
    assert health.warnings == ("There is no calendar 'Nowhere' to exclude.",)
    missing = stand.open(calendars=("Home",))
    with pytest.raises(NotFound, match="no calendar 'Home'"):
        list(missing.poll({}))
    missing.close()


def test_a_renamed_calendar_takes_its_meetings_along(stand: Stand, store: Store) -> None:
    stand.put(ONE)
    store.poll()
    stand.work.name = "Office"
    store.poll()
    assert [one.calendar for one in store.held.values()] == []
    assert "uids" not in store.cursors["Work"]
    assert "one@example.org" in store.cursors["Office"]["uids"].values()


def test_instances_of_an_exchange_series_share_one_uid(stand: Stand, store: Store) -> None:
    stand.put(replace(WEEKLY, uid=OBJECT.format("00000000")))
    store.poll()
    event = next(iter(stand.work.events.values()))
    event.moved[event.times[1][0]] = {"subject": "Moved"}
    stand.graph.touch(event)
    store.poll()
    assert {uid for uid, _ in store.held} == {OBJECT.format("00000000")}
    assert sorted(one.summary for one in store.held.values()) == ["Moved", "Weekly", "Weekly", "Weekly"]


def test_it_is_found_by_its_kind_and_needs_https() -> None:
    source = open_source("outlook_calendar", token=lambda _: "t", as_of=AS_OF)
    assert isinstance(source, OutlookCalendarSource)
    source.close()
    with pytest.raises(Unsupported, match="https"):
        OutlookCalendarSource(lambda _: "t", as_of=AS_OF, graph="http://localhost")
