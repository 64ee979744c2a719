"""Calendars that mean harm: each bad series is cut off alone, within its bounds, and everybody else is read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import ical_pool
from connectors.errors import Unavailable
from connectors.ical import CalendarReader, read_calendar
from connectors.ical_worker import END_OF_PATIENCE, MEMORY_BYTES, PATIENCE
from connectors.records import Malformed
from tests.connectors.calendars import AS_OF, WINDOW, calendar, event, meetings, read, reasons
from tests.shared import shared

GOOD = event("good", "DTSTART:20260310T090000Z", "RRULE:FREQ=WEEKLY;COUNT=5")
ALL = {name: ",".join(map(str, range(size))) for name, size in {"HOUR": 24, "MINUTE": 60, "SECOND": 60}.items()}
DATES = ",".join(
    f"2026{m:02d}{d:02d}T{h:02d}{n:02d}00Z"
    for m in range(1, 9)
    for d in range(1, 28)
    for h in range(24)
    for n in range(0, 60, 3)
)
HOSTILE = {
    "every second": ("DTSTART:20260301T000000Z", "RRULE:FREQ=SECONDLY"),
    "every minute since the year 1": ("DTSTART:00010101T000000Z", "RRULE:FREQ=MINUTELY"),
    "every hour since the year 1": ("DTSTART:00010101T000000Z", "RRULE:FREQ=HOURLY"),
    "no step at all": ("DTSTART:20260301T000000Z", "RRULE:FREQ=DAILY;INTERVAL=0"),
    "every second of every day": (
        "DTSTART:20260301T000000Z",
        f"RRULE:FREQ=DAILY;BYHOUR={ALL['HOUR']};BYMINUTE={ALL['MINUTE']};BYSECOND={ALL['SECOND']}",
    ),
    "100,000 dates": ("DTSTART:20260301T000000Z", f"RDATE:{DATES}"),
    "1,000,000,000 hours": ("DTSTART:20260301T000000Z", "RRULE:FREQ=HOURLY;COUNT=1000000000"),
    "30 February, looked for day by day": ("DTSTART:20260301T000000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
    "30 February, looked for hour by hour": ("DTSTART:20260301T000000Z", "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"),
    "longer than time": ("DTSTART:20260301T000000Z", "DURATION:P99999999W", "RRULE:FREQ=DAILY"),
    "no rule": ("DTSTART:20260301T000000Z", "RRULE:FREQ=NEVER"),
    "no date": ("DTSTART:yesterday",),
    "no start": ("SUMMARY:nothing",),
}


@pytest.fixture(autouse=True)
def _worker_runs() -> None:
    """Starting the process is not what is timed here."""
    read(calendar(GOOD))


@pytest.fixture
def fresh_worker() -> Iterator[None]:
    """A worker that nobody used before, and none left afterwards."""
    ical_pool.stop()
    yield
    ical_pool.stop()


def worker() -> int:
    """The process id of the running worker."""
    return ical_pool.running()[0]


def processor_seconds() -> float:
    """What the worker has used so far."""
    fields = Path(f"/proc/{worker()}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("lines", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_series_is_cut_off_in_time_and_the_rest_is_read(lines: tuple[str, ...]) -> None:
    before = processor_seconds()
    reading = read(calendar(event("bad", *lines), GOOD))
    assert processor_seconds() - before <= 1.0
    bad, good = reading.series
    assert not bad.complete
    assert len(reasons(bad)) == len(bad.records) == 1
    assert good.complete
    assert len(good.records) == 5


def test_counts_far_beyond_the_window_are_harmless() -> None:
    daily = event("a", "DTSTART:20260210T090000Z", "RRULE:FREQ=DAILY;COUNT=1000000000")
    assert len(meetings(calendar(daily))) == 384


def test_a_leap_day_that_never_comes_is_an_empty_series() -> None:
    never = event("a", "DTSTART:20260301T000000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    assert [meeting.start.month for meeting in meetings(calendar(never))] == [3]


def test_a_hostile_time_zone_is_a_zone_nobody_knows() -> None:
    rule = "BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ={}\r\n"
    for frequency in ("SECONDLY", "YEARLY;BYHOUR=1,2,3;BYMINUTE=1,2,3", "DAILY"):
        text = rule.format(frequency) + "END:STANDARD\r\n"
        zone = f"BEGIN:VTIMEZONE\r\nTZID:Bomb\r\n{text}END:VTIMEZONE\r\n"
        found = meetings(calendar(zone, event("a", "DTSTART;TZID=Bomb:20260310T090000")))
        assert [meeting.floating for meeting in found] == [True]


def test_many_bombs_soon_cost_little(monkeypatch: pytest.MonkeyPatch, fresh_worker: None) -> None:
    monkeypatch.setattr(ical_pool, "MODULE", "tests.connectors.hurried_worker")
    bombs = [event(f"bomb-{n}", *HOSTILE["30 February, looked for day by day"]) for n in range(PATIENCE + 20)]
    reading = read(calendar(*bombs, GOOD))
    told = ["longer than 0.1 s" in reasons(series)[0] for series in reading.series[:-1]]
    assert told == [True] * PATIENCE + [False] * 20
    assert all("longer than 0.05 s" in reasons(series)[0] for series in reading.series[PATIENCE:-1])
    assert reading.complete == ("good",)


def test_patience_is_shared_by_all_texts_of_a_calendar_and_ends() -> None:
    bomb = calendar(
        event("bomb", *HOSTILE["30 February, looked for day by day"]), GOOD, event("single", "DTSTART:20260310T090000Z")
    )
    reader = CalendarReader(calendar="work", window=WINDOW, zone="UTC")
    reader._cuts = END_OF_PATIENCE
    reading = reader.read(bomb)
    assert reading.complete == ("single",)
    assert "used up its time" in reasons(reading.series[1])[0]


def test_memory_is_bounded(fresh_worker: None) -> None:
    read(calendar(GOOD))
    limits = Path(f"/proc/{worker()}/limits").read_text()
    (line,) = (line for line in limits.splitlines() if line.startswith("Max address space"))
    assert str(MEMORY_BYTES) in line
    read(calendar(*(event(name, *HOSTILE[name]) for name in ("1,000,000,000 hours", "every second of every day"))))
    status = Path(f"/proc/{worker()}/status").read_text()
    (peak,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmPeak"))
    assert peak * 1024 <= MEMORY_BYTES


def test_a_daily_series_keeps_its_thousand_newest_and_says_so() -> None:
    window = (datetime(2016, 1, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC))
    reading = read(calendar(event("standup", "DTSTART:20160104T090000Z", "RRULE:FREQ=DAILY"), GOOD), window=window)
    found = [record for record in reading.series[0].records if not isinstance(record, Malformed)]
    assert len(found) == 1000
    assert found[-1].start.date().isoformat() == "2026-06-29"
    assert "oldest are left out" in reasons(reading.series[0])[0]
    assert reading.until < window[1]
    assert set(reading.complete) == {"standup", "good"}


def test_a_weekday_standup_of_three_years_is_kept_whole() -> None:
    rule = ("DTSTART:20230306T090000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")
    reading = read(calendar(event("standup", *rule)))
    past = [record for record in reading.records if not isinstance(record, Malformed) and record.start < AS_OF]
    assert len(past) == 5 * 156
    assert len(past) < len(reading.records) <= 1000


def test_a_worker_that_is_killed_costs_no_meeting(fresh_worker: None) -> None:
    """As the kernel does when memory is short."""
    read(calendar(GOOD))
    first = worker()
    os.kill(first, signal.SIGKILL)
    assert read(calendar(GOOD)).complete == ("good",)
    assert worker() != first


def test_a_series_that_kills_every_worker_is_the_bad_one(monkeypatch: pytest.MonkeyPatch, fresh_worker: None) -> None:
    """No text known today does; the worker stands in for one."""
    monkeypatch.setattr(ical_pool, "MODULE", "tests.connectors.deadly_worker")
    reading = read(calendar(event("before", *HOSTILE["no start"]), event("deadly", "DTSTART:20260310T090000Z"), GOOD))
    assert [reasons(series) for series in reading.series] == [
        [],
        ["This event made the expanding process give up."],
        [],
    ]


def test_a_worker_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch, fresh_worker: None) -> None:
    monkeypatch.setattr(ical_pool, "MODULE", "tests.connectors.no_such_worker")
    with pytest.raises(Unavailable, match="does not start"):
        read(calendar(GOOD))


def test_one_worker_serves_many_calendars_and_many_threads(fresh_worker: None) -> None:
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(len(meetings(calendar(GOOD))))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [5] * 8
    assert len(ical_pool.running()) == 1


def test_no_process_outlives_its_parent(tmp_path: Path) -> None:
    program = (
        "import os, sys; from datetime import UTC, datetime; from connectors import ical_pool, ical\n"
        "window = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)\n"
        "ical.read_calendar(sys.stdin.buffer.read(), calendar='c', window=window, zone='UTC')\n"
        "print(ical_pool.running()[0], flush=True); os.kill(os.getpid(), int(sys.argv[1])) if sys.argv[1] != '0' else 0"
    )
    for how in ("0", str(int(signal.SIGKILL))):
        command = [sys.executable, "-c", program, how]
        told = subprocess.run(command, input=calendar(GOOD), capture_output=True, check=False, timeout=300)
        assert ended(int(told.stdout)), told.stderr


def ended(pid: int) -> bool:
    """Whether the process is gone, or will be in a moment."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.01)
    return False


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_malformed(noise: bytes) -> None:
    read(noise)
    reading = read(calendar(event("noise", "DTSTART:20260310T090000Z"), GOOD).replace(b"SUMMARY", b"X") + noise)
    assert "good" in reading.complete


