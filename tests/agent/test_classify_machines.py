"""Mail that programs wrote: bounces, automatic replies, calendars, networks, notices."""

from __future__ import annotations

import pytest

from agent.types import Kind
from tests.agent.headers import judged, kind

TO = "To: alice@lindqvist.example"


@pytest.mark.parametrize(
    "text",
    [
        "From: MAILER-DAEMON@mx.example (Mail Delivery System)\nSubject: Undelivered Mail Returned to Sender",
        "From: MAILER-DAEMON <>\nReturn-Path: <>\nSubject: Mail delivery failed",
        "From: postmaster@northwind.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b",
        "From: Exchange <microsoftexchange329e71@northwind.example>\nReturn-Path: <>\nSubject: Undeliverable: Offer",
        "From: System Administrator <exchange.administrator@northwind.example>\nSubject: Undeliverable: Offer",
        "From: Postmaster <postmaster@northwind.example>\nSubject: InterScan NT Alert",
        "From: mail@northwind.example\nX-Failed-Recipients: bob@northwind.example\nSubject: Hello",
        "From: staff@hotmail.example\nContent-Type: multipart/report; report-type=feedback-report; boundary=b",
        "From: staff@hotmail.example\nSubject: complaint about message from 192.0.2.1",
        "From: gateway@northwind.example\nAuto-Submitted: auto-replied\nSubject: Unzustellbar: Angebot",
    ],
)
def test_bounces(text: str) -> None:
    assert kind(text, TO) is Kind.BOUNCE


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-replied (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: Gone fishing",
        "Precedence: auto_reply",
        "Preference: auto-reply",
        "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",
        "Subject: Automatic reply: Offer",
        "Subject: Automatische Antwort: Angebot",
        "Subject: Réponse automatique : Offre",
        "Subject: Respuesta automática: Oferta",
        "Subject: 自動応答: 見積り",
        "Subject: Out of Office AutoReply: Offer",
        "Subject: Bob Baker/HOU/Northwind is out of the office.",
        "Subject: Bob is out of the office",
        "Subject: [birds] Bob Baker/HOU/Northwind is out of the office.",
        "Subject: *****SPAM***** Automatic reply: Offer",
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
    ],
)
def test_automatic_replies(field: str) -> None:
    assert kind(f"From: Bob Baker <bob@northwind.example>\n{field}", TO) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "field"),
    [
        ("Re: Offer (I am on vacation)", "Precedence: bulk"),
        ("Abwesenheit bis 3. Mai", "Precedence: junk"),
        ("Out of office", "Return-Path: <>"),
        ("We have received your message", "Return-Path: <>"),
        ("Fuera de la oficina", "X-Auto-Response-Suppress: All"),
        ("Your request 4711", "Auto-Submitted: auto-generated"),
    ],
)
def test_a_subject_and_a_second_sign_make_an_automatic_reply(subject: str, field: str) -> None:
    text = f"From: Bob Baker <bob@northwind.example>\nSubject: {subject}"
    assert kind(text, TO) is Kind.PERSON
    assert kind(text, TO, field) is Kind.AUTO_REPLY


@pytest.mark.parametrize(
    "field",
    [
        "Content-Type: text/calendar; charset=utf-8; method=REQUEST",
        "Content-Class: urn:content-classes:calendarmessage",
        "X-MS-Exchange-Calendar-Originator-Id: UmVzcG9uc2U=",
        "Sender: Google Calendar <calendar-notification@google.com>",
        "Message-ID: <calendar-4a0c8d7e-1@google.com>",
        "Subject: Accepted: Planning",
        "Subject: Zugesagt: Planung",
        "Subject: Canceled event: Planning @ Tue Mar 3, 2026",
        "Subject: Updated invitation: Planning @ Tue Mar 3, 2026 10am",
        "Subject: Invitation: Planning @ Tue Mar 3, 2026 10am - 11am (CET) (alice@lindqvist.example)",
    ],
)
def test_calendar_notices(field: str) -> None:
    assert kind(f"From: Bob Baker <bob@northwind.example>\n{field}", TO) is Kind.CALENDAR


