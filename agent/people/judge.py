"""Who counts as a person: the judgement on a sender from all their mail and all that went to them.

A person is a machine only if all their mail is; mail without a robot's header fields may still be a robot's, which
behaviour tells (one way, few subjects, never answered). An exchange in both directions speaks for a human, except
with those whose answers are automatic too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from agent.people.addresses import bulk_words, is_role_address, list_words, machine_words
from agent.people.compare import Names, names_agree
from agent.people.display import clean_name, first_name
from agent.people.hosts import is_free_mail
from agent.people.normalise import is_legacy_address
from agent.types import Kind

BY_HAND = (Kind.PERSON, Kind.LIST)
_BY_PROGRAM = (Kind.AUTOMATED, Kind.BULK, Kind.BOUNCE, Kind.SOCIAL)
_LIST_NAME = re.compile(
    r"\b(?:mailing[\s-]?list|mail-?list|list|listserv|verteiler|liste de diffusion|lista|distribution|ml)\)?$",
    re.IGNORECASE,
)
_PROGRAM_NAME = re.compile(
    r"\((?:code review|jira|confluence|gitlab|github|bugzilla|phabricator|asana|trello|slack|google docs)\b"
    r"|\bno[\s.-]?reply\b|\brobot$|\[bot\]|\bdaemon$|\bnotifications?$",
    re.IGNORECASE,
)
RELAYED_SENDERS = 3
BURST = 5
SAME_SUBJECT = 0.34
MANY = 10
WRITERS = 4


class PersonRole(StrEnum):
    """What somebody is to the owner; only a `person` can become a tie."""

    PERSON = "person"
    MACHINE = "machine"
    LIST = "list"
    ROLE = "role"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known of somebody, summed over all messages of one owner.

    `names` are the display names as they stood. `from_kinds`: mails from them by kind. `list_role`: how often an
    address of theirs stood in List-Post. `sent_to`, `sent_days`: mails the owner wrote to them, and on how many
    days; `received_days`: days with a mail by hand from them; `met`: meetings held. `messages`,
    `subjects_distinct` (numbers left out), `answers` (those that answer another mail) and `median_recipients` are of
    the mails from them. `delivered_via_senders`: how many senders' mails reached the owner although their only
    recipient was this address.
    `ever_sender`: whether an address of theirs was ever the one From address. `owner_names`: the names the owner's
    own addresses were seen under.
    """

    addresses: tuple[str, ...]
    names: tuple[str, ...] = ()
    from_kinds: Mapping[Kind, int] = field(default_factory=dict)
    list_role: int = 0
    sent_to: int = 0
    sent_days: int = 0
    received_days: int = 0
    met: int = 0
    messages: int = 0
    subjects_distinct: int = 0
    answers: int = 0
    median_recipients: float = 0
    delivered_via_senders: int = 0
    ever_sender: bool = False
    own: bool = False
    owner_names: tuple[str, ...] = ()

    @property
    def by_hand(self) -> int:
        """Mails from them that a person wrote, lists included."""
        return sum(self.from_kinds.get(kind, 0) for kind in BY_HAND)

    @property
    def by_program(self) -> int:
        """Mails from them that a program wrote or that went to everybody."""
        return sum(self.from_kinds.get(kind, 0) for kind in _BY_PROGRAM)

    @property
    def two_sided(self) -> bool:
        """Whether both wrote to each other by hand, or they met."""
        return self.met > 0 or (self.by_hand > 0 and self.sent_to > 0)


@dataclass(frozen=True, slots=True)
class PersonVerdict:
    """What somebody is, and why, in the owner's words."""

    role: PersonRole
    reasons: tuple[str, ...]


def judge_person(facts: PersonFacts) -> PersonVerdict:
    """The verdict on one person or address. The first rule that applies decides."""
    if facts.own:
        return PersonVerdict(PersonRole.SELF, ("your own address",))
    if _named_like_owner(facts):
        return PersonVerdict(PersonRole.SELF, ("it bears your own name only: taken for an address of yours",))
    for role, rule in _RULES:
        if reason := rule(facts):
            return PersonVerdict(role, (reason,))
    return PersonVerdict(PersonRole.PERSON, (_person_words(facts),))


def _named_like_owner(facts: PersonFacts) -> bool:
    """An address whose every full name is the owner's: far more often a second address than a namesake."""
    theirs = {clean_name(name) for name in facts.names} - {""}
    full = [name for name in theirs if len(name.split()) > 1]
    owners = [clean_name(name) for name in facts.owner_names]
    return bool(full) and all(any(names_agree(name, own) is Names.EQUAL for own in owners) for name in full)


def _person_words(facts: PersonFacts) -> str:
    if facts.two_sided:
        return "you have written to each other" if facts.by_hand and facts.sent_to else "you have met"
    if facts.by_hand:
        return "mail from them reads as written by a person"
    return "nothing says that a program or a list is behind the address"


def _legacy(facts: PersonFacts) -> str:
    if facts.addresses and all(map(is_legacy_address, facts.addresses)):
        return "a name inside an Exchange server, and no address one can write to"
    return ""


def _list(facts: PersonFacts) -> str:
    words = _all(facts, list_words)
    if facts.list_role:
        return "mailing lists name it as the address to post to"
    if _munged(facts.names, at_least=1 if words else 2):
        return "people's mail comes from it under their own names: a list that rewrites senders"
    if facts.by_hand:
        return ""
    if facts.delivered_via_senders >= RELAYED_SENDERS:
        return f"mail of {facts.delivered_via_senders} people reached you only through it"
    if not words and any(_LIST_NAME.search(name) for name in facts.names):
        words = "its name is that of a list"
    return f"{words}, and it never wrote itself" if words else ""