LINES = st.sampled_from(
    [
        "DTSTART:20260310T090000Z", "DTSTART;VALUE=DATE:20260310", "DTSTART;TZID=Europe/Berlin:20260310T090000",
        "DTSTART:00010101T000000", "DTEND:99991231T235959Z", "DURATION:-P1D", "DURATION:P1000W", "RRULE:FREQ=DAILY",
        "RRULE:FREQ=WEEKLY;UNTIL=20260401", "RRULE:FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=-1", "RRULE:FREQ=YEARLY;COUNT=0",
        "RDATE:20260312T090000Z", "RDATE;VALUE=PERIOD:20260312T090000Z/PT1H", "RDATE;VALUE=DATE:20260312", "RDATE:x",
        "EXDATE:20260311T090000Z", "EXDATE;VALUE=DATE:20260311", "EXDATE:", "RECURRENCE-ID:20260311T090000Z",
        "RECURRENCE-ID;VALUE=DATE:20260311", "RECURRENCE-ID;RANGE=THISANDFUTURE:20260311T090000Z", "SEQUENCE:x",
        "SEQUENCE:3", "STATUS:CANCELLED", "ATTENDEE:mailto:", 'ORGANIZER;CN="x:mailto:bob@example.net', "X",
        "END:VEVENT", "BEGIN:VALARM", "BEGIN:VEVENT", "SUMMARY:\x00\x1b[31m", "EXRULE:FREQ=DAILY;BYDAY=SA",
    ]
)  # fmt: skip


