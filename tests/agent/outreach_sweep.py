"""Lives of a draft with one fault of the line or the mailbox and up to two deaths: every case there is, and a tally.

The figures are those of research/safety.md §6: deliveries, deliveries without a word, drafts for one reason, and how
often a sending that was hit ended in a question to the owner (the prototype: 48 of 448).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any

from agent.store.db import open_store
from agent.store.schema import metadata
from agent.types import DraftState as S
from connectors.errors import Ambiguous, Unavailable
from connectors.records import Role
from tests.agent.outreach_crash import Fate, Life, live
from tests.agent.outreach_world import World
from tests.servers.smtp_break import PHASES, WAYS, Breaking, breaking

POINTS = 56
MEMORY = ("", "before", "within", "after")
APPENDS = ("lost", "trouble")
RESTING = (S.SENT, S.ASK, S.DRAFTED, S.FAILED)


@dataclass(frozen=True, slots=True)
class Case:
    """One life: when the process dies, what fails once, and whether the server files a copy in Sent."""

    deaths: tuple[int, ...] = ()
    fails: str = ""
    line: tuple[str, str] = ("", "")
    files: bool = True


@dataclass
class Tally:
    """What came of many lives. `hit`: sendings that a death or a cut fell into; `doubts`: those of unknown fate.

    `asked`: those left to the owner; of these had `arrived` gone out, and `overlooked` had a copy in Sent to be found.
    """

    lives: int = 0
    delivered: int = 0
    twice: int = 0
    without_word: int = 0
    drafts_twice: int = 0
    unrest: int = 0
    hidden: int = 0
    hit: int = 0
    doubts: int = 0
    asked: int = 0
    arrived: int = 0
    overlooked: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))

    @property
    def sound(self) -> bool:
        """Whether nothing happened that must not."""
        wrong = (self.twice, self.without_word, self.drafts_twice, self.unrest, self.hidden, self.overlooked)
        return not any(wrong)


def line_cases(deaths: tuple[tuple[int, ...], ...] = ((),)) -> Iterator[Case]:
    """Every word a server can break at, in every way, with each of these deaths."""
    for phase, way, dies, files in product(PHASES, WAYS, deaths, (True, False)):
        yield Case(dies, "", (phase, way), files)


def death_cases() -> Iterator[Case]:
    """Every first death with every later second one, alone and with each fault."""
    pairs = [(first, second) for first in range(1, POINTS) for second in range(first + 1, POINTS + 1)]
    for dies, fails, files in product(pairs, (*MEMORY, *APPENDS), (True, False)):
        yield Case(dies, fails, ("", ""), files)


def measured_cases() -> list[Case]:
    """As the prototype was measured: seven settings of the line, sixteen of a first death, four of a second."""
    lines = [("", ""), *((phase, "close") for phase in ("banner", "mail", "rcpt", "data", "body", "dot taken"))]
    firsts = [0, *range(26, 41)]  # none, or one of the points from the approval to the answer
    return [
        Case((first, first + later) if first and later else (first,), "", line)
        for line, first, later in product(lines, firsts, (0, 1, 4, 9))
    ]


def all_cases() -> list[Case]:
    """The whole sweep; the line with no death and with one anywhere."""
    once = tuple((point,) for point in range(1, POINTS + 1))
    return [*line_cases(((), *once)), *death_cases()]


def template_in(folder: Path) -> Path:
    """A database in which Alice knows Dana and nothing is planned."""
    path = folder / "template.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        metadata.create_all(store.engine)
        World(store)
    return path


def run(template: Path, case: Case) -> Tally:
    """Live it, and judge."""
    # made anew for each life: an error that is raised again keeps every frame it ever went through
    error = Unavailable("away") if case.fails == "before" else Ambiguous("cut")
    fails: dict[str, Any] = {case.fails: [error]} if case.fails else {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=template.parent)))
        line = stack.enter_context(breaking(Breaking(*case.line))) if case.line[0] else None
        return judged(live(template, folder, Fate(frozenset(case.deaths)), line, files=case.files, **fails))


def judged(life: Life) -> Tally:
    """One life in figures."""
    row, delivered = life.row, len(life.world.transport.delivered)
    asked = row.state is S.ASK
    silent = row.state in (S.DRAFTED, S.FAILED) and delivered > 0
    return Tally(
        lives=1,
        delivered=delivered,
        twice=int(delivered > 1),
        without_word=int(delivered > life.approvals),
        drafts_twice=int(life.most_drafts > 1),
        unrest=int(row.state not in RESTING),
        hidden=int(silent or ("unknown" in life.steps and row.state not in (S.SENT, S.ASK))),
        hit=int(life.steps.count(S.SENDING) > 1 or "unknown" in life.steps or "failed" in life.steps),
        doubts=int("unknown" in life.steps),
        asked=int(asked),
        arrived=int(asked and delivered > 0),
        overlooked=int(asked and bool(life.world.mailbox.lying(Role.SENT))),
    )
