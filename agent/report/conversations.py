"""Three conversations for today: whom to talk to, and one reason each. Pure.

An answer the owner owes comes first, then a reason to write that is not silence, then the tie with most to lose: what
one gives before what one wants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Any

from agent.report.choose import gone_quiet
from agent.report.phrases import (
    advice,
    called,
    capital,
    counted,
    firm_of,
    guide,
    local_day,
    long_date,
    name_of,
    reasons,
    short_date,
    subject_of,
)
from agent.report.plain import inert, whole
from agent.report.render import RULE, Layout, Rendered, lay_out, title
from agent.ties.giving import Owed, Pair
from agent.ties.programme import left_alone
from agent.ties.view import Tie
from agent.types import TieState

MOST = 3
FOLDER = "conversations"


class Reason(StrEnum):
    """Why somebody is worth a word today."""

    OWED = "owed"  # their mail waits for an answer
    SIGNAL = "signal"  # a new job, a card
    INTRODUCE = "introduce"  # two ties with something in common
    FADING = "fading"


@dataclass(frozen=True, slots=True)
class Talk:
    """One person to talk to today. All text is clean and one line."""

    number: int
    person_id: int
    name: str
    organization: str
    reason: str
    why: str
    advice: str


@dataclass(frozen=True, slots=True)
class Today:
    """The morning mail. `period` is the day where the owner is, `2026-03-02`."""

    as_of: datetime
    period: str
    date: str
    subject: str
    talks: tuple[Talk, ...]

    @property
    def people(self) -> tuple[int, ...]:
        """Who is named, in the order of their numbers."""
        return tuple(talk.person_id for talk in self.talks)

    def as_json(self) -> dict[str, Any]:
        """The stable form for `conversations --json` (version 1)."""
        at = self.as_of.astimezone(UTC).isoformat().replace("+00:00", "Z")
        talks: list[Any] = whole([asdict(talk) for talk in self.talks])
        return {"as_of": at, "period": self.period, "conversations": talks}


@dataclass(frozen=True, slots=True)
class Pool:
    """What today's conversations are chosen from. `lately`: whom such a mail named within the cool-down.

    `unanswered`: after so many days of writing in vain nobody is named.
    `signals`: person → sentences; `owed`, `pairs` and `ties` the best first where that matters.
    """

    as_of: datetime
    zone: tzinfo
    ties: tuple[Tie, ...]
    owed: tuple[Owed, ...] = ()
    signals: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    lately: frozenset[int] = frozenset()
    unanswered: int = 3


@dataclass(frozen=True, slots=True)
class _Candidate:
    tie: Tie
    reason: Reason
    why: str
    advice: str


def today(pool: Pool, most: int = MOST) -> Today:
    """Up to `most` people, each for the best reason there is; one of every kind before a second of any."""
    day = local_day(pool.as_of, pool.zone)
    chosen = _varied(pool, most)
    talks = tuple(_talk(number, candidate) for number, candidate in enumerate(chosen, 1))
    names = [called(candidate.tie) for candidate in chosen]
    subject = f"Today: {', '.join(names)}" if names else "Nobody waits for a word from you today"
    return Today(pool.as_of, day.isoformat(), long_date(day), subject, talks)


def _varied(pool: Pool, most: int) -> list[_Candidate]:
    queues = [iter(found) for found in (_owed(pool), _signals(pool), _pairs(pool), _fading(pool))]
    taken: set[int] = set(pool.lately)
    chosen: list[_Candidate] = []
    while queues and len(chosen) < most:
        for queue in list(queues):
            found = next((each for each in queue if each.tie.person_id not in taken), None)
            if found is None:
                queues.remove(queue)
            elif len(chosen) < most:
                chosen.append(found)
                taken.add(found.tie.person_id)
    return chosen


def _open(pool: Pool) -> dict[int, Tie]:
    """Ties one may be reminded of: real, no colleagues, not left alone by the owner's wish or for want of an answer."""
    return {
        tie.person_id: tie
        for tie in pool.ties
        if tie.reading.state is not TieState.ONE_WAY
        and tie.reading.two_sided
        and not (tie.colleague or left_alone(tie, pool.as_of, pool.unanswered))
    }


