"""The chance of contact without our help, calibrated on the development sets (`python -m bench.fading --fit`).

The base is the renewal formula of `gaps`. Where the owner's own activity is known, what held from one organisation to
another corrects it: the person's part in the owner's recent contact (a silent owner is no fading tie), how far into
the owner's record the tie began (who was there from the start comes back more), how lively the tie was at its last
contact against its whole life, which tells more of ties that began late, whether the person was seen since on the mail
of others (who is still around comes back more), in how large a crowd the last contact was, and how much the person is
seen in company. The odds of slow ties are taken less sharply, and moved by whether the owner is in touch with the
people seen with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, log1p, sqrt

from agent.ties.gaps import any_gap
from agent.ties.model import Rhythm
from agent.ties.owner import BUSY_HALF_LIFE, Owner
from agent.ties.seen import UNSEEN, Seen

HORIZON = 60.0
OVER = 0.0039
"""Share of gaps that never end, whatever the rhythm."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic correction of ln odds of silence, for a horizon of 60 days; other horizons take its square root."""

    base: float
    odds: float  # on the renewal formula's own ln odds
    slow: float  # on these odds times `slowness`
    part: float  # on ln of the person's part in the owner's recent contact
    start: float  # on ln of the day of the owner's record on which the tie began
    lively: float  # on `liveliness`
    lively_start: float  # on the product of the two before
    around: float  # on `around`
    crowd: float  # on `crowd`
    company: float  # on `Seen.company`
    circle: float  # on `circle`


WEIGHTS = Weights(
    base=-2.797,
    odds=0.849,
    slow=-0.058,
    part=-0.305,
    start=0.299,
    lively=-1.09,
    lively_start=0.154,
    around=-0.632,
    crowd=0.338,
    company=-0.262,
    circle=-0.924,
)


FEW = {1: -1.0, 2: -0.3}
"""By episodes: added to the ln odds of silence where there is hardly a rhythm; first contacts come back more often than
the formula, made for at least three, would have it (on the development sets twice to four times as often)."""


def p_active(
    rhythm: Rhythm,
    silence: float,
    horizon: float = HORIZON,
    *,
    owner: Owner | None = None,
    seen: Seen = UNSEEN,
    intercept: float = 0.0,
) -> float:
    """The chance of contact within `horizon` days after `silence` days without (at least half a day), 0-1."""
    gap = any_gap(rhythm)
    now = OVER + (1 - OVER) * gap.survival(silence)
    later = OVER + (1 - OVER) * gap.survival(silence + horizon)
    if later >= now:
        return 0.0
    odds = log(later) - log(now - later) + FEW.get(rhythm.n, 0.0)
    if owner is not None:
        odds *= WEIGHTS.odds + WEIGHTS.slow * slowness(rhythm)
        odds += sqrt(horizon / HORIZON) * correction(rhythm, silence, owner, seen)
    return 1 / (1 + exp(odds + intercept))


def correction(rhythm: Rhythm, silence: float, owner: Owner, seen: Seen = UNSEEN) -> float:
    """What the owner's activity, and what the owner saw of the person, adds to the ln odds of 60 days of silence."""
    part, start, lively = part_of(rhythm, silence, owner), start_of(rhythm, owner), liveliness(rhythm)
    added = WEIGHTS.base + WEIGHTS.part * part + WEIGHTS.start * start
    added += WEIGHTS.around * around(seen) + WEIGHTS.crowd * crowd(seen) + WEIGHTS.company * seen.company
    added += WEIGHTS.circle * circle(seen, rhythm)
    return added + (WEIGHTS.lively + WEIGHTS.lively_start * start) * lively


def part_of(rhythm: Rhythm, silence: float, owner: Owner) -> float:
    """ln of the person's part in the owner's recent contact (days of contact, decayed)."""
    recent = (rhythm.c80 + 1) * 2 ** (-silence / BUSY_HALF_LIFE)
    return log(recent + 0.02) - log1p(max(owner.busy, recent))


def start_of(rhythm: Rhythm, owner: Owner) -> float:
    """ln of how many days into the owner's record the tie began, a week added."""
    return log(max(rhythm.first - owner.since, 0) + 7)


def liveliness(rhythm: Rhythm) -> float:
    """ln of the share of the tie's episodes that were recent at its last one (half-life 80 days); 0 if all were."""
    return log((rhythm.c80 + 1) / rhythm.n)


def around(seen: Seen) -> float:
    """0-1: how far the person is still around, by the days they were seen since the last contact; half after one."""
    return seen.since / (1 + seen.since)


def crowd(seen: Seen) -> float:
    """ln of how many times three people were on the last contact; 0 up to three."""
    return log(seen.crowd / 3) if seen.crowd > 3 else 0.0


def circle(seen: Seen, rhythm: Rhythm) -> float:
    """How much more the owner is in touch with the people seen with a slow tie than with others, times `slowness`."""
    return seen.circle and seen.circle * max(0.0, slowness(rhythm))


def slowness(rhythm: Rhythm) -> float:
    """ln of the mean gap in units of 20 days, between -1 and 2; 0 while there is none."""
    if rhythm.n < 2:
        return 0.0
    return min(2.0, max(-1.0, log((rhythm.last - rhythm.first) / (rhythm.n - 1)) - 3))
