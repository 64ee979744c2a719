"""Calendar files and addresses as sources: changes are told, unchanged ones are not, what is gone is withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import ical_pool, ics
from connectors.base import Batch, Source
from connectors.errors import NotFound, Refused, Unavailable, Unsupported
from connectors.ics import IcsSource
from connectors.records import Malformed, MeetingRecord
from connectors.registry import open_source
from tests.connectors.calendars import AS_OF, calendar, event
from tests.connectors.test_fetch import Site, say

ONE = event("one", "DTSTART:20260310T090000Z", "SUMMARY:One")
WEEKLY = event("weekly", "DTSTART:20260105T090000Z", "RRULE:FREQ=WEEKLY")


class Ledger:
    """What a store would do with batches: instances by series, and cursors."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], dict[str, str]] = {}
        self.cursors: dict[str, Any] = {}
        self.malformed: list[Malformed] = []
        self.batches: list[Batch] = []

    def poll(self, source: Source, stop_after: int | None = None) -> int:
        """Poll, store, and give the number of batches; stop in the middle like a crash does."""
        self.batches = []
        for batch in source.poll(self.cursors):
            self.batches.append(batch)
            self.store(batch)
            if stop_after == len(self.batches):
                break
        source.close()
        return len(self.batches)

    def store(self, batch: Batch) -> None:
        """Complete series replace what was held of them."""
        for uid in batch.series:
            self.held[batch.stream, uid] = {}
        for record in batch.records:
            if isinstance(record, MeetingRecord):
                self.held.setdefault((batch.stream, record.uid), {})[record.instance] = record.summary
            else:
                assert isinstance(record, Malformed)
                self.malformed.append(record)
        self.cursors[batch.stream] = batch.cursor

    def count(self) -> dict[str, int]:
        """uid → how many instances are held, over all streams."""
        found: dict[str, int] = {}
        for (_, uid), instances in self.held.items():
            found[uid] = found.get(uid, 0) + len(instances)
        return {uid: count for uid, count in sorted(found.items()) if count}