@pytest.mark.parametrize(
    "text",
    [
        "From: Carol Chen via LinkedIn <invitations@linkedin.com>\nX-LinkedIn-Class: EMAIL-DEFAULT",
        "From: Carol Chen <inmail-hit-reply@linkedin.com>\nSubject: A role for you",
        "From: Facebook <notification+kr4@facebookmail.com>\nX-Facebook-Notify: msg; mailid=1",
        "From: Facebook <reminders@facebookmail.com>",
        "From: X <notify@x.com>",
        "From: Carol <dm-12345@postmaster.twitter.com>\nX-TwitterEmailType: direct_message",
        "From: XING <mailrobot@mail.xing.com>",
    ],
)
def test_notices_of_social_networks(text: str) -> None:
    assert kind(text, TO) is Kind.SOCIAL


def test_the_staff_of_a_network_writes_from_its_domain_too() -> None:
    text = "From: Carol Chen <cchen@linkedin.com>\nSubject: Re: kernel patch\nIn-Reply-To: <1@lindqvist.example>"
    assert kind(text, TO) is Kind.PERSON


@pytest.mark.parametrize(
    "text",
    [
        "From: Northwind <no-reply@northwind.example>",
        "From: Northwind <do.not.reply@northwind.example>",
        "From: Fjord <nicht-antworten@fjord.example>",
        "From: Fjord <nepasrepondre@fjord.example>",
        "From: Fjord <no.responder@fjord.example>",
        "From: Bob Baker <notifications@github.com>\nList-Post: <mailto:reply+1@github.com>",
        "From: Cron Daemon <root@mx.example>\nX-Cron-Env: <SHELL=/bin/sh>",
        "From: root@mx.example\nSubject: Anacron job 'cron.daily'",
        "From: kernel test robot <lkp@intel.example>\nIn-Reply-To: <1@a.example>\nList-Post: <mailto:a@lists.example>",
        "From: bugs@northwind.example\nX-Bugzilla-Reason: CC\nList-Id: <bugs.northwind.example>",
        "From: Bob Baker (Code Review) <gerrit@review.example>\nX-Gerrit-MessageType: comment",
        "From: shop@northwind.example\nAuto-Submitted: auto-generated",
        "From: Northwind <service@northwind.example>\nReply-To: no-reply@northwind.example",
        "From: Bob Baker (via Google Docs) <drive-shares-dm-noreply@google.com>\nReply-To: bob@northwind.example",
        "From: Bob Baker via DocuSign <dse@docusign.example>",
        "From: Northwind Orders <orders@northwind.example>\nX-SES-Outgoing: 2026.01.20-54.240.11.1",
        "From: Northwind <hello@northwind.example>\nReturn-Path: <>\nSubject: Welcome",
        "From: Form <www@northwind.example>\nX-Mailer: PHP/8.2",
        "From: 'MailSweeper' <enron.mailsweeper.admin@northwind.example>",
    ],
)
def test_notices_of_programs(text: str) -> None:
    assert kind(text, TO) is Kind.AUTOMATED


def test_the_reason_names_the_field_that_told() -> None:
    assert judged("From: bob@northwind.example\nAuto-Submitted: auto-replied", TO).reasons == (
        "Auto-Submitted: auto-replied",
    )
    assert judged("From: noreply@northwind.example", TO).reasons == ("From: the address asks not to be answered",)
    assert judged("From: a@b.example\nX-Failed-Recipients: c@d.example", TO).reasons == (
        "X-Failed-Recipients: a report on undelivered mail",
    )


@pytest.mark.parametrize(
    "sender",
    [
        "Jenkins <jenkins@ci.acme.com>",
        "gerrit@review.acme.com",
        "wordpress@blog.acme.com",
        "bestellbestaetigung@acme.de",
    ],
)
def test_programs_are_known_by_name_and_host(sender: str) -> None:
    assert kind(f"From: {sender}\n{TO}") is Kind.AUTOMATED


def test_a_review_system_writes_under_other_peoples_names() -> None:
    assert kind(f'From: "Patrick Berg (Code Review)" <gerrit@acme.com>\n{TO}') is Kind.AUTOMATED


@pytest.mark.parametrize("sender", ["Gerrit Jansen <gerrit@acme.nl>", "Tom Jenkins <jenkins@acme.com>"])
def test_people_who_are_called_like_programs_stay_people(sender: str) -> None:
    assert kind(f"From: {sender}\n{TO}") is Kind.PERSON
