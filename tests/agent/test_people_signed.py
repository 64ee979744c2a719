"""A name is what somebody signs with, and not what third people write beside their address."""

from __future__ import annotations

from pathlib import Path

from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import ALICE

DANA = "dana@northwind.example"


def test_thirty_mails_that_call_her_something_else_do_not_rename_her(tmp_path: Path, clock: Clock) -> None:
    desk = Desk(tmp_path / "desk")
    desk.exchange(f"Dana Kowalski <{DANA}>", "2026-01-06", "2026-01-20")
    for day in range(1, 28):
        group = f"{ALICE}, Stupid Danny <{DANA}>"
        desk.letter(f"2026-02-{day:02} 09:00", "Bob Okafor <bob@okafor.example.com>", group, subject=f"Plan {day}")
    desk.weaktie("sync")

    assert desk.ties()[DANA]["person"] == "Dana Kowalski"
