"""`ties set`, `ties triage`, `ties ics`: what Alice says by hand, and where it is heard."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from agent.store import owners
from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import ALICE, DANA, ERIK

GWEN = "gwen@ito.example.org"
MONTHLY = [f"2025-{month:02}-05" for month in range(1, 12)]


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Dana and Erik went quiet in November; Gwen wrote ten days ago. It is 2 March 2026."""
    made = Desk(tmp_path, "[programme]\ntags = { vip = 30 }\n")
    made.exchange(f"Dana Reed <{DANA}>", *MONTHLY, subject="Budget of Northwind")
    made.exchange(f"Erik Holm <{ERIK}>", *MONTHLY, subject="Fjord")
    made.exchange(f"Gwen Ito <{GWEN}>", *MONTHLY, "2026-02-20", subject="Choir")
    for day in ("2025-06-10", "2025-07-10"):
        made.letter(day, f"Dana Reed <{DANA}>", f"{ALICE}, ida@lund.example.net", subject="With Ida")
        made.letter(day, f"Erik Holm <{ERIK}>", f"{ALICE}, {DANA}", subject="The three of us")
    assert made.weaktie("sync").code == 0
    store = made.store()
    with store.write() as connection:
        owners.mark_first_report(connection, 1, clock.now)
    store.close()
    return made


def test_what_is_said_is_shown_and_taken_back(desk: Desk) -> None:
    said = desk.weaktie("ties", "set", DANA, "--keep", "--every", "6w", "--tag", "VIP", "--goal", "a  talk\nin May")
    assert said.out == "Dana Reed: kept; every 42d; #vip; goal: a talk in May\n"
    assert desk.ties()[DANA]["wish"] == {
        "standing": "kept",
        "snoozed_until": None,
        "every_days": 42,
        "tags": ["vip"],
        "goal": "a talk in May",
    }
    assert "kept; every 42d" in desk.weaktie("ties").out
    told = desk.weaktie("why", "Dana").out
    assert "» kept" in told
    assert "» due since 2025-12-17" in told
    assert desk.weaktie("ties", "set", DANA, "--undo").out == "Dana Reed: nothing said\n"
    assert "kept" in desk.weaktie("ties", "set", DANA, "--undo").out


def test_several_people_at_once_and_a_dry_run(desk: Desk) -> None:
    ran = desk.weaktie("ties", "set", DANA, "Erik Holm", "--snooze", "60d", "--dry-run", "--json").json
    assert [tie["wish"]["snoozed_until"] for tie in ran["ties"]] == ["2026-05-01T09:00:00Z"] * 2
    assert "wish" not in desk.ties()[DANA]
    desk.weaktie("ties", "set", DANA, "Erik Holm", "--snooze", "60d")
    assert desk.ties()[ERIK]["wish"]["snoozed_until"] == "2026-05-01T09:00:00Z"
    desk.weaktie("ties", "set", ERIK, "--snooze", "off")
    assert "wish" not in desk.ties()[ERIK]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("set", DANA), 2),
        (("set", DANA, "--every", "often"), 2),
        (("set", DANA, "--tag", "<b>"), 2),
        (("set", DANA, "--undo", "--keep"), 2),
        (("set", DANA, "--undo"), 2),
        (("set", "nobody@example.com", "--keep"), 1),
    ],
)
def test_slips_are_told(desk: Desk, arguments: tuple[str, ...], code: int) -> None:
    ran = desk.weaktie("ties", *arguments)
    assert ran.code == code
    assert ran.err


def test_a_dropped_tie_is_in_no_report_and_gets_no_draft_but_is_still_captured(desk: Desk) -> None:
    assert "Dana" in desk.weaktie("report").out
    desk.weaktie("ties", "set", DANA, "--drop")
    assert "Dana" not in desk.weaktie("report").out
    assert "Dana" not in desk.weaktie("report", "--as-of", "2026-02-20").out
    refused = desk.weaktie("drafts", "write", DANA)
    assert refused.code == 1
    assert "you said dropped of this tie" in refused.err
    desk.exchange(f"Dana Reed <{DANA}>", "2026-03-01")
    desk.weaktie("sync")
    assert desk.ties()[DANA]["episodes"] == len(MONTHLY) + 3
    assert "Dana" not in desk.weaktie("report").out


