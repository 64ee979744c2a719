"""Slips of the owner's hand at the command line: each is told in words, changes nothing, and ends with its code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC
from pathlib import Path

import pytest

from agent.cli.common import Moment
from agent.cli.tables import is_terminal
from agent.errors import NotAllowed
from agent.outreach import reread
from tests.agent.desk import Desk, run
from tests.conftest import Clock
from tests.letters import ALICE, at

DANA = "Dana Réed <dana@northwind.example>"
ERIK = "Erik Holm <erik@fjord.example>"
MONTHLY = [f"2025-{month:02}-05" for month in range(1, 12)]


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    made = Desk(tmp_path / "desk", f'[[sources]]\nname = "box"\nkind = "maildir"\npath = "{tmp_path / "Maildir"}"\n')
    for part in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / part).mkdir(parents=True)
    made.exchange(DANA, *MONTHLY)
    for day in ("2025-03-01", "2025-09-01"):
        made.letter(day, DANA, ALICE, Cc="Carol Jones <carol@acme.example>")
    made.exchange(ERIK, *MONTHLY)
    assert made.weaktie("sync").code == 0
    return made


@pytest.mark.parametrize("far", ["9999-12-31", "0001-01-01", "3000-01-01T00:00:00Z"])
def test_a_day_too_far_away(desk: Desk, far: str) -> None:
    ran = desk.weaktie("report", "--as-of", far)
    assert ran.code == 2
    assert "too far away" in ran.err


@pytest.mark.parametrize("wanted", ["gmail.com", "not a thing", "lindqvist.example.com", ALICE, ""])
def test_what_is_no_target(desk: Desk, wanted: str) -> None:
    ran = desk.weaktie("targets", "add", wanted)
    assert ran.code == 2
    assert "Name a firm by its mail domain" in ran.err
    assert desk.weaktie("targets", "list", "--json").json["targets"] == []


def test_looking_at_an_ask_makes_no_target(desk: Desk) -> None:
    assert "Carol Jones" in desk.weaktie("intro", "acme.example", "--via", "Dana Reed", "--dry-run").out
    assert desk.weaktie("targets", "list", "--json").json["targets"] == []


def test_the_way_that_is_proposed_can_be_taken_as_it_stands(desk: Desk) -> None:
    *_, told = desk.weaktie("targets", "add", "acme.example").out.splitlines()
    command = told.rpartition("weaktie ")[2].split()
    assert command == ["intro", "acme.example", "--via", "dana@northwind.example"]
    assert desk.weaktie(*command, "--dry-run").code == 0


def test_paths_as_they_were(desk: Desk) -> None:
    def together(*more: str) -> int:
        (path,) = desk.weaktie("paths", "acme.example", "--json", *more).json["paths"]
        return int(path["together"])

    assert (together(), together("--as-of", "2025-06-01")) == (2, 1)
    assert desk.weaktie("paths", "acme.example", "--most", "0").code == 2


def test_a_name_may_be_written_without_its_accents(desk: Desk) -> None:
    assert "To: Dana" in desk.weaktie("drafts", "write", "dana reed", "--dry-run").out
    assert desk.weaktie("drafts", "write", " ", "--dry-run").code == 1


def test_the_number_of_a_draft_is_nobodys_name(desk: Desk) -> None:
    desk.exchange("Dana Reed <dana22@northwind.example>", "2026-02-03")
    desk.weaktie("sync")
    refused = desk.weaktie("suppress", "2")
    assert (refused.code, refused.err.splitlines()[0]) == (1, "weaktie: Nobody called '2' was seen on any message.")


def test_a_try_that_comes_to_nothing_leaves_nothing_behind(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    (tmp_path / "notes.eml").write_text("Subject: nobody knows whose\n\nHello\n")
    assert run("try", str(tmp_path / "notes.eml")).code == 2
    assert list(scratch.iterdir()) == []
    told = run("try", str(desk.mail), "--me", ALICE).out
    (folder,) = scratch.iterdir()
    assert str(folder / "report.html") in told


@pytest.mark.parametrize("group", ["", "drafts", "people", "service", "targets", "templates", "ties"])
def test_no_command_is_listed_with_half_a_sentence(group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = run(*filter(None, [group, "--help"])).out.partition("Commands:")[2]
    assert listed
    assert "..." not in listed


def test_a_table_in_a_file_is_not_cut(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert "templates/thank_you/body.txt" in desk.weaktie("templates", "list").out


def test_nobody_named(desk: Desk) -> None:
    ran = desk.weaktie("why", "")
    assert ran.code == 2
    assert "Nobody was named" in ran.err


def test_the_time_of_sending_is_told_by_the_owners_clock(desk: Desk) -> None:
    extra = '[send]\nenabled = true\nhost = "localhost"\ntls = "none"\nport = 9\nusername = "a"\nundo_minutes = 10\n'
    config = desk.folder / "config.toml"
    text = config.read_text().replace("[owner]\n", '[owner]\ntimezone = "Asia/Tokyo"\n')
    config.write_text(f"{text}{extra}")
    assert desk.weaktie("drafts", "write", "Dana Reed").code == 0
    assert "It goes out after 18:10;" in desk.weaktie("drafts", "approve", "1", "--yes").out
    assert "18:00  approved" in desk.weaktie("drafts", "show", "1").out
    told = desk.weaktie("drafts", "show", "1", "--json").json
    assert (told["draft"]["state"], told["events"][-1]["at"]) == ("approved", "2026-03-02T09:00:00Z")
    assert told["text"]["subject"] == "Re: Hello"


def test_no_name_stands_twice_in_what_is_handed_over(desk: Desk) -> None:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    told = json.loads(desk.weaktie("export", "Dana").out, object_pairs_hook=once)
    assert (told["of"], told["who"]) == ("Alice Lindqvist", "Dana")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_takes_no_more(desk: Desk) -> None:
    command = [sys.executable, "-m", "agent", "--config", str(desk.folder / "config.toml"), "export"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=os.environ)
    assert done.returncode == 1
    assert done.stderr.startswith("weaktie: No space left on device.\n  → ")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ('["false"]', "it ended with 1"),
        ('["true"]', "its first line is empty"),
        ('["no-such-program"]', "No such file or directory"),
    ],
)
def test_a_password_command_that_gives_none(desk: Desk, program: str, told: str) -> None:
    with (desk.folder / "config.toml").open("a") as file:
        file.write('[[sources]]\nname = "work"\nkind = "imap"\nhost = "localhost"\ntls = "none"\nport = 9\n')
        file.write(f'username = "a"\npassword_command = {program}\n')
    ran = desk.weaktie("sync", "work")
    assert ran.code == 4
    assert f"gave no password: {told}." in ran.err


def test_a_draft_that_goes_to_nobody_is_called_that() -> None:
    content = b"From: a@lindqvist.example.com\r\nTo: Dana Reed <>\r\nSubject: Hello\r\n\r\nHi\r\n"
    (recipient,) = reread.read(content).recipients
    with pytest.raises(NotAllowed, match="goes to nobody"):
        reread.check(content, "a@lindqvist.example.com", recipient)


@pytest.mark.parametrize(
    "place", ["sqlite:///weaktie.db", "sqlite://", "sqlite:///:memory:", "postgresql+pg8000://x/y"]
)
def test_a_database_is_named_so_that_it_is_the_same_from_every_folder(desk: Desk, place: str) -> None:
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace(f"sqlite:///{desk.database}", place))
    ran = desk.weaktie("ties")
    assert ran.code == 4
    assert "  - database.url: it should " in ran.err


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("postgresql+psycopg://alice:correct@horse@127.0.0.1/weaktie", "an @, / or : in the user name or the password"),
        (
            "postgresql+psycopg://alice:correct@horse/1@127.0.0.1/weaktie",
            "an @, / or : in the user name or the password",
        ),
        ("postgresql://alice:correct-horse@127.0.0.1:54x/weaktie", "it should have a number for the port, like 5432"),
    ],
)
def test_no_part_of_a_password_is_taken_for_the_place_of_the_database(desk: Desk, place: str, told: str) -> None:
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace(f"sqlite:///{desk.database}", place))
    for command in (("ties",), ("config", "check"), ("config", "show")):
        ran = desk.weaktie(*command)
        assert ran.code == 4
        assert f"  - database.url: {told}" in ran.err
        assert "horse" not in ran.out + ran.err


def test_a_tilde_in_the_place_of_the_database_is_home(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(desk.folder))
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace(f"sqlite:///{desk.database}", "sqlite:///~/other/weaktie.db"))
    assert desk.weaktie("sync").code == 0
    assert (desk.folder / "other" / "weaktie.db").exists()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('[programme]\ntags = "vip"', "programme.tags: it should be a table, like { name = 30 }"),
        ("[run]\nping = 3", "run.ping: it should be a text in quotes"),
        ('[capture]\nidle = "perhaps"', "capture.idle: it should be true or false"),
        ('[capture]\nexclude = "shop.example"', 'capture.exclude: it should be a list, like ["one", "two"]'),
        ('[report]\npeople = "many"', "report.people: it should be a whole number"),
        ("[capture]\nevery_minutes = 0", "capture.every_minutes: it should be 1 or more"),
        ('[[sources]]\nname = "x"\nkind = "icss"', "sources[2]: there is no kind 'icss'; the kinds are "),
        ('[[sources]]\nname = "x"', "sources[2]: it has no kind"),
        ('[[sources]]\nkind = "ics"\npath = "x"', "sources[2].name: it is missing"),
        ('[[sources]]\nname = ""\nkind = "ics"\npath = "x"', "sources[2].name: it is empty"),
        ('[drafts]\nmailbox = "nope"', "drafts.mailbox names 'nope', which is not a source"),
        ('[run]\nping = "hc-ping.com"', "run.ping: it should be an https address"),
        ("[[report]]\npeople = 3", "report: it should be a table, in single brackets"),
        ("[send]\nport = 99999", "send.port: it should be 65535 or less"),
        ("[send]\ntimeout = 0", "send.timeout: it should be more than 0"),
        ('[send]\nquiet_from = "8pm"', "send.quiet_from: '8pm' is not a time of day; write it like '07:30'"),
    ],
)
def test_a_problem_of_the_configuration_is_told_in_plain_words(desk: Desk, line: str, told: str) -> None:
    with (desk.folder / "config.toml").open("a") as file:
        file.write(line)
    ran = desk.weaktie("config", "check")
    assert ran.code == 4
    assert f"  - {told}" in ran.err


def test_nothing_to_capture_from_is_said(desk: Desk) -> None:
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().partition("[[sources]]")[0])
    ran = desk.weaktie("sync")
    assert ran.code == 4
    assert "There is no source to capture from." in ran.err


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("drafts", "show", "9" * 20), "is not in the range"),
        (("paths", " "), "Nobody was named."),
        (("ties", "set", "Bob", "--every", "5000d"), "ten years at most"),
    ],
)
def test_what_cannot_be_meant_is_a_slip_of_the_user(desk: Desk, command: tuple[str, ...], told: str) -> None:
    ran = desk.weaktie(*command)
    assert ran.code == 2
    assert told in ran.err


@pytest.mark.parametrize("day", ["2026-01-05", "20260105", "2026-W02-1"])
def test_a_day_is_its_end_however_it_is_spelt(day: str) -> None:
    assert Moment(lambda: UTC).convert(day, None, None) == at("2026-01-05 23:59:59")


def test_ties_of_which_none_is_asked_for(desk: Desk) -> None:
    assert desk.weaktie("ties", "--org", "nowhere.example").out == "No such ties.\n"


def test_a_trial_for_somebody_without_an_address(desk: Desk) -> None:
    ran = desk.weaktie("try", str(desk.mail), "--me", "alice")
    assert ran.code == 2
    assert "'alice' is not a mail address." in ran.err


def test_a_stream_that_was_closed_before_we_began_is_no_terminal() -> None:
    assert not is_terminal(None)
