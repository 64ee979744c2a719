"""Whose mailbox is this? The From of the Sent folder, else whom most mail is addressed to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from agent.people.normalise import clean_name
from connectors.base import Source
from connectors.records import MailRecord, Role

ENOUGH = 200


@dataclass(frozen=True, slots=True)
class Guess:
    """The likely owner: address, the name they sign with, and what told so. Empty address: nothing to go by."""

    address: str
    name: str
    evidence: str


def guess_owner(sources: Iterable[Source], me: str = "") -> Guess:
    """The owner of these mailboxes. With `me` given only the name is looked for."""
    written: Counter[str] = Counter()
    addressed: Counter[str] = Counter()
    names: Counter[tuple[str, str]] = Counter()
    for mail in _mails(sources):
        for sender in mail.from_:
            names[sender.address, sender.name] += bool(sender.name)
            written[sender.address] += mail.role is Role.SENT
        addressed.update(box.address for box in mail.to)
        if sum(written.values()) >= ENOUGH:
            break
    return _decide(me, written, addressed, names)


def _decide(me: str, written: Counter[str], addressed: Counter[str], names: Counter[tuple[str, str]]) -> Guess:
    sent = (+written).most_common(1)
    to = addressed.most_common(1)
    if me:
        address, evidence = me.strip().lower(), "you said so"
    elif sent:
        address, evidence = sent[0][0], f"From of {sent[0][1]} mails in Sent"
    elif to:
        address, evidence = to[0][0], f"{to[0][1]} mails are addressed to it; there is no Sent folder"
    else:
        return Guess("", "", "")
    signed = [(count, name) for (who, name), count in names.items() if who == address and name]
    return Guess(address, clean_name(max(signed)[1]) if signed else address, evidence)


def _mails(sources: Iterable[Source]) -> Iterable[MailRecord]:
    for source in sources:
        for batch in source.poll({}):
            yield from (record for record in batch.records if isinstance(record, MailRecord))
