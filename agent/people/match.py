"""Are two entries one person? Only an equal identity says so; everything else is a question with its reasons.

Rules and weights follow what others paid for: a name alone merges nobody, a colleague of the same surname is somebody
else, a change of job keeps the name and changes the domain (`research/peers.md` §4, Same person).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from agent.people.compare import Names, names_agree, spelt_coarsely, spelt_plainly
from agent.people.normalise import candidate_key, clean_name, is_role_address, organization

ASK = 0.5
MOST_IN_BLOCK = 40
OVERLAP_DAYS = 30
GAP_DAYS = 360


class Sameness(StrEnum):
    """The answer on a pair."""

    SAME = "same"
    MAYBE = "maybe"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Side:
    """One entry: addresses and other identities as their keys, display names, first and last day of contact."""

    addresses: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    urls: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    cards: frozenset[str] = frozenset()
    first_day: int | None = None
    last_day: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The answer on a pair, a score from 0 to 1 for ordering the questions, and why."""

    sameness: Sameness
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two entries worth asking the owner about."""

    one: int
    other: int
    match: Match


def compare(one: Side, other: Side, together: int = 0) -> Match:
    """Judge a pair. `together`: on how many messages both stood beside each other, as two people do."""
    if equal := _equal_identity(one, other):
        return Match(Sameness.SAME, 1.0, (equal,))
    names = _names(one, other)
    if names is Names.DIFFERENT:
        return Match(Sameness.DIFFERENT, 0.0, ("their names differ",))
    evidence = [
        *_of_cards(one, other),
        *_of_names(names),
        *_of_addresses(one, other, names),
        *_of_time(one, other, names),
    ]
    score = sum(weight for weight, _ in evidence)
    reasons = [words for _, words in sorted(evidence, key=lambda found: -found[0])]
    if together:
        score -= 0.3
        reasons.append(f"against it: both stood on {together} messages beside each other")
    if household := _household(one) or _household(other):
        score -= 0.3
        reasons.append(f"against it: several people write from one of the addresses ({household})")
    asked = score >= ASK
    return Match(Sameness.MAYBE if asked else Sameness.DIFFERENT, round(max(0.0, min(score, 0.99)), 2), tuple(reasons))


def _equal_identity(one: Side, other: Side) -> str:
    if set(one.addresses) & set(other.addresses):
        return "the same address"
    if one.urls & other.urls:
        return "the same profile"
    if one.phones & other.phones and _names(one, other) is Names.EQUAL:
        return "the same phone number and the same name"
    return ""


def _names(one: Side, other: Side) -> Names:
    """The best agreement among all their names; different only if every pair of full names is."""
    found = [names_agree(clean_name(mine), clean_name(theirs)) for mine in one.names for theirs in other.names]
    for answer in (Names.EQUAL, Names.COMPATIBLE, Names.DIFFERENT):
        if answer in found:
            return answer
    return Names.UNKNOWN


def _household(side: Side) -> str:
    """The names of several people behind one entry, as a family shares an address; a new surname is no new person."""
    full = [name for name in dict.fromkeys(map(clean_name, side.names)) if len(spelt_plainly(name).split()) > 1]
    for mine, theirs in combinations(full, 2):
        given = spelt_coarsely(mine).split()[0], spelt_coarsely(theirs).split()[0]
        if given[0] != given[1] and names_agree(mine, theirs) is Names.DIFFERENT:
            return f"{mine}, {theirs}"
    return ""


def _of_cards(one: Side, other: Side) -> Iterator[tuple[float, str]]:
    if one.cards & other.cards:
        yield 0.6, "both addresses stand on one card"


def _of_names(names: Names) -> Iterator[tuple[float, str]]:
    if names is Names.EQUAL:
        yield 0.5, "the same full name"
    if names is Names.COMPATIBLE:
        yield 0.25, "names that can be one"


def _of_addresses(one: Side, other: Side, names: Names) -> Iterator[tuple[float, str]]:
    mine, theirs = _personal(one.addresses), _personal(other.addresses)
    if {candidate_key(address) for address in mine} & {candidate_key(address) for address in theirs}:
        yield 0.55, "addresses that differ only by dots or a tag"
    elif same := _locals(mine) & _locals(theirs):
        yield 0.3, f"the same name before the @ ({min(same)})"
    elif names is Names.COMPATIBLE and (spelt := _spelt_after(mine, other.names) or _spelt_after(theirs, one.names)):
        yield 0.1, f"an address that can be made of the other's name ({spelt})"
    firms = {organization(address) for address in mine}, {organization(address) for address in theirs}
    if firms[0] & firms[1] - {None}:
        yield 0.2, "addresses at the same firm"
    elif names is not Names.UNKNOWN and None in firms[0] | firms[1]:
        yield 0.1, "one of the addresses is a private one"


def _spelt_after(addresses: Iterable[str], names: Iterable[str]) -> str:
    """An address of initial and surname of one of these names: j.keller@ for Jana Keller."""
    words = [spelt_coarsely(clean_name(name)).split() for name in names]
    short = {f"{name[0][0]}{name[-1]}" for name in words if len(name) > 1}
    return next((address for address in addresses if "".join(_plain(address).split()) in short), "")


def _plain(address: str) -> str:
    return spelt_coarsely(address.partition("@")[0].partition("+")[0])


def _personal(addresses: Iterable[str]) -> list[str]:
    return [address for address in addresses if not is_role_address(address)]


def _locals(addresses: Iterable[str]) -> set[str]:
    """Local parts long enough to be somebody's own."""
    found = {spelt_plainly(address.partition("@")[0].partition("+")[0]).replace(" ", "") for address in addresses}
    return {local for local in found if len(local) > 5}


