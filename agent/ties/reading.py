"""What a tie's state says at a given time: pure, explicit in time; `explain` puts it in words.

Who is fading is told by the tie's own rhythm (`gaps`), the chance of contact by `chance`; strength, class and value
are maps of decayed counters, documented beside their functions and frozen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import exp, log, log1p

from agent.ties.chance import HORIZON, p_active
from agent.ties.gaps import EVERY_GAP, own_gap
from agent.ties.model import Rhythm
from agent.ties.owner import Owner
from agent.ties.seen import UNSEEN, Seen
from agent.types import TieClass, TieState

FADING_AT = 0.2
FADING_EPISODES = 3
DORMANT_DAYS = 180.0
DORMANT_CADENCES = 4.0

# Expected days of contact by half-life of the decayed counter, and without any past contact, a day.
RATES = ((5.0, 0.123), (20.0, 0.514), (80.0, 0.424))
GROUND_RATE = 0.00111

STRONG_RATE = 16.0  # credited episodes decayed with half-life 160 days: 16 is a contact every two weeks
WEAK_RATE = 4.0
WEAK_EPISODES = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """A tie as it stands at `as_of` (days since 1970-01-01 UTC, fractional)."""

    rhythm: Rhythm
    as_of: float
    state: TieState
    class_: TieClass
    strength: float  # 0-100
    p_active: float  # chance of contact in the next 60 days without our help, 0-1
    survival: float  # S(silence): how often the tie's own gaps last longer than the present silence, 0-1
    cadence_days: float
    silence_days: float
    episodes: int
    two_sided: bool
    value: float  # 0-100: what the tie is worth keeping; moderately weak, well-founded ties most
    lost: float  # value x (1 - survival): the order of the report
    seen: Seen = UNSEEN  # what the owner saw of the person without being in touch


def read(
    rhythm: Rhythm, as_of: float, owner: Owner | None = None, intercept: float = 0.0, seen: Seen = UNSEEN
) -> Reading:
    """The tie at `as_of` (days since 1970-01-01 UTC). A time before the last contact reads as that contact's time.

    `owner` (the owner's activity at the same time), `intercept` (`calibrate.intercept`) and what was `seen` of the
    person by then sharpen `p_active` alone.
    """
    silence = max(as_of - rhythm.last, 0.0)
    rest = max(silence, 0.5)
    now = own_gap(rhythm).survival(rest)
    cadence = cadence_days(rhythm)
    worth = value(rhythm)
    return Reading(
        rhythm=rhythm,
        as_of=as_of,
        state=_state(rhythm, silence, cadence, now),
        class_=class_of(rhythm),
        strength=strength(rhythm, silence),
        p_active=p_active(rhythm, rest, owner=owner, seen=seen, intercept=intercept),
        survival=now,
        cadence_days=cadence,
        silence_days=silence,
        episodes=rhythm.n,
        two_sided=is_two_sided(rhythm),
        value=worth,
        lost=worth * (1 - now),
        seen=seen,
    )


def with_reach(reading: Reading, reach: float) -> Reading:
    """The same, worth more by what the tie reaches (0-1, `Bridge.reach`): half as much again at the most."""
    worth = min(100.0, reading.value * (1 + reach / 2))
    return replace(reading, value=worth, lost=worth * (1 - reading.survival))


def cadence_days(rhythm: Rhythm) -> float:
    """The tie's usual gap between conversations, in days, lately; the population's while there is none."""
    return exp(rhythm.tm / rhythm.tw) if rhythm.talks else exp(EVERY_GAP.mean)


def is_two_sided(rhythm: Rhythm) -> bool:
    """Both have written, or they met."""
    return bool(rhythm.met or (rhythm.sent and rhythm.received))


def is_real(rhythm: Rhythm) -> bool:
    """Two-sided, or the owner wrote on at least two days; anything else is one way."""
    return is_two_sided(rhythm) or rhythm.own_episodes >= 2


def dormant_after(cadence: float) -> float:
    """The silence, in days, after which a tie of this cadence is dormant."""
    return max(DORMANT_DAYS, DORMANT_CADENCES * cadence)


def _state(rhythm: Rhythm, silence: float, cadence: float, now: float) -> TieState:
    if not is_real(rhythm):
        return TieState.ONE_WAY
    if silence > dormant_after(cadence):
        return TieState.DORMANT
    if rhythm.n < FADING_EPISODES:
        return TieState.NEW
    return TieState.FADING if now <= FADING_AT and is_two_sided(rhythm) else TieState.ACTIVE


def share(rhythm: Rhythm) -> float:
    """How far the contact is the owner's too, 0-1: 1 where the owner wrote or met on every sixth day of it or more.

    Below that it falls with the cube, so that what a person sends unanswered makes no strength: one answer to 40
    mails leaves 3 in 1000.
    """
    part = 6 * rhythm.own_episodes / rhythm.n
    return part * part * part if part < 1 else 1.0


def expected_contact(rhythm: Rhythm, silence: float, horizon: float = HORIZON) -> float:
    """Days of contact to expect within `horizon` days, for a tie silent for `silence` days."""
    ground, r5, r20, r80 = _rates(horizon)
    f80: float = 2.0 ** (-silence / 80)
    f20: float = f80**4
    return ground + r5 * (rhythm.c5 + 1) * f20**4 + r20 * (rhythm.c20 + 1) * f20 + r80 * (rhythm.c80 + 1) * f80


@lru_cache(maxsize=16)
def _rates(horizon: float) -> tuple[float, ...]:
    """Days of contact within the horizon: without any so far, and by each decayed counter's unit."""
    return GROUND_RATE * horizon, *(rate * (1 - 2 ** (-horizon / half_life)) for half_life, rate in RATES)


def strength(rhythm: Rhythm, silence: float) -> float:
    """0-100: the expected contact x of the next 60 days that is the owner's too, on a log scale.

    100 ln(1 + 10 x) / ln(1 + 600): weekly contact comes out near 60, a quarterly acquaintance between 20 and 40. 100
    would be contact on each of the 60 days. The most there is, contact on every day so far, comes to 91: daily contact
    does not always go on.
    """
    x = expected_contact(rhythm, silence) * share(rhythm)
    return 100 * log1p(10 * x) / log1p(600)


def class_of(rhythm: Rhythm) -> TieClass:
    """By depth and frequency up to the last contact, whatever the silence since."""
    rate = rhythm.k160 + rhythm.last_credit
    if rate >= STRONG_RATE:
        return TieClass.STRONG
    return TieClass.WEAK if rate >= WEAK_RATE or rhythm.credited >= WEAK_EPISODES else TieClass.FAINT


def value(rhythm: Rhythm) -> float:
    """0-100: depth (own episodes and inbound ones up to own + 1) times a preference for moderately weak ties.

    The preference is an inverted U over the frequency up to the last contact, highest at a contact every two months
    (Granovetter 1973; Rajkumar et al. 2022: moderately weak ties carry most); daily contact gets under half of it.
    """
    depth = rhythm.credited / (rhythm.credited + 4) * share(rhythm)
    distance = log((rhythm.k160 + rhythm.last_credit + 0.5) / 4.4)
    return 100 * depth / (1 + distance * distance / 4)
