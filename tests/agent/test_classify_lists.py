"""Groups in which people write to people, and newsletters nobody writes back to."""

from __future__ import annotations

import pytest

from agent.capture.classify import classify
from agent.capture.classify_lists import PROMOTIONS
from agent.types import Kind
from connectors.mime import parse_headers
from connectors.records import MailRecord, Role
from tests.agent.headers import judged, kind

BOB = "From: Bob Baker <bob@northwind.example>"


def test_list_post_makes_a_group_whatever_else_bulk_mail_carries() -> None:
    text = f"""\
{BOB}
To: birds@lists.example
Sender: birds-bounces+alice=lindqvist.example@lists.example
Precedence: bulk
List-Id: Bird watchers <birds.lists.example>
List-Unsubscribe: <https://lists.example/options/birds>
List-Post: <mailto:birds@lists.example>
"""
    verdict = judged(text)
    assert verdict.kind is Kind.LIST
    assert verdict.reasons == ("List-Post: a list people write to",)


def test_gmails_category_is_a_hint_where_nothing_speaks_for_a_person() -> None:
    def filed(text: str) -> Kind:
        mail = parse_headers(text.encode(), ref="1", folder="Inbox", role=Role.INBOX, labels=(PROMOTIONS, "Inbox"))
        assert isinstance(mail, MailRecord)
        return classify(mail).kind

    shop = "From: Northwind Outlet <hello@northwind.example>\nTo: alice@lindqvist.example\nSubject: Boots\n"
    assert kind(shop) is Kind.PERSON
    assert filed(shop) is Kind.BULK
    assert filed(f"{shop}In-Reply-To: <1@lindqvist.example>\n") is Kind.PERSON
    assert filed(f"{BOB}\nTo: alice@lindqvist.example\n") is Kind.PERSON


def test_list_unsubscribe_alone_makes_a_newsletter() -> None:
    verdict = judged(f"{BOB}\nTo: alice@lindqvist.example\nList-Unsubscribe: <mailto:out@northwind.example>")
    assert verdict.kind is Kind.BULK
    assert verdict.reasons == ("List-Unsubscribe without List-Post: a newsletter",)


@pytest.mark.parametrize(
    "fields",
    [
        "To: birds@groups.example\nMailing-List: list birds@groups.example; contact birds-owner@groups.example",
        "To: birds@lists.example\nX-BeenThere: birds@lists.example",
        "To: birds@lists.example\nX-Mailing-List: birds@lists.example",
        "To: birds@lists.example\nPrecedence: list\nList-Id: <birds.lists.example>",
        "To: birds@lists.example\nList-Id: <birds.lists.example>\nList-Unsubscribe: <mailto:birds-off@lists.example>",
        "To: birds@lists.example\nSender: owner-birds@lists.example\nPrecedence: bulk",
        "To: birds@lists.example\nReturn-Path: <birds-return-42-alice=lindqvist.example@lists.example>",
        "To: birds@lists.example\nReturn-Path: <birds-bounces+alice=lindqvist.example@lists.example>",
        "To: birds@lists.example\nErrors-To: birds-admin@lists.example\nPrecedence: bulk",
        "To: birds@lists.example\nSender: birds@lists.example\nList-Unsubscribe: <mailto:o@l.example>",
        "To: Carol <carol@fjord.example>\nCc: birds@l.example\nIn-Reply-To: <1@fjord.example>\nPrecedence: bulk",
    ],
)
def test_groups_are_told_by_many_old_and_new_habits(fields: str) -> None:
    assert kind(f"{BOB}\n{fields}") is Kind.LIST


def test_a_sender_rewritten_by_the_list_is_the_list() -> None:
    text = """
    From: 'Bob Baker' via Birds <birds@lists.example>
    To: Birds <birds@lists.example>
    X-Original-From: Bob Baker <bob@northwind.example>
    X-Original-Sender: bob@northwind.example
    Precedence: list
    """
    assert kind(text) is Kind.LIST


def test_mail_to_a_list_is_seen_as_such_once_the_owner_is_known() -> None:
    text = f"{BOB}\nTo: dl-trading@northwind.example"
    assert kind(text) is Kind.PERSON
    assert kind(text, own={"alice@lindqvist.example"}) is Kind.LIST
    assert kind(f"{text}\nCc: alice@lindqvist.example", own={"alice@lindqvist.example"}) is Kind.PERSON


@pytest.mark.parametrize(
    "text",
    [
        f"{BOB}\nList-Post: NO\nList-Id: <news.northwind.example>",
        f"{BOB}\nPrecedence: bulk",
        f"{BOB}\nPrecedence: junk",
        f"{BOB}\nX-Mailer: MailChimp Mailer - **CID1**",
        "From: Northwind <newsletter@northwind.example>",
        "From: Northwind <newsletter@northwind.example>\nList-Post: <mailto:newsletter@northwind.example>",
        "From: Northwind <hello@news.northwind.example>\nList-Id: <1.list-id.mcsv.example>",
        "From: Northwind <announcements@northwind.example>",
        "From: Northwind Newsletter <anna@northwind.example>",
        "From: Northwind <noreply@northwind.example>\nList-Unsubscribe: <https://northwind.example/u>",
        "From: News <desk@p.example>\nReply-To: noreply@paper.example\nList-Post: <mailto:paper@lists.example>",
        "From: Conferences News <conf@northwind.example>",
        "From: Shop <offers.251421602@s2u2.example>",
        "From: Tech Tips <body_216095411795471888@hermes.example>",
        "From: Search <search-f485fcce40b794d5@lists.example>",
        "From: Paper <headlines@paper.example>\nPrecedence: list",
    ],
)
def test_newsletters(text: str) -> None:
    assert kind(text, "To: alice@lindqvist.example", "Subject: News of the week") is Kind.BULK


def test_the_software_of_a_list_is_a_program() -> None:
    text = """
    From: birds-admin@example.org
    To: birds-admin@example.org
    Subject: 3 birds admin request(s) waiting
    List-Id: <birds.example.org>
    List-Post: <mailto:birds@example.org>
    """
    assert kind(text) is Kind.AUTOMATED
    assert kind(text.replace("From: birds-admin@", "From: bob@")) is Kind.LIST
    assert kind(text.replace("From: birds-admin@", "From: bob@"), "X-List-Administrivia: yes") is Kind.AUTOMATED
