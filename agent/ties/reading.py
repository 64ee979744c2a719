"""What a tie's state says at a given time: pure, explicit in time, with reasons in words.

The rhythm is a renewal process with log-normal gaps whose mean and spread are not known but learned: the tie's own
discounted log-gaps, shrunk towards the population by a normal-inverse-gamma prior, so that the next gap has a
log-Student-t distribution (Bernardo & Smith 1994, Bayesian Theory, appendix A). The constants were fitted on the
development sets and are frozen; `docs/scoring.md` has the measurements.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, log1p, sqrt

from agent.ties import explain
from agent.ties.model import Rhythm
from agent.ties.student import survival
from agent.types import TieClass, TieState


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed of a tie's ln gaps before any is seen (normal-inverse-gamma)."""

    mean: float
    weight: float  # of the mean, in gaps
    shape: float  # of the variance: half the gaps it is worth
    scale: float  # shape times the variance
    most: float  # how many gaps of its own a tie can at most set against it


HORIZON = 60.0
FADING_AT = 0.2
FADING_EPISODES = 3
DORMANT_DAYS = 180.0
DORMANT_CADENCES = 4.0

# How fast a tie of unknown rhythm comes back: fitted for p_active over all gaps. OVER: share over for good at any gap.
RETURN = Prior(mean=2.984, weight=1.025, shape=0.147, scale=2.279, most=35.38)
OVER = 0.0039
# How regular people are between conversations: tuned for the survival S, which alone names a tie as fading.
REGULAR = Prior(mean=3.0, weight=0.25, shape=4.0, scale=2.0, most=15.0)

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

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it stands so, in plain words, one sentence each."""
        return explain.reasons(self)


@dataclass(frozen=True, slots=True)
class Gap:
    """The predictive distribution of the tie's next gap: ln gap = centre + scale * T, T Student's t."""

    centre: float
    scale: float
    freedom: float

    def survival(self, days: float) -> float:
        """P(the gap lasts longer than `days`)."""
        return survival((log(days) - self.centre) / self.scale, self.freedom)


def read(rhythm: Rhythm, as_of: float) -> Reading:
    """The tie at `as_of` (days since 1970-01-01 UTC). A time before the last contact reads as that contact's time."""
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
        p_active=p_active(rhythm, rest),
        survival=now,
        cadence_days=cadence,
        silence_days=silence,
        episodes=rhythm.n,
        two_sided=is_two_sided(rhythm),
        value=worth,
        lost=worth * (1 - now),
    )


def p_active(rhythm: Rhythm, silence: float, horizon: float = HORIZON) -> float:
    """The chance of contact within `horizon` days, after `silence` days without, 0-1."""
    gap = any_gap(rhythm)
    now, later = gap.survival(silence), gap.survival(silence + horizon)
    return 1 - (OVER + (1 - OVER) * later) / (OVER + (1 - OVER) * now)


def own_gap(rhythm: Rhythm) -> Gap:
    """The next gap between conversations: the tie's own rhythm, hardly shrunk."""
    gaps = rhythm.talks
    if not gaps:
        return _predict(REGULAR, 0, 0.0, 0.0)
    return _predict(REGULAR, gaps, rhythm.tm / rhythm.tw, rhythm.t2 / gaps - (rhythm.t1 / gaps) ** 2)


def any_gap(rhythm: Rhythm) -> Gap:
    """The next gap between episodes of whatever kind, shrunk towards the population's."""
    gaps = rhythm.n - 1
    if not gaps:
        return _predict(RETURN, 0, 0.0, 0.0)
    return _predict(RETURN, gaps, rhythm.m / rhythm.w, rhythm.s2 / gaps - (rhythm.s1 / gaps) ** 2)


def _predict(prior: Prior, gaps: int, mean: float, variance: float) -> Gap:
    """The posterior predictive log-Student-t of the next gap, after `gaps` ln gaps of this mean and variance."""
    weight = gaps * prior.most / (gaps + prior.most)
    k, a = prior.weight + weight, prior.shape + weight / 2
    pull = prior.weight * weight * (mean - prior.mean) ** 2 / k
    b = prior.scale + (weight * max(variance, 0.0) + pull) / 2
    return Gap((prior.weight * prior.mean + weight * mean) / k, sqrt(b * (k + 1) / (a * k)), 2 * a)


def cadence_days(rhythm: Rhythm) -> float:
    """The tie's usual gap between conversations, in days, lately; the population's while there is none."""
    return exp(rhythm.tm / rhythm.tw) if rhythm.talks else exp(RETURN.mean)


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
    """How much of the contact is the owner's own, 0-1: 1 where at least every other episode is."""
    return min(1.0, (2 * rhythm.own_episodes + 1) / (rhythm.n + 1)) * rhythm.own_episodes / (rhythm.own_episodes + 0.5)


def expected_contact(rhythm: Rhythm, silence: float, horizon: float = HORIZON) -> float:
    """Credited days of contact to expect within `horizon` days, for a tie silent for `silence` days."""
    total = GROUND_RATE * horizon
    for (half_life, rate), closed in zip(RATES, (rhythm.k5, rhythm.k20, rhythm.k80), strict=True):
        here = (closed + rhythm.last_credit) * 2 ** (-silence / half_life)
        total += rate * here * (1 - 2 ** (-horizon / half_life))
    return total


def strength(rhythm: Rhythm, silence: float) -> float:
    """0-100: the expected contact of the next 60 days that the owner has a share in, on a log scale.

    100 ln(1 + 10 x) / ln(1 + 600): weekly contact comes out near 70, a quarterly acquaintance near 20.
    """
    x = expected_contact(rhythm, silence) * share(rhythm)
    return min(100.0, 100 * log1p(10 * x) / log1p(600))


def class_of(rhythm: Rhythm) -> TieClass:
    """By depth and frequency up to the last contact, whatever the silence since."""
    rate = rhythm.k160 + rhythm.last_credit
    if rate >= STRONG_RATE:
        return TieClass.STRONG
    return TieClass.WEAK if rate >= WEAK_RATE or rhythm.credited >= WEAK_EPISODES else TieClass.FAINT


def value(rhythm: Rhythm) -> float:
    """0-100: depth (credited episodes, the owner's share) times a preference for moderately weak ties.

    The preference is an inverted U over the frequency up to the last contact, highest at a contact every two months
    (Granovetter 1973; Rajkumar et al. 2022: moderately weak ties carry most); daily contact gets under half of it.
    """
    depth = rhythm.credited / (rhythm.credited + 4) * share(rhythm)
    distance = log((rhythm.k160 + rhythm.last_credit + 0.5) / 4.4)
    return 100 * depth / (1 + distance * distance / 4)