@given(st.lists(st.lists(LINES, max_size=6), max_size=3))
def test_any_mixture_of_lines_is_read_or_malformed(events: list[list[str]]) -> None:
    reading = read(calendar(*(event("same", *lines) for lines in events), GOOD))
    assert "good" in {series.uid for series in reading.series}
    for record in reading.records:
        if not isinstance(record, Malformed):
            assert record.start <= record.end


@pytest.mark.corpora
def test_every_calendar_of_the_corpora_is_read_or_malformed() -> None:
    """No reading raises or hangs; each series ends as meetings or as a reason."""
    files = [file for file in sorted(shared("corpora", "ics").rglob("*")) if file.suffix in {".ics", ".vcs"}]
    window = (datetime(2012, 1, 1, tzinfo=UTC), datetime(2016, 1, 1, tzinfo=UTC))
    started = processor_seconds()
    found = broken = 0
    for file in files:
        reading = read_calendar(file.read_bytes(), calendar=file.name, window=window, zone="Europe/Berlin")
        assert all(series.complete or reasons(series) for series in reading.series), file
        bad = sum(isinstance(record, Malformed) for record in reading.records)
        found, broken = found + len(reading.records) - bad, broken + bad
    assert len(files) > 700
    assert found > 10_000
    assert broken < 300
    assert processor_seconds() - started < 60
