"""`python -m bench.capture`: the first capture of a mailbox, against the limit and against mbsync, in one run.

Starts Dovecot on a made-up mailbox and takes, round by round: `raw`, a socket that asks for the same header fields
and throws them away; `ours`, the first capture from an empty store to people judged and ties written; `mbsync`, its
first sync into an empty Maildir (bodies too), where installed; `poll`, a poll over 200 folders that finds nothing
new against the bare LIST-STATUS, both with sign-in and in turns. Medians over the rounds; the server's cache is warm.
At the end `increment`: the processor time of ours for 100 new mails in the full mailbox against 100 in an empty one
with the same folders (time on the wall would measure the server, which lists a Maildir anew). Memory is that of all
processes of ours, what they share divided among them, watched in one capture more, for watching slows it down by a
tenth. Believe the ratios, not the seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

from imapclient.imap_utf7 import encode

from bench import capture_raw
from bench.capture_mailbox import FOLDERS, OWNER, letters, write_folders, write_mailbox
from bench.capture_memory import peak_mb
from tests.servers.dovecot import PASSWORD, Account, Server, running

POLLED = 200
INCREMENT, INCREMENTS = 100, 3
Result = dict[str, float | int | None]


@dataclass
class Rounds:
    """Seconds of every round, and the highest peak of memory in MB."""

    raw: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    mbsync: list[float] = field(default_factory=list)
    poll: list[float] = field(default_factory=list)
    status: list[float] = field(default_factory=list)
    full: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)
    peak_mb: float = 0.0

    def result(self, messages: int) -> Result:
        """The figures by the names that are promised."""
        raw, ours = median(self.raw), median(self.ours)
        mbsync = median(self.mbsync) if self.mbsync else None
        return {
            "messages": messages,
            "raw_s": round(raw, 3),
            "ours_s": round(ours, 3),
            "mbsync_s": None if mbsync is None else round(mbsync, 3),
            "ratio_raw": round(ours / raw, 2),
            "ratio_mbsync": None if mbsync is None else round(mbsync / ours, 2),
            "poll_ratio": round(median(self.poll) / median(self.status), 2),
            "peak_rss_mb": round(self.peak_mb, 1),
            "increment_ratio": round(median(self.full) / median(self.empty), 2),
        }


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="python -m bench.capture", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--no-mbsync", action="store_true", help="leave mbsync out though it is installed")
    options = parser.parse_args()
    rounds = measure(options.messages, options.rounds, mbsync=not options.no_mbsync)
    result = rounds.result(options.messages)
    print(json.dumps(result) if options.json else _told(result))


def measure(messages: int, rounds: int, *, mbsync: bool) -> Rounds:
    """Interleaved rounds after one that warms the server's cache up."""
    program = shutil.which("mbsync") if mbsync else None
    found = Rounds()
    with running() as server, tempfile.TemporaryDirectory(prefix="weaktie-bench-") as scratch:
        mailbox, folders = _filled(server, messages)
        names = [encode(name).decode() for name in FOLDERS]
        capture_raw.fetch_all(mailbox, names)
        capture_raw.list_status(folders)
        for number in range(rounds):
            place = Path(scratch) / str(number)
            place.mkdir()
            _round(found, mailbox, folders, names, place)
            if program:
                found.mbsync.append(_mbsync(program, mailbox, place))
            if number < rounds - 1:
                shutil.rmtree(place)
        found.peak_mb = _worker(mailbox, Path(scratch) / "watched", "capture", watched=True)["peak_mb"]
        _increments(found, mailbox, server.account("empty"), place)
    return found


def _increments(found: Rounds, mailbox: Account, empty: Account, place: Path) -> None:
    """New mail on top of the last capture, and on top of nothing."""
    _worker(empty, place / "empty", "capture")
    for number in range(INCREMENTS):
        for account, folder, taken in ((mailbox, "first", found.full), (empty, "empty", found.empty)):
            for content, when in letters(INCREMENT, seed=100 + number):
                account.deliver(content, "INBOX", when)
            taken.append(_worker(account, place / folder, "capture")["cpu"])


def _filled(server: Server, messages: int) -> tuple[Account, Account]:
    homes = server.folder / "home"
    write_mailbox(homes / "mailbox" / "Maildir", messages)
    write_mailbox(homes / "empty" / "Maildir", 0)
    write_folders(homes / "folders" / "Maildir", POLLED)
    server.give_away()
    return server.account("mailbox"), server.account("folders")


def _round(found: Rounds, mailbox: Account, folders: Account, names: list[str], place: Path) -> None:
    found.raw.append(capture_raw.fetch_all(mailbox, names))
    found.ours.append(_worker(mailbox, place / "first", "capture")["seconds"])
    polled = _worker(folders, place / "poll", "poll")
    found.poll.append(polled["seconds"])
    found.status.append(polled["status"])


def _worker(account: Account, folder: Path, what: str, *, watched: bool = False) -> dict[str, float]:
    """Run in a process of its own, so that its memory is its own."""
    folder.mkdir(exist_ok=True)
    config = folder / "config.toml"
    config.write_text(
        f'[owner]\nname = "Alice Lindqvist"\naddresses = ["{OWNER}"]\n'
        f'[database]\nurl = "sqlite:///{folder}/weaktie.db"\n'
        f'[[sources]]\nname = "mail"\nkind = "imap"\nhost = "{account.host}"\nport = {account.port}\ntls = "none"\n'
        f'username = "{account.username}"\npassword_env = "MAIL_PASSWORD"\n'
    )
    command = [sys.executable, "-m", "bench.capture_worker", what, str(config)]
    environment = {**os.environ, "MAIL_PASSWORD": PASSWORD}
    with subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE) as process:
        peak = peak_mb(process) if watched else 0.0
        said, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    told: dict[str, float] = json.loads(said)
    return {**told, "peak_mb": max(told["peak_mb"], peak)}


def _mbsync(program: str, account: Account, place: Path) -> float:
    copy = place / "copy"
    state = place / "state"
    copy.mkdir()
    state.mkdir()
    config = place / "mbsyncrc"
    config.write_text(
        f"IMAPStore far\nHost {account.host}\nPort {account.port}\nUser {account.username}\nPass {PASSWORD}\n"
        "SSLType None\n\n"
        f"MaildirStore near\nPath {copy}/\nInbox {copy}/INBOX\nSubFolders Verbatim\n\n"
        f'Channel all\nFar :far:\nNear :near:\nPatterns "*"\nCreate Near\nSync Pull New\nSyncState {state}/\n'
    )
    began = perf_counter()
    subprocess.run([program, "-q", "-c", str(config), "all"], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - began


def _told(result: Result) -> str:
    lines = [
        f"first capture     {result['ratio_raw']} × the raw limit",
        f"mbsync            {_or_not(result['ratio_mbsync'])} × our time",
        f"no-change poll    {result['poll_ratio']} × raw LIST-STATUS ({POLLED} folders)",
        f"100 new mails     {result['increment_ratio']} × what they cost in an empty mailbox",
        f"peak memory       {result['peak_rss_mb']} MB",
        f"{result['messages']} messages",
        f"seconds           raw {result['raw_s']}, ours {result['ours_s']}, mbsync {_or_not(result['mbsync_s'])}",
    ]
    return "\n".join(lines)


def _or_not(value: float | None) -> str:
    return "(not measured)" if value is None else str(value)


if __name__ == "__main__":
    main()
