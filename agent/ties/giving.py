"""Gives and asks between the owner and a tie, as far as mail headers show them, and what there is to give.

They order, and never block: who was given to is asked first, who was asked lately comes later (`order`). Nobody is
shown a balance.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import log

from agent.store import deeds
from agent.store.db import Connection
from agent.store.deeds import Letter
from agent.store.people import organizations

HALF_LIFE = timedelta(days=365)
OWED_AFTER = timedelta(days=2)
OWED_UNTIL = timedelta(days=45)
RARE = 4
MOST_SHARE = 0.1
"""A word in the subjects of more than a tenth of the ties says nothing of these two."""

_PASSED_ON = re.compile(r"\s*(?:fwd?|wg|tr|rv|fyi|i)\s*:", re.IGNORECASE)
_REPLY = re.compile(r"\s*(?:(?:re|aw|sv|vs|antw|rif|odp)\s*(?:\[\d+\])?:\s*)+", re.IGNORECASE)
# Thanks, wishes, answers to an invitation, notices of absence, and patches: nothing of these waits for words.
_CLOSING = re.compile(
    r"thanks?\b|thank you|many thanks|danke|vielen dank|merci|gracias|grazie|fyi\b|(?:out of|away from) (?:the )?office"
    r"|auto(?:matic|matische)?[ -]?(?:reply|antwort)|abwesen"
    r"|(?:accepted|declined|tentative|cancell?ed|zugesagt|abgesagt)\s*:"
    r"|congrat|happy (?:birthday|new year)|merry|season|\[(?:rfc )?patch",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{5,}")


First = tuple[datetime, int]
"""When the first letter of somebody was, and its id: letters of one second come by their ids."""


class Deed(StrEnum):
    """What one did for the other."""

    BROUGHT_TOGETHER = "brought together"  # the owner wrote to two ties who had not met on a mail before
    INTRODUCED_US = "introduced us"  # a tie brought somebody the owner did not know
    ASKED = "asked"  # the owner asked for an introduction


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger: with whom, what, when, and the other person it was about, where there is one."""

    person_id: int
    deed: Deed
    at: datetime
    other_id: int | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A mail that waits for the owner's answer."""

    person_id: int
    subject: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ties who were never on one mail, and a word that only few of the owner's subjects share."""

    one: int
    other: int
    word: str
    weight: float


def ledger(
    letters: Iterable[Letter],
    asks: Iterable[tuple[int, datetime]],
    firms: Mapping[int, str | None],
    since: Mapping[int, First] | None = None,
) -> list[Entry]:
    """Gives and asks by time. `letters` oldest first; `firms`: person → organization.

    `since`: person → (when, id) of the first letter of theirs, where `letters` are not all there are. Two people of one
    firm know each other, so nobody brought them together.
    """
    ordered = list(letters)
    first = _first_of(ordered) if since is None else since
    found = [Entry(who, Deed.ASKED, at) for who, at in asks]
    seen: set[tuple[int, int]] = set()
    for letter in ordered:
        pairs = _pairs(letter.people)
        known = {who for who in letter.people if first[who] < (letter.at, letter.id)}
        fresh = [pair for pair in pairs if pair not in seen and not _same_firm(pair, firms)]
        found += _brought(letter, fresh, known) if letter.sent else _introduced(letter, known, firms)
        seen.update(pairs)
    return sorted(found, key=lambda entry: (entry.at, entry.person_id))


def entries(
    connection: Connection, owner_id: int, as_of: datetime, people: Collection[int] | None = None
) -> list[Entry]:
    """The ledger of one owner, from the store, up to an instant; or those lines of it that are with one of `people`."""
    mail = deeds.letters(connection, owner_id, as_of, people)
    beside = {who for letter in mail for who in letter.people}
    since = None if people is None else deeds.known_since(connection, as_of, beside)
    asks = deeds.asks(connection, owner_id, as_of)
    found = ledger(mail, asks, organizations(connection, owner_id), since)
    return found if people is None else [entry for entry in found if entry.person_id in people]


def _first_of(letters: Iterable[Letter]) -> Mapping[int, First]:
    found: dict[int, First] = {}
    for letter in letters:
        for who in letter.people:
            found.setdefault(who, (letter.at, letter.id))
    return found


def _brought(letter: Letter, fresh: list[tuple[int, int]], known: set[int]) -> list[Entry]:
    both = [pair for pair in fresh if known.issuperset(pair)]
    return [Entry(a, Deed.BROUGHT_TOGETHER, letter.at, b) for pair in both for a, b in (pair, pair[::-1])]


def _introduced(letter: Letter, known: set[int], firms: Mapping[int, str | None]) -> list[Entry]:
    sender = letter.sender
    if sender is None or sender not in known:
        return []
    new = [who for who in letter.readers - known if not _same_firm((sender, who), firms)]
    return [Entry(sender, Deed.INTRODUCED_US, letter.at, who) for who in sorted(new)]


