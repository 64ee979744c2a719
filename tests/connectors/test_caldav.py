"""A real Radicale: what changed is told once, what is gone is withdrawn, and what breaks breaks alone."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from connectors import caldav_client
from connectors.caldav import CalDavSource
from connectors.caldav_client import Client
from connectors.errors import AuthFailed, NotFound, Unavailable, Unsupported
from connectors.records import MeetingRecord
from connectors.registry import open_source
from tests.connectors.calendars import AS_OF, calendar, event
from tests.connectors.test_fetch import Site, say
from tests.connectors.test_ics import Ledger
from tests.servers import radicale as server
from tests.servers.radicale import Account

radicale_process, radicale = server.radicale_process, server.radicale
pytestmark = pytest.mark.server

ONE = calendar(event("one", "DTSTART:20260310T090000Z", "SUMMARY:One"))
TWO = calendar(event("two@example.com", "DTSTART:20260311T090000Z", "SUMMARY:Two"))
WEEKLY = calendar(event("weekly", "DTSTART:20260105T090000Z", "RRULE:FREQ=WEEKLY;COUNT=10"))


@pytest.fixture
def ledger() -> Ledger:
    """An empty one."""
    return Ledger()


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on loopback that is no calendar server."""
    site = Site()
    yield site
    site.close()


@pytest.fixture
def account(radicale: Account) -> Account:
    """An account with a calendar of three objects."""
    radicale.calendar("work", "Work & more")
    for name, content in (("one.ics", ONE), ("2.ics", TWO), ("w e.ics".replace(" ", "%20"), WEEKLY)):
        radicale.put("work", name, content)
    return radicale


def source(account: Account, **changed: Any) -> CalDavSource:
    """A source as of AS_OF for an owner in Berlin."""
    return CalDavSource(**account.settings(**{"as_of": AS_OF, "zone": "Europe/Berlin", **changed}))


def poll(account: Account, ledger: Ledger, **changed: Any) -> int:
    """Poll and store; the number of batches."""
    return ledger.poll(source(account, **changed))


def test_everything_is_read_once(account: Account, ledger: Ledger) -> None:
    assert poll(account, ledger) == 1
    assert ledger.count() == {"one": 1, "two@example.com": 1, "weekly": 10}
    calendars = {record.calendar for record in ledger.batches[0].records if isinstance(record, MeetingRecord)}
    assert calendars == {"Work & more"}
    assert poll(account, ledger) == 0


def test_only_what_changed_is_told(account: Account, ledger: Ledger) -> None:
    poll(account, ledger)
    account.put("work", "one.ics", ONE.replace(b"0310T09", b"0312T10").replace(b"SUMMARY:One", b"SUMMARY:Moved"))
    account.put("work", "new.ics", calendar(event("new", "DTSTART:20260401T090000Z")))
    assert poll(account, ledger) == 1
    assert sorted(ledger.batches[0].series) == ["new", "one"]
    assert ledger.held["Work & more", "one"] == {"2026-03-12T10:00:00+00:00": "Moved"}
    assert poll(account, ledger) == 0


def test_what_is_deleted_is_withdrawn(account: Account, ledger: Ledger) -> None:
    poll(account, ledger)
    account.delete("work", "2.ics")
    account.delete("work", "w%20e.ics")
    assert poll(account, ledger) == 1
    assert sorted(ledger.batches[0].series) == ["two@example.com", "weekly"]
    assert ledger.count() == {"one": 1}


def test_an_object_that_holds_another_event_now_withdraws_the_first(account: Account, ledger: Ledger) -> None:
    poll(account, ledger)
    account.delete("work", "one.ics")
    account.put("work", "one.ics", calendar(event("other", "DTSTART:20260312T090000Z")))
    poll(account, ledger)
    assert ledger.count() == {"other": 1, "two@example.com": 1, "weekly": 10}


@pytest.mark.parametrize("token", ["garbage", "http://radicale.org/ns/sync/" + "0" * 64])
def test_a_refused_token_lists_everything_again(account: Account, ledger: Ledger, token: str) -> None:
    poll(account, ledger)
    account.delete("work", "2.ics")
    ledger.cursors["Work & more"]["token"] = token
    assert poll(account, ledger) == 1
    assert ledger.batches[0].restart
    assert ledger.count() == {"one": 1, "weekly": 10}
    assert poll(account, ledger) == 0


