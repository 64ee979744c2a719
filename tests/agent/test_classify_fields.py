"""The rules and the reader of headers must agree on which fields are kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.capture import classify, patterns
from agent.capture.classify_robots import SOCIAL_FIELDS
from tests.agent.headers import record

EXAMPLES = (
    "x-bugzilla-reason",
    "x-github-reason",
    "x-gerrit-messagetype",
    "x-jira-fingerprint",
    "x-ses-outgoing",
    "x-sg-eid",
    "x-mailgun-sid",
    "x-campaignid",
    "x-linkedin-template",
    "rt-ticket",
)


READ = re.compile(r'fields(?:\.(?:get|pop)\(|\[)"([a-z-]+)"|"([a-z-]+)" in (?:look\.)?fields(?!\.)')


def fields_read() -> set[str]:
    """Every field name the rules mention."""
    sources = Path(classify.__file__).parent.glob("classify*.py")
    found = {name for path in sources for pair in READ.findall(path.read_text()) for name in pair if name}
    return found | {*patterns.AUTO_REPLY_FIELDS, *patterns.BOUNCE_FIELDS, *patterns.GROUP_FIELDS, *SOCIAL_FIELDS}


@pytest.mark.parametrize("field", sorted(fields_read()) + list(EXAMPLES))
def test_every_field_a_rule_reads_is_kept_by_the_reader(field: str) -> None:
    kept = dict(record(f"From: bob@northwind.example\n{field}: Some Value").automation)
    assert kept == {field: "Some Value"}


def test_the_fields_are_found_in_the_rules() -> None:
    assert {"auto-submitted", "precedence", "x-cron-env", "content-class"} <= fields_read()
