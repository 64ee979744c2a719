"""`python -m tests.injection N`: N hostile names and subjects through composition, under whichever Python runs it.

Python's own header folding differs between releases in what it lets through (CVE-2024-6923, CVE-2026-1299), so this
needs nothing but the standard library and what `agent.outreach.compose` imports.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any, cast

from agent.errors import NotAllowed
from agent.outreach import reread
from agent.outreach.compose import Letter, Order, Writer, compose

ALICE, DANA = "alice@lindqvist.example.com", "dana@northwind.example.net"
NOW = datetime(2026, 3, 4, 8, tzinfo=UTC)
BREAKS = (
    "\r\n",
    "\n",
    "\r",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\x00",
    "=0D=0A",
    "=0A",
    "\r\n ",
    "\t",
)
WORDS = (
    "=?utf-8?q?",
    "=?utf-8?b?",
    "=?us-ascii?q?",
    "?=",
    "=3D=3F",
    "=3F=3D",
    "DQpCY2M6IGFAYg==",
    "_",
    "=?",
    "?q?",
    "?b?",
)
FIELDS = ("Bcc: thief@evil.example", "Bcc:", "bcc :", "To: thief@evil.example", "Resent-To: thief@evil.example", "X: 1")
MARKS = (" ", ",", ";", ":", '"', "\\", "(", ")", "<", ">", "@", "<thief@evil.example>", "thief@evil.example", "\u202e")
TEXTS = ("Dana", "ü", "日本", "a" * 90, "<script>", "{{ 7 * 7 }}", "{% for %}", "{#", "\ud800", "\ufeff", "\ue000")
PIECES = (*BREAKS, *WORDS, *FIELDS, *MARKS, *TEXTS)
NESTED = "=?utf-8?q?=3D=3Futf-8=3Fq=3F=0D=0ABcc:=20thief=40evil.example=3F=3D?="
OURS = frozenset(
    (
        *("from", "to", "subject", "date", "message-id", "in-reply-to", "references", "x-weaktie-draft"),
        *("mime-version", "content-type", "content-transfer-encoding"),
    )
)


class Fixed:
    """Templates that say what they are told: the text is not what is tried here."""

    def text(self, _kind: str, part: str, context: Mapping[str, Any], _language: str = "") -> str:
        """The subject, or a body that holds no header."""
        return str(context["topic"]) if part == "subject.txt" else "Hi,\n\nhow are things?\n"


def hostile(rng: random.Random) -> str:
    """A name or a subject as nobody is called."""
    if rng.random() < 0.05:
        return NESTED
    if rng.random() < 0.2:
        return "".join(
            chr(rng.choice((rng.randrange(0x20), rng.randrange(0x250), rng.randrange(0x2100)))) for _ in range(12)
        )
    return "".join(rng.choice(PIECES) for _ in range(rng.randrange(12)))


def letter(rng: random.Random) -> Letter:
    """A draft with hostile values wherever a stranger's can come in."""
    reply = {
        "rfc_id": rng.choice(("m2@example.net", hostile(rng))),
        "subject": hostile(rng),
        "references": [hostile(rng)],
    }
    order = Order("reconnect", hostile(rng), DANA, {"topic": hostile(rng)}, reply if rng.random() < 0.7 else None)
    return compose(order, Writer(f"A{hostile(rng)}", ALICE), cast("Any", Fixed()), NOW)


def extra(content: bytes) -> str:
    """What stands in the header besides ours, by three ways of reading; empty when nothing does."""
    raw = content.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].lower().decode("latin-1") for line in raw.split(b"\r\n") if line[:1] not in b" \t"]
    if len(set(names)) != len(names) or not set(names) <= OURS or b"\n" in content.replace(b"\r\n", b""):
        return f"raw: {names}"
    for parser in (policy.default, policy.compat32):
        told = [name.lower() for name in message_from_bytes(content, policy=parser).keys()]  # noqa: SIM118
        if not set(told) <= OURS or len(set(told)) != len(told):
            return f"{parser!r}: {told}"
    recipients = reread.read(content).recipients
    return "" if recipients == (DANA,) else f"recipients: {recipients}"


def main(number: int, seed: int = 1) -> dict[str, Any]:
    """Compose them all; how many came out, were refused, and held something they must not."""
    rng = random.Random(seed)
    composed, refused, found = 0, 0, []
    for _ in range(number):
        try:
            content = letter(rng).content
        except NotAllowed:
            refused += 1
            continue
        composed += 1
        problem = extra(content)
        if problem:
            found.append(problem)
    version = ".".join(map(str, sys.version_info[:3]))
    return {"python": version, "composed": composed, "refused": refused, "extra": len(found), "first": found[:1]}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))  # noqa: T201 - this is a command