@pytest.fixture
def ledger() -> Ledger:
    """An empty one."""
    return Ledger()


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on loopback."""
    site = Site()
    yield site
    site.close()


def source(path: Any = None, **changed: Any) -> IcsSource:
    """A source as of AS_OF for an owner in Berlin."""
    return IcsSource(path, **{"as_of": AS_OF, "zone": "Europe/Berlin", **changed})


def test_a_file_is_read_once_and_then_only_when_it_changed(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "work.ics"
    file.write_bytes(calendar(ONE, WEEKLY))
    assert ledger.poll(source(file)) == 1
    assert ledger.count() == {"one": 1, "weekly": 66}
    assert ledger.poll(source(file)) == 0
    file.write_bytes(calendar(ONE.replace("DTSTAMP:2026", "DTSTAMP:2027"), WEEKLY))
    assert ledger.poll(source(file)) == 0
    file.write_bytes(calendar(ONE.replace("0310T09", "0311T09"), WEEKLY))
    assert ledger.poll(source(file)) == 1
    assert ledger.held["work.ics", "one"] == {"2026-03-11T09:00:00+00:00": "One"}


def test_what_vanished_from_the_file_is_withdrawn(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "work.ics"
    file.write_bytes(calendar(ONE, WEEKLY))
    ledger.poll(source(file))
    file.write_bytes(calendar(WEEKLY))
    ledger.poll(source(file))
    assert set(ledger.batches[0].series) == {"one", "weekly"}
    assert ledger.count() == {"weekly": 66}
    file.write_bytes(calendar())
    ledger.poll(source(file))
    assert ledger.count() == {}


def test_from_half_a_file_nothing_is_concluded_about_the_other_half(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "work.ics"
    file.write_bytes(calendar(ONE, WEEKLY))
    ledger.poll(source(file))
    file.write_bytes(calendar(ONE, WEEKLY)[:-200])
    ledger.poll(source(file))
    assert ledger.count() == {"one": 1, "weekly": 66}
    assert any("no whole calendar" in bad.reason for bad in ledger.malformed)
    file.write_bytes(calendar(WEEKLY))
    ledger.poll(source(file))
    assert ledger.count() == {"weekly": 66}


def test_a_series_that_becomes_unreadable_keeps_what_is_known_until_it_goes(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "work.ics"
    file.write_bytes(calendar(ONE, WEEKLY))
    ledger.poll(source(file))
    file.write_bytes(calendar(ONE, WEEKLY.replace("WEEKLY", "SECONDLY")))
    ledger.poll(source(file))
    assert ledger.count() == {"one": 1, "weekly": 66}
    assert [bad.ref for bad in ledger.malformed] == ["weekly"]
    file.write_bytes(calendar(ONE))
    ledger.poll(source(file))
    assert ledger.count() == {"one": 1}


def test_an_unchanged_file_is_read_again_before_its_future_runs_out(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "work.ics"
    file.write_bytes(calendar(WEEKLY))
    ledger.poll(source(file))
    first = min(ledger.held["work.ics", "weekly"])
    assert ledger.poll(source(file, as_of=AS_OF + timedelta(days=310))) == 0
    assert ledger.poll(source(file, as_of=AS_OF + timedelta(days=311))) == 1
    assert ledger.count() == {"weekly": 66 + 44}
    assert min(ledger.held["work.ics", "weekly"]) == first


def test_nothing_falls_out_at_the_back_as_time_goes_on(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "work.ics"
    old = event("old", "DTSTART:20230401T090000Z")
    file.write_bytes(calendar(old))
    ledger.poll(source(file))
    file.write_bytes(calendar(old, ONE))
    ledger.poll(source(file, as_of=AS_OF + timedelta(days=400)))
    assert ledger.count() == {"old": 1, "one": 1}


def test_a_folder_is_read_with_its_subfolders_file_by_file(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "work.ics").write_bytes(calendar(ONE))
    (tmp_path / "sub" / "home.ICS").write_bytes(calendar(WEEKLY))
    (tmp_path / "notes.txt").write_text("no calendar")
    (tmp_path / "page.ics").write_text("<html>Sign in</html>")
    ledger.poll(source(tmp_path))
    assert set(ledger.cursors) == {"work.ics", "sub/home.ICS", "page.ics"}
    assert ledger.count() == {"one": 1, "weekly": 66}
    assert [bad.ref for bad in ledger.malformed] == ["page.ics"]
    assert ledger.poll(source(tmp_path)) == 0


def test_a_file_that_is_taken_away_takes_its_meetings_along(tmp_path: Path, ledger: Ledger) -> None:
    for name in ("a.ics", "b.ics"):
        (tmp_path / name).write_bytes(calendar(ONE))
    ledger.poll(source(tmp_path))
    (tmp_path / "a.ics").unlink()
    assert ledger.poll(source(tmp_path)) == 1
    assert {stream for (stream, _), held in ledger.held.items() if held} == {"b.ics"}
    assert ledger.poll(source(tmp_path)) == 0


def test_an_empty_folder_is_a_folder_that_is_not_mounted(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "a.ics").write_bytes(calendar(ONE))
    ledger.poll(source(tmp_path))
    (tmp_path / "a.ics").unlink()
    with pytest.raises(NotFound, match=r"no \.ics file"):
        ledger.poll(source(tmp_path))
    with pytest.raises(NotFound, match="no file or folder"):
        ledger.poll(source(tmp_path / "elsewhere"))
    assert ledger.count() == {"one": 1}


def test_one_file_that_cannot_be_opened_does_not_stop_the_others(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.ics").write_bytes(b"x" * 5_000)
    (tmp_path / "b.ics").write_bytes(calendar(ONE))
    monkeypatch.setattr(ics, "MAX_FILE_BYTES", 4_000)
    with pytest.raises(Unavailable, match=r"a\.ics \(larger than 4,000 bytes\)"):
        ledger.poll(source(tmp_path))
    assert ledger.count() == {"one": 1}


def test_a_crash_between_batches_loses_and_doubles_nothing(tmp_path: Path, ledger: Ledger) -> None:
    file = tmp_path / "work.ics"
    series = [event(f"s{n:03d}", "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=100") for n in range(50)]
    file.write_bytes(calendar(*series))
    assert ledger.poll(source(file), stop_after=1) == 1
    assert 0 < len(ledger.count()) < 50
    file.write_bytes(calendar(*series[1:]))
    assert ledger.poll(source(file)) == 3
    assert ledger.count() == {f"s{n:03d}": 100 for n in range(1, 50)}
    assert all(len(set(batch.series)) == len(batch.series) for batch in ledger.batches)


def test_an_address_is_asked_whether_it_changed(site: Site, ledger: Ledger) -> None:
    site.pages["/me.ics"] = say(200, calendar(ONE), ETag='"1"')
    web = {"url": site.url(), "allow_private": True, "name": "team"}
    ledger.poll(source(**web))
    assert set(ledger.cursors) == {"team"}
    site.pages["/me.ics"] = say(304, Content_Length="")
    assert ledger.poll(source(**web)) == 0
    assert site.requests[-1][1]["if-none-match"] == '"1"'
    later = AS_OF + timedelta(days=320)
    site.pages["/me.ics"] = say(200, calendar(ONE), ETag='"1"')
    assert ledger.poll(source(**web, as_of=later)) == 1
    assert "if-none-match" not in site.requests[-1][1]


def test_another_address_is_asked_anew(site: Site, ledger: Ledger) -> None:
    site.pages["/me.ics"] = say(200, calendar(ONE), ETag='"1"')
    site.pages["/new.ics"] = say(200, calendar(WEEKLY), ETag='"1"')
    ledger.poll(source(url=site.url(), allow_private=True))
    ledger.poll(source(url=site.url("/new.ics"), allow_private=True))
    assert "if-none-match" not in site.requests[-1][1]
    assert ledger.count() == {"weekly": 66}


def test_a_sign_in_page_withdraws_nothing(site: Site, ledger: Ledger) -> None:
    site.pages["/me.ics"] = say(200, calendar(ONE))
    ledger.poll(source(url=site.url(), allow_private=True))
    site.pages["/me.ics"] = say(200, b"<html>Sign in</html>")
    with pytest.raises(Unsupported, match="no calendar"):
        ledger.poll(source(url=site.url(), allow_private=True))
    site.pages["/me.ics"] = say(404)
    with pytest.raises(NotFound):
        ledger.poll(source(url=site.url(), allow_private=True))
    assert ledger.count() == {"one": 1}


def test_the_secret_address_is_nowhere_to_be_seen(site: Site, ledger: Ledger) -> None:
    site.pages["/secret-token.ics"] = say(200, calendar(ONE))
    web = source(url=site.url("/secret-token.ics"), allow_private=True)
    ledger.poll(web)
    assert "secret" not in repr((web, ledger.cursors, ledger.batches, web.check()))


def test_settings_that_cannot_work_are_refused() -> None:
    for settings in ({}, {"path": "a.ics", "url": "https://example.com/a.ics"}):
        with pytest.raises(Unsupported):
            source(**settings)
    with pytest.raises(Refused):
        source(url="http://example.com/a.ics")
    assert isinstance(open_source("ics", path="a.ics", as_of=AS_OF), IcsSource)


def test_check_shows_what_is_there(tmp_path: Path, site: Site) -> None:
    (tmp_path / "a.ics").write_bytes(calendar(ONE))
    (tmp_path / "b.ics").write_text("hello")
    health = source(tmp_path).check()
    assert [(stream.name, stream.skipped) for stream in health.streams] == [("a.ics", ""), ("b.ics", "is no calendar")]
    assert health.warnings == ("b.ics: is no calendar",)
    site.pages["/me.ics"] = say(200, calendar(ONE))
    web = source(url=site.url(), allow_private=True)
    assert "a calendar of" in web.check().summary
    web.close()
    assert ical_pool.running() == ()


def test_a_cursor_that_is_not_ours_is_a_fresh_start(tmp_path: Path, ledger: Ledger) -> None:
    (tmp_path / "a.ics").write_bytes(calendar(ONE))
    strange: list[Any] = [None, 7, [], {}, {"since": "x", "until": 3, "known": 9}, {"since": None}]
    for cursor in strange:
        ledger.cursors = {"a.ics": cursor}
        assert ledger.poll(source(tmp_path / "a.ics")) == 1
    assert ledger.count() == {"one": 1}
