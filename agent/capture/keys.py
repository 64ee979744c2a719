"""One canonical key for one mail or meeting, however many copies of it are seen. Pure."""

from __future__ import annotations

import re
from hashlib import sha256

from connectors.records import MailRecord, MeetingRecord

_PREFIXES = re.compile(
    r"^(?:\s*(?:\[[^\]]{1,40}\]|(?:re|fwd?|aw|wg|sv|vs|antw|rif|tr|rv|enc)(?:\[\d+\])?\s*:))+\s*", re.IGNORECASE
)
_SPACE = re.compile(r"\s+")

_UNDATED = "zzzzz"
_MEETING = "mmmmm"
_FRONT = len(_UNDATED)
_LAST_DAY = 0xFFFFF
_DAY_SECONDS = 86_400


def mail_key(mail: MailRecord) -> str:
    """40 characters: Message-ID with From and Date (two mails may share an id by fault, copies share all three).

    Without a Message-ID the recipients, the subject and the size stand in for it. The day of the Date stands first, so
    that mail that is read in order is written in order: an index of nothing but hashes is slow to grow.
    """
    when = mail.date if mail.message_id else mail.date or mail.arrived
    second = None if when is None else int(when.timestamp())
    if mail.message_id:
        return _day(second) + _hash("id", mail.message_id, _from(mail), _instant(second))[_FRONT:]
    parts = (_from(mail), _instant(second), *_recipients(mail), mail.subject, mail.body_digest)
    return _day(second) + _hash("no id", *parts)[_FRONT:]


def older_key(key: str) -> str:
    """What the same mail goes by in a store from before keys had days; those sort behind all others."""
    return _UNDATED + key[_FRONT:]


def mail_digest(mail: MailRecord) -> str | None:
    """What copies under different Message-IDs share: sender, date, recipients, subject, body; None without a body."""
    if not mail.body_digest or mail.date is None:
        return None
    second = _instant(int(mail.date.timestamp()))
    return _hash("body", _from(mail), second, *_recipients(mail), bare_subject(mail.subject), mail.body_digest)


def meeting_key(meeting: MeetingRecord) -> str:
    """40 characters: the series and the occurrence's original start (RFC 5545 §3.8.4.4)."""
    return _MEETING + _hash("meeting", meeting.uid, meeting.instance)[_FRONT:]


def thread_root(mail: MailRecord) -> str:
    """The first message of the thread: head of References, else In-Reply-To, else the mail itself."""
    return mail.references[0] if mail.references else mail.in_reply_to or mail.message_id


def bare_subject(subject: str) -> str:
    """The subject without reply, forward and list prefixes, folded to lower case and single spaces."""
    return _SPACE.sub(" ", _PREFIXES.sub("", subject)).strip().casefold()


def excluded_digest(salt: bytes, key: str) -> str:
    """What an excluded message leaves behind: 64 hex digits that say nothing without the owner's salt."""
    return sha256(salt + key[_FRONT:].encode()).hexdigest()


def _from(mail: MailRecord) -> str:
    addresses = [box.address for box in mail.from_]
    return addresses[0] if len(addresses) == 1 else ",".join(sorted(addresses))


def _recipients(mail: MailRecord) -> tuple[str, ...]:
    return tuple(sorted({box.address for box in mail.to + mail.cc}))


def _day(second: int | None) -> str:
    """Five hex digits that sort as days do; the first and the last stand for what lies beyond."""
    return f"{min(max((second or 0) // _DAY_SECONDS, 0), _LAST_DAY):05x}"


def _instant(second: int | None) -> str:
    return "" if second is None else str(second)


def _hash(*parts: str) -> str:
    joined = "\x00".join(parts).encode("utf-8", "surrogatepass")
    return sha256(joined).hexdigest()[:40]