def order(entries: Iterable[Entry], as_of: datetime) -> Mapping[int, float]:
    """Person → a figure to order by when somebody is to be asked, the highest first; whoever is missing counts 0.

    A give adds 1, an introduction received and an ask take 1 off, each halved a year.
    """
    weights = {Deed.BROUGHT_TOGETHER: 1.0, Deed.INTRODUCED_US: -1.0, Deed.ASKED: -1.0}
    found: dict[int, float] = defaultdict(float)
    for entry in entries:
        found[entry.person_id] += weights[entry.deed] * 0.5 ** ((as_of - entry.at) / HALF_LIFE)
    return found


def told(entries: Iterable[Entry], names: Mapping[int, str]) -> tuple[str, ...]:
    """The entries of one tie as sentences. `names`: of the others they are about."""
    said = {
        Deed.BROUGHT_TOGETHER: "You brought them together with {} on {}.",
        Deed.INTRODUCED_US: "They introduced {} to you on {}.",
        Deed.ASKED: "You asked them for an introduction on {1}.",
    }
    return tuple(
        said[entry.deed].format(names.get(entry.other_id or 0, "somebody"), f"{entry.at:%Y-%m-%d}") for entry in entries
    )


def owed(letters: Iterable[Letter], as_of: datetime) -> list[Owed]:
    """Mails to the owner alone in To, two days to six weeks old, after which the owner wrote nothing to that person nor
    in that thread; the oldest first, one a person.

    What is passed on, thanks or closes waits for nothing, nor what begins anew under a subject that had no answer.
    """
    waiting: dict[int, Letter] = {}
    unanswered: dict[int, set[str]] = defaultdict(set)
    for letter in letters:
        if letter.sent:
            for who in letter.people:
                waiting.pop(who, None)
                unanswered.pop(who, None)
            waiting = {who: held for who, held in waiting.items() if not held.thread or held.thread != letter.thread}
        elif letter.sender is not None and letter.to_owner and not letter.direct:
            subject = letter.subject.strip().lower()
            waiting.pop(letter.sender, None)
            if subject not in unanswered[letter.sender] and _asks(letter):
                waiting[letter.sender] = letter
            if subject and not _REPLY.match(subject):
                unanswered[letter.sender].add(subject)
    found = [Owed(who, letter.subject, letter.at) for who, letter in waiting.items()]
    due = [each for each in found if OWED_AFTER <= as_of - each.at <= OWED_UNTIL]
    return sorted(due, key=lambda each: (each.at, each.person_id))


def _asks(letter: Letter) -> bool:
    """Whether a subject may wait for an answer."""
    return not (_PASSED_ON.match(letter.subject) or _CLOSING.match(_REPLY.sub("", letter.subject, count=1).strip()))


def introductions(
    letters: Iterable[Letter], ties: frozenset[int], firms: Mapping[int, str | None], stop: Collection[str] = ()
) -> list[Pair]:
    """Pairs of ties worth introducing to each other: a rare word in the subjects of both, and never on one mail.

    The rarest word first; each person in one pair at most. `stop`: words that are no subject, such as names.
    """
    words: dict[str, set[int]] = defaultdict(set)
    beside: set[tuple[int, int]] = set()
    total: Counter[int] = Counter()
    for letter in letters:
        people = letter.people & ties
        beside.update(_pairs(letter.people))
        total.update(people)
        for word in set(_WORD.findall(letter.subject.lower())):
            words[word] |= people
    candidates = [
        Pair(one, other, word, log(len(total) / len(people)))
        for word, people in words.items()
        if 1 < len(people) <= min(RARE, MOST_SHARE * len(total)) and word not in stop
        for one, other in _pairs(frozenset(people))
        if (one, other) not in beside and not _same_firm((one, other), firms)
    ]
    candidates.sort(key=lambda pair: (-pair.weight, -len(pair.word), pair.word, pair.one, pair.other))
    return _each_once(candidates)


def _each_once(pairs: list[Pair]) -> list[Pair]:
    taken: set[int] = set()
    chosen = []
    for pair in pairs:
        if not taken & {pair.one, pair.other}:
            chosen.append(pair)
            taken |= {pair.one, pair.other}
    return chosen


def _pairs(people: frozenset[int]) -> list[tuple[int, int]]:
    ordered = sorted(people)
    return [(one, other) for position, one in enumerate(ordered) for other in ordered[position + 1 :]]


def _same_firm(pair: tuple[int, int], firms: Mapping[int, str | None]) -> bool:
    one, other = (firms.get(who) for who in pair)
    return one is not None and one == other
