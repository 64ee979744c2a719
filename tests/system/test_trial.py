"""`demo` and `try`: the whole loop on files, with nothing set up and nothing left behind but the report and drafts."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from agent.people.addresses import list_words, machine_words
from agent.trial.cast import CAST, OWNER
from tests.shared import shared

KEYS = [
    "person addresses organization state class colleague strength p_active last_contact silence_days cadence_days",
    "episodes sent received meetings bridge reasons",
]
MAILBOXES = {
    "openbmc": ("patrick@stwcx.xyz", "2026-03-01", {"openbmc@lists.ozlabs.org"}),
    "enron-crandell": ("sean.crandall@enron.com", "2002-03-01", {"center.dl-portland@enron.com"}),
    "enron-south": ("steven.south@enron.com", "2001-07-01", {"all.houston@enron.com", "steven.p.south@enron.com"}),
}


def weaktie(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """The command as a new user runs it, with an empty home and its own folder for scratch."""
    (home / "tmp").mkdir(exist_ok=True)
    environment = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "PATH": "/usr/bin:/bin", "COLUMNS": "110"}
    command = [sys.executable, "-m", "agent", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)


def ties(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert (ran.returncode, ran.stderr) == (0, "")
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def test_the_demo_shows_who_fades_three_drafts_and_a_report(tmp_path: Path) -> None:
    ran = weaktie("demo", home=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    fading = [who for who in CAST if who.plays.value == "fading"]
    assert [who.name for who in fading if who.name.split()[0] not in ran.stdout] == []
    assert ran.stdout.count("\n  Subject: ") == 3
    (report,) = tmp_path.glob("tmp/weaktie-*/report.html")
    assert str(report) in ran.stdout
    HTMLParser().feed(report.read_text())
    drafts = list(tmp_path.glob("tmp/weaktie-*/Mail/*Drafts/*/*"))
    assert len(drafts) == 3
    assert list(tmp_path.glob("tmp/weaktie-*/weaktie.db*")) == []


def test_the_demo_as_json_is_the_stable_form(tmp_path: Path) -> None:
    """The sample's owner lives in Berlin, and so does the day that is asked for."""
    told = ties(weaktie("demo", "--json", "--as-of", "2026-06-15", home=tmp_path))
    assert list(told) == ["version", "owner", "as_of", "ties"]
    assert (told["version"], told["owner"], told["as_of"]) == (1, OWNER.address, "2026-06-15T21:59:59Z")
    assert [list(tie) for tie in told["ties"]] == [" ".join(KEYS).split()] * len(told["ties"])
    assert {tie["state"] for tie in told["ties"]} == {"new", "active", "fading", "dormant"}
    assert all(0 <= tie["strength"] <= 100 and 0 <= tie["p_active"] <= 1 for tie in told["ties"])


@pytest.mark.corpora
@pytest.mark.parametrize("name", MAILBOXES)
def test_try_on_a_real_mailbox_lists_people_only(name: str, tmp_path: Path) -> None:
    owner, as_of, never = MAILBOXES[name]
    before = sorted((path, path.stat().st_mtime_ns) for path in shared("mailboxes", name).rglob("*"))
    told = ties(weaktie("try", str(shared("mailboxes", name)), "--as-of", as_of, "--json", home=tmp_path))
    assert told["owner"] == owner
    addresses = [address for tie in told["ties"] for address in tie["addresses"]]
    assert len(told["ties"]) >= 3
    assert set(addresses) & (never | {owner}) == set()
    assert [address for address in addresses if list_words(address) or machine_words(address)] == []
    assert all(tie["last_contact"] <= f"{as_of}T23:59:59Z" for tie in told["ties"])
    assert sorted((path, path.stat().st_mtime_ns) for path in shared("mailboxes", name).rglob("*")) == before


@pytest.mark.corpora
def test_try_says_whom_it_takes_for_the_owner_and_how_old_the_mail_is(tmp_path: Path) -> None:
    ran = weaktie("try", str(shared("mailboxes", "enron-south")), home=tmp_path)
    assert "You are Steven P South <steven.south@enron.com> (From of 42 mails in Sent)" in ran.stdout
    assert "--as-of 2001-0" in ran.stdout
    assert "248 messages read, 118 different ones" in ran.stdout


def test_try_without_a_sent_folder_wants_to_be_told(tmp_path: Path) -> None:
    (tmp_path / "mails").mkdir()
    (tmp_path / "mails" / "1.eml").write_text(
        "From: Dana <dana@northwind.example>\nSubject: Hi\nDate: Mon, 2 Mar 2026 09:00:00 +0000\n\nHi"
    )
    ran = weaktie("try", str(tmp_path / "mails"), home=tmp_path)
    assert ran.returncode == 2
    assert "--me you@example.com" in ran.stderr
    told = ties(weaktie("try", str(tmp_path / "mails"), "--me", "alice@lindqvist.example", "--json", home=tmp_path))
    assert (told["owner"], told["ties"]) == ("alice@lindqvist.example", [])
