"""Mail a program wrote: notices of social networks, of trackers and shops, and of anything that signs as a robot."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from agent.capture import patterns
from agent.capture.classify_view import View
from agent.people.addresses import bulk_words, machine_words
from agent.people.normalise import address_key

SOCIAL_FIELDS = (
    "x-facebook-notify",
    "x-linkedin-class",
    "x-linkedin-template",
    "x-linkedin-id",
    "x-linkedin-fbl",
    "x-twitteremailtype",
)
_SOCIAL = frozenset(SOCIAL_FIELDS)


@lru_cache(maxsize=2048)
def _of_tracker(field: str) -> bool:
    return bool(patterns.TRACKER_FIELDS.match(field))


@lru_cache(maxsize=2048)
def of_relay(field: str) -> bool:
    """Whether services that send mass mail, and single mails too, sign with this field."""
    return bool(patterns.RELAY_FIELDS.match(field))


def social(look: View) -> str:
    """Why it is a notice of a social network, or the empty string. The network's staff writes from there too."""
    if look.fields and not look.fields.keys().isdisjoint(_SOCIAL):
        name = next(name for name in SOCIAL_FIELDS if name in look.fields)
        return f"{name.title()}: a notice of a social network"
    if not look.who.social:
        return ""
    if look.who.host in patterns.STAFFED_HOSTS and not _robot_at_network(look):
        return ""
    return f"From {look.who.host}: a notice of a social network"


def _robot_at_network(look: View) -> bool:
    return bool(patterns.SOCIAL_LOCAL.match(look.who.local) or look.mail.list.unsubscribe or look.who.program)


def machine(look: View) -> str:
    """Why a program certainly wrote it, or the empty string."""
    return (_machine_by_field(look.fields) if look.fields else "") or _machine_by_address(look)


def _machine_by_field(fields: Mapping[str, str]) -> str:
    submitted = fields.get("auto-submitted", "no")
    if submitted != "no":
        return f"Auto-Submitted: {submitted.partition(' ')[0].partition(';')[0]}"
    if "x-cron-env" in fields:
        return "X-Cron-Env: a scheduled program"
    for name in fields:
        if _of_tracker(name):
            return f"{name.title()}: a notice of a program"
    return ""


def _machine_by_address(look: View) -> str:
    words = look.who.program
    if words and not (look.answers and look.human_agent):
        return f"From: {words}"
    if look.who.robot and not look.human_agent:
        return "the sender's name is that of a program"
    return ""


def stand_in(look: View) -> str:
    """Why a service wrote in somebody's name, or nobody can answer it; or the empty string. Lists are not meant."""
    if look.unanswerable:
        return "Reply-To asks not to be answered"
    if any("asks not" in machine_words(address_key(box.address)) for box in look.mail.sender):
        return "Sender is a service that writes in other people's names"
    if look.who.through:
        return "the sender's name says it was written through a service"
    return ""


def likely(look: View) -> str:
    """Why a program probably wrote it: weak signs that nothing personal outweighs; or the empty string."""
    if look.human_agent:
        return ""
    if look.content.startswith("multipart/report"):
        return "Content-Type: a report of a program"
    if look.null_return_path and not look.personal:
        return "empty Return-Path: its sender wants no answer"
    if look.answers:
        return ""
    if patterns.PROGRAM_MAILERS.match(look.mailer) and not look.personal:
        return "X-Mailer: a program that sends mail"
    return "" if look.personal else _likely_by_fields(look) or _likely_by_path(look)


def _likely_by_path(look: View) -> str:
    """Answers to whom it may concern go to From, but a failure to an address made for this one mail (VERP)."""
    path = look.mail.return_path
    if not path or path == look.who.address or not of_mailing(path):
        return ""
    return "failures go to an address made for this mailing, and nothing personal about the sender"


@lru_cache(maxsize=2048)
def of_mailing(path: str) -> bool:
    """Whether an envelope sender was made for one mailing, or takes nothing but failures."""
    local, _, host = path.rpartition("@")
    if patterns.SINGLE_PATH.match(local):
        return False
    return bool(patterns.MAILING_PATH.search(local) or patterns.MAILING_HOST.match(host) or bulk_words(path))


def _likely_by_fields(look: View) -> str:
    if "x-auto-response-suppress" in look.fields:
        return "X-Auto-Response-Suppress, and nothing personal about the sender"
    if any(of_relay(name) for name in look.fields):
        return "sent by a service for mass mail, and nothing personal about the sender"
    return ""
