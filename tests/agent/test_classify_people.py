"""Mail people wrote, whatever their programs, lists and relays put into the header."""

from __future__ import annotations

import pytest

from agent.types import Kind
from tests.agent.headers import judged, kind

PLAIN = """
From: Bob Baker <bob.baker@northwind.example>
To: alice@lindqvist.example
Subject: Lunch on Thursday?
Message-ID: <1@northwind.example>
"""


def test_a_plain_mail_is_a_persons() -> None:
    verdict = judged(PLAIN)
    assert verdict.kind is Kind.PERSON
    assert verdict.reasons == ("nothing in it says that a program or a list sent it",)


@pytest.mark.parametrize(
    "field",
    [
        "Feedback-ID: i4f1c46e8:Fastmail",
        "X-SES-Outgoing: 2026.01.20-54.240.11.1",
        "X-Mailgun-Sid: WyI0ZjE4YiJd",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "Auto-Submitted: no",
        "Precedence: normal",
        "X-Mailer: Apple Mail (2.3654.120.0.1.13)",
        "X-Mailer: git-send-email 2.41.0",
        "X-PHP-Originating-Script: 33:rcmail.php",
        "Return-Path: <bob.baker@northwind.example>",
        "Return-Path: <bounces+12-ab=lindqvist.example@em.northwind.example>",
        "Content-Type: multipart/alternative; boundary=x",
        "Content-Class: urn:content-classes:message",
        "Reply-To: Bob Baker <bob@home.example>",
        "X-Loop: northwind.example",
    ],
)
def test_what_relays_and_programs_of_people_add_changes_nothing(field: str) -> None:
    assert kind(PLAIN, field) is Kind.PERSON


@pytest.mark.parametrize(
    "sender",
    [
        "Gerrit de Vries <gerrit@devries.example>",
        "Travis Hudson <travis@hudson.example>",
        "Jan Bot <jan.bot@bot.example>",
        "Norman Mailer <norman.mailer@books.example>",
        "Kim Deal <kim.deal@pixies.example>",
        "Andrej Svarc <andrejsvarc@example.com>",
        "Sanjay Dev <sanjay.dev@example.com>",
        "Frank Rowand <frowand.list@gmail.com>",
        "Maria Via <maria.via@example.com>",
        "Peter <peter.19801212@gmail.com>",
        "Wang <452134523@qq.com>",
        "Anna Newsome <newsome@northwind.example>",
        "Steve Hall <.hall@enron.example>",
        "Eva <info@evas-garten.example>",
    ],
)
def test_names_that_sound_like_robots_are_still_peoples(sender: str) -> None:
    text = PLAIN.replace("Bob Baker <bob.baker@northwind.example>", sender)
    assert kind(text) is Kind.PERSON


@pytest.mark.parametrize(
    "subject",
    [
        "Out of office next week, let us meet before",
        "Re: Automatic reply: Offer",
        "Fwd: Undeliverable: Offer",
        "Delivery problem with order 4711",
        "Invitation: my birthday in June",
        "Cancelling our lunch",
        "Absence of evidence",
        "Your message from Monday",
        "Carol is out of the office on Friday",
        "Re: [birds] Carol Chen/HOU/Northwind is out of the office.",
        "[birds] Re: Bob Baker/HOU/Northwind is out of the office.",
        "The auto-reply you set up is broken",
    ],
)
def test_subjects_people_write_alone_decide_nothing(subject: str) -> None:
    assert kind(PLAIN.replace("Lunch on Thursday?", subject)) is Kind.PERSON


def test_the_owners_own_mail_is_a_persons_even_as_it_comes_back_through_a_list() -> None:
    text = """
    From: Alice <alice+lists@lindqvist.example>
    To: birds@lists.example
    List-Id: <birds.lists.example>
    List-Post: <mailto:birds@lists.example>
    """
    assert kind(text) is Kind.LIST
    verdict = judged(text, own={"alice@lindqvist.example"})
    assert verdict.kind is Kind.PERSON
    assert verdict.reasons == ("From is one of your own addresses",)


def test_the_owners_vacation_notice_is_not_the_owner() -> None:
    text = PLAIN.replace("Bob Baker <bob.baker@northwind.example>", "alice@lindqvist.example")
    own = {"alice@lindqvist.example"}
    assert judged(text, "Auto-Submitted: auto-replied", own=own).kind is Kind.AUTO_REPLY
    assert judged(text, "Auto-Submitted: auto-generated", own=own).kind is Kind.AUTOMATED


def test_an_answer_by_hand_from_an_address_of_a_program_is_a_persons() -> None:
    text = """
    From: Ops on call <alerts@northwind.example>
    To: alice@lindqvist.example
    Subject: Re: the disk is full
    In-Reply-To: <2@lindqvist.example>
    User-Agent: Mozilla Thunderbird
    """
    assert kind(text) is Kind.PERSON


@pytest.mark.parametrize(
    "sender", ["", "undisclosed:;", "<>", "a@northwind.example, b@northwind.example", "a@b.example <c@d.example>"]
)
def test_who_wrote_must_be_certain(sender: str) -> None:
    assert kind(f"From: {sender}\nTo: alice@lindqvist.example\nSubject: Hello") is Kind.UNREADABLE


def test_two_from_fields_name_nobody() -> None:
    text = "From: ceo@northwind.example\nFrom: eve@evil.example\nTo: alice@lindqvist.example"
    verdict = judged(text)
    assert verdict.kind is Kind.UNREADABLE
    assert "more than one From address" in verdict.reasons[0]