def test_a_private_tie_is_shown_to_nobody_who_does_not_ask(desk: Desk) -> None:
    assert "Dana" in desk.weaktie("paths", "lund.example.net").out
    assert "Erik Holm → Dana Reed" in desk.weaktie("paths", "northwind.example.net").out
    desk.weaktie("ties", "set", DANA, "--private")
    for shown in (("ties",), ("ties", "--json"), ("ties", "--state", "fading"), ("report",), ("ties", "triage")):
        assert "Dana" not in desk.weaktie(*shown).out
    for asked in (("ties", "--private"), ("why", DANA)):
        assert "Dana" in desk.weaktie(*asked).out
    for way in ("lund.example.net", "northwind.example.net"):
        assert "Dana" not in desk.weaktie("paths", way).out.replace("Nobody at", "")
    assert desk.weaktie("ties", "--json", "--private").json["ties"][0]["bridge"] >= 0
    assert "Dana" not in str(desk.weaktie("report", "--json").json)
    assert "Dana" not in desk.weaktie("ties", "ics").out


def test_triage_asks_only_of_whom_nothing_was_said(desk: Desk) -> None:
    assert {tie["person"] for tie in desk.weaktie("ties", "triage", "--json").json["ties"]} == {
        "Dana Reed",
        "Erik Holm",
    }
    assert "dropped (dry run)" in desk.weaktie("ties", "triage", "--drop", ERIK, "--dry-run").err
    ran = desk.weaktie("ties", "triage", "--drop", ERIK)
    assert "Erik Holm: dropped" in ran.err
    assert "Dana Reed" in ran.out
    assert "Erik" not in ran.out
    assert desk.weaktie("ties", "triage", "--keep", DANA).out.startswith("Nobody is quiet")
    early = desk.weaktie("ties", "triage", "--as-of", "2025-11-20")
    assert early.out.startswith("Nobody is quiet")


def test_triage_by_question(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["k", "q"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    ran = desk.weaktie("ties", "triage")
    assert ran.code == 0
    assert [tie["wish"]["standing"] for tie in desk.ties().values() if "wish" in tie] == ["kept"]


def test_who_is_due_comes_into_the_report_by_tag_and_leaves_with_contact(desk: Desk, clock: Clock) -> None:
    desk.weaktie("ties", "set", GWEN, "--tag", "vip", "--goal", "sing in May")
    assert "Gwen" not in desk.weaktie("report").out
    clock.advance(days=30)
    report = " ".join(desk.weaktie("report").out.split())
    assert "You want to be in touch every month (vip); the last contact was 40 days ago." in report
    assert "Your goal: sing in May" in report
    desk.letter("2026-03-31", f"Gwen Ito <{GWEN}>", ALICE)
    desk.weaktie("sync")
    assert "Gwen" not in desk.weaktie("report").out


def test_three_mails_in_vain_suspend_and_resume_ends_it(desk: Desk, clock: Clock) -> None:
    for day in ("2026-01-07", "2026-01-14", "2026-01-21"):
        desk.letter(day, f"Alice Lindqvist <{ALICE}>", f"Erik Holm <{ERIK}>", subject="Are you there?")
    desk.weaktie("sync")
    clock.advance(days=90)
    assert "suspended: You wrote on three days since they last answered, on 5 November 2025." in (
        " ".join(desk.weaktie("why", ERIK).out.split())
    )
    report = desk.weaktie("report", "--json").json
    assert "Erik Holm" not in [row["name"] for row in report["rows"]]
    desk.weaktie("ties", "set", ERIK, "--resume")
    report = desk.weaktie("report", "--json").json
    assert "Erik Holm" in [row["name"] for row in report["rows"]]


def test_the_calendar_file_is_private_and_moves_on_with_the_day(desk: Desk, clock: Clock, tmp_path: Path) -> None:
    desk.weaktie("ties", "set", GWEN, "--every", "30d")
    file = tmp_path / "due.ics"
    desk.weaktie("ties", "ics", "--file", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    first = file.read_bytes()
    assert desk.weaktie("ties", "ics", "--file", str(file)).out == ""
    clock.advance(hours=5)
    desk.weaktie("ties", "ics", "--file", str(file))
    assert file.read_bytes() == first
    assert b"DTSTART;VALUE=DATE:20260322" in first
    clock.advance(days=40)
    desk.weaktie("ties", "ics", "--file", str(file))
    today = f"{clock.now + timedelta():%Y%m%d}".encode()
    assert b"DTSTART;VALUE=DATE:" + today in file.read_bytes()
    assert b"20260322" not in desk.weaktie("ties", "ics", "--as-of", "2026-03-25").out.encode()
