"""The reasons of a reading, in plain words."""

from __future__ import annotations

from agent.ties.bridge import Bridge
from agent.ties.reading import Reading
from agent.ties.words import YEAR, every, one_in, percent, span
from agent.types import TieState
from connectors.base import counted

UNUSUAL = 0.2


def reasons(reading: Reading) -> tuple[str, ...]:
    """One sentence each: the rhythm, the silence, the chance; or why there is no tie yet."""
    if reading.state is TieState.ONE_WAY:
        return (_one_way(reading), f"The last message was {_ago(reading.silence_days)}.")
    said = [_history(reading), _silence(reading)]
    if reading.seen.since and reading.state is not TieState.ACTIVE:
        said.append(
            f"Since then you were both on the same mail on {counted(reading.seen.since, 'day')}, but not in touch."
        )
    if not reading.two_sided:
        said.append("No answer has come so far.")
    elif balance := _balance(reading):
        said.append(balance)
    if reading.state is not TieState.ACTIVE:
        said.append(f"By itself it would come back within 60 days with a chance of {percent(reading.p_active)}.")
    return tuple(said)


def reach(bridge: Bridge, evidence: tuple[str, ...]) -> tuple[str, ...]:
    """What the tie reaches, one sentence each; `evidence` names some of those seen with nobody else."""
    said = []
    if bridge.count:
        people = [counted(len(bridge.seen), "other")] if bridge.seen else []
        firms = [counted(len(bridge.firms), "firm")] if bridge.firms else []
        named = f": {'; '.join(evidence)}" if evidence else ""
        said.append(f"You see {' and '.join(people + firms)} through them alone{named}.")
    if bridge.brought > 1:
        late = ", some of them of late" if bridge.lately >= 1 else ""
        said.append(f"You first saw {counted(bridge.brought, 'other')} together with them{late}.")
    return tuple(said)


def _one_way(reading: Reading) -> str:
    r = reading.rhythm
    if r.received:
        return f"You have never answered, and never met: {counted(r.received, 'message')} came in."
    return "You wrote once and have had no answer."


def _history(reading: Reading) -> str:
    r = reading.rhythm
    met = f", {counted(r.met, 'meeting')} among them" if r.met else ""
    if r.n < 3:
        return f"You have been in touch on {counted(r.n, 'day')} so far{met}."
    length = r.last - r.first
    over = "over" if length >= 60 else "within"
    tense = "were" if reading.state in (TieState.FADING, TieState.DORMANT) else "have been"
    days = f"{counted(r.n, 'day')} {over} {span(length)}"
    return f"You {tense} in touch on {days}{met}, usually about {every(reading.cadence_days)}."


def _silence(reading: Reading) -> str:
    quiet = span(reading.silence_days)
    if reading.state is TieState.DORMANT:
        return f"Now {quiet} of silence: dormant, but once a real tie."
    if reading.state is TieState.FADING:
        return f"Now {quiet} of silence; by your own rhythm, one so long comes {one_in(reading.survival)}."
    if reading.state is TieState.NEW:
        return f"The last contact was {_ago(reading.silence_days)}; too few to know a rhythm yet."
    last = f"The last contact was {_ago(reading.silence_days)}"
    if reading.silence_days <= reading.cadence_days:
        return f"{last}, within the usual."
    if reading.survival > UNUSUAL:
        return f"{last}: longer than usual, but that happens {one_in(reading.survival)}."
    return f"{last}; by the rhythm so far, a silence so long comes {one_in(reading.survival)}."


def _balance(reading: Reading) -> str:
    r = reading.rhythm
    if r.n >= 4 and 2 * r.own_episodes + 1 < r.n:
        return f"Mostly they write: you wrote or met on {counted(r.own_episodes, 'day')} of {r.n}."
    return ""


def _ago(days: float) -> str:
    if days < 1:
        return "today"
    if days < 2:
        return "yesterday"
    return f"{span(days)} ago" if days < 2 * YEAR else f"more than {span(days)} ago"
