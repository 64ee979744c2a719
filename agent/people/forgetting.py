"""Knowing somebody who is forgotten without knowing who it was: salted hashes of addresses and full names. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from agent.people.compare import spelt_plainly
from agent.people.normalise import address_key, clean_name

MOST_WORDS = 4
MOST_PIECES = 16
_ADDRESS = re.compile(r"([^\s<>()\[\],;:\"'@]+)@([\w.-]+)")
_JOINT = re.compile(r"[^\w]|_")


@dataclass(frozen=True, slots=True)
class Tombstones:
    """What `forget` left behind for one owner. The digests say nothing without the salt."""

    salt: bytes = b""
    digests: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.digests)

    def holds(self, address: str) -> bool:
        """Whether this address was forgotten."""
        return bool(self.digests) and self._digest(_of_address(address)) in self.digests

    def mentioned(self, text: str) -> bool:
        """Whether a forgotten address or full name stands in a text, whichever way round the name is written."""
        return bool(self.digests) and any(self._digest(mark) in self.digests for mark in _marks_in(text))

    def of(self, addresses: Iterable[str], names: Iterable[str]) -> frozenset[str]:
        """The digests by which these addresses and full names are known again."""
        marks = {_of_address(address) for address in addresses}
        marks |= {mark for name in names for mark in _of_name(name)}
        return frozenset(map(self._digest, marks))

    def _digest(self, mark: str) -> str:
        return sha256(self.salt + b"forgotten\0" + mark.encode("utf-8", "surrogatepass")).hexdigest()


NOBODY = Tombstones()


def _of_address(address: str) -> str:
    return f"address {address_key(address)}"


def _of_name(name: str) -> Iterator[str]:
    """A name of two words or more: all of it, and its first and last word; a single word is nobody's own."""
    for spelling in {name, clean_name(name)}:
        words = spelt_plainly(spelling).split()
        if 1 < len(words) <= MOST_WORDS:
            yield _of_words(words)
        if len(words) > 1 and len(words[0]) > 1:
            yield _of_words([words[0], words[-1]])


def _of_words(words: list[str]) -> str:
    return f"name {' '.join(sorted(words))}"


def _endings(local: str) -> list[str]:
    """A local part and what stands behind each joint in it: programs make Message-IDs like 2022-1-dana@acme.com."""
    joints = [joint.end() for joint in _JOINT.finditer(local)][-MOST_PIECES:]
    return [local, *(local[at:] for at in joints if at < len(local))]


def _marks_in(text: str) -> Iterator[str]:
    for local, host in _ADDRESS.findall(text):
        yield from (_of_address(f"{ending}@{host.strip('.')}") for ending in _endings(local))
    words = spelt_plainly(text).split()
    for length in range(2, MOST_WORDS + 1):
        for start in range(len(words) - length + 1):
            yield _of_words(words[start : start + length])


def speaks_of(marks: Tombstones, addresses: Iterable[str], names: Iterable[str]) -> Callable[[str], bool]:
    """`marks.mentioned` for somebody who is still known: plain texts without any word of theirs are passed by."""
    words = {max(spelt_plainly(name).split(), key=len, default="") for name in names} - {""}
    words |= {address.partition("@")[0].lower() for address in addresses}

    def speaks(text: str) -> bool:
        lowered = text.lower()
        plain = text.isascii() and not any(word in lowered for word in words)
        return not plain and marks.mentioned(text)

    return speaks
