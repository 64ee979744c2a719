"""weaktie as a service of the owner's own account: systemd user units, a launchd agent, or a line for cron.

Texts are made by pure functions; `install`, `status` and `remove` write them where each manager looks and talk to it
through its own command. Nothing needs root, and nothing but what bears weaktie's name is touched.
"""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agent.errors import UsageError, WeaktieError

NAME = "weaktie"
LABEL = "net.weaktie.agent"
SECONDS = 30
BEGIN, END = "# weaktie: begin", "# weaktie: end"
EVERY_MINUTES = 15


class Manager(StrEnum):
    """What starts the program."""

    SYSTEMD = "systemd"  # the daemon, restarted when it fails
    TIMER = "systemd-timer"  # one tick every quarter of an hour
    LAUNCHD = "launchd"
    CRON = "cron"


@dataclass(frozen=True, slots=True)
class Plan:
    """What `install` would do: the files to write, by path, and the commands to run after it."""

    manager: Manager
    files: dict[Path, str]
    commands: tuple[tuple[str, ...], ...] = ()


def best() -> Manager:
    """The manager this machine has. Raises UsageError where there is none."""
    if sys.platform == "darwin":
        return Manager.LAUNCHD
    if shutil.which("systemctl") and _ran("systemctl", "--user", "show-environment").returncode == 0:
        return Manager.SYSTEMD
    if shutil.which("crontab"):
        return Manager.CRON
    hint = "Start `weaktie run` yourself, or `weaktie run --once` now and then."
    raise UsageError("There is no systemd for users, launchd or cron here.", hint=hint)


def program() -> tuple[str, ...]:
    """How this weaktie is called: its command beside the interpreter, else the interpreter with the module."""
    command = Path(sys.executable).with_name(NAME)
    return (str(command),) if command.exists() else (sys.executable, "-m", "agent")


def plan(manager: Manager, called: tuple[str, ...], config: Path, home: Path) -> Plan:
    """The files and commands of an installation for the owner whose home folder this is."""
    command = (*called, "--config", str(config), "run")
    units = home / ".config" / "systemd" / "user"
    reload = ("systemctl", "--user", "daemon-reload")
    if manager is Manager.SYSTEMD:
        files = {units / f"{NAME}.service": daemon_unit(command)}
        return Plan(manager, files, (reload, ("systemctl", "--user", "enable", "--now", f"{NAME}.service")))
    if manager is Manager.TIMER:
        files = {
            units / f"{NAME}.service": tick_unit((*command, "--once")),
            units / f"{NAME}.timer": timer_unit(),
        }
        return Plan(manager, files, (reload, ("systemctl", "--user", "enable", "--now", f"{NAME}.timer")))
    if manager is Manager.LAUNCHD:
        place = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
        log = home / "Library" / "Logs" / f"{NAME}.log"
        return Plan(manager, {place: agent_plist(command, log)}, (("launchctl", "bootstrap", _session(), str(place)),))
    return Plan(manager, {})


def daemon_unit(command: tuple[str, ...]) -> str:
    """A systemd user unit for the daemon (systemd.service(5)): it tells when it is ready and that it is alive.

    A wrong configuration or a refused sign-in is not tried again and again.
    """
    return f"""[Unit]
Description=weaktie, an agent beside your mailbox
After=network-online.target

[Service]
Type=notify
NotifyAccess=main
ExecStart={_for_systemd(command)}
WatchdogSec=30min
TimeoutStopSec=2min
Restart=on-failure
RestartSec=1min
RestartPreventExitStatus=2 4
UMask=0077
NoNewPrivileges=true

[Install]
WantedBy=default.target
"""


def tick_unit(command: tuple[str, ...]) -> str:
    """A systemd user unit for one tick; partly done (3) and try again later (75) are no failure of the unit."""
    return f"""[Unit]
Description=weaktie, one tick
After=network-online.target

[Service]
Type=oneshot
ExecStart={_for_systemd(command)}
SuccessExitStatus=3 75
UMask=0077
NoNewPrivileges=true
"""


def timer_unit() -> str:
    """The timer of the tick; `Persistent` makes good one missed run after a sleep (systemd.timer(5))."""
    return f"""[Unit]
Description=weaktie, every quarter of an hour

[Timer]
OnCalendar=*:0/{EVERY_MINUTES}
RandomizedDelaySec=60
Persistent=true

[Install]
WantedBy=timers.target
"""


