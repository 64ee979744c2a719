"""Signs that decide only where nothing outweighs them, each seen to matter."""

from __future__ import annotations

import pytest

from agent.types import Kind
from tests.agent.headers import judged, kind

TO = "To: alice@lindqvist.example"
RELAYED = "X-SES-Outgoing: 2026.01.20-54.240.11.1"


@pytest.mark.parametrize(
    "text",
    [
        "From: mailer-daemon@northwind.example\nSubject: Hello",
        "Content-Type: message/delivery-status\nFrom: bob@northwind.example\nSubject: Hello",
        "From: someone@northwind.example\nReturn-Path: <>\nSubject: Returned to sender",
        "From: mailscan@northwind.example\nSubject: Delivery failure (bob)",
        "From: ndr@northwind.example\nAuto-Submitted: auto-generated\nSubject: Delivery error",
    ],
)
def test_each_sign_of_a_bounce_is_enough(text: str) -> None:
    assert kind(text, TO) is Kind.BOUNCE


def test_an_answer_with_an_empty_return_path_is_automatic_unless_it_came_through_a_list() -> None:
    text = (
        "From: Bob Baker <bob@northwind.example>\nReturn-Path: <>\nIn-Reply-To: <1@lindqvist.example>\nSubject: Re: Tea"
    )
    assert kind(text, TO) is Kind.AUTO_REPLY
    assert kind(text, TO, "List-Post: <mailto:birds@lists.example>") is Kind.LIST
    assert kind(text, TO, "User-Agent: Mutt/2.2") is Kind.PERSON


def test_a_network_is_told_by_its_fields_where_the_address_is_a_relays() -> None:
    assert kind("From: Carol Chen <s-4Hq7tr@relay.example>\nX-LinkedIn-Class: INMAIL", TO) is Kind.SOCIAL


def test_a_scheduled_program_is_told_by_its_field_alone() -> None:
    assert kind("From: Bob Baker <bob@northwind.example>\nX-Cron-Env: <HOME=/home/bob>", TO) is Kind.AUTOMATED


@pytest.mark.parametrize("name", ["kernel test robot", "Job Alerts", "dependabot[bot]", "Automated Mail", "ciBot"])
def test_a_robots_name_is_enough_but_not_against_a_mail_program_of_people(name: str) -> None:
    assert kind(f"From: {name} <desk@northwind.example>", TO) is Kind.AUTOMATED
    assert kind(f"From: {name} <desk@northwind.example>\nUser-Agent: Mutt/2.2", TO) is Kind.PERSON


def test_a_service_that_sends_in_others_names_is_told_by_sender() -> None:
    text = "From: Bob Baker <bob@northwind.example>\nSender: no-reply@cards.example"
    assert kind(text, TO) is Kind.AUTOMATED


@pytest.mark.parametrize(
    "hand",
    ["User-Agent: Mozilla Thunderbird", "Message-ID: <CAF1@mail.gmail.com>", "In-Reply-To: <1@lindqvist.example>"],
)
@pytest.mark.parametrize("weak", [RELAYED, "X-Auto-Response-Suppress: DR", "X-Mailer: PHP/8.2"])
def test_weak_signs_yield_to_a_hand_at_the_keys_and_to_a_personal_address(hand: str, weak: str) -> None:
    desk = "From: Northwind <hub@northwind.example>"
    assert kind(desk, TO) is Kind.PERSON
    assert kind(desk, TO, weak) is Kind.AUTOMATED
    assert kind(desk, TO, hand, weak) is Kind.PERSON
    assert kind("From: Bob Baker <bob@northwind.example>", TO, weak) is Kind.PERSON


@pytest.mark.parametrize(
    "sender",
    [
        "Иван Петров <ivan.petrov@northwind.example>",
        "Jörg Müller <jmueller@northwind.example>",
        "Jörg Müller <jmuller@northwind.example>",
        "Michał Łoś <mlos@northwind.example>",
        "Anna Bell <hello@studio.example>",
    ],
)
def test_names_in_other_letters_are_found_in_their_addresses(sender: str) -> None:
    assert kind(f"From: {sender}", TO, RELAYED) is Kind.PERSON


def test_reports_of_other_sorts_are_programs() -> None:
    text = 'From: Bob Baker <bob@northwind.example>\nContent-Type: multipart/report; report-type="tlsrpt"; boundary=b'
    assert kind(text, TO) is Kind.AUTOMATED


def test_a_newsletters_name_yields_to_an_answer() -> None:
    text = "From: Northwind Newsletter <anna@northwind.example>\nSubject: Re: your question"
    assert kind(text, TO) is Kind.BULK
    assert kind(text, TO, "In-Reply-To: <1@lindqvist.example>") is Kind.PERSON


def test_lists_that_only_bear_an_id_are_groups_when_a_hand_is_seen() -> None:
    text = "From: Bob Baker <bob@northwind.example>\nList-Id: Birds <birds.example.org>"
    assert kind(text, TO) is Kind.BULK
    assert kind(text, TO, "User-Agent: Mutt/2.2") is Kind.LIST


def test_announcements_through_lists_stay_newsletters() -> None:
    text = "From: Northwind <newsletter@northwind.example>\nX-BeenThere: birds@lists.example\nPrecedence: bulk"
    assert kind(text, TO) is Kind.BULK


def test_no_sender_and_an_unusable_sender_are_told_apart() -> None:
    assert judged("Subject: Hello", TO).reasons == ("no From address",)
    unusable = judged('From: "a b"@northwind.example\nSubject: Hello', TO)
    assert unusable.kind is Kind.UNREADABLE
    assert unusable.reasons == ("From is not an address one can write to",)


VERP = [
    "webmaster-bounce-571-2c9cb1de22e9da15@blogs.example",
    "bounces+123-ab9f-alice=lindqvist.example@em77.northwind.example",
    "anything@bounces.northwind.example",
]


@pytest.mark.parametrize("path", VERP)
def test_failures_that_go_to_an_address_of_the_mailing_tell_a_program(path: str) -> None:
    text = f"Return-Path: <{path}>\nFrom: Northwind <desk9@northwind.example>"
    assert kind(text, TO) is Kind.AUTOMATED
    assert kind(text, TO, "In-Reply-To: <1@lindqvist.example>") is Kind.PERSON
    assert kind(f"Return-Path: <{path}>\nFrom: Bob Baker <bob@northwind.example>", TO) is Kind.PERSON


@pytest.mark.parametrize(
    "path",
    [
        "desk9@northwind.example",
        "other.desk@northwind.example",
        "SRS0=x7=YZ=northwind.example=desk9@forwarder.example",
        "bounces+SRS=b1a2c=XY@forwarder.example",
        "prvs=1234567890=desk9@northwind.example",
        "desk9+caf_=alice=lindqvist.example@northwind.example",
    ],
)
def test_what_forwarders_and_peoples_systems_write_there_tells_nothing(path: str) -> None:
    assert kind(f"Return-Path: <{path}>\nFrom: Northwind <desk9@northwind.example>", TO) is Kind.PERSON
