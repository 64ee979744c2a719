"""One mail as the rules of `classify` look at it: sender and subject judged once, its telling fields by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from agent.capture import patterns
from agent.people.addresses import bulk_words, is_role_address, machine_words
from agent.people.normalise import address_key, clean_name, domain, first_name, is_address, same_owner
from connectors.records import Mailbox, MailRecord

# User agents behind which a person sits. A robot may borrow one, so it is evidence only against weak evidence.
_HUMAN_AGENT = re.compile(
    r"thunderbird|outlook|apple mail|iphone|ipad|mutt|k-?mail|evolution|gnus|emacs|mh-e|sylpheed|claws|roundcube"
    r"|horde|squirrelmail|eudora|pegasus|the bat|pine|lotus|notes|inotes|groupwise|entourage|mozilla|seamonkey"
    r"|webmail|opera|zimbra|open-xchange|k-9|fairemail|git-send-email|b4 |mailmate|airmail|spark|mail\.ru|coremail"
    r"|netease|foxmail|becky|shuriken|exmh|zmail|balsa|postbox|nmh|tutanota|protonmail|yahoo|ymail|gmail|zoho mail",
    re.IGNORECASE,
)

_BARE = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d"})
_SPELT_OUT = str.maketrans({"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
_MARKS = re.compile(r"^(?:\[[^\]]{1,40}\]\s+|\*+\s?spam\s?\*+\s+)+")


_Marks = tuple[bool, bool, bool, bool, str, str, bool, bool, bool, bool]


class Writer(NamedTuple):
    """What the one From address and the name shown with it tell by themselves, worked out once for all their mails.

    `daemon`, `system`, `postmaster`: the address, for `system` or the name, is one of a mail system. `calendar`: it is
    Google's. `program` and `bulk`: the words on a program's and on a newsletter's address. `robot`, `newsletter`,
    `through`: the name is a program's, a newsletter's, or says "via …". `social`: the host is a social network's.
    `unmarked`: it can be written to, and none of all that is so.
    """

    address: str
    local: str
    host: str
    name: str
    usable: bool
    daemon: bool
    system: bool
    postmaster: bool
    calendar: bool
    program: str
    bulk: str
    robot: bool
    newsletter: bool
    through: bool
    social: bool
    unmarked: bool


@lru_cache(maxsize=6144)
def writer(address: str, name: str) -> Writer:
    """The marks of a sender. `address`: as `address_key` spells it, empty where there is not exactly one."""
    local, _, host = address.rpartition("@")
    usable = is_address(address) and bool(domain(address))
    marks = _marks(address, local, host, name)
    return Writer(address, local, host, name, usable, *marks, usable and not any(marks))


def _marks(address: str, local: str, host: str, name: str) -> _Marks:
    return (
        bool(patterns.DAEMON.match(local)),
        bool(patterns.POST.search(local) or patterns.BOUNCE_NAME.search(name)),
        bool(patterns.POSTMASTER.match(local)),
        of_google_calendar(address),
        machine_words(address),
        bulk_words(address),
        bool(patterns.ROBOT_NAME.search(name)),
        bool(patterns.BULK_NAME.search(name)),
        bool(patterns.VIA_NAME.search(name)),
        bool(patterns.SOCIAL_HOSTS.search(host)),
    )


def of_google_calendar(address: str) -> bool:
    """Whether Google's calendar writes from this address."""
    lowered = address.lower()
    return "google.com" in lowered and bool(patterns.GOOGLE_CALENDAR.search(lowered.strip("<>")))


class Title(NamedTuple):
    """A subject in small letters without the marks that lists and filters put first ("[birds] "), and what it tells.

    `absent`: what stands before "is out of the office", the first match of such words. `unmarked`: nothing of all that.
    """

    text: str
    bounce: bool = False
    surely_bounce: bool = False
    auto_reply: bool = False
    absent: str = ""
    calendar: bool = False
    unmarked: bool = True


def title(subject: str) -> Title:
    """The marks of a subject. An answer's begins with "Re:", which none of the programs' subjects does."""
    if not subject:
        return _NO_TITLE
    text = subject.lower()
    if text[0] in "[*":
        text = _MARKS.sub("", text)
    return Title(text) if patterns.ANSWER.match(text) else _title(text)


@lru_cache(maxsize=256)
def _title(text: str) -> Title:
    absent = patterns.ABSENCE_OF_SENDER.match(text)
    certain = bool(patterns.BOUNCE_CERTAIN.match(text))
    marks = (
        certain or bool(patterns.BOUNCE_SUBJECT.match(text)),
        certain,
        bool(patterns.AUTO_REPLY_PREFIX.match(text)),
        absent[1].strip() if absent else "",
        bool(patterns.CALENDAR_ANSWER.match(text) or patterns.CALENDAR_INVITATION.match(text)),
    )
    return Title(text, *marks, not any(marks))