def agent_plist(command: tuple[str, ...], log: Path) -> str:
    """A launchd agent (launchd.plist(5)) that is started at sign-in and again when it fails."""
    keys = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": 60,
        "ProcessType": "Background",
        "Umask": 0o077,
        "StandardErrorPath": str(log),
    }
    return plistlib.dumps(keys).decode()


def cron_line(command: tuple[str, ...]) -> str:
    """A line of crontab(5): a per cent sign would end the command, so it is escaped."""
    return f"*/{EVERY_MINUTES} * * * * {shlex.join((*command, '--once'))}".replace("%", r"\%")


def with_line(table: str, line: str) -> str:
    """A crontab with our line between its marks, in place of an older one; all else as it was."""
    return f"{without_line(table)}{BEGIN}\n{line}\n{END}\n"


def without_line(table: str) -> str:
    """A crontab without our marks and what stands between them."""
    kept, ours = [], False
    for line in table.splitlines():
        ours = ours or line == BEGIN
        if not ours:
            kept.append(line)
        ours = ours and line != END
    return "".join(f"{line}\n" for line in kept)


def install(manager: Manager, config: Path, home: Path) -> list[str]:
    """Write and start, in place of what was installed before; what was done, in words.

    Raises WeaktieError where the manager refuses.
    """
    remove(home)
    made = plan(manager, program(), config, home)
    for path, text in made.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for command in made.commands:
        _must(*command)
    if manager is Manager.CRON:
        line = cron_line((*program(), "--config", str(config), "run"))
        _must("crontab", "-", given=with_line(_crontab(), line))
    return [f"Written: {path}" for path in made.files] or ["Written: a line in your crontab"]


def remove(home: Path) -> list[str]:
    """Stop and take away whatever of ours is installed; what was done, in words."""
    done = []
    units = home / ".config" / "systemd" / "user"
    for name in (f"{NAME}.timer", f"{NAME}.service"):
        if (units / name).exists():
            _ran("systemctl", "--user", "disable", "--now", name)
            (units / name).unlink()
            done.append(f"Removed: {units / name}")
    if done:
        _ran("systemctl", "--user", "daemon-reload")
    place = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    if place.exists():
        _ran("launchctl", "bootout", f"{_session()}/{LABEL}")
        place.unlink()
        done.append(f"Removed: {place}")
    table = _crontab()
    if BEGIN in table.splitlines():
        _must("crontab", "-", given=without_line(table))
        done.append("Removed: the line in your crontab")
    return done


@dataclass(frozen=True, slots=True)
class Installed:
    """One thing of ours that a manager knows, and what the manager says of it."""

    manager: Manager
    place: str
    running: bool
    told: str


def status(home: Path) -> list[Installed]:
    """What is installed and how it fares; changes nothing."""
    found = []
    units = home / ".config" / "systemd" / "user"
    timed = (units / f"{NAME}.timer").exists()
    for name in (f"{NAME}.timer",) if timed else (f"{NAME}.service",):
        if (units / name).exists():
            told = _ran("systemctl", "--user", "is-active", name).stdout.strip() or "unknown"
            manager = Manager.TIMER if timed else Manager.SYSTEMD
            found.append(Installed(manager, str(units / name), told == "active", told))
    place = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    if place.exists():
        listed = _ran("launchctl", "list", LABEL).returncode == 0
        found.append(Installed(Manager.LAUNCHD, str(place), listed, "loaded" if listed else "not loaded"))
    if BEGIN in _crontab().splitlines():
        found.append(Installed(Manager.CRON, "your crontab", running=True, told="every quarter of an hour"))
    return found


def _for_systemd(command: tuple[str, ...]) -> str:
    """Quoted as systemd.service(5) reads it: `%` starts a specifier and `$` a variable."""
    quoted = (word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$") for word in command)
    return " ".join(f'"{word}"' if any(sign in word for sign in " \t'\";") else word for word in quoted)


def _session() -> str:
    """The owner's session, as launchctl(1) names it."""
    return f"gui/{os.getuid()}"


def _crontab() -> str:
    return _ran("crontab", "-l").stdout if shutil.which("crontab") else ""


def _must(*command: str, given: str | None = None) -> None:
    done = _ran(*command, given=given)
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()
        reason = told[-1] if told else f"exit code {done.returncode}"
        raise WeaktieError(
            f"`{shlex.join(command)}` failed: {reason}", hint="Run it by hand; see `weaktie service -h`."
        )


def _ran(*command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 127, "", str(error))
