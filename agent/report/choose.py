"""Whom a report names, in which order, and whom it leaves alone by the owner's wish or for want of an answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from agent.report.shape import Inputs
from agent.ties.programme import Due, Suspension, due, left_alone, suspension, urgency
from agent.ties.view import EPOCH, Tie, day_of
from agent.types import Standing, TieState

TIMES = 3
REST = timedelta(weeks=8)


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
    """Whether reports named this tie three times within eight weeks, since its last contact: the owner has heard it."""
    told = inputs.named.get(choice.tie.person_id, ())
    lately = [at for at in told if inputs.as_of - at < REST and at > choice.tie.last_contact]
    return len(lately) >= TIMES


def triage(inputs: Inputs) -> list[Choice]:
    """Quiet ties of which the owner has not said anything yet, those that would be lost first."""
    quiet = {TieState.FADING: 0, TieState.DORMANT: 1}
    fresh = [tie for tie in nameable(inputs) if tie.reading.state in quiet and not tie.wish.sleeps(inputs.as_of)]
    fresh = [tie for tie in fresh if tie.wish.standing is Standing.OPEN]
    return [
        Choice(tie)
        for tie in sorted(fresh, key=lambda tie: (quiet[tie.reading.state], -tie.reading.lost, tie.person_id))
    ]


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
    return (choice.fading or kept) and (inputs.colleagues or not tie.colleague)
