"""The owner's own ledger replayed: whom each weekly report would have named, and what became of them. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from agent.ties.chance import HORIZON
from agent.ties.model import Contact, Rhythm, advance
from agent.ties.owner import owner_of
from agent.ties.reading import Reading, read
from agent.types import TieState

WEEK = 7
BINS = 10
ALIVE_DAYS = 90
HALF_LIFE = 40.0
EPISODES = 3


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

    p_active: float
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


@dataclass
class _Life:
    """One tie as the replay goes along."""

    contacts: Sequence[Contact]
    days: list[int] = field(init=False)
    seen: int = 0
    rhythm: Rhythm | None = None
    named_in: int = -1

    def __post_init__(self) -> None:
        self.days = [contact.day for contact in self.contacts]

    def live_until(self, day: int) -> None:
        """Take in the contact up to and including a day."""
        end = bisect_right(self.days, day)
        for contact in self.contacts[self.seen : end]:
            self.rhythm = advance(self.rhythm, contact)
        self.seen = end

    def next_after(self, day: int) -> int | None:
        """The first day of contact after a day."""
        end = bisect_right(self.days, day)
        return self.days[end] if end < len(self.days) else None


def backtest(ledger: Mapping[int, Iterable[Contact]], last: int, weeks: int, people: int) -> Backtest:
    """Replay `weeks` weekly reports of at most `people` names, the last one on day `last`."""
    lives = {who: _Life(sorted(contacts, key=lambda contact: contact.day)) for who, contacts in ledger.items()}
    namings: list[Naming] = []
    guesses: list[Guess] = []
    days = range(last - WEEK * (weeks - 1), last + 1, WEEK)
    for day in days:
        readings = _readings(lives, day)
        namings += _name(lives, readings, day, people)
        if day + HORIZON <= last:
            guesses += [_guess(lives[who], reading, day) for who, reading in readings.items() if _judged(reading)]
    return Backtest(days.start, last, len(days), tuple(namings), len(guesses), _bins(guesses), _scores(guesses))


def _readings(lives: Mapping[int, _Life], day: int) -> dict[int, Reading]:
    for life in lives.values():
        life.live_until(day)
    known = {who: life.rhythm for who, life in lives.items() if life.rhythm is not None}
    owner = owner_of(known.values(), day)
    return {who: read(rhythm, day, owner) for who, rhythm in known.items()}


def _name(lives: Mapping[int, _Life], readings: Mapping[int, Reading], day: int, people: int) -> list[Naming]:
    fading = [(who, reading) for who, reading in readings.items() if reading.state is TieState.FADING]
    fading.sort(key=lambda entry: (-entry[1].lost, entry[0]))
    found = []
    for who, reading in fading[:people]:
        life = lives[who]
        if life.named_in != reading.rhythm.last:
            life.named_in = reading.rhythm.last
            back = life.next_after(day)
            found.append(Naming(who, day, reading.silence_days, None if back is None else back - day))
    return found


def _judged(reading: Reading) -> bool:
    return reading.two_sided and reading.episodes >= EPISODES and reading.silence_days <= ALIVE_DAYS


def _guess(life: _Life, reading: Reading, day: int) -> Guess:
    back = life.next_after(day)
    decay = sum(2.0 ** (-(day - seen) / HALF_LIFE) for seen in life.days[: life.seen])
    return Guess(reading.p_active, -reading.silence_days, decay, back is not None and back - day <= HORIZON)


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
