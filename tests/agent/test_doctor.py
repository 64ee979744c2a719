"""`doctor` tells what is ahead: the jobs that are due, what would be sent, and what waits for the owner's word."""

from __future__ import annotations

from pathlib import Path

from agent.store import drafts
from agent.store.drafts import New
from agent.types import DraftKind, DraftState
from tests.agent.desk import Desk
from tests.conftest import Clock

QUIET = "[report]\nenabled = false\n[drafts]\nenabled = false\n"


def told(desk: Desk) -> dict[str, str]:
    return {finding["what"]: finding["detail"] for finding in desk.weaktie("doctor", "--json").json["findings"]}


def test_the_next_jobs_are_told_by_the_owners_time(tmp_path: Path, clock: Clock) -> None:
    desk = Desk(tmp_path / "desk", QUIET)
    assert told(desk)["due next"] == "everything, for nothing has run yet"
    desk.weaktie("run", "--once")
    assert told(desk)["due next"].startswith("sync:mail Mon 02 Mar 09:15")
    clock.advance(hours=1)
    assert told(desk)["due next"].startswith("sync:mail now")


def test_mail_that_may_have_gone_out_is_loud(tmp_path: Path, clock: Clock) -> None:
    desk = Desk(tmp_path / "desk", QUIET)
    desk.exchange("Bob Okafor <bob@okafor.example.com>", "2026-02-03")
    desk.weaktie("sync")
    assert told(desk)["outgoing mail"] == "nothing would be sent"
    new = New(1, DraftKind.RECONNECT, "fading", "Bob", "bob@okafor.example.com", (), {})
    with desk.write() as connection:
        number = drafts.create(connection, 1, new, clock.now)
        row = drafts.get(connection, 1, number or 0)
        assert row is not None
        steps = ("RENDERED", "DRAFTING", "DRAFTED", "APPROVED", "QUEUED", "SENDING", "COMMITTING", "UNKNOWN")
        before = row.state
        for step in (DraftState[name] for name in steps):
            assert drafts.move(connection, row.id, before, step, clock.now)
            before = step

    ran = desk.weaktie("doctor")
    assert "BAD  outgoing mail: may have gone out: draft 1" in ran.out
    assert ran.code == 1


def test_questions_about_people_are_counted(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", QUIET)
    desk.exchange("Bob Okafor <bob@okafor.example.com>", "2026-02-03")
    desk.exchange("Bob Okafor <bob.okafor@mail.example.org>", "2026-02-04")
    desk.weaktie("sync")
    assert told(desk)["who is who"] == "1 may be one person twice; `weaktie people review` asks"


def test_a_folder_of_templates_that_is_not_there(tmp_path: Path) -> None:
    desk = Desk(tmp_path, f'[drafts]\ntemplates = "{tmp_path / "nowhere"}"\n')
    told = f"BAD  your templates: there is no folder {tmp_path / 'nowhere'}, so the shipped texts are used"
    assert told in desk.weaktie("doctor").out


def test_a_clock_that_went_back_is_noticed(tmp_path: Path, clock: Clock) -> None:
    desk = Desk(tmp_path)
    desk.weaktie("sync")
    clock.advance(days=-400)
    assert "capture of mail: last read on 2026-03-02, which is yet to come by the clock" in desk.weaktie("doctor").out
