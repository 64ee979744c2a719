"""Display names: what a header shows of a person, made into the name a person would write."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from agent.people.given import first_name

__all__ = ["clean_name", "first_name"]

_QUOTES = "\"'`´‘’“”„«»‹›"
_VIA = re.compile(r"\s*[(\[]?\b(?:via|über|por medio de|per conto di|durch)\s+\S.*$", re.IGNORECASE)
_SERVICE = re.compile(
    r"\s*\((?:google|docs?|dropbox|sharepoint|jira|github|confluence|slack|asana|trello)\b.*$", re.IGNORECASE
)
_TAIL = re.compile(r"\s*(?:\([^()]*\)?|\[[^\[\]]*\]?|<[^<>]*>?|（[^（）]*）?)\s*$")
_HEAD = re.compile(r"^(?:(?:\([^()]*\)|\[[^\[\]]*\]|\*[^*]*\*)\s*)+(?=\w)")
_NOTES_PATH = re.compile(r"(?<=\w)(?:/[\w .-]+)+(?:@[\w ]+)?$")
_REMARK = re.compile(r"(?<=\w)\s+(?:[-–—|•]|//)\s+.*$")
_TAG = re.compile(r"\s*:[\w-]+$")
_SUFFIX = re.compile(
    r"^(?:jr|sr|ii|iii|iv|phd|ph\.d|md|m\.d|esq|mba|cpa|dr|prof|msc|bsc|llm|pmp|cissp)\.?$", re.IGNORECASE
)
_ORGANISATION = re.compile(r"\b(?:inc|llc|ltd|gmbh|ag|corp|co|company|s\.?a|plc|kg|bv|oy|ab)\b\.?", re.IGNORECASE)


@lru_cache(maxsize=4096)
def clean_name(raw: str) -> str:
    """A display name as a person would write it, or the empty string when it is none (an address, a symbol).

    Quotes, "via …", service and firm remarks in brackets ("[EXT] …") and Notes paths ("/HOU/ECT") go; "Last, First" is
    turned round; a name all in capitals or all in small letters gets ordinary ones.
    """
    text = " ".join(_visible(raw).split())
    text = _NOTES_PATH.sub("", _VIA.sub("", _SERVICE.sub("", text.strip(_QUOTES + " "))))
    if "@" in text or "://" in text:
        return ""
    text = _without_tail(_HEAD.sub("", text).strip(_QUOTES + " "))
    text = _TAG.sub("", _turned(_REMARK.sub("", text)).replace("_", " ")).strip(_QUOTES + " ,;-|")
    return _cased(" ".join(text.split())) if any(ch.isalpha() for ch in text) else ""


def _visible(text: str) -> str:
    """Composed characters (NFC), a blank for each that is none to see."""
    text = text[:300]
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", "".join(ch if unicodedata.category(ch)[0] != "C" else " " for ch in text))


def _without_tail(text: str) -> str:
    while (shorter := _TAIL.sub("", text)) != text and shorter.strip(_QUOTES + " "):
        text = shorter
    return text


def _turned(text: str) -> str:
    """ "Last, First" to "First Last"; a firm's "Acme, Inc." and a degree's "Ann Lee, PhD" are no such pair."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    while len(parts) > 1 and _SUFFIX.match(parts[-1].split()[0]):
        parts.pop()
    if len(parts) != 2:
        return ", ".join(parts)
    last, first = parts
    if len(last.split()) > 1 and re.search(r"[A-Z]{2}", first) and _PARTICLES.isdisjoint(last.lower().split()):
        return last
    if _ORGANISATION.search(first) or len(first.split()) > 3 or len(last.split()) > 4:
        return text
    return f"{first} {last}"


def _cased(text: str) -> str:
    words = text.split(" ")
    if len(words) > 1 and (text.isupper() or text.islower()):
        return " ".join(_word_cased(word, upper=text.isupper()) for word in words)
    if 1 < len(words) <= 3 and _is_shouted(words[0], words[1:]):
        return " ".join([*words[1:], _word_cased(words[0], upper=True)])
    return " ".join(_word_cased(word, upper=True) if _is_shouted(word, words[:1]) else word for word in words)


def _is_shouted(word: str, given: list[str]) -> bool:
    """A surname in capitals beside a given name in ordinary letters, as is the habit in French."""
    return len(word) > 3 and word.isupper() and word.isalpha() and given[0].istitle()


_PARTICLE_WORDS = "van von der den de del della di da dos das du la le el al bin ibn ter ten zu zur y e"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())


def _word_cased(word: str, *, upper: bool) -> str:
    if upper and len(word) == 1:
        return word
    if word.lower() in _PARTICLES and not upper:
        return word
    return re.sub(r"[^\W\d_]+", lambda match: match.group().capitalize(), word)
