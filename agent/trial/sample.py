"""A mailbox and a calendar made up for a demonstration: three years of a founder's mail, ending at a given instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.trial.cast import CAST, OWNER, TARGETS, ZONE, Plays
from agent.trial.sample_calendar import calendar
from agent.trial.sample_machines import machines
from agent.trial.sample_post import write_maildir
from agent.trial.sample_threads import Days, exchanges, scenes


@dataclass(frozen=True, slots=True)
class Sample:
    """Where the sample lies and whose it is. `script` says, for each address of the cast, what they are to show."""

    owner: str
    address: str
    timezone: str
    mail: Path
    calendar: Path
    targets: tuple[str, ...]
    script: dict[str, Plays]


def write_sample(folder: Path, as_of: datetime) -> Sample:
    """Write a Maildir and an .ics file into `folder`, which must hold neither yet.

    The same `as_of` (aware) gives the same bytes; another day gives the same story moved by so many days. No mail
    is dated at or after `as_of`; the calendar has events after it, as calendars do.
    """
    mail, ics = folder / "Maildir", folder / "calendar.ics"
    days = Days(as_of)
    letters, meetings = exchanges(days)
    more_letters, events = scenes(days)
    meetings += events
    letters += more_letters
    letters += machines(days, meetings)
    write_maildir(mail, (letter for letter in letters if letter.at < as_of), as_of)
    ics.write_bytes(calendar(days, meetings))
    script = {who.address: who.plays for who in CAST}
    return Sample(OWNER.name, OWNER.address, ZONE, mail, ics, TARGETS, script)
