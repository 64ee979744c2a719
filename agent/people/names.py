"""The best name for somebody, from all the names they were seen under and their address."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from agent.people.addresses import bulk_words, is_role_address, list_words, machine_words
from agent.people.compare import are_strangers
from agent.people.display import clean_name

SIGNED = 1_000
"""What somebody signs with weighs as much as being called so a thousand times."""
HABIT = 2 * SIGNED
HALF_LIFE_DAYS = 730
HANDED_OVER_DAYS = 90
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "ext", "external"})
_PART = re.compile(r"[a-zà-öø-ÿ]{2,}")


def best_name(candidates: Iterable[tuple[str, int, int]], address: str) -> str:
    """The name to show for an address, or the empty string when there is none.

    `candidates`: (display name, times seen, last day seen as a day number). What they sign with stands before what
    others call them, which can only complete it. A full name beats a single word; among equals the count decides,
    halved for every two years it has not been seen, so that a new surname wins in time. Where somebody else has signed
    of late, the address has gone to them if the other fell silent, else both share it: "Anna Bell / Bob Baker".
    Without any, "anna.smith@" gives Anna Smith.
    """
    seen = list(candidates)
    weights, spelt = _gathered(seen)
    fullness = {key: _fullness(spelt[key]) for key in weights if key != address.lower()}
    names = {clean_name(name) for name, times, _ in seen if times >= SIGNED} - {_local(address)}
    signed = {name.lower() for name in names} & fullness.keys()
    usable = [key for key, full in fullness.items() if full and _is_theirs(key, signed)]
    plain = name_from_address(address)
    if not usable:
        return plain
    best = max(usable, key=lambda key: (fullness[key], weights[key], spelt[key]))
    if plain and _says_more(plain, spelt[best]):
        return plain
    return _with_heir(seen, spelt[best])


def _with_heir(seen: list[tuple[str, int, int]], best: str) -> str:
    """The same, or whoever has the address now, or shares it: somebody else who signed the latest mails."""
    last, heir = max(((day, clean_name(name)) for name, times, day in seen if times >= HABIT), default=(0, best))
    if not are_strangers(best, heir):
        return best
    before = max(day for name, _, day in seen if clean_name(name).lower() == best.lower())
    return heir if last - before > HANDED_OVER_DAYS else f"{best} / {heir}"


def _is_theirs(key: str, signed: set[str]) -> bool:
    """Whether they sign so, or with the first word of what completes it, or with nothing at all."""
    return not signed or key in signed or not {name.partition(" ")[0] for name in signed}.isdisjoint(key.split())


def _local(address: str) -> str:
    return address.partition("@")[0].lower()


def _says_more(plain: str, seen: str) -> bool:
    """Whether the name an address is made of completes the one word seen; two words, or another word, stand."""
    return " " not in seen and (seen.islower() or seen.lower() in plain.lower().split())


def _gathered(candidates: list[tuple[str, int, int]]) -> tuple[dict[str, float], dict[str, str]]:
    newest = max((day for _, _, day in candidates), default=0)
    weights: defaultdict[str, float] = defaultdict(float)
    spelt: dict[str, str] = {}
    ordered = sorted(candidates, key=lambda seen: (seen[2], seen[1], seen[0]))
    for raw, times, day in ordered:
        name = clean_name(raw)
        if name:
            weights[name.lower()] += times * 0.5 ** ((newest - day) / HALF_LIFE_DAYS)
            spelt[name.lower()] = _better_spelt(spelt.get(name.lower(), name), name)
    return weights, spelt


def _better_spelt(one: str, other: str) -> str:
    """The spelling with ordinary capitals; of two such the later."""
    return one if one.istitle() and not other.istitle() else other


def _fullness(name: str) -> int:
    """2 for given and family name, 1 for a word, 0 for a nickname with digits or a desk."""
    words = [word for word in name.split() if len(word.strip(".")) > 1]
    if any(ch.isdigit() for ch in name) or is_role_address(f"{name}@".lower()):
        return 0
    return 2 if len(words) > 1 else 1


def name_from_address(address: str) -> str:
    """ "anna.smith@…" as Anna Smith; the empty string for anything less plain, for desks, lists and programs."""
    local = address.partition("@")[0].partition("+")[0].lower()
    parts = re.split(r"\.+", local.strip("."))
    if not 2 <= len(parts) <= 3 or not all(_PART.fullmatch(part) or len(part) == 1 for part in parts):
        return ""
    if len(parts[0]) < 2 or len(parts[-1]) < 2 or parts[-1] in _SUFFIXES:
        return ""
    if is_role_address(address) or machine_words(address) or list_words(address) or bulk_words(address):
        return ""
    return " ".join(part.capitalize() for part in parts)