def _of_time(one: Side, other: Side, names: Names) -> Iterator[tuple[float, str]]:
    """One falls silent about when the other begins: a change of job where the firms differ, else of the address."""
    if names is Names.EQUAL and (_hands_over(one, other) or _hands_over(other, one)):
        firms = [{organization(address) for address in _personal(side.addresses)} - {None} for side in (one, other)]
        moved = all(firms) and not firms[0] & firms[1]
        yield 0.15, f"one fell silent about when the other began{', as after a change of job' if moved else ''}"


def _hands_over(before: Side, after: Side) -> bool:
    """Whether contact through one ended about when that through the other began, which went on.

    They may overlap by some weeks, if that is little of the time of either.
    """
    if None in (before.first_day, before.last_day, after.first_day, after.last_day):
        return False
    (began, ended), (follows, goes_on) = _span(before), _span(after)
    overlap = min(OVERLAP_DAYS, (ended - began) // 4, (goes_on - follows) // 4)
    return began < follows and ended < goes_on and -overlap <= follows - ended <= GAP_DAYS


def _span(side: Side) -> tuple[int, int]:
    return side.first_day or 0, side.last_day or 0


def suggestions(
    sides: Mapping[int, Side],
    together: Mapping[tuple[int, int], int] | None = None,
    about: frozenset[int] | None = None,
) -> list[Suggestion]:
    """The pairs worth a question, best first. `together` is by (smaller id, larger id).

    `about`: only the pairs that one of these is in.
    """
    beside = together or {}
    found = []
    for one, other in _pairs(sides, about):
        match = compare(sides[one], sides[other], beside.get((one, other), 0))
        if match.sameness is not Sameness.DIFFERENT:
            found.append(Suggestion(one, other, match))
    return sorted(found, key=lambda asked: (-asked.match.score, asked.one, asked.other))


def _pairs(sides: Mapping[int, Side], about: frozenset[int] | None) -> list[tuple[int, int]]:
    """Pairs that share a surname, a local part, a coarse address, a profile or a phone; no pair is compared twice."""
    blocks: defaultdict[str, set[int]] = defaultdict(set)
    for ident, side in sides.items():
        for key in _keys(side):
            blocks[key].add(ident)
    small = (sorted(block) for block in blocks.values() if 1 < len(block) <= MOST_IN_BLOCK)
    pairs = {pair for block in small for pair in combinations(block, 2)}
    return sorted(pair for pair in pairs if about is None or not about.isdisjoint(pair))


def _keys(side: Side) -> set[str]:
    keys = {f"address {candidate_key(address)}" for address in side.addresses}
    keys |= {f"local {local}" for local in _locals(_personal(side.addresses))}
    keys |= {f"url {url}" for url in side.urls} | {f"phone {phone}" for phone in side.phones}
    keys |= {f"card {card}" for card in side.cards}
    words = [spelt_coarsely(clean_name(name)).split() for name in side.names]
    return keys | {f"name {word}" for name in words if len(name) > 1 for word in (name[0], name[-1]) if len(word) > 1}