def _munged(names: tuple[str, ...], at_least: int) -> bool:
    via = {clean_name(name) for name in names if " via " in f" {name.lower()} "}
    return len(via) >= at_least and 2 * len(via) >= len(set(names))


def _machine(facts: PersonFacts) -> str:
    words = _all(facts, machine_words)
    if words and not (facts.two_sided and _personal_name(facts) and "asks not" not in words):
        return words
    if facts.by_hand:
        return _machine_by_behaviour(facts)
    if facts.names and all(_PROGRAM_NAME.search(name) for name in facts.names):
        return "its name is that of a program"
    if facts.by_program and not _answered_by_hand(facts):
        return _all_by_program(facts)
    unseen = "" if facts.ever_sender else _all(facts, bulk_words)
    return f"{unseen}, and it never wrote itself" if unseen else ""


def _answered_by_hand(facts: PersonFacts) -> bool:
    """Somebody whose own mail passes through a service for mass mail, yet whom the owner keeps writing to."""
    if facts.met and _personal_name(facts):
        return True
    return facts.sent_days > 1 and _personal_name(facts) and not _all(facts, bulk_words) and not _desk(facts)


def _all_by_program(facts: PersonFacts) -> str:
    kinds = ", ".join(f"{count} {kind.value}" for kind, count in sorted(facts.from_kinds.items()) if count)
    return f"all {sum(facts.from_kinds.values())} mails from it were written by programs ({kinds})"


def may_be_burst(messages: int, sent_to: int, met: int) -> bool:
    """Whether somebody writes so much and hears so little that what they write about has to be looked at."""
    return messages >= BURST and sent_to <= 1 and not met


def _machine_by_behaviour(facts: PersonFacts) -> str:
    """Robots that sign with nothing: they write often, of little, to many, and answer nothing.

    One mail to them is no exchange: somebody asked to be left in peace, or took the robot for a person.
    """
    if facts.answers or not may_be_burst(facts.messages, facts.sent_to, facts.met):
        return ""
    if not facts.sent_to and (words := _all(facts, bulk_words)):
        return f"{words}, and you never wrote back to its {facts.messages} mails"
    habit = _habit(facts)
    return f"{facts.messages} mails {habit}, and none answers anybody" if habit else ""


def _habit(facts: PersonFacts) -> str:
    """How somebody writes who is hardly a person."""
    if _named_after_host(facts):
        return "in the name of a firm"
    if _named_person(facts):
        return ""
    if facts.subjects_distinct <= SAME_SUBJECT * facts.messages:
        subjects = "one subject" if facts.subjects_distinct == 1 else f"{facts.subjects_distinct} subjects"
        return f"on {subjects} only"
    return f"to more than {MANY} people each" if facts.median_recipients > MANY else ""


def _named_after_host(facts: PersonFacts) -> bool:
    """Whether the only names shown are those of the hosts they write from ("Northwind Traders" at northwind.com)."""
    hosts = [address.rpartition("@")[2] for address in facts.addresses]
    first = [re.sub(r"^the\W+", "", clean_name(name).lower()).partition(" ")[0] for name in facts.names]
    free = any(map(is_free_mail, hosts))
    return bool(first) and not free and all(len(word) > 2 and any(word in host for host in hosts) for word in first)


def _role(facts: PersonFacts) -> str:
    if _many_writers(facts.names):
        return "many people write under this one address"
    if _desk(facts) and not ((facts.sent_to or facts.met) and _personal_name(facts)):
        return "a desk that several people may share, not one person"
    return ""


def _many_writers(names: tuple[str, ...]) -> bool:
    if len(set(names)) < WRITERS:
        return False
    full = {frozenset(clean_name(name).lower().split()) for name in names if first_name(clean_name(name))}
    apart = [words for words in full if not any(words & other for other in full if other != words)]
    return len(apart) >= WRITERS


def _desk(facts: PersonFacts) -> bool:
    return bool(facts.addresses) and all(is_role_address(address) for address in facts.addresses)


def _personal_name(facts: PersonFacts) -> bool:
    return any(first_name(clean_name(name), address) for name in facts.names for address in facts.addresses)


def _named_person(facts: PersonFacts) -> bool:
    """A person's name that the address agrees with, or an address of the form given.family."""
    for address in facts.addresses:
        local = address.partition("@")[0]
        parts = [part for part in local.replace("_", ".").replace("-", ".").split(".") if part.isalpha()]
        if len(parts) > 1 and not is_role_address(address):
            return True
        for name in facts.names:
            words = clean_name(name).lower().split()
            if first_name(clean_name(name), address) and any(len(word) > 2 and word[:5] in local for word in words):
                return True
    return False


def _all(facts: PersonFacts, words: Callable[[str], str]) -> str:
    """What is said of every address alike, or the empty string."""
    found = [words(address) for address in facts.addresses]
    return found[0] if found and all(found) else ""


_RULES: tuple[tuple[PersonRole, Callable[[PersonFacts], str]], ...] = (
    (PersonRole.MACHINE, _legacy),
    (PersonRole.LIST, _list),
    (PersonRole.MACHINE, _machine),
    (PersonRole.ROLE, _role),
)
