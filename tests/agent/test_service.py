"""weaktie as a service: what is written for each manager, and that nothing else of the owner's is touched."""

from __future__ import annotations

import plistlib
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import service
from agent.service import Manager
from tests.agent.desk import Desk

CALLED = ("/opt/weak tie/bin/weaktie",)
CONFIG = Path("/home/alice/100%/config.toml")
ALICES = "# backups\n0 3 * * * /usr/bin/backup\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Alice on a machine whose managers note what they are told."""
    tools = tmp_path / "bin"
    tools.mkdir()
    scripts = {
        "crontab": f'T="{tmp_path}/table"; if [ "$1" = -l ]; then cat "$T" 2>/dev/null; else cat > "$T"; fi',
        "systemctl": f'echo "$@" >> "{tmp_path}/told"; [ "$2" = is-active ] && echo active; exit 0',
        "launchctl": f'echo "$@" >> "{tmp_path}/told"; exit 0',
    }
    for name, script in scripts.items():
        file = tools / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "table").write_text(ALICES)
    return Desk(tmp_path / "desk")


def table(desk: Desk) -> str:
    return (desk.folder.parent / "table").read_text()


def told(desk: Desk) -> str:
    return (desk.folder.parent / "told").read_text()


def test_a_line_for_cron_comes_and_goes_and_the_rest_stays(desk: Desk) -> None:
    for _ in range(2):
        assert desk.weaktie("service", "install", "--with", "cron").code == 0
    assert table(desk).startswith(ALICES)
    assert table(desk).count("run --once") == 1

    (found,) = desk.weaktie("service", "status", "--json").json["services"]
    assert (found["manager"], found["running"]) == ("cron", True)

    assert "Would be removed: your crontab" in desk.weaktie("service", "remove", "--dry-run").out
    assert "weaktie" in table(desk)
    assert desk.weaktie("service", "remove").code == 0
    assert table(desk) == ALICES


def test_a_systemd_unit_is_written_started_and_removed(desk: Desk) -> None:
    assert desk.weaktie("service", "install", "--with", "systemd").code == 0
    unit = desk.folder.parent / "home" / ".config" / "systemd" / "user" / "weaktie.service"
    assert f"--config {desk.folder / 'config.toml'} run\n" in unit.read_text()
    assert "--user enable --now weaktie.service" in told(desk)
    (found,) = desk.weaktie("service", "status", "--json").json["services"]
    assert (found["manager"], found["told"]) == ("systemd", "active")

    desk.weaktie("service", "install", "--with", "systemd-timer")
    assert "--once" in unit.read_text()
    assert (unit.with_suffix(".timer")).exists()

    desk.weaktie("service", "install", "--with", "systemd")
    assert not unit.with_suffix(".timer").exists()

    desk.weaktie("service", "remove")
    assert list(unit.parent.iterdir()) == []


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    for manager in Manager:
        ran = desk.weaktie("service", "install", "--with", manager.value, "--dry-run")
        assert (ran.code, "run" in ran.out) == (0, True)
    assert table(desk) == ALICES
    assert not (desk.folder.parent / "home").exists()


def test_without_a_service_one_is_told_what_to_do(desk: Desk) -> None:
    for command in ("status", "remove"):
        ran = desk.weaktie("service", command)
        assert (ran.code, "No service is installed." in ran.err) == (1, True)


def test_a_wrong_configuration_is_not_installed(desk: Desk) -> None:
    (desk.folder / "config.toml").write_text("[owner]\n")
    assert desk.weaktie("service", "install", "--with", "cron").code == 4
    assert table(desk) == ALICES


def test_odd_paths_are_quoted_for_each_manager() -> None:
    command = (*CALLED, "--config", str(CONFIG), "run")
    assert 'ExecStart="/opt/weak tie/bin/weaktie" --config /home/alice/100%%/config.toml run' in service.daemon_unit(
        command
    )
    assert service.cron_line(command).endswith(
        r"'/opt/weak tie/bin/weaktie' --config /home/alice/100\%/config.toml run --once"
    )
    agent = plistlib.loads(service.agent_plist(command, Path("/tmp/log")).encode())
    assert agent["ProgramArguments"] == list(command)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("manager", [Manager.SYSTEMD, Manager.TIMER])
def test_systemd_finds_nothing_wrong_with_the_units(manager: Manager, tmp_path: Path) -> None:
    made = service.plan(manager, (shutil.which("true") or "/bin/true",), CONFIG, tmp_path)
    for path, text in made.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *map(str, made.files)], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if "weaktie" in line] == []


@given(st.lists(st.sampled_from([*ALICES.splitlines(), "", service.BEGIN, service.END, "x"])).map("\n".join))
def test_taking_our_line_away_leaves_every_other(before: str) -> None:
    clean = service.without_line(before)
    assert service.without_line(service.with_line(clean, "*/15 * * * * weaktie")) == clean
