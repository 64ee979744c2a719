"""A year of Alice's life in minutes: exactly one report a week, caps held, nobody named more often than promised."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from agent.app import open_app
from agent.config import load
from agent.jobs.tick import tick
from agent.store import reports
from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import at

PEOPLE = [f"Person{chr(65 + n)} Example <person{n}@firm{n}.example>" for n in range(9)]
NEW_YEAR = datetime(2026, 1, 1, 10, tzinfo=UTC)  # 2026 has 53 ISO weeks, and the first begins before it
YEAR = 53


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A Maildir that mail of ours goes to."""
    box = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp"):
        (box / name).mkdir(parents=True)
    return box


def at_desk(tmp_path: Path, box: Path, owner: str = "", report: str = "") -> Desk:
    """Alice's desk, with settings of hers."""
    desk = Desk(
        tmp_path / "desk",
        f'[[sources]]\nname = "box"\nkind = "maildir"\npath = "{box}"\n[report]\nmailbox = "box"\n{report}'
        '[drafts]\nmailbox = "box"\n',
    )
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace("[owner]\n", f"[owner]\n{owner}"))
    return desk


@pytest.fixture
def desk(tmp_path: Path, box: Path, clock: Clock) -> Desk:
    """Alice, whom nine people knew for years at rhythms of their own, some of whom go on."""
    clock.move_to(NEW_YEAR)
    desk = at_desk(tmp_path, box)
    chance = Random(7)
    for number, person in enumerate(PEOPLE):
        gap, last = 20 + 14 * number, 560 + (330 if number % 3 == 0 else 0)
        days = range(0, last, gap)
        start = NEW_YEAR - timedelta(days=600 + chance.randrange(20))
        dates = [f"{start + timedelta(days=day + chance.randrange(5)):%Y-%m-%d}" for day in days]
        desk.exchange(person, *dates, subject="The plan")
    return desk


def mornings(chance: Random) -> list[datetime]:
    """When her laptop is awake: mostly on Mondays, sometimes later in the week, now and then twice a day."""
    found = []
    for week in range(YEAR):
        monday = datetime(2025, 12, 29, 9, tzinfo=UTC) + timedelta(weeks=week)
        wakes = [monday + timedelta(days=chance.choice((0, 0, 0, 1, 3, 6)), minutes=chance.randrange(600))]
        wakes += [wakes[0] + timedelta(minutes=20)] if week % 9 == 0 else []
        found += [wake for wake in wakes if wake > NEW_YEAR]
    return found


def placed(desk: Desk) -> list[Message]:
    """The mails of ours in her Maildir."""
    files = (file for file in (desk.folder.parent / "Maildir").rglob("*") if file.is_file())
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files if b"weaktie" in file.read_bytes()]


def told(desk: Desk) -> list[Message]:
    """The reports in her Maildir."""
    return [mail for mail in placed(desk) if mail["X-Weaktie-Report"]]


def test_a_year_of_reports(desk: Desk, clock: Clock) -> None:
    app = open_app(load(desk.folder / "config.toml"))
    for morning in mornings(Random(11)):
        clock.move_to(morning)
        assert tick(app, morning, anyway=True).failures == [], morning
    app.store.close()

    mails = told(desk)
    weeks = Counter(str(mail["Message-ID"]).split("-")[1] + str(mail["Message-ID"]).split("-")[2] for mail in mails)
    assert set(weeks.values()) == {1}
    assert len(mails) == YEAR - (1 if mornings(Random(11))[0].isocalendar().week == 2 else 0)

    with desk.read() as connection:
        named = reports.namings(connection, 1, at("2027-06-01 00:00"))
    for instants in named.values():
        for end in instants:
            assert sum(end - timedelta(weeks=8) < each <= end for each in instants) <= 3

    drafts = desk.weaktie("drafts", "list", "--all", "--json").json["drafts"]
    made = sorted(datetime.fromisoformat(draft["created_at"]) for draft in drafts)
    assert made
    for start in made:
        assert sum(start <= each < start + timedelta(days=7) for each in made) <= 3


@pytest.mark.parametrize(
    ("zone", "time", "spring", "autumn"),
    [
        ("Europe/Berlin", "02:30", "2026-03-29", "2026-10-25"),
        ("America/New_York", "01:30", "2026-03-08", "2026-11-01"),
    ],
)
def test_an_hour_that_is_skipped_or_comes_twice_brings_one_report(
    box: Path, tmp_path: Path, clock: Clock, zone: str, time: str, spring: str, autumn: str
) -> None:
    clock.move_to(NEW_YEAR)
    desk = at_desk(tmp_path, box, f'timezone = "{zone}"\n', f'weekday = "sunday"\ntime = "{time}"\n')
    app = open_app(load(desk.folder / "config.toml"))
    for sunday in (spring, autumn):
        midnight = datetime.fromisoformat(f"{sunday}T00:00").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        tick(app, midnight - timedelta(days=2), anyway=True)
        before = len(told(desk))
        seen = []
        for minutes in (60, 100, 130, 155, 190, 220, 26 * 60):
            clock.move_to(midnight + timedelta(minutes=minutes))
            assert tick(app, midnight + timedelta(minutes=minutes)).failures == []
            seen.append(len(told(desk)) - before)
        assert (seen[0], seen[-2:], set(seen)) == (0, [1, 1], {0, 1})
    app.store.close()


def test_a_clock_that_jumps_brings_no_second_report(desk: Desk, clock: Clock) -> None:
    for moment in ("2026-03-02 09:00", "2026-03-09 09:00", "2026-03-02 09:30", "2026-03-09 11:00", "2026-03-29 02:30"):
        clock.move_to(at(moment))
        assert desk.weaktie("run", "--once").code == 0
    weeks = [str(mail["Message-ID"]).split("-")[2] for mail in told(desk)]
    assert sorted(weeks) == sorted(set(weeks))


def test_asleep_all_monday_it_comes_on_tuesday_once(desk: Desk, clock: Clock) -> None:
    clock.move_to(at("2026-03-02 09:00"))
    desk.weaktie("run", "--once")
    before = len(placed(desk))
    for moment in ("2026-03-10 14:00", "2026-03-10 18:00", "2026-03-11 08:00"):
        clock.move_to(at(moment))
        desk.weaktie("run", "--once")
    assert len(told(desk)) == 2
    assert before >= 1