def _owed(pool: Pool) -> Iterator[_Candidate]:
    ties = _open(pool)
    for waiting in sorted(pool.owed, key=lambda owed: _worth(ties, owed.person_id)):
        if waiting.person_id in ties:
            about = subject_of(waiting.subject)
            named = f" (“{about}”)" if about else ""
            day = short_date(local_day(waiting.at, pool.zone))
            why = f"Wrote to you on {day}{named}, and you have not answered."
            yield _Candidate(ties[waiting.person_id], Reason.OWED, why, "Answer, even if it is one line.")


def _signals(pool: Pool) -> Iterator[_Candidate]:
    ties = _open(pool)
    for who, sentences in sorted(pool.signals.items(), key=lambda item: _worth(ties, item[0])):
        told = next(filter(None, (inert(sentence, 200) for sentence in sentences)), "")
        if who in ties and told:
            yield _Candidate(ties[who], Reason.SIGNAL, told, "Congratulate, or just ask how it is.")


def _pairs(pool: Pool) -> Iterator[_Candidate]:
    ties = _open(pool)
    for pair in pool.pairs:
        if pair.one in ties and pair.other in ties:
            other = ties[pair.other]
            word = inert(pair.word, 40)
            why = f"You talk of “{word}” with {name_of(other)}, too; they were never on one mail of yours."
            yield _Candidate(ties[pair.one], Reason.INTRODUCE, why, "Ask both whether they would like to meet.")


def _fading(pool: Pool) -> Iterator[_Candidate]:
    fading = [tie for tie in _open(pool).values() if tie.reading.state is TieState.FADING]
    quiet = [tie for tie in fading if gone_quiet(tie)]
    for tie in sorted(quiet, key=lambda tie: (-tie.reading.lost, tie.person_id)):
        yield _Candidate(tie, Reason.FADING, " ".join(reasons(tie)), advice(tie, None))


def _worth(ties: Mapping[int, Tie], who: int) -> tuple[float, int]:
    tie = ties.get(who)
    return (-tie.reading.value if tie else 0.0, who)


def _talk(number: int, found: _Candidate) -> Talk:
    tie = found.tie
    return Talk(
        number, tie.person_id, name_of(tie), firm_of(tie), found.reason.value, inert(found.why, 400), found.advice
    )


def within_cool_down(named: Iterable[tuple[datetime, Iterable[int]]], since: datetime) -> frozenset[int]:
    """Everybody whom one of these mails (when, whom) named since an instant."""
    return frozenset(who for at, people in named if at >= since for who in people)


def laid_out(found: Today, templates: Layout) -> Rendered:
    """The morning mail in both its parts. Raises what the templates raise."""
    return lay_out(FOLDER, _context(found), templates)


def _context(found: Today) -> dict[str, Any]:
    several = len(found.talks)
    talks = [asdict(talk) | {"title": title(talk.number, talk.name, talk.organization)} for talk in found.talks]
    return {
        "date": found.date,
        "subject": found.subject,
        "preheader": " ".join(talk.why for talk in found.talks[:1]),
        "headline": f"{capital(counted(several, 'conversation'))} today" if several else "Nobody waits today",
        "lead": _lead(found.talks),
        "talks": talks,
        "guide": guide("weekly", several),
        "alarms": (),
        "sources": (),
        "rule": RULE,
    }


def _lead(talks: tuple[Talk, ...]) -> str:
    if not talks:
        return "No answer of yours is waited for, nobody has news, and nobody is quiet who was not named lately."
    enough = "A word is enough." if len(talks) == 1 else "A word each is enough."
    given = {Reason.OWED.value, Reason.SIGNAL.value, Reason.INTRODUCE.value} & {talk.reason for talk in talks}
    return f"{enough} What you can give comes first." if given and len(talks) > 1 else enough
