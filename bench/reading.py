"""Reading a big store: what each command costs, in starts of a bare interpreter and in readings of all ties.

`python -m bench.reading --messages 100000` makes a mailbox, captures it, and runs every command once in a process of
its own. Processor time, not the clock, so that other work on the machine matters little; the ratios hold on others.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.capture_mailbox import OWNER, write_mailbox

COMMANDS = (
    ("--help",),
    ("targets", "list"),
    ("ties",),
    ("ties", "--json"),
    ("why", "{address}"),
    ("paths", "{organization}"),
    ("report",),
    ("conversations",),
    ("ties", "triage"),
    ("people", "review"),
    ("drafts", "list", "--all"),
    ("export", "{address}"),
    ("doctor",),
)
CONFIG = """[owner]
name = "Alice Lindqvist"
addresses = ["{owner}"]
[[sources]]
kind = "maildir"
name = "work"
path = "{folder}/mail"
[database]
url = "sqlite:///{folder}/store.db"
"""


def main() -> None:
    """Print one line a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000, help="How large a mailbox.")
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), parser.parse_args().messages)


def measure(folder: Path, messages: int) -> None:
    """Make a store in this folder and tell what reading it costs."""
    write_mailbox(folder / "mail", messages)
    config = folder / "config.toml"
    config.write_text(CONFIG.format(owner=OWNER, folder=folder))
    _seconds((sys.executable, "-m", "agent", "--config", str(config), "sync"))
    print(f"{messages} messages")
    tell(config)


def tell(config: Path) -> None:
    """Print what reading the store of a configuration costs."""
    weaktie = (sys.executable, "-m", "agent", "--config", str(config))
    known = _known(config)
    bare = min(_seconds((sys.executable, "-c", "pass")) for _ in range(5))
    once = min(_seconds((sys.executable, "-c", TIES, str(config))) for _ in range(3))
    print(f"A bare start {bare:.3f} s, all ties read once {once:.2f} s of processor time\n")
    print("| command | × a bare start | × all ties once |\n|---|---|---|", flush=True)
    for command in COMMANDS:
        spent = _seconds((*weaktie, *(word.format(**known) for word in command)))
        print(f"| `{' '.join(command)}` | {spent / bare:.0f} | {spent / once:.2f} |", flush=True)


TIES = """
import sys
from pathlib import Path
from agent import config
from agent.app import open_app
from agent.jobs import reading
reading.ties(open_app(config.load(Path(sys.argv[1]))))
"""


def _known(config: Path) -> dict[str, str]:
    """The strongest tie with a firm."""
    from agent import config as settings
    from agent.app import open_app
    from agent.jobs import reading

    app = open_app(settings.load(config))
    tie = next(tie for tie in reading.ties(app) if tie.organization)
    app.store.close()
    return {"address": tie.addresses[0], "organization": tie.organization or ""}


def _seconds(command: tuple[str, ...]) -> float:
    """Processor time of one process and its children."""
    before = _children()
    ran = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if ran.returncode not in (0, 4):
        raise SystemExit(f"{command} ended with {ran.returncode}: {ran.stderr.decode()}")
    return _children() - before


def _children() -> float:
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    main()
