"""Enums and small values that every layer speaks of."""

from __future__ import annotations

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
    SENDER = "sender"
    REPLY_TO = "reply_to"
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
