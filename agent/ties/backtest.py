"""The owner's own ledger replayed: whom each weekly report would have named, and what became of them. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.ties.bridge import Sight
from agent.ties.calibrate import Resolved, intercept, shifted
from agent.ties.chance import HORIZON
from agent.ties.lives import NOTHING, Life, circles_of, is_judged, lives_of, readings_on
from agent.ties.model import Contact
from agent.ties.reading import Reading
from agent.ties.seen import Sighting
from agent.types import TieState

WEEK = 7
BINS = 10
WEEKS_APART = 4
HALF_LIFE = 40.0


@dataclass(frozen=True, slots=True)
class Naming:
    """A tie named for the first time in a silence. `back_after`: days until the next contact, None if none came."""

    person: int
    day: int
    silence: float
    back_after: int | None


@dataclass(frozen=True, slots=True)
class Guess:
    """One judgement whose end is known: the chance given, and whether contact came within the horizon."""

    day: int
    p_active: float
    plain: float  # the same before the personal calibration
    recency: float
    decay: float
    came: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """Judgements of like chance: how many, the mean chance given, the share that came true."""

    count: int
    given: float
    came: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the replay showed. Days count from 1970-01-01 UTC; AUC: 0.5 is chance, None without both outcomes."""

    first: int
    last: int
    reports: int
    namings: tuple[Naming, ...]
    guesses: int
    bins: tuple[Bin, ...]
    auc: Mapping[str, float | None]

    @property
    def resolved(self) -> tuple[Naming, ...]:
        """Namings that lie far enough back for the horizon to be over."""
        return tuple(naming for naming in self.namings if naming.day + HORIZON <= self.last)

    @property
    def back_soon(self) -> int:
        """Of the resolved: back by themselves within the horizon."""
        return sum(naming.back_after is not None and naming.back_after <= HORIZON for naming in self.resolved)

    @property
    def back_late(self) -> int:
        """Of the resolved: back by themselves, but later."""
        return sum(naming.back_after is not None and naming.back_after > HORIZON for naming in self.resolved)

    @property
    def never(self) -> int:
        """Of the resolved: no contact to this day."""
        return sum(naming.back_after is None for naming in self.resolved)

    @property
    def calibration_error(self) -> float | None:
        """Mean distance of the chance given from the share that came true, over the ten bins by count."""
        total = sum(one.count for one in self.bins)
        return sum(one.count * abs(one.given - one.came) for one in self.bins) / total if total else None


def backtest(
    ledger: Mapping[int, Iterable[Contact]],
    last: int,
    weeks: int,
    people: int,
    hidden: Container[int] = (),
    sightings: Mapping[int, Sequence[Sighting]] = NOTHING,
    sights: Iterable[Sight] = (),
) -> Backtest:
    """Replay `weeks` weekly reports of at most `people` names, the last one on day `last`.

    The chances are those the owner would have read: with the personal calibration learned by then. `hidden`: who is
    neither named nor judged, colleagues for one, though contact with them is part of the owner's life.
    `sightings`: on what days each person was seen, in touch or not; `sights`: who was seen together.
    """
    lives = lives_of(ledger, sightings)
    circles = circles_of(lives, sights)
    namings: list[Naming] = []
    guesses: list[Guess] = []
    named_in: dict[int, int] = {}
    days = range(last - WEEK * (weeks - 1), last + 1, WEEK)
    for day in days:
        readings = {who: reading for who, reading in readings_on(lives, circles, day).items() if who not in hidden}
        for who, reading in _fading(readings)[:people]:
            if named_in.get(who) != reading.rhythm.last:
                named_in[who] = reading.rhythm.last
                back = lives[who].next_after(day)
                namings.append(Naming(who, day, reading.silence_days, None if back is None else back - day))
        if day + HORIZON <= last:
            offset = _learned(guesses, day)
            guesses += [_guess(lives[who], r, day, offset) for who, r in readings.items() if is_judged(r)]
    return Backtest(days.start, last, len(days), tuple(namings), len(guesses), _bins(guesses), _scores(guesses))


def _fading(readings: Mapping[int, Reading]) -> list[tuple[int, Reading]]:
    fading = [(who, reading) for who, reading in readings.items() if reading.state is TieState.FADING]
    return sorted(fading, key=lambda entry: (-entry[1].lost, entry[0]))


def _learned(guesses: Sequence[Guess], day: int) -> float:
    """The intercept as it would have been learned by a day: from every fourth week's judgements that were resolved."""
    ages = ((guess, day - HORIZON - guess.day) for guess in guesses)
    return intercept(
        Resolved(guess.plain, guess.came, age) for guess, age in ages if age >= 0 and age // WEEK % WEEKS_APART == 0
    )


def _guess(life: Life, reading: Reading, day: int, offset: float) -> Guess:
    decay = sum(2.0 ** (-(day - seen) / HALF_LIFE) for seen in life.days[: life.lived])
    p, came = reading.p_active, life.came_within(day, HORIZON)
    return Guess(day, shifted(p, offset), p, -reading.silence_days, decay, came)


def _bins(guesses: Sequence[Guess]) -> tuple[Bin, ...]:
    ordered = sorted(guesses, key=lambda guess: guess.p_active)
    edges = [len(ordered) * number // BINS for number in range(BINS + 1)]
    parts = [ordered[start:end] for start, end in pairwise(edges) if end > start]
    return tuple(
        Bin(len(part), sum(g.p_active for g in part) / len(part), sum(g.came for g in part) / len(part))
        for part in parts
    )


def _scores(guesses: Sequence[Guess]) -> dict[str, float | None]:
    came = [guess.came for guess in guesses]
    return {
        "weaktie": area([guess.p_active for guess in guesses], came),
        "recency only": area([guess.recency for guess in guesses], came),
        "decay, half-life 40 days": area([guess.decay for guess in guesses], came),
    }


def area(scores: Sequence[float], came: Sequence[bool]) -> float | None:
    """Area under the ROC curve by mean ranks, ties counted half (Hanley and McNeil 1982); None for one outcome only."""
    wins, losses = sum(came), len(came) - sum(came)
    if not wins or not losses:
        return None
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, start = 0.0, 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        ranks += (start + end + 1) / 2 * sum(came[index] for index in order[start:end])
        start = end
    return (ranks - wins * (wins + 1) / 2) / (wins * losses)
