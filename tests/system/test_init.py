"""`weaktie init`: five questions, a file nobody else can read, and a look at the mailbox."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import weaktie
from agent.config import load


def answer(path: Path, *lines: str, force: bool = False) -> Result:
    arguments = ["--config", str(path), "init", *(["--force"] if force else [])]
    return CliRunner().invoke(weaktie, arguments, input="\n".join([*lines, ""]))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, so that the default store lies there."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


ANSWERS = (
    'Alice "Al" Lindqvist',
    "Alice@Lindqvist.example.com",
    "127.0.0.1",
    "alice",
    "Europe/Stockholm",
    "y",
    "hunter2",
)


def test_the_answers_become_a_configuration_only_the_owner_can_read(home: Path) -> None:
    path = home / "conf" / "config.toml"
    told = answer(path, *ANSWERS)
    assert told.exception is None, told.output
    config = load(path)
    assert (config.owner.name, config.owner.addresses) == ('Alice "Al" Lindqvist', ("alice@lindqvist.example.com",))
    assert config.owner.timezone == "Europe/Stockholm"
    assert "hunter2" not in path.read_text()
    secret = path.with_name("imap-password")
    assert config.sources[0].reveal() == "hunter2"  # type: ignore[union-attr]  # it is an imap source
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, secret)} == {0o600}
    assert "hunter2" not in told.output
    assert "Next: `weaktie sync`" in told.output


def test_an_existing_configuration_is_kept_unless_forced(home: Path) -> None:
    path = home / "config.toml"
    path.write_text("# mine\n")
    told = answer(path, *ANSWERS)
    assert "already" in str(told.exception)
    assert path.read_text() == "# mine\n"
    assert answer(path, *ANSWERS, force=True).exception is None
    assert load(path).owner.signature


def test_without_a_stored_password_the_environment_is_named(home: Path) -> None:
    path = home / "config.toml"
    answer(path, *ANSWERS[:5], "n")
    assert 'password_env = "WEAKTIE_IMAP_PASSWORD"' in path.read_text()
    assert not path.with_name("imap-password").exists()
