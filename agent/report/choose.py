"""Whom a report names, in which order, and whom it leaves alone by the owner's wish or for want of an answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from agent.report.shape import Inputs
from agent.ties.programme import Due, Suspension, due, left_alone, suspension, urgency
from agent.ties.view import EPOCH, Tie, day_of
from agent.types import Standing, TieState

PAUSE = 14
"""Days of silence below which a conversation only pauses, and of contact below which there was one conversation and
no rhythm: nobody is named for that but by the owner's wish."""

RESTS = (2, 4, 8)
"""Weeks a tie is left in peace after the first naming since its last contact, the second, and each later one: so it is
named at most three times in any eight weeks, and the weeks between belong to others."""

FORGOTTEN = 365
"""Days of silence that halve the chance that a tie can be saved."""


QUIET = (TieState.FADING, TieState.DORMANT)


@dataclass(frozen=True, slots=True)
class Choice:
    """A tie to be named; `due` where the owner wants a rhythm and it is over."""

    tie: Tie
    due: Due | None = None

    @property
    def fading(self) -> bool:
        """Whether it is quiet by its own rhythm."""
        return self.tie.reading.state is TieState.FADING


def nameable(inputs: Inputs) -> list[Tie]:
    """Ties that may stand in a report at all: none dropped or private, colleagues only where asked for."""
    return [tie for tie in inputs.ties if not tie.wish.hidden and (inputs.colleagues or not tie.colleague)]


def choose(inputs: Inputs) -> list[Choice]:
    """Ties fading, due by the owner's wish, or kept and dormant; what is worth most and overdue longest first."""
    choices = [_choice(inputs, tie) for tie in inputs.ties]
    named = [choice for choice in choices if _belongs(inputs, choice)]
    awake = [choice for choice in named if not left_alone(choice.tie, inputs.as_of, inputs.unanswered)]
    return sorted(awake, key=lambda choice: (-urgency(choice.tie, choice.due), choice.tie.person_id))


def resting(inputs: Inputs, choice: Choice) -> bool:
    """Whether reports named this tie since its last contact, and too lately to say it again."""
    told = [at for at in inputs.named.get(choice.tie.person_id, ()) if at > choice.tie.last_contact]
    return bool(told) and _week(inputs.as_of) - _week(told[-1]) < RESTS[min(len(told), len(RESTS)) - 1]


def gone_quiet(tie: Tie) -> bool:
    """Whether a tie that was more than one conversation is silent for more than a pause."""
    rhythm = tie.reading.rhythm
    return tie.reading.state in QUIET and min(tie.reading.silence_days, rhythm.last - rhythm.first) >= PAUSE


def triage(inputs: Inputs) -> list[Choice]:
    """Quiet ties of which the owner has not said anything yet: what is worth most and can be saved most easily."""
    quiet = [tie for tie in nameable(inputs) if gone_quiet(tie)]
    fresh = [tie for tie in quiet if tie.wish.standing is Standing.OPEN and not tie.wish.sleeps(inputs.as_of)]
    return [Choice(tie) for tie in sorted(fresh, key=lambda tie: (-_saved(tie), tie.person_id))]


def _saved(tie: Tie) -> float:
    left: float = 0.5 ** (tie.reading.silence_days / FORGOTTEN)
    return tie.reading.lost * left


def _week(instant: datetime) -> int:
    """Weeks since 1970 that begin on Mondays (UTC): a report that comes late in its week is of that week."""
    return (day_of(instant) + 3) // 7


def paused(inputs: Inputs) -> list[tuple[Tie, Suspension]]:
    """Ties that would be named, had they answered; each is told once, after the last mail that stayed unanswered."""
    found = []
    for choice in (_choice(inputs, tie) for tie in inputs.ties):
        stop = suspension(choice.tie, inputs.unanswered)
        if stop and _belongs(inputs, choice) and not choice.tie.wish.sleeps(inputs.as_of):
            named = inputs.named.get(choice.tie.person_id, (EPOCH,))
            if day_of(named[-1]) < stop.day:
                found.append((choice.tie, stop))
    return sorted(found, key=lambda item: (-item[0].reading.value, item[0].person_id))


def _choice(inputs: Inputs, tie: Tie) -> Choice:
    wanted = due(tie, inputs.tags)
    return Choice(tie, wanted if wanted and wanted.now else None)


def _belongs(inputs: Inputs, choice: Choice) -> bool:
    tie = choice.tie
    if tie.wish.hidden:
        return False
    if choice.due:
        return True
    kept = tie.wish.standing is Standing.KEPT and tie.reading.state is TieState.DORMANT
    quiet = kept or (choice.fading and gone_quiet(tie))
    return quiet and (inputs.colleagues or not tie.colleague)
