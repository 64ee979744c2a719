"""What is judged once a sender or a subject, or passed by at a glance, is judged as the whole rule would."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import closing
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.capture import patterns
from agent.capture.classify import carefully, classify
from agent.capture.classify_quick import unmarked
from agent.capture.classify_view import of_google_calendar, title
from bench.people import OWNERS
from connectors.records import ListInfo, Mailbox, MailRecord, Role
from connectors.registry import open_source
from tests.letters import ALICE, DANA
from tests.shared import shared

ANSWERS = st.sampled_from(["Re: ", "RE:", "re :", "Aw: ", "WG: ", "SV:", "Fwd: ", "fw:"])
PROGRAMS = (
    *("returned mail", "rejected message", "delivery status notification (failure)", "undeliverable: lunch"),
    *("automatic reply: lunch", "réponse automatique", "respuesta automática", "Dana is out of the office"),
    *("accepted: lunch", "refusé: lunch", "invitation: lunch @ mon 3", "rückläufer", "recipient unknown"),
    *("failure notice", "I am out of office", "thank you for your mail", "unsubscribe", "Re: unsubscribe"),
)
WORDS = st.sampled_from([*PROGRAMS, "[birds] ", "*spam* ", "lunch"])
SUBJECTS = st.lists(ANSWERS | WORDS | st.text(max_size=12), max_size=4).map("".join)
RULES = {
    "bounce": (patterns.BOUNCE_SUBJECT, patterns.BOUNCE_CERTAIN),
    "surely_bounce": (patterns.BOUNCE_CERTAIN,),
    "auto_reply": (patterns.AUTO_REPLY_PREFIX,),
    "calendar": (patterns.CALENDAR_ANSWER, patterns.CALENDAR_INVITATION),
}


@given(SUBJECTS)
def test_an_answer_is_passed_by_only_where_no_rule_would_speak(subject: str) -> None:
    told = title(subject)
    for mark, rules in RULES.items():
        assert getattr(told, mark) == any(rule.match(told.text) for rule in rules), mark


@pytest.mark.parametrize("rule", [rule for rules in RULES.values() for rule in rules])
@given(prefix=ANSWERS, rest=SUBJECTS)
def test_no_programs_subject_begins_like_an_answer(rule: re.Pattern[str], prefix: str, rest: str) -> None:
    assert rule.match(f"{prefix}{rest}".lower()) is None


@pytest.mark.parametrize("address", ["Calendar-Notification@Google.com", "<calendar-server@google.com>"])
def test_googles_calendar_is_known_however_it_is_spelt(address: str) -> None:
    assert of_google_calendar(address)
    assert not of_google_calendar("dana@google.com.example")


def boxes(*texts: str) -> list[tuple[Mailbox, ...]]:
    """Fields with one of these each, as `address name`."""
    return [(Mailbox(*text.partition(" ")[::2]),) for text in texts]


def fields(*pairs: str) -> list[tuple[tuple[str, str], ...]]:
    """Headers with one of these fields each, as `name value`."""
    return [((text.partition(" ")[0], text.partition(" ")[2]),) for text in pairs]


SENDERS = (
    *(f"{ALICE} Alice", "alice+x@lindqvist.example.com", "root@host.example", "news@shop.example Shop News"),
    *("bob@x.example Bob via Docs", "postmaster@northwind.example", "mailer-daemon@x.example", "noreply@x.example"),
    *("calendar-server@google.com", "notify@facebookmail.com Facebook", "birds-owner@lists.example", "not-an-address"),
    *(" ", "box17@x.example", "bob@x.example Build Robot"),
)
PEOPLE = ("alice+x@lindqvist.example.com", "birds@lists.example.org", "birds@northwind.example", DANA)
PLAIN = MailRecord("1", "INBOX", Role.INBOX, from_=(Mailbox(DANA, "Dana Reed"),), to=(Mailbox(ALICE),))
OTHERWISE: dict[str, Sequence[Any]] = {
    "message_id": ["1@x.example", "calendar-1@google.com", "CA1@mail.gmail.com"],
    "in_reply_to": ["2@x.example"],
    "references": [("3@x.example",)],
    "from_": [*boxes(*SENDERS), (), (Mailbox(DANA), Mailbox(ALICE))],
    "sender": boxes("birds@lists.example.org", "noreply@x.example", DANA),
    "reply_to": boxes("noreply@x.example", DANA),
    "to": [*boxes(*PEOPLE), ()],
    "cc": boxes(*PEOPLE),
    "bcc": boxes(*PEOPLE),
    "subject": [*PROGRAMS, "Re: failure notice", "[birds] Lunch"],
    "return_path": [
        "",
        "<>",
        "MAILER-DAEMON",
        DANA,
        "birds-bounces@x.example",
        "x@bounces.x.example",
        "calendar-server@google.com",
    ],
    "delivered_to": [(DANA,)],
    "list": [ListInfo(id="<birds.x>"), ListInfo(unsubscribe="<https://x>"), ListInfo(post="no")],
    "automation": fields(
        *("x-mailer Apple Mail", "x-mailer PHPMailer 6", "x-mailer MailChimp", "user-agent mutt", "precedence bulk"),
        *("auto-submitted auto-replied", "auto-submitted no", "x-loop x", "x-mailing-list birds", "feedback-id 1:x"),
        *("x-auto-response-suppress All", "precedence list", "x-vacation yes", "x-failed-recipients x@y.example"),
    ),
    "authentication_results": [("dmarc=fail",)],
    "content_type": ["Multipart/Mixed", "text/calendar", "multipart/report", "text/plain; disposition-notification"],
    "draft_token": ["t"],
    "labels": [("Category Promotions",), ("Inbox",)],
    "delivered": [True, False],
    "defects": [("ambiguous From",), ("date: not a date",)],
    "original_message_id": ["calendar-1@google.com"],
}
CHANGES = [(name, value) for name, values in OTHERWISE.items() for value in values]
UNVARIED = {"ref", "folder", "role", "date", "arrived", "size", "body_digest"}


def test_every_fact_of_a_mail_is_varied() -> None:
    assert set(MailRecord._fields) == UNVARIED | set(OTHERWISE)


@pytest.mark.parametrize("own", [frozenset[str](), frozenset({ALICE}), frozenset({DANA})])
def test_what_is_told_at_a_glance_is_what_the_rules_say(own: frozenset[str]) -> None:
    for one, other in product(CHANGES, CHANGES):
        mail = PLAIN._replace(**dict((one, other)))
        assert classify(mail, own) == carefully(mail, own), (one, other)


def test_a_plain_letter_is_told_at_a_glance() -> None:
    assert unmarked(PLAIN, frozenset({ALICE}))


REAL = (
    (("mailboxes", "openbmc"), "mbox", OWNERS["openbmc"]),
    (("mailboxes", "enron-crandell"), "folder", OWNERS["enron-crandell"]),
    (("mailboxes", "enron-south"), "folder", OWNERS["enron-south"]),
    (("corpora", "mail"), "folder", ALICE),
)


@pytest.mark.corpora
@pytest.mark.parametrize(("place", "kind", "address"), REAL)
def test_both_ways_agree_on_real_mail(place: tuple[str, ...], kind: str, address: str) -> None:
    with closing(open_source(kind, path=shared(*place))) as source:
        records = [record for found in source.poll({}) for record in found.records]
    mails = [record for record in records if isinstance(record, MailRecord)]
    assert len(mails) > 100
    for own in (frozenset({address}), frozenset[str]()):
        assert [classify(mail, own) for mail in mails] == [carefully(mail, own) for mail in mails]
