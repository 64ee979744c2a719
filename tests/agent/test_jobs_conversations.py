"""The morning mail comes once on a working morning, after the first report, and names nobody twice in a month."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import at

PEOPLE = [f"Person{chr(65 + n)} Example <person{n}@firm{n}.example>" for n in range(8)]


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Alice with eight people who have gone quiet, and a Maildir that mail of ours goes to."""
    box = tmp_path / "Maildir"
    for name in ("cur", "new", "tmp"):
        (box / name).mkdir(parents=True)
    desk = Desk(
        tmp_path / "desk",
        f'[[sources]]\nname = "box"\nkind = "maildir"\npath = "{box}"\n[report]\nmailbox = "box"\n'
        "[drafts]\nenabled = false\n[conversations]\nenabled = true\n",
    )
    for number, person in enumerate(PEOPLE):
        days = [f"2025-{month:02d}-{number + 1:02d}" for month in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11)]
        desk.exchange(person, *days, subject="The plan")
    return desk


def morning_mails(desk: Desk) -> list[str]:
    """The subjects of the morning mails in her INBOX, oldest first."""
    mails = [
        message_from_bytes(file.read_bytes(), policy=default) for file in (desk.folder.parent / "Maildir").rglob("*.*")
    ]
    mails.sort(key=lambda mail: mail["Date"].datetime)
    return [str(mail["Subject"]) for mail in mails if str(mail["Subject"]).startswith("Today: ")]


def tick(desk: Desk, clock: Clock, when: str) -> None:
    clock.move_to(at(when))
    ran = desk.weaktie("run", "--once")
    assert (ran.code, ran.err) == (0, "")


def test_it_comes_once_on_a_working_morning_after_the_first_report(desk: Desk, clock: Clock) -> None:
    tick(desk, clock, "2026-03-06 12:00")  # a Friday: the first report, and the morning is over
    before = len(morning_mails(desk))
    tick(desk, clock, "2026-03-07 09:00")
    tick(desk, clock, "2026-03-08 09:00")
    assert len(morning_mails(desk)) == before
    tick(desk, clock, "2026-03-09 08:05")
    tick(desk, clock, "2026-03-09 12:00")
    assert len(morning_mails(desk)) == before + 1


def test_looked_at_later_in_the_day_it_is_the_same(desk: Desk, clock: Clock) -> None:
    tick(desk, clock, "2026-03-02 09:00")
    tick(desk, clock, "2026-03-03 09:00")
    (*_, mailed) = morning_mails(desk)
    shown = desk.weaktie("conversations", "--json").json["conversations"]
    assert sorted(talk["name"] for talk in shown) == sorted(mailed.removeprefix("Today: ").split(", "))


def test_nobody_is_named_twice_within_the_cool_down(desk: Desk, clock: Clock) -> None:
    for day in range(2, 7):
        tick(desk, clock, f"2026-03-{day:02d} 09:00")
    named = [name for subject in morning_mails(desk) for name in subject.removeprefix("Today: ").split(", ")]
    assert len(named) == len(set(named)) == len(PEOPLE)


def test_whoever_is_written_to_is_named_no_more(desk: Desk, clock: Clock) -> None:
    tick(desk, clock, "2026-03-02 09:00")
    shown = desk.weaktie("conversations", "--json").json["conversations"]
    who = next(person for person in PEOPLE if person.startswith(shown[0]["name"]))
    desk.exchange(who, "2026-03-02")
    tick(desk, clock, "2026-03-03 09:00")
    assert shown[0]["name"] not in [
        talk["name"] for talk in desk.weaktie("conversations", "--json").json["conversations"]
    ]


def test_another_day_can_be_looked_at(desk: Desk, clock: Clock) -> None:
    desk.weaktie("sync")
    then = desk.weaktie("conversations", "--as-of", "2025-06-02", "--json").json
    assert (then["period"], then["conversations"]) == ("2025-06-02", [])
    assert desk.weaktie("conversations", "--as-of", "2025-06-02", "--send").code == 2


def test_past_mornings_are_lived_again_each_knowing_the_others(desk: Desk, clock: Clock) -> None:
    desk.weaktie("sync")
    told = desk.weaktie("conversations", "--replay", "10", "--as-of", "2026-03-06", "--json").json["mornings"]
    assert [morning["period"] for morning in told] == sorted(morning["period"] for morning in told)
    named = [talk["person_id"] for morning in told for talk in morning["conversations"]]
    assert len(named) == len(set(named)) > 3
    shown = desk.weaktie("conversations", "--replay", "10", "--as-of", "2026-03-06").out
    assert shown.count("Today: ") == len(told)
    assert desk.weaktie("conversations", "--replay", "10", "--send").code == 2


def test_a_dry_run_of_sending_shows_and_sends_nothing(desk: Desk, clock: Clock) -> None:
    tick(desk, clock, "2026-03-07 12:00")
    clock.move_to(at("2026-03-09 07:00"))
    assert "Today: " in desk.weaktie("conversations", "--send", "--dry-run").out
    assert morning_mails(desk) == []


def test_an_everyday_word_is_nothing_two_people_have_in_common(tmp_path: Path, clock: Clock) -> None:
    desk = Desk(tmp_path / "desk")
    subjects = [
        "The second invoice",
        "A second look",
        "Hydrogen in Kiel",
        "Storing hydrogen",
        *(f"Plan {n}" for n in range(16)),
    ]
    for number, subject in enumerate(subjects):
        desk.exchange(f"Person{chr(65 + number)} Example <person@firm{number}.example>", "2025-12-01", subject=subject)
    desk.weaktie("sync")
    told = desk.weaktie("conversations").out
    assert "You talk of “hydrogen” with" in told
    assert "second" not in told
