"""The running state of one tie: one small row, moved on by each day of contact, readable at any later time.

A tie's days are folded in order. The row keeps what is closed (everything before the last day of contact) apart from
the last day itself, so that more mail of that same day, in whatever portions it arrives, gives the same bits.
Late, moved or removed mail means: fold that tie again from the ledger.

Decay by half-life is that of Roth et al. 2010 (Interactions Rank), with several half-lives in place of one, as no
single one fits two organisations (`python -m bench.fading`).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import NamedTuple

DISCOUNT = 0.85
"""Weight of a gap relative to the one after it: a rhythm is what it has lately been."""

CONVERSATION_GAP = 3
CONVERSATION_DAYS = 7
CONVERSATION_LOG = log(5)
LOG_CONVERSATION_GAP = log(CONVERSATION_GAP)
"""Days of contact at most 3 apart, within a week, and at less than a fifth of the usual gap, are one conversation."""


class Contact(NamedTuple):
    """What happened with one person on one UTC day: numbers of messages sent, received, and of meetings held."""

    day: int  # days since 1970-01-01 UTC
    sent: int = 0
    received: int = 0
    met: int = 0


class Rhythm(NamedTuple):
    """One tie's state after its last day of contact. Days count from 1970-01-01 UTC, gaps are in days.

    An *own* episode is a day on which the owner wrote to or met the person. An inbound-only episode is *credited*
    as long as no more than own + 1 of them are: what a person sends unanswered does not make a tie stronger.
    """

    n: int  # episodes, the last day included
    first: int
    last: int
    sent: int = 0
    received: int = 0
    met: int = 0
    last_sent: int | None = None
    last_received: int | None = None
    last_met: int | None = None
    # Closed days only, that is without `last`:
    own: int = 0  # own episodes
    taken: int = 0  # inbound-only episodes that were credited
    # Gaps between episodes:
    w: float = 0.0  # discounted number
    m: float = 0.0  # discounted sum of ln gap
    s1: float = 0.0  # sum of ln gap
    s2: float = 0.0  # sum of ln^2 gap
    # Gaps between conversations, the same sums; a short gap well below the tie's usual one stays within a conversation:
    talk: int = 0  # first day of the present conversation
    talks: int = 0  # number of gaps
    tw: float = 0.0
    tm: float = 0.0
    t1: float = 0.0
    t2: float = 0.0
    # Closed days decayed to `last`: all episodes with half-lives of 5, 20, 80 days, the credited ones with 160.
    c5: float = 0.0
    c20: float = 0.0
    c80: float = 0.0
    k160: float = 0.0

    @property
    def last_is_own(self) -> bool:
        """Whether the owner wrote or met on the last day of contact."""
        return self.last in (self.last_sent, self.last_met)

    @property
    def last_credit(self) -> int:
        """1 if the last day counts as credited, else 0."""
        return 1 if self.last_is_own or self.taken <= self.own else 0

    @property
    def own_episodes(self) -> int:
        """Days on which the owner wrote or met, the last day included."""
        return self.own + self.last_is_own

    @property
    def credited(self) -> int:
        """Own episodes and credited inbound ones, the last day included."""
        return self.own + self.taken + self.last_credit


def advance(rhythm: Rhythm | None, contact: Contact) -> Rhythm:
    """The state after `contact`, whose day must not lie before the last one.

    Raises ValueError for an earlier day (fold the tie again instead) and for a contact in which nothing happened.
    """
    if min(contact.sent, contact.received, contact.met) < 0 or not (contact.sent or contact.received or contact.met):
        raise ValueError(f"A contact must hold a message or a meeting, and no negative count: {contact}")
    if rhythm is None:
        return _count(Rhythm(n=1, first=contact.day, last=contact.day, talk=contact.day), contact)
    if contact.day < rhythm.last:
        raise ValueError(
            f"Day {contact.day} lies before the tie's last day {rhythm.last}: fold the tie again from all its days."
        )
    return _count(rhythm, contact) if contact.day == rhythm.last else _step(rhythm, contact)


def fold(contacts: Iterable[Contact]) -> Rhythm | None:
    """The state after all `contacts`, in whatever order they come; None if there are none."""
    rhythm: Rhythm | None = None
    for contact in sorted(contacts):
        rhythm = advance(rhythm, contact)
    return rhythm


def _count(rhythm: Rhythm, contact: Contact) -> Rhythm:
    """Adds the counts of a contact on the state's last day."""
    day = contact.day
    return rhythm._replace(
        sent=rhythm.sent + contact.sent,
        received=rhythm.received + contact.received,
        met=rhythm.met + contact.met,
        last_sent=day if contact.sent else rhythm.last_sent,
        last_received=day if contact.received else rhythm.last_received,
        last_met=day if contact.met else rhythm.last_met,
    )


def _step(r: Rhythm, contact: Contact) -> Rhythm:
    """Closes the last day and opens the contact's, a later one. By position: by name it takes half as long again."""
    n, first, last, sent, received, met, last_sent, last_received, last_met, own, taken, w, m, s1, s2, *_ = r
    day, more_sent, more_received, more_met = contact
    gap = day - last
    x = log(gap)
    is_own = last in (last_sent, last_met)
    credit = is_own or taken <= own
    f160 = 2.0 ** (-gap / 160)
    f80 = f160 * f160
    f20 = f80**4
    f5 = f20**4
    return Rhythm(
        n + 1,
        first,
        day,
        sent + more_sent,
        received + more_received,
        met + more_met,
        day if more_sent else last_sent,
        day if more_received else last_received,
        day if more_met else last_met,
        own + is_own,
        taken + (credit and not is_own),
        DISCOUNT * w + 1,
        DISCOUNT * m + x,
        s1 + x,
        s2 + x * x,
        *_talks(r, gap, x),
        (r.c5 + 1) * f5,
        (r.c20 + 1) * f20,
        (r.c80 + 1) * f80,
        (r.k160 + credit) * f160,
    )


def _talks(r: Rhythm, gap: int, x: float) -> tuple[int, int, float, float, float, float]:
    """The conversation's first day and the sums over gaps between conversations, after a gap of ln `x`."""
    if not r.talks:
        return r.last + gap, 1, 1.0, x, x, x * x
    usual = r.tm / r.tw
    if _is_first(r, usual) and x > usual + CONVERSATION_LOG:
        return r.last + gap, 1, 1.0, x, x, x * x  # all before was the first conversation
    short = gap <= CONVERSATION_GAP and x < usual - CONVERSATION_LOG
    if short and r.last + gap - r.talk <= CONVERSATION_DAYS:
        return r.talk, r.talks, r.tw, r.tm, r.t1, r.t2
    return r.last + gap, r.talks + 1, DISCOUNT * r.tw + 1, DISCOUNT * r.tm + x, r.t1 + x, r.t2 + x * x


def _is_first(r: Rhythm, usual: float) -> bool:
    """Whether all contact so far could be one conversation, the first."""
    return r.last - r.first <= CONVERSATION_DAYS and usual <= LOG_CONVERSATION_GAP
