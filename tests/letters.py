"""Letters between the cast, written out as records: what a connector would hand over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.base import Batch
from connectors.records import Answer, Attendee, Mailbox, MailRecord, MeetingRecord, Record, Role

ALICE = "alice@lindqvist.example.com"
BOB = "bob@lindqvist.example.com"
DANA = "dana@northwind.example.net"
ERIK = "erik@fjord.example.org"


def at(text: str) -> datetime:
    """`2026-03-01` or `2026-03-01 09:30`, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def box(text: str) -> Mailbox:
    """`Bob Baker <bob@bob.example.com>` or a bare address."""
    name, _, rest = text.rpartition("<")
    return Mailbox(rest.rstrip(">").strip().lower(), name.strip())


def mail(ref: str, when: str, from_: str, to: str | Sequence[str], **more: Any) -> MailRecord:
    """A mail; a folder called Sent makes it one of the owner's own."""
    folder = more.pop("folder", "Sent" if ALICE in from_ else "INBOX")
    role = {"Sent": Role.SENT, "INBOX": Role.INBOX}.get(folder, Role.OTHER)
    recipients = [to] if isinstance(to, str) else to
    more.setdefault("message_id", f"{ref}@mail.example.com")
    more.setdefault("subject", "Hello")
    return MailRecord(
        ref=ref,
        folder=folder,
        role=more.pop("role", role),
        date=at(when) if when else None,
        from_=(box(from_),),
        to=tuple(box(item) for item in recipients),
        **more,
    )


def meeting(uid: str, when: str, *people: str, organizer: str = ALICE, **more: Any) -> MeetingRecord:
    """A meeting of an hour that everybody has accepted; `-name@…` has declined, `?name@…` has not answered."""
    answers = {"-": Answer.DECLINED, "?": Answer.NEEDS_ACTION}
    attendees = [Attendee(organizer, answer=Answer.ACCEPTED, organizer=True)] if organizer else []
    for person in people:
        answer = answers.get(person[0], Answer.ACCEPTED)
        guest = box(person.lstrip("-?"))
        attendees.append(Attendee(guest.address, guest.name, answer))
    start = at(when)
    more.setdefault("summary", "Coffee")
    return MeetingRecord(
        ref=f"{uid}.ics",
        calendar="calendar",
        uid=uid,
        instance=more.pop("instance", start.isoformat()),
        start=start,
        end=start,
        attendees=tuple(attendees),
        **more,
    )


def batch(*records: Record, stream: str = "INBOX", cursor: Any = 1, **more: Any) -> Batch:
    """One batch of a stream."""
    return Batch(stream, records, cursor, **more)
