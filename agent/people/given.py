"""The name a person is greeted by. Better none than a wrong one: a draft without a name is still polite."""

from __future__ import annotations

import re
from functools import lru_cache

# Given and family names that stand first in the writer's own habit; which of the two it is cannot be told.
_FAMILY_FIRST_WORDS = """
bai cai cao chan chang chao chen cheng cheung chiang chiu cho choe choi chou chow chu chua chung dai deng ding
dong du duan fan fang feng fu gao ge gong gu guo han hao he ho hong hou hsieh hsu hu huang hung huynh hwang im
jang jeon jeong jia jiang jin jo jung kang kao kim ko kong kuo kwok kwon lai lam lau le lee lei leong leung li
liang liao lien lim lin ling liu long lu luo lv ma mao meng mo nam ng nguyen ni noh oh ong ou pan pang park peng
pham phan qi qian qin qiu ren ryu seo shao shen shi shih shin sim son song su sun tan tang tao teng tian tong
tran tsai tseng tsui tu vo vu wan wang wei wen wong woo wu xia xiang xiao xie xing xiong xu xue yan yang yao ye
yen yi yin yip you yu yuan yun zeng zhan zhang zhao zheng zhong zhou zhu zhuang zou
"""
_FAMILY_FIRST = frozenset(_FAMILY_FIRST_WORDS.split())
_NOT_GIVEN = re.compile(
    r"""\b(?:abteilung|academy|accounts?|admin\w*|agency|ag|alerts?|alumni|announcements?|association|bank|billing|bot|buchhaltung|center
    |centre|city|club|college|committee|company|conference|consulting|corp(?:oration)?|council|customer|daemon|dear|department
    |dept|desk|digital|do\s?not\s?reply|editor\w*|energy|enterprise|events?|family|firma|foundation|freunde|gmbh|group|gruppe
    |hello|help(?:desk)?|hotel|hotline|inc|info\w*|institute?|insurance|international|kundenservice|kg|lab|labs|limited|list|liste
    |llc|llp|ltd|magazine|mail|mailer|marketing|media|members?|museum|network|news\w*|no.?reply|notifications?|of|office|online
    |operator|orders?|partners?|plc|post\w*|praxis|press|program|project|recipients?|redaktion|research|robot|sales|schule|school
    |schedul\w*|secretar\w*|security|sekretariat|sent|service|services|society|solutions|stadt|staff|store|studio|support|survey
    |system\w*|team|test|the|trust|undisclosed|university|universität|unknown|updates?|user
    |verein|web\w*|your|university)\b | [&@/|+=_\d{}] | \b(?:and|und|et|y)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_GIVEN = re.compile(r"[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*")
_EAST_ASIAN = re.compile(r"[ᄀ-ᇿ⺀-鿿가-힣豈-﫿]")


@lru_cache(maxsize=4096)
def first_name(name: str, address: str = "") -> str:
    """The given name out of a display name already cleaned, or the empty string when it cannot be told.

    Precision over recall: firms, desks, initials, single words, couples, and names in an order that cannot be
    known (East Asian script, family names usual there) give nothing. "Thomas (Tom) Meyer" is Tom. With `address`, a
    name that begins with the name of the firm there gives nothing either ("Acme Trading <mail@acme.com>").
    """
    words = name.split()
    if not 2 <= len(words) <= 6 or _NOT_GIVEN.search(name) or _EAST_ASIAN.search(name):
        return ""
    given = _parsed(name)
    if not _GIVEN.fullmatch(given) or given.lower() in _FAMILY_FIRST or (given.isupper() and len(given) < 4):
        return ""
    host = address.lower().rpartition("@")[2]
    return "" if given.lower() in host.split(".")[:-1] else given


def _parsed(name: str) -> str:
    from nameparser import HumanName

    parts = HumanName(name)
    given, family = str(parts.first), str(parts.last)
    if not given or not family or given[0].islower():
        return ""
    nickname = str(parts.nickname)
    if nickname and " " not in nickname and nickname[0].isupper():
        return nickname
    return given
