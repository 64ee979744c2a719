"""Small mails written out as text, read by the program's own reader and judged."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import dedent

from agent.capture.classify import Verdict, classify
from agent.types import Kind
from connectors.mime import parse_headers
from connectors.records import MailRecord, Role


def record(text: str, *fields: str) -> MailRecord:
    """The record of a header written in a test; `fields` are put before it."""
    raw = "\n".join((*fields, dedent(text).strip(), "", ""))
    read = parse_headers(raw.encode(), ref="1", folder="INBOX", role=Role.INBOX)
    assert isinstance(read, MailRecord), read.reason
    return read


def judged(text: str, *fields: str, own: Iterable[str] = ()) -> Verdict:
    """The verdict on a header written in a test."""
    return classify(record(text, *fields), frozenset(own))


def kind(text: str, *fields: str, own: Iterable[str] = ()) -> Kind:
    """What a header written in a test is judged to be."""
    return judged(text, *fields, own=own).kind
