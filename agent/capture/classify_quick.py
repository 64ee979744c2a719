"""Mail of which no rule of `classify` can speak, told at a glance: it is most of the mail that people write.

The rules are what counts. This is only sure where there is no telling field, and where neither the sender, the subject
nor the type of the content bears a mark; everything else is the rules' to judge. The tests hold both to one answer.
"""

from __future__ import annotations

from functools import lru_cache

from agent.capture import patterns
from agent.capture.classify_lists import manages
from agent.capture.classify_robots import of_mailing
from agent.capture.classify_view import leaves, of_google_calendar, title, writer
from agent.people.normalise import address_key, same_owner
from connectors.records import MailRecord

_USUAL = (
    *("text/plain", "text/html"),
    *("multipart/alternative", "multipart/mixed", "multipart/related", "multipart/signed"),
)
_MAILER = "x-mailer"
_AGENT = "user-agent"


def unmarked(mail: MailRecord, own: frozenset[str]) -> bool:
    """Whether the owner or somebody who writes to them sent it, by all that can be seen."""
    for name, value in mail.automation:
        if name != _AGENT and (name != _MAILER or _tells(value)):
            return False
    if len(mail.from_) != 1 or mail.defects or mail.sender or mail.reply_to or mail.list or mail.labels:
        return False
    address = address_key(mail.from_[0].address)
    if not writer(address, mail.from_[0].name).unmarked or not _usual(mail.content_type):
        return False
    subject = title(mail.subject)
    if not subject.unmarked or mail.message_id.startswith("calendar-") or _path_tells(mail.return_path):
        return False
    if same_owner(address, own):
        return not leaves(subject)
    return not own or any(same_owner(box.address, own) for box in mail.recipients)


@lru_cache(maxsize=512)
def _tells(mailer: str) -> bool:
    lowered = mailer.strip().lower()
    return bool(patterns.MASS_MAILERS.search(lowered) or patterns.PROGRAM_MAILERS.match(lowered))


@lru_cache(maxsize=512)
def _usual(content_type: str) -> bool:
    lowered = content_type.lower()
    return (not lowered or lowered.startswith(_USUAL)) and "disposition-notification" not in lowered


def _path_tells(path: str | None) -> bool:
    """Whether an envelope sender is empty, a mail system, a list's manager, a mailing's or Google's calendar."""
    if path is None:
        return False
    if path.strip("<> ").lower() in {"", "mailer-daemon"} or manages(path):
        return True
    return of_mailing(path) or of_google_calendar(path)
