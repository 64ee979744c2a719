"""Enums and small values that every layer speaks of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a message is, judged by its own headers."""

    PERSON = "person"
    AUTOMATED = "automated"
    BULK = "bulk"
    LIST = "list"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    CALENDAR = "calendar"
    SOCIAL = "social"
    MEETING = "meeting"
    UNREADABLE = "unreadable"


class Outcome(StrEnum):
    """What became of a message in the ledger."""

    INTERACTION = "interaction"
    LEFT_OUT = "left_out"


class Direction(StrEnum):
    """Which way an interaction went, from the owner's seat."""

    SENT = "sent"
    RECEIVED = "received"
    MET = "met"


class Channel(StrEnum):
    """By what means."""

    MAIL = "mail"
    MEETING = "meeting"


class Part(StrEnum):
    """The part an identity played on a message."""

    FROM = "from"
    TO = "to"
    CC = "cc"
    BCC = "bcc"
    LIST = "list"
    DELIVERED = "delivered"
    ORGANIZER = "organizer"
    ATTENDEE = "attendee"
    INVITED = "invited"
    DECLINED = "declined"


class TieState(StrEnum):
    """Where a tie stands (DESIGN: Words)."""

    NEW = "new"
    ACTIVE = "active"
    FADING = "fading"
    DORMANT = "dormant"
    ONE_WAY = "one_way"


class TieClass(StrEnum):
    """How deep a tie is, apart from its state."""

    STRONG = "strong"
    WEAK = "weak"
    FAINT = "faint"


class Standing(StrEnum):
    """What the owner said of a tie. Dropped ones are captured, never named nor drafted for; private ones are shown
    to nobody but the owner who asks for them by name.
    """

    OPEN = ""
    KEPT = "kept"
    DROPPED = "dropped"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the owner wishes of one tie.

    `every_days`: the rhythm they want, 0 for the tie's own, None where they named none. `resumed_at`: when they said
    to go on with somebody who does not answer. Snoozed from the one instant to the other.
    """

    standing: Standing = Standing.OPEN
    snoozed_from: datetime | None = None
    snoozed_until: datetime | None = None
    every_days: int | None = None
    goal: str = ""
    resumed_at: datetime | None = None
    tags: tuple[str, ...] = ()

    @property
    def hidden(self) -> bool:
        """Whether the tie is never named in a report nor drafted for."""
        return self.standing in (Standing.DROPPED, Standing.PRIVATE)

    def sleeps(self, at: datetime) -> bool:
        """Whether the tie is snoozed at that instant; a time before the wish knows nothing of it."""
        begin, end = self.snoozed_from, self.snoozed_until
        return begin is not None and end is not None and begin <= at < end

    def joined(self, other: Wish) -> Wish:
        """The wish for two people who turn out to be one: the stricter of both, and all that either says."""
        rhythms = [days for days in (self.every_days, other.every_days) if days is not None]
        sleepier = max((self, other), key=lambda wish: (wish.snoozed_until is not None, wish.snoozed_until or 0))
        return Wish(
            standing=max(self.standing, other.standing, key=list(Standing).index),
            snoozed_from=sleepier.snoozed_from,
            snoozed_until=sleepier.snoozed_until,
            every_days=min(rhythms, default=None),
            goal="; ".join(dict.fromkeys(filter(None, f"{self.goal}; {other.goal}".split("; ")))),
            resumed_at=max(filter(None, (self.resumed_at, other.resumed_at)), default=None),
            tags=tuple(sorted({*self.tags, *other.tags})),
        )


NO_WISH = Wish()


class DraftState(StrEnum):
    """The life of a draft; docs/states.md draws it."""

    PLANNED = "planned"
    RENDERED = "rendered"
    DRAFTING = "drafting"
    DRAFTED = "drafted"
    APPROVED = "approved"
    QUEUED = "queued"
    SENDING = "sending"
    COMMITTING = "committing"
    SENT = "sent"
    REFUSED = "refused"
    DISMISSED = "dismissed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    HELD = "held"
    FAILED = "failed"
    UNKNOWN = "unknown"
    ASK = "ask"
    BOUNCED = "bounced"


class DraftKind(StrEnum):
    """Why we write; also the name of the template folder."""

    RECONNECT = "reconnect"
    FOLLOW_UP = "follow_up"
    INTRO_REQUEST = "intro_request"
    THANK_YOU = "thank_you"


NOT_ADDRESSED = "not addressed to you by name: it came through a list, a group address or a blind copy"
"""Why mail is left out on which none of the owner's addresses stands; people are judged by it, too."""
