"""Whether two display names can be one person's: accents, other scripts, initials, short forms, order."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

# Groups of given names that stand for one another, the everyday ones of English, German, French, Spanish, Russian.
_SHORT_FORMS = """
abigail abby gail / albert al bert / alejandro alex / alexander alex sandy sasha xander alec alexandre aleksandr
alexandra alex sandra sasha / alfred fred alf / amanda mandy / andrew andy drew / andreas andi / anthony tony /
antonio toni arthur art / barbara barb / benjamin ben benny / bernard bernie / catherine cathy cate kate katie
katherine kathryn kathy charles charlie chuck / christian chris / christina chris tina christine / christopher
chris / daniel dan danny david dave / deborah deb debbie / dmitri dima dmitry dmitriy / dominic dom / donald don
/ dorothy dot / douglas doug edward ed eddie ted ned edgar / egil bud / elizabeth liz beth betty eliza lisa /
emily em / eugene gene / florian flo francis frank fran / francisco paco pancho / franz francis / frederick fred
freddy / gabriel gabe / george georg / gerald gerry gregory greg / harold harry hal / henry harry hank / hubert
bert / ivan vanya / jacob jake / jacqueline jackie / james jim jimmy jamie / janet jan / jeffrey jeff geoffrey
geoff / jennifer jen jenny / jessica jess / joachim jo achim / johannes hannes hans / john jack johnny jon /
jonathan jon / jose pepe / joseph joe joey josef sepp / joshua josh / judith judy karen / kenneth ken / kimberly
kim / lawrence larry laurence / leonard len leo / lucas luke / margaret maggie peggy meg maria mary / martin
marty / matthew matt matthias / maximilian max / michael mike mick michel / mikhail misha / mitchell mitch
nathaniel nate nathan / nicholas nick nicolas niklas nico / nikolai kolya / pamela pam / patricia pat patty
trish / patrick pat paddy / pavel pasha / peter pete / philip phil phillip philippe / rafael rafa / raymond ray
/ rebecca becky / richard dick rick rich ricky / robert bob rob bobby robbie bert / roger rog / ronald ron /
russell russ / samuel sam / sergey sergei seryozha sebastian seb basti / stanley stan / stephen steve steven
stefan stephan steffen / stuart stewart stu / susan sue suzanne / terence terry / theodore ted theo / thomas tom
tommy / timothy tim / ulrich uli / valentina valya / victoria vicky / victor vic viktor vincent vince / vladimir
vova volodya / walter walt / wilhelm willi will / william bill will billy liam / wolfgang wolf / yevgeny zhenya
"""
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ"
_CYRILLIC_LATIN = "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i i e g"
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψω"
_GREEK_LATIN = "a v g d e z i th i k l m n x o p r s s t y f ch ps o"
_LETTERS = str.maketrans(
    {letter: latin.strip("_") for letter, latin in zip(_CYRILLIC, _CYRILLIC_LATIN.split(" "), strict=True)}
    | dict(zip(_GREEK, _GREEK_LATIN.split(" "), strict=True))
    | {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_SOUNDS = str.maketrans("yjcw", "iikv")
_WORD = re.compile(r"[^\W\d_]+")
_UMLAUT = re.compile(r"([aou])e")
_TITLES = frozenset(
    {"dr", "prof", "mr", "mrs", "ms", "miss", "sir", "dame", "herr", "frau", "jr", "sr", "ii", "iii", "phd", "mba"}
)


class Names(StrEnum):
    """How two names stand to each other."""

    EQUAL = "equal"
    COMPATIBLE = "compatible"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


MOST_KEPT = 2**15
"""Names a process remembers the spelling of: those of a big mailbox."""


@lru_cache(maxsize=MOST_KEPT)
def spelt_plainly(name: str) -> str:
    """A name in small Latin letters without accents, titles and marks, words parted by one blank."""
    words = _WORD.findall(name.lower() if name.isascii() else _bare(name))
    return " ".join([word for word in words if word not in _TITLES])


def _bare(name: str) -> str:
    parted = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return "".join([ch for ch in parted if not unicodedata.combining(ch)]).translate(_LETTERS)


@lru_cache(maxsize=MOST_KEPT)
def spelt_coarsely(name: str) -> str:
    """The same with German umlauts written either way: Jürgen Müller is Juergen Mueller. For comparing only."""
    return _UMLAUT.sub(r"\1", spelt_plainly(name))


def names_agree(one: str, other: str) -> Names:
    """Compare two full names; a single word, or none, tells nothing.

    Equal: the same words, whatever their order and what middle names are left out. Compatible: the same surname with
    an initial or a short form as given name ("B. Baker", "Bob Baker" and Robert Baker), or a given name with the
    surname's initial ("Bob B."). Initials alone ("B. B.") can only speak against. A different given name beside the
    same surname is a different person: family, or a colleague.
    """
    mine, theirs = spelt_coarsely(one).split(), spelt_coarsely(other).split()
    if min(len(mine), len(theirs)) < 2:
        return Names.UNKNOWN
    if any(len(name[-1]) == 1 for name in (mine, theirs)):
        return _with_initials(mine, theirs)
    if set(mine) == set(theirs) or (mine[0], mine[-1]) == (theirs[0], theirs[-1]):
        return Names.EQUAL if min(len(mine[0]), len(theirs[0])) > 1 else Names.COMPATIBLE
    if mine[-1] == theirs[-1] and _given_agree(mine[0], theirs[0]):
        return Names.COMPATIBLE
    return Names.DIFFERENT


def are_strangers(one: str, other: str) -> bool:
    """Whether two full names in Latin letters are surely not one person's: no word in common, nor anything like it."""
    mine, theirs = spelt_coarsely(one), spelt_coarsely(other)
    if not (mine.isascii() and theirs.isascii()) or not set(mine.split()).isdisjoint(theirs.split()):
        return False
    return names_agree(one, other) is Names.DIFFERENT


def _with_initials(mine: list[str], theirs: list[str]) -> Names:
    """Names of which one has no more of the surname than its initial."""
    if mine[-1][0] != theirs[-1][0] or not (mine[0] == theirs[0] or _given_agree(mine[0], theirs[0])):
        return Names.DIFFERENT
    return Names.COMPATIBLE if min(len(mine[0]), len(theirs[0])) > 1 else Names.UNKNOWN


def _given_agree(one: str, other: str) -> bool:
    if 1 in (len(one), len(other)):
        return one[0] == other[0]
    return bool(_groups().get(one, frozenset()) & _groups().get(other, frozenset())) or _sounds(one) == _sounds(other)


@lru_cache(maxsize=MOST_KEPT)
def _sounds(word: str) -> str:
    """What is left of a given name when habits of transliteration are taken out (Sergei and Sergey, Katharina)."""
    soft = word.replace("ph", "f").replace("h", "").translate(_SOUNDS)
    return re.sub(r"(.)\1+", r"\1", soft)


@lru_cache(maxsize=1)
def _groups() -> dict[str, frozenset[int]]:
    groups: dict[str, frozenset[int]] = {}
    for number, group in enumerate(_SHORT_FORMS.replace("\n", " ").split("/")):
        for word in map(spelt_coarsely, group.split()):
            groups[word] = groups.get(word, frozenset()) | {number}
    return groups
