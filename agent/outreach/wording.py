"""What a template may say, made from what the ledger proves: subjects, meetings and dates in words. Pure.

No figure about the tie leaves this module: no count, gap or score.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from agent.people.compare import spelt_coarsely
from agent.people.display import first_name
from agent.templating import one_line

TOPIC_CHARACTERS = 80
_PREFIX = re.compile(
    r"^(?:\s*(?:\[[^\]]{1,40}\]|(?:re|fwd?|aw|wg|sv|vs|antw|rif|tr|rv|enc|accepted|declined|tentative|invitation"
    r"|updated invitation|cancell?ed)(?:\[\d+\])?\s*:))+\s*",
    re.IGNORECASE,
)
_SPAM = re.compile(r"(?:\*{2,}\s*spam\s*\*{2,}|[\[{]\s*spam\??\s*[\]}])\s*:?\s*", re.IGNORECASE)
_CALENDAR_TAIL = re.compile(r"\s+@\s+\w{3}\s.*$")
_UNFIT = re.compile(r"https?:|www\.|@|://|[<>{}|\\^`]", re.IGNORECASE)
_EMPTY = frozenset({"no subject", "kein betreff", "none", "untitled", "meeting", "call", "busy", "hello", "hi", "test"})
_MONTHS = {
    "en": "January February March April May June July August September October November December".split(),  # noqa: SIM905
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(),  # noqa: SIM905
}
_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
_PHRASES = {
    "en": {"month": "in {}", "last year": "in {} last year", "day": "on {}", "last week": "last week"},
    "de": {"month": "im {}", "last year": "im {} letzten Jahres", "day": "am {}", "last week": "letzte Woche"},
}


def unmarked(subject: str) -> str:
    """A subject without what a spam filter wrote into it: said again, it would have the answer taken for spam."""
    return _SPAM.sub("", one_line(subject)).strip()


def topic(subject: str) -> str | None:
    """What a mail or meeting was about, fit to be quoted: without reply marks; None for an empty or odd one.

    A subject is a stranger's text: what holds an address, a link or markup is not repeated in the owner's name.
    """
    text = _CALENDAR_TAIL.sub("", _PREFIX.sub("", unmarked(subject))).strip(" -–—:;,.\"'“”„")
    bare = text.strip("()[]* ").casefold()
    if not text or bare in _EMPTY or _UNFIT.search(text) or len(text) > TOPIC_CHARACTERS:
        return None
    return text if sum(char.isalpha() for char in text) >= 3 else None


def when(told: Mapping[str, str], as_of: datetime, zone: tzinfo, language: str = "") -> str | None:
    """An instant in words, as `{"month": …}` or `{"day": …}` (ISO 8601) asks for; None where there are no fit words."""
    for unit, words in (("month", month_of), ("day", weekday_of)):
        if unit in told:
            return words(datetime.fromisoformat(told[unit]), as_of, zone, language)
    return None


def month_of(instant: datetime, as_of: datetime, zone: tzinfo, language: str = "") -> str | None:
    """ "in March" within ten months, "in March last year" in the year before; None where it would mislead.

    None, too, in a language that we have no words of.
    """
    then, today, spoken = instant.astimezone(zone), as_of.astimezone(zone), _spoken(language)
    months = (today.year - then.year) * 12 + today.month - then.month
    if months < 0 or spoken not in _MONTHS or (months > 10 and today.year - then.year != 1):
        return None
    return _PHRASES[spoken]["month" if months <= 10 else "last year"].format(_MONTHS[spoken][then.month - 1])


def weekday_of(instant: datetime, as_of: datetime, zone: tzinfo, language: str = "") -> str | None:
    """ "on Tuesday" for the last six days, "last week" for the seven before; None for anything else."""
    then, spoken = instant.astimezone(zone), _spoken(language)
    days = (as_of.astimezone(zone).date() - then.date()).days
    if not 0 <= days < 14 or spoken not in _DAYS:
        return None
    return _PHRASES[spoken]["day" if days < 7 else "last week"].format(_DAYS[spoken][then.weekday()])


def _spoken(language: str) -> str:
    return language.partition("-")[0] or "en"


def morning_after(instant: datetime, zone: tzinfo, hour: int = 8) -> datetime:
    """The next working day's morning where the owner is, after the day of `instant`."""
    local = instant.astimezone(zone)
    day = local.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


def given(name: str) -> str | None:
    """A first name fit for a greeting, or None: one short word of letters, as far as a stranger's text can be that."""
    clean = one_line(name, limit=60)
    return clean if clean and re.fullmatch(r"[^\W\d_]+(?:[-'’ .][^\W\d_]+)*\.?", clean) and len(clean) <= 30 else None


def greeted(name: str, address: str) -> str | None:
    """The first name fit for a greeting; None where name and address tell the order of its words differently.

    "Schmidt Bernd <bernd.schmidt@…>" is a habit of firms, and "Hi Schmidt" a wrong name.
    """
    words, local = spelt_coarsely(name).split(), spelt_coarsely(address.partition("@")[0]).split()
    if len(words) > 1 and len(local) > 1 and local[-1] == words[0] and local[0] in (words[-1], words[-1][0]):
        return None
    return given(first_name(name, address))


def naming(text: str | None, limit: int = 60) -> str | None:
    """A name of a person or firm fit for a sentence, or None."""
    clean = one_line(text or "", limit)
    return clean if clean and not re.search(r"https?:|://|[<>{}]", clean) else None
