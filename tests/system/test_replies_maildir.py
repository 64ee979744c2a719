"""The same without a server: Alice's mail lies in a Maildir that another program keeps in step."""

from __future__ import annotations

import stat
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest

from tests.agent.desk import Ran, run
from tests.conftest import Clock
from tests.letters import ALICE, DANA, at

MONTHLY = [f"2025-{month:02}-05" for month in range(1, 12)]


class Home:
    """Alice's Maildir and configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, 0
        (folder / "config.toml").write_text(
            f'[owner]\nname = "Alice"\naddresses = ["{ALICE}"]\n'
            f'[database]\nurl = "sqlite:///{folder / "weaktie.db"}"\n'
            f'[programme]\nics = "{folder / "due.ics"}"\n'
            f'[[sources]]\nname = "home"\nkind = "maildir"\npath = "{folder / "Mail"}"\n'
        )

    def put(self, folder: str, sender: str, to: str, when: str, body: str = "Hello", **head: str) -> None:
        """A mail appears in a folder."""
        self.number += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Date"] = sender, to, format_datetime(at(when))
        mail["Message-ID"] = f"<mail-{self.number}@mail.example.com>"
        for name, value in head.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(body)
        for part in ("cur", "new", "tmp"):
            (self.folder / "Mail" / folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "Mail" / folder / "cur" / f"{self.number}.M{self.number}.home:2,S").write_bytes(mail.as_bytes())

    def weaktie(self, *arguments: str) -> Ran:
        """Run a command."""
        return run("--config", str(self.folder / "config.toml"), *arguments)

    def reports(self) -> list[EmailMessage]:
        """The reports in the INBOX, oldest first."""
        paths = (self.folder / "Mail" / "INBOX").glob("*/*")
        mails = [message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=default) for path in paths]
        found = [mail for mail in mails if mail["X-Weaktie-Report"]]
        return sorted(found, key=lambda mail: parsedate_to_datetime(str(mail["Date"])))


@pytest.fixture
def home(tmp_path: Path, clock: Clock) -> Home:
    """Alice has had her first report, in which Dana is number one."""
    made = Home(tmp_path)
    for day in MONTHLY:
        made.put("INBOX", f"Dana Reed <{DANA}>", ALICE, f"{day} 08:00", Subject="Budget")
        made.put("Sent", f"Alice <{ALICE}>", DANA, f"{day} 10:00", Subject="Re: Budget")
    assert made.weaktie("run", "--once").code == 0
    return made


def test_a_reply_in_the_sent_folder_is_done(home: Home, clock: Clock) -> None:
    (report,) = home.reports()
    forged = {"In_Reply_To": str(report["Message-ID"]), "Subject": "Re: report"}
    home.put("INBOX", f"Alice <{ALICE}>", ALICE, "2026-03-02 09:05", "1 drop", **forged)
    clock.advance(minutes=20)
    home.weaktie("run", "--once")
    assert "wish" not in home.weaktie("ties", "--json").json["ties"][0]
    home.put("Sent", f"Alice <{ALICE}>", ALICE, "2026-03-02 09:25", "1 draft, 1 keep", **forged)
    clock.advance(minutes=20)
    ran = home.weaktie("run", "--once")
    assert (ran.code, ran.err) == (0, "")
    assert home.weaktie("ties", "--json").json["ties"][0]["wish"]["standing"] == "kept"
    assert len(list((home.folder / "Mail" / "Drafts").glob("cur/*"))) == 1
    clock.advance(days=7)
    home.weaktie("run", "--once")
    (*_, second) = home.reports()
    body = second.get_body(("plain",))
    assert body is not None
    assert "Done: 1 draft (Dana Reed), 1 keep (Dana Reed)." in " ".join(str(body.get_content()).split())


def test_the_run_keeps_the_calendar_of_who_is_due(home: Home, clock: Clock) -> None:
    file = home.folder / "due.ics"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"SUMMARY:A word to Dana Reed" in file.read_bytes()
    before = file.stat().st_ino
    clock.advance(minutes=20)
    home.weaktie("run", "--once")
    assert file.stat().st_ino == before
    home.weaktie("ties", "set", DANA, "--drop")
    clock.advance(minutes=20)
    home.weaktie("run", "--once")
    assert b"Dana" not in file.read_bytes()
    file.unlink()
    file.mkdir()
    clock.advance(minutes=20)
    ran = home.weaktie("run", "--once")
    assert ran.code != 0
    assert "due.ics" in ran.err
