"""From a record of a connector to rows of facts: what to store of a mail or a meeting. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from agent.capture.classify import classify
from agent.capture.judge import Facts
from agent.capture.keys import mail_digest, mail_key, meeting_key, thread_root
from agent.people.normalise import same_owner
from agent.types import Channel, Kind, Part
from connectors.records import Answer, Mailbox, MailRecord, MeetingRecord, Role

TRUSTED_SKEW = timedelta(hours=48)
KEPT_RECIPIENTS = 30
ANSWERS = {Answer.ACCEPTED: Part.ATTENDEE, Answer.DECLINED: Part.DECLINED}
AMBIGUOUS = "ambiguous From"
# As in `judge`: once for all mails.
_MAIL, _IN_SENT = Channel.MAIL, Role.SENT
_FROM, _TO, _CC, _BCC, _LIST, _DELIVERED = Part.FROM, Part.TO, Part.CC, Part.BCC, Part.LIST, Part.DELIVERED


class Entry(NamedTuple):
    """A message as it will be stored, before anybody judged whom it is contact with.

    `names`: (address, name) as they stood in it.
    """

    key: str
    digest: str | None
    at: datetime
    facts: Facts
    names: tuple[tuple[str, str], ...]
    rfc_id: str
    thread: str
    subject: str
    draft_token: str = ""

    @property
    def addresses(self) -> frozenset[str]:
        """Everybody on it."""
        return frozenset([address for _, address in self.facts.parts])


def of_mail(mail: MailRecord, own: frozenset[str], seen_at: datetime) -> Entry:
    """What to store of a mail first seen at `seen_at`."""
    verdict = classify(mail, own)
    undated = mail.date is None and mail.arrived is None
    kind = Kind.UNREADABLE if undated else verdict.kind
    reasons = ("neither a usable Date nor a time of arrival",) if undated else verdict.reasons
    facts = Facts(
        _MAIL,
        kind,
        _mail_parts(mail, own),
        len({box.address for box in mail.recipients}),
        mail.role is _IN_SENT,
        mail.delivered is False,
        reasons,
    )
    at, key, thread = mail_time(mail, seen_at), mail_key(mail), thread_root(mail)
    names, digest = _names(mail), mail_digest(mail)
    return Entry(key, digest, at, facts, names, mail.message_id, thread, mail.subject, mail.draft_token)


def of_meeting(meeting: MeetingRecord) -> Entry:
    """What to store of one instance of a meeting."""
    reasons: tuple[str, ...] = ("cancelled",) if meeting.cancelled else ()
    people = [attendee for attendee in meeting.attendees if not attendee.resource]
    parts = frozenset(
        (Part.ORGANIZER if a.organizer else ANSWERS.get(a.answer, Part.INVITED), a.address) for a in people
    )
    if len(people) > KEPT_RECIPIENTS:
        reasons += (f"{len(people)} people were invited: too many to be contact with each",)
        parts = frozenset()
    facts = Facts(Channel.MEETING, Kind.MEETING, parts, len(people), reasons=reasons)
    names = tuple((a.address, a.name) for a in people if a.name)
    return Entry(meeting_key(meeting), None, meeting.start, facts, names, meeting.uid, meeting.uid, meeting.summary)


def mail_time(mail: MailRecord, seen_at: datetime) -> datetime:
    """Date, unless it is off by more than 48 h from the time of arrival, which then wins; never after first sight."""
    claimed, arrived = mail.date, mail.arrived
    if claimed is None or (arrived is not None and abs(claimed - arrived) > TRUSTED_SKEW):
        claimed = arrived
    return seen_at if claimed is None else min(claimed, seen_at)


def _mail_parts(mail: MailRecord, own: frozenset[str]) -> frozenset[tuple[Part, str]]:
    parts = {(_TO, box.address) for box in mail.to}
    if mail.cc:
        parts.update([(_CC, box.address) for box in mail.cc])
    if mail.bcc:
        parts.update([(_BCC, box.address) for box in mail.bcc])
    if len(parts) > KEPT_RECIPIENTS:
        parts = {(part, address) for part, address in parts if address in own}
    if len(mail.from_) == 1 and AMBIGUOUS not in mail.defects:
        parts.add((_FROM, mail.from_[0].address))
    if mail.delivered_to and not same_owner(mail.delivered_to[0], own):
        parts.add((_DELIVERED, mail.delivered_to[0]))
    post = _posting_address(mail.list.post) if mail.list.post else ""
    if post:
        parts.add((_LIST, post))
    return frozenset(parts)


def _posting_address(field: str) -> str:
    """The address of List-Post: <mailto:…> (RFC 2369 §3.4), empty when posting is closed or absent."""
    _, found, rest = field.lower().partition("mailto:")
    address = rest.partition(">")[0].partition("?")[0].strip()
    return address if found and "@" in address else ""


def _names(mail: MailRecord) -> tuple[tuple[str, str], ...]:
    boxes: tuple[Mailbox, ...] = mail.from_ if len(mail.from_) == 1 else ()
    recipients = mail.recipients
    if len(recipients) <= KEPT_RECIPIENTS:
        boxes += recipients
    return tuple([(box.address, box.name) for box in boxes if box.name])