_NO_TITLE = Title("")


def leaves(subject: Title) -> bool:
    """Whether a subject of the owner's says no more than to be taken off a mailing."""
    return bool(patterns.LEAVING.fullmatch(subject.text))


class View(NamedTuple):
    """What the rules ask for, worked out once.

    `fields`: the record's `automation` with values in small letters, without the names of mail programs; of those
    `mailer` is X-Mailer. `content`: the Content-Type likewise. `senders`: the From addresses. `own`: the owner wrote
    it. `to_others`: the owner is known and none of their addresses is among the recipients. `addressed_back`: it may
    answer the reader alone, for it has one recipient or names the owner. `human_agent`: User-Agent, X-Mailer or the
    form of the Message-ID names a program a person sits before. `null_return_path`: an empty envelope sender (RFC
    5321 §4.5.5), spelt `<>` or, by some systems, MAILER-DAEMON. `answers`: it names a mail it answers.
    """

    mail: MailRecord
    fields: Mapping[str, str]
    mailer: str
    content: str
    senders: tuple[str, ...]
    who: Writer
    title: Title
    own: bool
    to_others: bool
    addressed_back: bool
    human_agent: bool
    null_return_path: bool
    answers: bool

    @property
    def unanswerable(self) -> bool:
        """Whether answers shall go to an address that asks for none."""
        return any("asks not" in machine_words(address_key(box.address)) for box in self.mail.reply_to)

    @property
    def by_hand(self) -> bool:
        """Whether something speaks for a person at the keys: an answer, or a mail program of people."""
        return self.human_agent or self.answers

    @property
    def personal(self) -> bool:
        """Whether the address is made of a person's name, or at least the name shown is a person's and no firm's."""
        who = self.who
        if not is_role_address(who.address) and _named_like(who.name, who.local, who.host):
            return True
        return bool(first_name(clean_name(who.name), who.address))


@lru_cache(maxsize=4096)
def _named_like(name: str, local: str, host: str) -> bool:
    parts = local.split(".")
    if len(parts) == 2 and all(len(part) > 2 and part.isalpha() for part in parts):
        return True
    letters = re.sub(r"[^a-z]", "", local)
    words = [word for form in _latin_forms(name) for word in re.findall(r"[a-z]{3,}", form) if word not in host]
    return any(word in letters or letters.endswith(word[:6]) for word in words)


def _latin_forms(name: str) -> tuple[str, str]:
    """A name without accents, and as German and the Nordic languages write it without them."""
    lowered = name.lower()
    plain = unicodedata.normalize("NFKD", lowered.translate(_BARE))
    return "".join(ch for ch in plain if not unicodedata.combining(ch)), lowered.translate(_SPELT_OUT)


@lru_cache(maxsize=4096)
def _human(agent: str) -> bool:
    return bool(_HUMAN_AGENT.search(agent))


def view(mail: MailRecord, own: frozenset[str]) -> View:
    """Take a record apart once, for all rules."""
    senders = _senders(mail)
    recipients, path = mail.recipients, mail.return_path
    to_own = bool(own) and _names_owner(recipients, own)
    fields = {field: value.strip().lower() for field, value in mail.automation}
    mailer = fields.pop("x-mailer", "")
    agent = fields.pop("user-agent", "") or mailer
    return View(
        mail,
        fields,
        mailer,
        mail.content_type.lower(),
        senders,
        writer(senders[0] if len(senders) == 1 else "", _shown(mail)),
        title(mail.subject),
        bool(own and senders) and all(same_owner(each, own) for each in senders),
        bool(own) and not to_own,
        to_own if own else len(recipients) == 1,
        bool(agent and _human(agent)) or mail.message_id.endswith("@mail.gmail.com"),
        path is not None and (not path or path.strip("<> ").lower() in {"", "mailer-daemon"}),
        bool(mail.in_reply_to or mail.references),
    )


def _senders(mail: MailRecord) -> tuple[str, ...]:
    if len(mail.from_) == 1:
        address = mail.from_[0].address
        return (address_key(address),) if address.strip("<> ") else ()
    return tuple(dict.fromkeys(address_key(box.address) for box in mail.from_ if box.address.strip("<> ")))


def _shown(mail: MailRecord) -> str:
    """The first name that From shows."""
    for box in mail.from_:
        if box.name:
            return box.name
    return ""


def _names_owner(boxes: Iterable[Mailbox], own: frozenset[str]) -> bool:
    return any(same_owner(box.address, own) for box in boxes)
