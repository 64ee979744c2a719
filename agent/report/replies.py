"""Whether a mail is the owner's own word on a report of theirs. Pure.

The trust root is write access to the owner's Sent folder: the caller reads the bytes there and nowhere else. Who sent
what to whom is judged from these bytes, never from what was captured of another copy.
"""

from __future__ import annotations

from agent.people.normalise import same_owner
from connectors.mime import AMBIGUOUS_FROM, message_id, parse_headers
from connectors.records import MailRecord, Role


def objection(content: bytes, report_id: str, own: frozenset[str]) -> str:
    """Why this copy in Sent orders nothing; empty when it does.

    It must be from one address of the owner's, to nobody but the owner, no machine's, and answer the report with this
    Message-ID (in In-Reply-To or References), which holds the report's token.
    """
    mail = parse_headers(content, ref="", folder="", role=Role.SENT)
    if not isinstance(mail, MailRecord):
        return mail.reason
    if len(mail.from_) != 1 or AMBIGUOUS_FROM in mail.defects or not same_owner(mail.from_[0].address, own):
        return "it is not from you"
    if not mail.recipients or not all(same_owner(box.address, own) for box in mail.recipients):
        return "it went to somebody else"
    if any(name == "auto-submitted" and value.strip().lower() != "no" for name, value in mail.automation):
        return "a machine wrote it"
    wanted = message_id(report_id)
    if not wanted or wanted == mail.message_id or wanted not in (mail.in_reply_to, *mail.references):
        return "it does not answer that report"
    return ""
