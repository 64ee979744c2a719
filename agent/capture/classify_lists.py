"""Mail to many: groups in which people write to each other, and newsletters which nobody answers."""

from __future__ import annotations

import re
from functools import lru_cache

from agent.capture import patterns
from agent.capture.classify_robots import of_relay
from agent.capture.classify_view import View
from agent.people.addresses import list_words
from agent.people.normalise import address_key

# Lists that rewrite From keep the writer here; forwarders put the very same address.
_ORIGINALS = ("x-original-from", "x-original-sender")
_GROUP_FIELDS = frozenset(patterns.GROUP_FIELDS)
_NONE: frozenset[str | None] = frozenset()
PROMOTIONS = "Category Promotions"
_OWNER = re.compile(
    r"^(?:owner-(?P<a>.+)|(?P<b>.+?)-(?:owner|admin|bounces?|request|errors?|return)(?:[+-].*)?|(?P<c>.+)\+(?:owners?|bnc\w*))$"
)


def group(look: View) -> str:
    """Why it came through a list people can post to, or the empty string."""
    post = look.mail.list.post.lower()
    if post and post.strip(" <>").partition(" ")[0] == "no":
        return ""
    if not look.by_hand and (look.who.bulk or look.unanswerable):
        return ""
    if post:
        return "List-Post: a list people write to"
    if look.fields and not look.fields.keys().isdisjoint(_GROUP_FIELDS):
        for name in patterns.GROUP_FIELDS:
            if name in look.fields and not (name in _ORIGINALS and look.who.address in look.fields[name]):
                return f"{name.title()}: a mailing list"
    return _group_by_habit(look)


def _group_by_habit(look: View) -> str:
    """Lists of before RFC 2369 and lists that keep their fields to themselves."""
    fields = look.fields
    precedence = {fields.get("precedence"), fields.get("x-precedence")} if fields else _NONE
    if (
        "list" in precedence
        and (look.mail.list.id or look.mail.sender or look.answers)
        and not any(map(of_relay, fields))
    ):
        return "Precedence: list"
    if look.answers and (look.mail.list or precedence & {"bulk", "list"}) and not look.addressed_back:
        return "an answer that came through a list"
    if look.mail.list.id and not look.mail.list.unsubscribe and look.by_hand:
        return "List-Id on a mail written by hand: a mailing list"
    return _group_by_address(look)


def _group_by_address(look: View) -> str:
    mail = look.mail
    if mail.list.id and _list_id_name(mail.list.id) in _locals(look):
        return "List-Id names an address it was sent to: a mailing list"
    if mail.sender and not {box.address for box in mail.sender}.isdisjoint({*_recipients(look)} - {look.who.address}):
        return "Sender is a list it was sent to"
    managers = (mail.return_path, look.fields.get("errors-to"), *[box.address for box in mail.sender])
    managed = [name for address in managers if address for name in manages(address)]
    if managed and not _locals(look).isdisjoint(managed):
        return "the return address manages a list it was sent to"
    if look.to_others and any(map(list_words, _recipients(look))):
        return "sent to a list, not to you"
    return ""


def _recipients(look: View) -> list[str]:
    return [address_key(box.address) for box in look.mail.recipients]


def _locals(look: View) -> set[str]:
    return {address.rpartition("@")[0] for address in _recipients(look)} - {look.who.local}


def _list_id_name(list_id: str) -> str:
    """The first label of a List-Id (RFC 2919 §3), which by habit is the list's local part."""
    inner = list_id.lower().rpartition("<")[2].partition(">")[0]
    return inner.partition(".")[0].strip()


def manages(address: str) -> set[str]:
    """The local part of the list an address manages ("owner-birds@", "birds-bounces+alice=x@" → birds)."""
    local = address.strip("<> ").lower().rpartition("@")[0]
    match = _OWNER.match(local) if "-" in local or "+" in local else None
    return {name for name in match.groups() if name} if match else set()


def steward(look: View) -> str:
    """Why the software that runs a list wrote it (reminders, approvals), or the empty string."""
    if look.fields.get("x-list-administrivia") == "yes":
        return "X-List-Administrivia: the software of a list"
    managed = manages(look.who.address)
    if not managed:
        return ""
    post = look.mail.list.post.lower().partition("mailto:")[2].partition("@")[0]
    names = {post, look.fields.get("x-beenthere", "").partition("@")[0], _list_id_name(look.mail.list.id)} - {""}
    return "From is the manager of the list it came through" if managed & names else ""


def bulk(look: View) -> str:
    """Why it is a newsletter or a mailing to many that nobody writes back to, or the empty string."""
    listed = look.mail.list
    if listed.post:
        return "a list nobody can answer on: a newsletter"
    if listed.unsubscribe:
        return "List-Unsubscribe without List-Post: a newsletter"
    if listed.id:
        return "List-Id without a way to post: a newsletter"
    precedence = look.fields.get("precedence", "") or look.fields.get("x-precedence", "")
    if precedence in {"bulk", "junk", "list"}:
        return f"Precedence: {precedence}"
    if look.mailer and _mass_mailer(look.mailer):
        return "X-Mailer: a program for mass mail"
    return _bulk_by_name(look)


def filed(look: View) -> str:
    """Gmail's own guess, a hint: believed only where nothing at all speaks for a person."""
    doubtful = look.mail.labels and not look.by_hand and not look.personal
    return "Gmail filed it under Promotions" if doubtful and PROMOTIONS in look.mail.labels else ""


@lru_cache(maxsize=1024)
def _mass_mailer(agent: str) -> bool:
    return bool(patterns.MASS_MAILERS.search(agent))


def _bulk_by_name(look: View) -> str:
    if look.by_hand:
        return ""
    if look.who.bulk:
        return f"From: {look.who.bulk}"
    return "the sender's name is that of a newsletter" if look.who.newsletter else ""
