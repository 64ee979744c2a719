"""One mail as the rules of `classify` look at it: its sender taken apart, its telling fields by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from agent.people.addresses import is_role_address, machine_words
from agent.people.normalise import address_key, clean_name, domain, first_name, is_address, same_owner
from connectors.records import MailRecord

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


@dataclass(frozen=True, slots=True)
class View:
    """What the rules ask for, worked out once.

    `fields`: the record's `automation` with values in small letters. `sender`: the one From address, else empty, with
    its `local` part and `host`. `title`: the subject in small letters without the marks that lists and filters put
    first ("[birds] "). `own`: the owner wrote it. `to_others`: the owner is known and none of their addresses is
    among the recipients. `addressed_back`: it may answer the reader alone, for it has one recipient or names the
    owner. `human_agent`: User-Agent, X-Mailer or the form of the Message-ID names a program a person sits before.
    """

    mail: MailRecord
    fields: Mapping[str, str]
    senders: tuple[str, ...]
    sender: str
    local: str
    host: str
    name: str
    title: str
    own: bool
    to_others: bool
    addressed_back: bool
    human_agent: bool

    @property
    def null_return_path(self) -> bool:
        """An empty envelope sender (RFC 5321 §4.5.5), spelt `<>` or, by some systems, MAILER-DAEMON."""
        path = self.mail.return_path
        return path is not None and path.strip("<> ").lower() in {"", "mailer-daemon"}

    @property
    def unanswerable(self) -> bool:
        """Whether answers shall go to an address that asks for none."""
        return any("asks not" in machine_words(address_key(box.address)) for box in self.mail.reply_to)

    @property
    def answers(self) -> bool:
        """Whether it names a mail it answers."""
        return bool(self.mail.in_reply_to or self.mail.references)

    @property
    def by_hand(self) -> bool:
        """Whether something speaks for a person at the keys: an answer, or a mail program of people."""
        return self.human_agent or self.answers

    @property
    def personal(self) -> bool:
        """Whether the address is made of a person's name, or at least the name shown is a person's and no firm's."""
        if not is_role_address(self.sender) and _named_like(self.name, self.local, self.host):
            return True
        return bool(first_name(clean_name(self.name), self.sender))


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
    senders = tuple(dict.fromkeys(address_key(box.address) for box in mail.from_ if box.address.strip("<> ")))
    sender = senders[0] if len(senders) == 1 else ""
    local, _, host = sender.rpartition("@")
    to_own = bool(own) and any(same_owner(box.address, own) for box in mail.recipients)
    fields = {field: value.strip().lower() for field, value in mail.automation}
    agent = fields.get("user-agent", "") or fields.get("x-mailer", "")
    return View(
        mail=mail,
        fields=fields,
        senders=senders,
        sender=sender,
        local=local,
        host=host,
        name=next((box.name for box in mail.from_ if box.name), ""),
        title=_MARKS.sub("", mail.subject.lower()),
        own=bool(own and senders) and all(same_owner(each, own) for each in senders),
        to_others=bool(own) and not to_own,
        addressed_back=to_own if own else len(mail.recipients) == 1,
        human_agent=bool(agent and _human(agent)) or mail.message_id.endswith("@mail.gmail.com"),
    )


def usable(sender: str) -> bool:
    """Whether an address can be written back to."""
    return is_address(sender) and bool(domain(sender))
