"""Mail to many: groups in which people write to each other, and newsletters which nobody answers."""

from __future__ import annotations

import re

from agent.capture import patterns
from agent.capture.classify_view import View
from agent.people.addresses import bulk_words, list_words
from agent.people.normalise import address_key

_OWNER = re.compile(
    r"^(?:owner-(?P<a>.+)|(?P<b>.+?)-(?:owner|admin|bounces?|request|errors?|return)(?:[+-].*)?|(?P<c>.+)\+(?:owners?|bnc\w*))$"
)


def group(look: View) -> str:
    """Why it came through a list people can post to, or the empty string."""
    post = look.mail.list.post.lower()
    if post.strip(" <>") == "no" or post.startswith("no ("):
        return ""
    if post and not bulk_words(look.sender):
        return "List-Post: a list people write to"
    for name in patterns.GROUP_FIELDS:
        if name in look.fields:
            return f"{name.title()}: a mailing list"
    if "list" in (look.fields.get("precedence"), look.fields.get("x-precedence")) and not _campaign(look):
        return "Precedence: list"
    return _group_by_address(look)


def _campaign(look: View) -> bool:
    """Newsletters that call themselves lists: they go to one reader each and offer no way to post."""
    return bool(look.mail.list.unsubscribe) and (bool(bulk_words(look.sender)) or _relayed(look))


def _relayed(look: View) -> bool:
    return any(patterns.RELAY_FIELDS.search(name) for name in look.fields)


def _group_by_address(look: View) -> str:
    locals_ = {address_key(box.address).rpartition("@")[0] for box in look.mail.recipients}
    if _list_id_name(look.mail.list.id) in locals_:
        return "List-Id names an address it was sent to: a mailing list"
    for box in (*look.mail.sender,):
        if _owned(box.address) & locals_:
            return "Sender manages a list it was sent to"
    if _owned(look.mail.return_path or "") & locals_ or _owned(look.fields.get("errors-to", "")) & locals_:
        return "the return address manages a list it was sent to"
    if look.to_others and any(list_words(address_key(box.address)) for box in look.mail.recipients):
        return "sent to a list, not to you"
    return ""


def _list_id_name(list_id: str) -> str:
    """The first label of a List-Id (RFC 2919 §3), which by habit is the list's local part."""
    inner = list_id.lower().rpartition("<")[2].partition(">")[0]
    return inner.partition(".")[0].strip()


def _owned(address: str) -> set[str]:
    """The local part of the list an address manages ("owner-birds@", "birds-bounces+alice=x@" → birds)."""
    local = address.strip("<> ").lower().rpartition("@")[0]
    match = _OWNER.match(local)
    return {name for name in match.groups() if name} if match else set()


def bulk(look: View) -> str:
    """Why it is a newsletter or a mailing to many that nobody writes back to, or the empty string."""
    listed = look.mail.list
    if listed.unsubscribe:
        return "List-Unsubscribe without List-Post: a newsletter"
    if listed.id or listed.post:
        return "List-Id without a way to post: a newsletter"
    precedence = look.fields.get("precedence", "") or look.fields.get("x-precedence", "")
    if precedence in {"bulk", "junk"}:
        return f"Precedence: {precedence}"
    if patterns.MASS_MAILERS.search(look.fields.get("x-mailer", "")):
        return "X-Mailer: a program for mass mail"
    return _bulk_by_name(look)


def _bulk_by_name(look: View) -> str:
    if look.by_hand:
        return ""
    words = bulk_words(look.sender)
    if words:
        return f"From: {words}"
    return "the sender's name is that of a newsletter" if patterns.BULK_NAME.search(look.name) else ""
