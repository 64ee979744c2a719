"""The log shows no secret, and whoever watches over weaktie is told of every round."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent import vitals
from agent.config import Secret
from tests.agent.desk import Desk
from tests.connectors.test_fetch import Site, say

PASSWORD = "correct horse battery"


@contextmanager
def silent() -> Iterator[None]:
    """A process that has not begun to log yet; pytest's own handlers come back afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers[:] = []
    yield
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def site() -> Iterator[Site]:
    """A service that watches over others."""
    site = Site()
    site.pages = {"/me": say(200, b"OK"), "/me/fail": say(200, b"OK")}
    yield site
    site.close()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (f"sign-in with {PASSWORD} failed", "sign-in with *** failed"),
        ("imaps://alice:s3cret@mail.example.com", "imaps://***@mail.example.com"),
        ("Authorization: Bearer ya29.a0AfH6SMBx", "Authorization: Bearer ***"),
        ('{"refresh_token": "1//0gabc", "scope": "x"}', '{"refresh_token": "***", "scope": "x"}'),
        ("token eyJhbGciOi.eyJzdWIi.c2ln here", "token *** here"),
        (f"password={PASSWORD}22", "password=***"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_no_line_shows_a_secret(told: str, shown: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    file.chmod(0o600)
    Secret(password_file=str(file)).reveal()

    assert vitals.redacted(told) == shown


def test_a_line_of_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    with silent():
        vitals.start_log("json", "info")
        try:
            int("Bearer abcdefgh12345")
        except ValueError:
            logging.getLogger("agent.x").exception("it\nbroke: %s", "password=hunter22")

    (line,) = capsys.readouterr().err.splitlines()
    row = json.loads(line)
    assert (row["level"], row["logger"], row["message"]) == ("error", "agent.x", "it\nbroke: password=***")
    assert "Traceback" in row["error"]
    assert "abcdefgh" not in line
    assert row["at"].endswith("Z")


def test_text_lines_are_redacted_too(capsys: pytest.CaptureFixture[str]) -> None:
    with silent():
        vitals.start_log("text", "nonsense")
        logging.getLogger("agent.x").warning("Bearer abcdefgh12345")
        logging.getLogger("agent.x").info("unheard")
    assert capsys.readouterr().err == "WARNING agent.x: Bearer ***\n"


def test_every_round_is_told_and_a_failed_one_as_failed(tmp_path: Path, site: Site) -> None:
    desk = Desk(
        tmp_path / "desk", f'[report]\nenabled = false\n[drafts]\nenabled = false\n[run]\nping = "{site.url("/me")}"\n'
    )
    desk.mail.joinpath("INBOX").mkdir()
    assert desk.weaktie("run", "--once").code == 0
    desk.mail.joinpath("INBOX").rmdir()
    desk.mail.rmdir()
    assert desk.weaktie("run", "--once").code != 0

    assert [path for path, _ in site.requests] == ["/me", "/me/fail"]


def test_a_watcher_that_is_away_stops_nothing_and_its_path_stays_secret(caplog: pytest.LogCaptureFixture) -> None:
    gone = Site()
    address = gone.url("/very-secret-uuid")
    gone.close()
    vitals.ping(address, ok=True)
    assert "was not told" in caplog.text
    assert "very-secret" not in caplog.text


def test_the_settings_in_force_hide_the_path(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", '[run]\nping = "https://hc-ping.example.com/very-secret-uuid"\n')
    assert "hc-ping.example.com/***" in desk.weaktie("config", "show").out
