"""What a delivery report says of one of our mails (RFC 3464, and those that follow no standard). Pure; nothing is kept.

Reports often come without References, and a report is not always of a failure: most servers first tell of a delay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from agent.people.normalise import address_key

MOST_PARTS = 50
ARRIVED = frozenset({"delayed", "delivered", "relayed", "expanded"})
_ADDRESS = re.compile(r"[^\s;<>]+@[^\s;<>]+")


def failed(content: bytes, rfc_id: str, token: str, recipient: str) -> bool:
    """Whether the report says that this mail did not arrive there.

    It has to name the mail, by the Message-ID or the token in the part sent back, or, sending nothing back, the
    recipient as the one that failed (RFC 3464 §2.3.2). A report that cannot be read says nothing.
    """
    try:
        parts = list(_parts(content))
    except Exception:  # noqa: BLE001 - the standard parser raises whatever it likes on odd input
        return False
    statuses = [
        block for part in parts if part.get_content_type() == "message/delivery-status" for block in _blocks(part)
    ]
    if statuses and all(_action(block) in ARRIVED for block in statuses):
        return False
    texts = [_text(part) for part in parts]
    if any(f"<{rfc_id}>" in text or (token and token in text) for text in texts if rfc_id):
        return True
    back = any(part.get_content_type() in {"message/rfc822", "text/rfc822-headers"} for part in parts)
    return not back and recipient in {address for block in statuses for address in _recipients(block)}


def _parts(content: bytes) -> Iterator[Message]:
    for number, part in enumerate(message_from_bytes(content, policy=compat32).walk()):
        if number >= MOST_PARTS:
            return
        yield part


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of one recipient each; the first group is of the report itself."""
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else []
    return [block for block in blocks if isinstance(block, Message) and "action" in block]


def _action(block: Message) -> str:
    return str(block["action"]).strip().lower()


def _recipients(block: Message) -> set[str]:
    told = [str(block[name] or "") for name in ("final-recipient", "original-recipient")]
    return {address_key(found) for value in told for found in _ADDRESS.findall(value)}


def _text(part: Message) -> str:
    """Header and body of a part that is no container, as far as they are text."""
    head = "\n".join(f"{name}: {value}" for name, value in part.items())
    body = b"" if part.is_multipart() else part.get_payload(decode=True)
    return f"{head}\n{body.decode('utf-8', 'replace')}" if isinstance(body, bytes) else head
