"""The frozen model in numbers: seven ties, the state they leave and what it says, to six digits.

The formulas are worked out beside this in `test_ties_worked`, with the model's own constants; here the constants are
held too. Whoever means to change one changes these numbers with it, and sees what it does to whom.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from agent.ties.chance import p_active
from agent.ties.model import Contact, Rhythm, fold
from agent.ties.owner import Owner
from agent.ties.reading import read
from agent.ties.seen import Seen
from agent.types import TieClass, TieState

TIES = {
    "weekly": [Contact(day, sent=1, received=1) for day in range(0, 421, 7)],
    "quarterly": [
        contact  # a mail, and the answer a day later
        for day in range(0, 1100, 91)
        for contact in (Contact(day, sent=1), Contact(day + 1, received=1))
    ],
    "uneven": [
        *(Contact(0, sent=1), Contact(12, received=1), Contact(70, sent=1, received=1), Contact(71, received=2)),
        *(Contact(160, met=1), Contact(190, sent=1), Contact(400, received=1)),
    ],
    "vendor": [Contact(day, sent=int(day == 140), received=1) for day in range(0, 280, 7)],
    "met once": [Contact(5, met=1)],
    "twice": [Contact(40, sent=1), Contact(800, received=1)],
    "daily": [Contact(day, sent=1, received=1) for day in range(30)],
}
OWNER = Owner(since=-300, busy=40.0)


def rhythm(name: str) -> Rhythm:
    made = fold(TIES[name])
    assert made is not None
    return made


class Counts(NamedTuple):
    """What has been counted, and when it last was: sent, received, met; the last day itself is not closed."""

    n: int
    first: int
    last: int
    sent: int
    received: int
    met: int
    last_sent: int | None
    last_received: int | None
    last_met: int | None
    own: int
    taken: int
    talk: int
    talks: int


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("weekly", Counts(61, 0, 420, 61, 61, 0, 420, 420, None, own=60, taken=0, talk=420, talks=60)),
        ("quarterly", Counts(26, 0, 1093, 13, 13, 0, 1092, 1093, None, own=13, taken=12, talk=1092, talks=12)),
        ("uneven", Counts(7, 0, 400, 3, 5, 1, 190, 400, 160, own=4, taken=2, talk=400, talks=5)),
        ("vendor", Counts(40, 0, 273, 1, 40, 0, 140, 273, None, own=1, taken=2, talk=273, talks=39)),
        ("met once", Counts(1, 5, 5, 0, 0, 1, None, None, 5, own=0, taken=0, talk=5, talks=0)),
        ("twice", Counts(2, 40, 800, 1, 1, 0, 40, 800, None, own=1, taken=0, talk=800, talks=1)),
        ("daily", Counts(30, 0, 29, 30, 30, 0, 29, 29, None, own=29, taken=0, talk=29, talks=29)),
    ],
)
def test_what_the_state_counts(name: str, wanted: Counts) -> None:
    made = rhythm(name)
    assert Counts(*(getattr(made, field) for field in Counts._fields)) == wanted


class Sums(NamedTuple):
    """ln gaps: their number and sum discounted, their sum and that of their squares; the same between conversations."""

    w: float
    m: float
    s1: float
    s2: float
    tw: float
    tm: float
    t1: float
    t2: float


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("weekly", Sums(6.666278, 12.971979, 116.754609, 227.193978, 6.666278, 12.971979, 116.754609, 227.193978)),
        ("quarterly", Sums(6.552015, 13.504329, 53.997716, 242.979445, 5.718388, 25.731659, 53.997716, 242.979445)),
        ("uneven", Sums(4.152337, 14.703308, 19.782291, 82.969518, 3.708631, 15.271921, 19.782291, 82.969518)),
        ("vendor", Sums(6.654884, 12.949806, 75.890496, 147.676086, 6.654884, 12.949806, 75.890496, 147.676086)),
        ("met once", Sums(0, 0, 0, 0, 0, 0, 0, 0)),
        ("twice", Sums(1, 6.633318, 6.633318, 44.000913, 1, 6.633318, 6.633318, 44.000913)),
        ("daily", Sums(6.606818, 0, 0, 0, 6.606818, 0, 0, 0)),
    ],
)
def test_what_the_state_sums_up(name: str, wanted: Sums) -> None:
    made = rhythm(name)
    assert [getattr(made, field) for field in Sums._fields] == pytest.approx(list(wanted), abs=1e-6)


@pytest.mark.parametrize(
    ("name", "c5", "c20", "c80", "k160"),
    [
        ("weekly", 0.610122, 3.642181, 15.572733, 27.213502),
        ("quarterly", 0.870557, 1.053602, 2.650729, 5.089055),
        ("uneven", 0.0, 0.000959, 0.468153, 1.599003),
        ("vendor", 0.610122, 3.641899, 14.491014, 1.447845),
        ("met once", 0.0, 0.0, 0.0, 0.0),
        ("twice", 0.0, 0.0, 0.001381, 0.037163),
        ("daily", 6.604320, 17.977597, 25.532619, 27.193285),
    ],
)
def test_what_has_decayed_at_the_last_contact(name: str, c5: float, c20: float, c80: float, k160: float) -> None:
    made = rhythm(name)
    assert [made.c5, made.c20, made.c80, made.k160] == pytest.approx([c5, c20, c80, k160], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "class_", "value", "cadence"),
    [
        ("weekly", TieClass.STRONG, 49.928215, 7.0),
        ("quarterly", TieClass.WEAK, 83.272104, 90.0),
        ("uneven", TieClass.WEAK, 61.739913, 61.432569),
        ("vendor", TieClass.FAINT, 0.124050, 7.0),
        ("met once", TieClass.FAINT, 15.509659, 19.766726),
        ("twice", TieClass.FAINT, 26.113060, 760.0),
        ("daily", TieClass.STRONG, 46.959616, 1.0),
    ],
)
def test_what_a_tie_is_worth(name: str, class_: TieClass, value: float, cadence: float) -> None:
    seen = read(rhythm(name), rhythm(name).last)
    assert seen.class_ is class_
    assert [seen.value, seen.cadence_days] == pytest.approx([value, cadence], abs=1e-6)


ACTIVE, FADING, DORMANT, NEW = TieState.ACTIVE, TieState.FADING, TieState.DORMANT, TieState.NEW


@pytest.mark.parametrize(
    ("name", "silence", "state", "survival", "strength"),
    [
        ("weekly", 10.5, ACTIVE, 0.216898, 58.652722),
        ("weekly", 45.5, FADING, 0.000500, 50.423663),
        ("weekly", 700.5, DORMANT, 0.000000, 8.583242),
        ("quarterly", 10.5, ACTIVE, 0.998398, 41.631017),
        ("quarterly", 45.5, ACTIVE, 0.845670, 32.121162),
        ("quarterly", 150.5, FADING, 0.177613, 19.215207),
        ("quarterly", 700.5, DORMANT, 0.001538, 8.112697),
        ("uneven", 10.5, ACTIVE, 0.955979, 31.249432),
        ("uneven", 45.5, ACTIVE, 0.597518, 22.795035),
        ("uneven", 150.5, FADING, 0.155434, 13.521606),
        ("vendor", 10.5, ACTIVE, 0.226127, 1.976661),
        ("vendor", 45.5, FADING, 0.000741, 1.165199),
        ("met once", 10.5, NEW, 0.653797, 29.604772),
        ("met once", 150.5, NEW, 0.119256, 12.013906),
        ("met once", 700.5, DORMANT, 0.027439, 8.014396),
        ("twice", 150.5, NEW, 0.758624, 12.018574),
        ("daily", 10.5, FADING, 0.000841, 72.704847),
    ],
)
def test_what_the_silence_does(name: str, silence: float, state: TieState, survival: float, strength: float) -> None:
    tie = rhythm(name)
    seen = read(tie, tie.last + silence)
    assert seen.state is state
    assert [seen.survival, seen.strength] == pytest.approx([survival, strength], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "silence", "alone", "known"),
    [
        ("weekly", 10.5, 0.983796, 0.985716),
        ("weekly", 45.5, 0.167414, 0.261668),
        ("weekly", 150.5, 0.000519, 0.001207),
        ("quarterly", 45.5, 0.371611, 0.353991),
        ("quarterly", 150.5, 0.191328, 0.166335),
        ("quarterly", 700.5, 0.055410, 0.021415),
        ("uneven", 45.5, 0.323852, 0.280151),
        ("uneven", 150.5, 0.170996, 0.133660),
        ("vendor", 45.5, 0.339717, 0.467055),
        ("met once", 45.5, 0.161559, 0.173339),
        ("twice", 150.5, 0.082935, 0.086860),
        ("daily", 10.5, 0.792725, 0.892407),
    ],
)
def test_the_chance_of_contact_within_60_days(name: str, silence: float, alone: float, known: float) -> None:
    """Of the tie by itself, and where the owner's own activity is known."""
    tie = rhythm(name)
    told = [p_active(tie, silence), p_active(tie, silence, owner=OWNER)]
    assert told == pytest.approx([alone, known], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "silence", "what", "wanted"),
    [
        ("weekly", 45.5, Seen(0, 1), 0.261668),
        ("weekly", 45.5, Seen(1, 1), 0.327103),
        ("weekly", 45.5, Seen(0, 6), 0.218984),
        ("weekly", 45.5, Seen(0, 1, 0.5, 0.5), 0.287754),
        ("quarterly", 150.5, Seen(3, 1), 0.242719),
        ("quarterly", 150.5, Seen(3, 10), 0.175842),
        ("quarterly", 150.5, Seen(0, 1, 0.6), 0.189290),
        ("quarterly", 150.5, Seen(3, 1, 1.0, -0.3), 0.251347),
        ("uneven", 150.5, Seen(0, 1, 0.0, 0.4), 0.193790),
        ("met once", 45.5, Seen(2, 4), 0.224776),
    ],
)
def test_the_chance_of_whom_the_owner_saw(name: str, silence: float, what: Seen, wanted: float) -> None:
    """On how many days since the last contact, among how many then, how much in company, in how living a circle."""
    tie = rhythm(name)
    assert p_active(tie, silence, owner=OWNER, seen=what) == pytest.approx(wanted, abs=1e-6)