def test_a_server_that_forgot_its_tokens_is_listed_again(account: Account, ledger: Ledger) -> None:
    poll(account, ledger)
    account.forget_tokens("work")
    account.delete("work", "2.ics")
    poll(account, ledger)
    assert ledger.count() == {"one": 1, "weekly": 10}


def test_one_bad_object_does_not_stop_the_others(account: Account, ledger: Ledger) -> None:
    account.put("work", "bomb.ics", calendar(event("bomb", "DTSTART:20260310T090000Z", "RRULE:FREQ=SECONDLY")))
    poll(account, ledger)
    assert ledger.count() == {"one": 1, "two@example.com": 1, "weekly": 10}
    assert [(bad.ref, bad.folder) for bad in ledger.malformed] == [("bomb", "Work & more")]


def test_an_object_the_library_stumbles_over_is_found_by_halving(
    account: Account, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    several = Client._several

    def stumbling(client: Client, calendar: Any, names: Any) -> Any:
        asked.append(len(names))
        if "2.ics" in names:
            raise caldav_client._Stumbled("ValueError: odd")
        return several(client, calendar, names)

    monkeypatch.setattr(Client, "_several", stumbling)
    poll(account, ledger)
    assert ledger.count() == {"one": 1, "weekly": 10}
    assert [(bad.ref, bad.reason) for bad in ledger.malformed] == [
        ("2.ics", "This object cannot be fetched: ValueError: odd.")
    ]
    assert max(asked) == 3


def test_servers_without_tokens_are_listed_each_time(
    account: Account, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = caldav_client._library()

    def unsupported(*_: Any, **__: Any) -> Any:
        raise library.error.ReportError(status=415)

    monkeypatch.setattr(library.Calendar, "get_objects_by_sync_token", unsupported)
    assert poll(account, ledger) == 1
    assert ledger.count() == {"one": 1, "two@example.com": 1, "weekly": 10}
    assert poll(account, ledger) == 0
    account.delete("work", "2.ics")
    account.put("work", "one.ics", ONE.replace(b"0310T09", b"0312T10"))
    assert poll(account, ledger) == 1
    assert not ledger.batches[0].restart
    assert ledger.held["Work & more", "one"] == {"2026-03-12T10:00:00+00:00": "One"}
    assert ledger.count() == {"one": 1, "weekly": 10}


def test_a_truncated_list_withdraws_nothing(account: Account, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    poll(account, ledger)
    short = caldav_client.Changes("token", ("one.ics",), full=True, whole=False)
    monkeypatch.setattr(Client, "changes", lambda *_: short)
    poll(account, ledger)
    assert ledger.count() == {"one": 1, "two@example.com": 1, "weekly": 10}


def test_calendars_are_chosen_by_name(account: Account, ledger: Ledger) -> None:
    account.calendar("home", "Home")
    account.calendar("tasks", "Tasks", "VTODO")
    account.put("home", "h.ics", calendar(event("home", "DTSTART:20260310T090000Z")))
    poll(account, ledger, calendars=("Home",))
    assert ledger.count() == {"home": 1}
    poll(account, ledger, exclude=("Home",))
    assert set(ledger.cursors) == {"Home", "Work & more"}
    with pytest.raises(NotFound, match="no calendar 'Nope'") as told:
        poll(account, ledger, calendars=("Nope",))
    assert told.value.hint == "Found: Home, Work & more."


def test_check_lists_the_calendars(account: Account) -> None:
    account.calendar("home", "Home")
    opened = source(account, exclude=("Home", "Nope"))
    health = opened.check()
    opened.close()
    assert [(stream.name, stream.skipped) for stream in health.streams] == [("Home", "excluded"), ("Work & more", "")]
    assert health.warnings == ("There is no calendar 'Nope' to exclude.",)
    assert "1 of 2 calendars" in health.summary
    assert account.passwords == 1


def test_two_calendars_of_one_name_are_two_streams(account: Account, ledger: Ledger) -> None:
    account.calendar("work2", "Work & more")
    account.put("work2", "x.ics", ONE)
    poll(account, ledger)
    assert sorted(ledger.cursors) == ["Work & more", f"Work & more (/{account.username}/work2/)"]
    assert ledger.count()["one"] == 2


def test_a_renamed_calendar_keeps_its_meetings_once(account: Account, ledger: Ledger) -> None:
    poll(account, ledger)
    account.rename("work", "Job")
    poll(account, ledger)
    assert {stream for (stream, _), held in ledger.held.items() if held} == {"Job"}
    assert poll(account, ledger) == 0


def test_a_calendar_no_longer_shared_keeps_its_past(account: Account, ledger: Ledger) -> None:
    poll(account, ledger)
    account.calendar("home", "Home")
    account.delete("work")
    poll(account, ledger)
    assert ledger.count() == {"one": 1, "two@example.com": 1, "weekly": 10}


def test_everything_is_expanded_anew_before_the_known_future_runs_out(account: Account, ledger: Ledger) -> None:
    account.put("work", "ever.ics", calendar(event("ever", "DTSTART:20260105T090000Z", "RRULE:FREQ=MONTHLY")))
    poll(account, ledger)
    before = ledger.count()["ever"]
    assert poll(account, ledger, as_of=AS_OF + timedelta(days=310)) == 0
    assert poll(account, ledger, as_of=AS_OF + timedelta(days=320)) == 1
    assert not ledger.batches[0].restart
    assert ledger.count()["ever"] == before + 10


def test_many_objects_come_in_portions_and_survive_a_crash_between_them(account: Account, ledger: Ledger) -> None:
    for n in range(22):
        daily = event(f"daily-{n}", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=200")
        account.put("work", f"daily-{n}.ics", calendar(daily))
    assert ledger.poll(source(account), stop_after=1) == 1
    assert sum(ledger.count().values()) < 22 * 200
    account.delete("work", "daily-0.ics")
    poll(account, ledger)
    assert sum(ledger.count().values()) == 21 * 200 + 12
    assert not {uid for uid in ledger.count() if uid == "daily-0"}


def test_a_wrong_password_is_told_and_not_tried_again(account: Account) -> None:
    with pytest.raises(AuthFailed, match="refused the sign-in") as told:
        list(source(account, password=lambda: "guess").poll({}))
    assert told.value.permanent
    assert "guess" not in str(told.value)


def test_an_account_without_calendars_is_told(radicale: Account, ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="no calendars"):
        poll(radicale, ledger)


def test_a_server_that_is_away_is_unavailable(ledger: Ledger) -> None:
    with server.running() as own:
        account = own.account()
        account.calendar("work", "Work")
        opened = source(account)
        own.stop()
        with pytest.raises(Unavailable, match="cannot be reached"):
            ledger.poll(opened)
        opened.close()


def test_a_server_that_stays_silent_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        opened = CalDavSource(url, username="alice", password=str, as_of=AS_OF, timeout=0.3)
        with pytest.raises(Unavailable, match="no complete answer within"):
            opened.check()
        opened.close()


@pytest.mark.parametrize(
    "page",
    [
        say(200, b"<html>hello</html>", Content_Type="text/html"),
        say(207, b"<broken", Content_Type="text/xml"),
        say(207, b"<a>" * 100_000, Content_Type="text/xml"),
        say(500),
        say(404),
    ],
)
def test_what_is_no_calendar_server_is_told(site: Site, page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site.server.RequestHandlerClass, "do_PROPFIND", page, raising=False)
    opened = CalDavSource(site.url("/"), username="alice", password=str, as_of=AS_OF, timeout=60)
    with pytest.raises((Unavailable, NotFound)):
        opened.check()
    opened.close()


def test_an_endless_answer_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caldav_client, "MAX_BODY_BYTES", 10_000)
    page = say(207, b"<a/>" * 10_000, Content_Type="text/xml")
    monkeypatch.setattr(site.server.RequestHandlerClass, "do_PROPFIND", page, raising=False)
    opened = CalDavSource(site.url("/"), username="alice", password=str, as_of=AS_OF, timeout=60)
    with pytest.raises(Unavailable, match="larger than 10,000 bytes"):
        opened.check()
    opened.close()


@pytest.mark.parametrize("url", ["http://dav.example.com/", "dav.example.com", "", "https://u:p@dav.example.com/"])
def test_passwords_do_not_travel_in_the_clear(url: str) -> None:
    with pytest.raises(Unsupported):
        CalDavSource(url, username="alice", password=str, as_of=AS_OF)


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "caldav", None)
    opened = open_source("caldav", url="https://dav.example.com/", username="alice", password=str, as_of=AS_OF)
    with pytest.raises(Unsupported) as told:
        opened.check()
    assert "weaktie[caldav]" in told.value.hint
