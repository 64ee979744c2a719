"""What one message is, judged by its own header fields: a person writing, or which kind of machine.

The absence of a robot's fields proves no human and their presence no robot, so this verdict is about the message
only; `agent.people.judge` decides about senders from all their mail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from agent.capture.classify_lists import bulk, filed, group, steward
from agent.capture.classify_quick import unmarked
from agent.capture.classify_reports import auto_reply, bounce, calendar
from agent.capture.classify_robots import likely, machine, social, stand_in
from agent.capture.classify_view import View, leaves, view
from agent.people.normalise import same_owner
from agent.types import Kind
from connectors.records import MailRecord


class Verdict(NamedTuple):
    """The kind of a message, and what in it told so."""

    kind: Kind
    reasons: tuple[str, ...]


Rule = Callable[[View], str]

_REPORTS: tuple[tuple[Kind, Rule], ...] = (
    (Kind.BOUNCE, bounce),
    (Kind.AUTO_REPLY, auto_reply),
    (Kind.CALENDAR, calendar),
)


def _newsletter(look: View) -> str:
    """A newsletter whose sender only asks not to be answered; other robots' notices are robots' notices."""
    return bulk(look) if "asks not" in look.who.program and "asks not" in machine(look) else ""


_WRITERS: tuple[tuple[Kind, Rule], ...] = (
    (Kind.SOCIAL, social),
    (Kind.BULK, _newsletter),
    (Kind.AUTOMATED, machine),
    (Kind.AUTOMATED, steward),
    (Kind.LIST, group),
    (Kind.BULK, bulk),
    (Kind.AUTOMATED, stand_in),
    (Kind.AUTOMATED, likely),
    (Kind.BULK, filed),
)


def classify(mail: MailRecord, own: frozenset[str] = frozenset()) -> Verdict:
    """Judge one message. `own` holds the owner's addresses as `address_key` spells them, where they are known."""
    if not unmarked(mail, own):
        return carefully(mail, own)
    return _OWN if same_owner(mail.from_[0].address, own) else _PLAIN


def carefully(mail: MailRecord, own: frozenset[str] = frozenset()) -> Verdict:
    """As `classify`, by every rule."""
    look = view(mail, own)
    for kind, rule in _REPORTS:
        if reason := rule(look):
            return Verdict(kind, (reason,))
    if unreadable := _unattributed(look):
        return Verdict(Kind.UNREADABLE, (unreadable,))
    if look.own:
        return _by_owner(look)
    for kind, rule in _WRITERS:
        if reason := rule(look):
            return Verdict(kind, (reason,))
    return _PLAIN


_OWN = Verdict(Kind.PERSON, ("From is one of your own addresses",))
_PLAIN = Verdict(Kind.PERSON, ("nothing in it says that a program or a list sent it",))


def _unattributed(look: View) -> str:
    """Why nobody can be named as its writer (RFC 5322 §3.6.2 allows several authors; we do not guess)."""
    if len(look.senders) > 1 or "ambiguous From" in look.mail.defects:
        return "more than one From address: who wrote it cannot be told"
    if not look.who.address:
        return "no From address"
    return "" if look.who.usable else "From is not an address one can write to"


def _by_owner(look: View) -> Verdict:
    submitted = look.fields.get("auto-submitted", "no")
    if submitted != "no":
        return Verdict(Kind.AUTOMATED, (f"Auto-Submitted: {submitted}",))
    if leaves(look.title):
        return Verdict(Kind.AUTOMATED, ("it only asks to be taken off a mailing: a word to a program",))
    return _OWN
