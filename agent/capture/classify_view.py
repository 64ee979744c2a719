"""One mail as the rules of `classify` look at it: its sender taken apart, its telling fields by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agent.people.normalise import address_key, domain, is_address, same_owner
from connectors.records import MailRecord

# User agents behind which a person sits. A robot may borrow one, so it is evidence only against weak evidence.
_HUMAN_AGENT = re.compile(
    r"thunderbird|outlook|apple mail|iphone|ipad|mutt|k-?mail|evolution|gnus|emacs|mh-e|sylpheed|claws|roundcube"
    r"|horde|squirrelmail|eudora|pegasus|the bat|pine|lotus|notes|inotes|groupwise|entourage|mozilla|seamonkey"
    r"|webmail|opera|zimbra|open-xchange|k-9|fairemail|git-send-email|b4 |mailmate|airmail|spark|mail\.ru|coremail"
    r"|netease|foxmail|becky|shuriken|exmh|zmail|balsa|postbox|nmh|tutanota|protonmail|yahoo|ymail|gmail|zoho mail",
    re.IGNORECASE,
)

_MARKS = re.compile(r"^(?:\[[^\]]{1,40}\]\s+|\*+\s?spam\s?\*+\s+)+")


@dataclass(frozen=True, slots=True)
class View:
    """`fields` are the record's `automation` pairs with lower-case values; `sender` is the one From address or ''.

    `own`: the owner wrote it. `to_others`: the owner is known and none of their addresses is among the recipients.
    `addressed_back`: it may answer the reader alone, for it has one recipient or names the owner.
    """

    mail: MailRecord
    fields: Mapping[str, str]
    senders: tuple[str, ...]
    name: str
    subject: str
    own: bool
    to_others: bool
    addressed_back: bool

    @property
    def sender(self) -> str:
        """The From address where there is exactly one, else the empty string."""
        return self.senders[0] if len(self.senders) == 1 else ""

    @property
    def title(self) -> str:
        """The subject in small letters without the marks lists and filters put first ("[birds] ", "***SPAM*** ")."""
        return _MARKS.sub("", self.subject.lower())

    @property
    def local(self) -> str:
        """The local part of the sender."""
        return self.sender.rpartition("@")[0]

    @property
    def host(self) -> str:
        """The domain of the sender."""
        return self.sender.rpartition("@")[2]

    @property
    def null_return_path(self) -> bool:
        """An empty envelope sender (RFC 5321 §4.5.5), spelt `<>` or, by some systems, MAILER-DAEMON."""
        path = self.mail.return_path
        return path is not None and path.strip("<> ").lower() in {"", "mailer-daemon"}

    @property
    def answers(self) -> bool:
        """Whether it names a mail it answers."""
        return bool(self.mail.in_reply_to or self.mail.references)

    @property
    def mail_program_of_people(self) -> bool:
        """Whether User-Agent, X-Mailer or the form of the Message-ID names a program a person sits before."""
        agent = self.fields.get("user-agent", "") or self.fields.get("x-mailer", "")
        return bool(agent and _HUMAN_AGENT.search(agent)) or self.mail.message_id.endswith("@mail.gmail.com")

    @property
    def by_hand(self) -> bool:
        """Whether something speaks for a person at the keys: an answer, or a mail program of people."""
        return self.answers or self.mail_program_of_people

    @property
    def named_like_address(self) -> bool:
        """Whether display name and local part share a word, as a person's do ("Anna Bell", abell@ or anna.b@)."""
        local = re.sub(r"[^a-z]", "", self.local)
        words = [word for word in re.findall(r"[a-z]{3,}", self.name.lower()) if word not in self.host]
        return len(words) > 0 and any(word in local or local.endswith(word[:6]) for word in words)


def view(mail: MailRecord, own: frozenset[str]) -> View:
    """Take a record apart once, for all rules."""
    senders = tuple(dict.fromkeys(address_key(box.address) for box in mail.from_ if box.address.strip("<> ")))
    to_own = any(same_owner(box.address, own) for box in mail.recipients)
    name = next((box.name for box in mail.from_ if box.name), "")
    return View(
        mail=mail,
        fields={field.lower(): value.strip().lower() for field, value in mail.automation},
        senders=senders,
        name=" ".join(name.split()),
        subject=" ".join(mail.subject.split()),
        own=bool(senders) and all(same_owner(sender, own) for sender in senders),
        to_others=bool(own) and not to_own,
        addressed_back=to_own if own else len(mail.recipients) == 1,
    )


def usable(sender: str) -> bool:
    """Whether an address can be written back to."""
    return is_address(sender) and bool(domain(sender))
