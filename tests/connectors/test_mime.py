"""The header of a mail, read into a record."""

from __future__ import annotations

from datetime import UTC, datetime
from textwrap import dedent
from typing import Any

import pytest

from connectors.mime import AMBIGUOUS_FROM, message_id, parse_headers
from connectors.mime_fields import HEADER_FIELDS
from connectors.mime_header import HEADER_LIMIT, split_header
from connectors.mime_robots import automation
from connectors.records import Mailbox, MailRecord, Malformed, Role

BOB = Mailbox("bob@example.net", "Bob Baker")


def read(text: str | bytes, **known: Any) -> MailRecord:
    raw = text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode()
    known.setdefault("role", Role.INBOX)
    mail = parse_headers(raw, ref="1", folder="INBOX", **known)
    assert isinstance(mail, MailRecord), mail.reason
    return mail


def test_a_letter() -> None:
    mail = read("""
        Return-Path: <bounce+alice=example.org@example.net>
        X-Original-To: alice+work@example.org
        Delivered-To: alice@example.org
        From: Bob Baker <bob@example.net>
        Sender: office@example.net
        Reply-To: "Baker, Bob" <bob.private@example.com>
        To: Alice Archer <Alice@Example.org>, dan@example.com
        Cc: =?utf-8?Q?C=C3=A9dric?= <cedric@example.fr>
        Bcc: eve@example.org
        Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from
         the fair
        Date: Tue, 1 Jun 2004 14:00:00 +0200
        Message-ID: <1@example.net>
        In-Reply-To: <0@example.org>
        References: <root@example.org>
         <0@example.org>
        List-Id: Fair <fair.example.org>
        List-Post: <mailto:fair@example.org>
        Precedence: list
        Authentication-Results: mx.example.org; spf=pass
        Content-Type: Multipart/Report; Report-Type="delivery-status"
        X-Weaktie-Draft: 4f1c
        X-Microsoft-Original-Message-ID: <before@example.net>

        Dear Alice,
        From: nobody@example.com
    """)
    assert (mail.from_, mail.sender) == ((BOB,), (Mailbox("office@example.net"),))
    assert mail.reply_to == (Mailbox("bob.private@example.com", "Baker, Bob"),)
    assert [box.address for box in mail.recipients] == [
        "alice@example.org", "dan@example.com", "cedric@example.fr", "eve@example.org",
    ]  # fmt: skip
    assert mail.cc[0].name == "Cédric"
    assert mail.subject == "Grüße from the fair"
    assert mail.date == datetime(2004, 6, 1, 12, 0, tzinfo=UTC)
    assert (mail.message_id, mail.in_reply_to) == ("1@example.net", "0@example.org")
    assert mail.references == ("root@example.org", "0@example.org")
    assert mail.return_path == "bounce+alice=example.org@example.net"
    assert mail.delivered_to == ("alice@example.org", "alice+work@example.org")
    assert (mail.list.id, mail.list.post) == ("Fair <fair.example.org>", "<mailto:fair@example.org>")
    assert mail.automation == (("precedence", "list"),)
    assert mail.authentication_results == ("mx.example.org; spf=pass",)
    assert mail.content_type == 'multipart/report; report-type="delivery-status"'
    assert (mail.draft_token, mail.original_message_id) == ("4f1c", "before@example.net")
    assert (mail.delivered, mail.defects) == (True, ())


def test_what_stands_outside_the_header_is_taken_over() -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC)
    mail = read("From: a@b.example\n", arrived=at, labels=("x",), size=7, body_digest="d", role=Role.SENT)
    assert (mail.arrived, mail.labels, mail.size, mail.body_digest, mail.role) == (at, ("x",), 7, "d", Role.SENT)


@pytest.mark.parametrize(
    ("trace", "given", "told"), [("", None, None), ("", False, False), ("Received: x\n", False, True)]
)
def test_traces_of_transport(trace: str, given: bool | None, told: bool | None) -> None:
    assert read(f"{trace}From: a@b.example\n", delivered=given).delivered is told


def test_the_null_sender_is_not_the_same_as_none() -> None:
    assert read("Return-Path: <>\nFrom: a@b.example\n").return_path == ""
    assert read("Return-Path: MAILER-DAEMON\nFrom: a@b.example\n").return_path == ""
    assert read("From: a@b.example\n").return_path is None


@pytest.mark.parametrize("path", ["<garbage>", "no address here", "<=?x?=>"])
def test_a_path_nobody_can_read_is_not_the_empty_one(path: str) -> None:
    assert read(f"Return-Path: {path}\nFrom: a@b.example\n").return_path is None


@pytest.mark.parametrize(
    ("value", "bare"),
    [
        ("<1@example.net>", "1@example.net"),
        ("\n <1@example.net>", "1@example.net"),
        ("<1@exam\n ple.net>", "1@example.net"),
        ("<1 2@example.net>", "12@example.net"),
        ("1@example.net", "1@example.net"),
        ("<1@example.net> (added by mail)", "1@example.net"),
        ("<1@a> <2@b>", "1@a"),
        ("<Case@Kept>", "Case@Kept"),
        ("<[1@example.net]>", "[1@example.net]"),
        ("<1\x00\x1b@example.net>", "1@example.net"),
        ("<>", ""),
        ("", ""),
    ],
)
def test_one_form_of_a_message_id(value: str, bare: str) -> None:
    assert message_id(value) == bare
    assert read(f"From: a@b.example\nMessage-ID: {value.lstrip()}\n").message_id == bare


def test_the_first_of_two_message_ids_counts_and_an_empty_one_does_not() -> None:
    assert read("From: a@b.example\nMessage-ID: \nMessage-Id: <1@x>\nMESSAGE-ID: <2@x>\n").message_id == "1@x"


def test_old_forms_of_references() -> None:
    mail = read("""
        From: a@b.example
        In-Reply-To: Your message of "Tue, 1 Jun 2004" <1@x> <2@x>
        References: <1@x> <1@x> 3@x <4@
         x>
    """)
    assert (mail.in_reply_to, mail.references) == ("1@x", ("1@x", "4@x"))
    many = " ".join(f"<{number}@x>" for number in range(500))
    references = read(f"From: a@b.example\nReferences: {many}\n").references
    assert (len(references), references[0], references[-1]) == (100, "0@x", "499@x")


@pytest.mark.parametrize(
    "header",
    [
        "From: bob@example.net\nFrom: mallory@evil.example\n",
        "From: bob@example.net\nTo: x@y.example\nFrom: bob@example.net, al@example.com\n",
        "From: bob@example.net <mallory@evil.example>\n",
        "FROM: bob@example.net\nfrom : mallory@evil.example\n",
    ],
)
def test_an_ambiguous_sender_is_named_and_marked(header: str) -> None:
    mail = read(header)
    assert AMBIGUOUS_FROM in mail.defects
    assert mail.from_


def test_the_same_sender_twice_is_no_riddle() -> None:
    mail = read("From: Bob Baker <bob@example.net>\nFrom: Bob Baker <bob@example.net>\n")
    assert (mail.from_, mail.defects) == ((BOB,), ())


@pytest.mark.parametrize("header", ["To: a@b.example\n", "From: \nTo: a@b.example\n", "From: <>\nSubject: x\n"])
def test_no_sender(header: str) -> None:
    mail = read(header)
    assert mail.from_ == ()
    assert "no address in From" in mail.defects


@pytest.mark.parametrize(
    ("x_from", "name"),
    [
        ("Steven P South", "Steven P South"),
        ("Crandall, Sean </O=ENRON/OU=NA/CN=RECIPIENTS/CN=SCRANDA>", "Crandall, Sean"),
        ("The Times <times@example.com>@ENRON", "The Times"),
        ('"Bode, Miki" <miki@example.com>', "Bode, Miki"),
        ("Corporate Benefits@ENRON", "Corporate Benefits"),
        ("slc.sched@example.com", ""),
        ("Bob Smith/HOU/ECT@ECT", ""),
        ("</O=ENRON/CN=X>", ""),
        ("1234", ""),
        ("", ""),
    ],
)
def test_exports_of_exchange_keep_the_name_elsewhere(x_from: str, name: str) -> None:
    (sender,) = read(f"From: a@b.example\nX-From: {x_from}\nX-To: Not, Used <z@z.example>\n").from_
    assert sender == Mailbox("a@b.example", name)


def test_a_name_of_its_own_wins() -> None:
    assert read("From: Bob Baker <bob@example.net>\nX-From: Somebody Else\n").from_ == (BOB,)


def test_a_full_name_of_exchange_wins_over_a_single_word() -> None:
    (sender,) = read("From: legal <.hall@b.example>\nX-From: Hall, Steve C. (Legal) </O=B/CN=SHALL4>\n").from_
    assert sender == Mailbox(".hall@b.example", "Hall, Steve C. (Legal)")
    (sender,) = read("From: legal <.hall@b.example>\nX-From: .hall@b.example\n").from_
    assert sender == Mailbox(".hall@b.example", "legal")


@pytest.mark.parametrize(
    "raw",
    [
        b"From: Bob Baker <bob@example.net>\r\nSubject: a\r\n b\r\n\r\nbody",
        b"From: Bob Baker <bob@example.net>\rSubject: a\r b\r\rbody",
        b"From: Bob Baker <bob@example.net>\r\r\nSubject: a\r\r\n b\r\r\n\r\r\nbody: x",
        b"\xef\xbb\xbfFrom: Bob Baker <bob@example.net>\nSubject: a\n\tb\n\nbody",
        b"From bob Thu Jan  1 00:00:00 2004\n>From x\nFrom: Bob Baker <bob@example.net>\nSubject: a b\n",
        b"From: Bob Baker <bob@example.net>\nthis line is lost\nSubject: a b\n\n",
        b"From: Bob Baker <bob@example.net>\nSubject: a\rb\n\n",
    ],
)
def test_lines_end_in_many_ways(raw: bytes) -> None:
    mail = read(raw)
    assert (mail.from_, mail.subject) == ((BOB,), "a b")


def test_raw_bytes_in_a_header() -> None:
    for raw in ("Böb <bob@example.net>".encode(), "Böb <bob@example.net>".encode("latin-1")):
        mail = read(b"From: " + raw + b"\nSubject: \xe2\x82\xac \n" + b"X: \xff\n")
        assert (mail.from_[0].name, mail.subject) == ("Böb", "€")


def test_a_body_without_an_empty_line_before_it_is_not_taken_for_a_header() -> None:
    header = split_header(b"From: a@b.example\nDear Alice,\nthe order was\nFrom: top\nTo: bottom\n")
    assert header.fields == {"from": [" a@b.example"]}


def test_a_header_without_end_is_cut() -> None:
    mail = read(b"From: a@b.example\n" + b"Received: from somewhere far away\n" * 40_000 + b"To: z@z.example\n")
    assert any("1,000" in defect or "64 KB" in defect for defect in mail.defects)
    wide = read(b"From: a@b.example\nTo: " + b"someone@example.com,\n " * 10_000)
    assert any("64 KB" in defect for defect in wide.defects)
    assert len(wide.to) < HEADER_LIMIT / 20


@pytest.mark.parametrize(
    "raw", [b"", b"\n\nFrom: a@b.example\n", b"hello\nworld\n", b"\x00\xff" * 99, b"Content-Type: x\n\n"]
)
def test_what_is_no_mail(raw: bytes) -> None:
    found = parse_headers(raw, ref="7", folder="INBOX", role=Role.INBOX)
    assert isinstance(found, Malformed)
    assert (found.ref, found.folder) == ("7", "INBOX")
    assert "no mail" in found.reason


def test_a_sender_buried_in_comments_is_quarantined() -> None:
    found = parse_headers(b"From: " + b"(" * 2_000 + b"a@b.example\n\n", ref="7", folder="INBOX", role=Role.INBOX)
    assert isinstance(found, Malformed)
    assert "From" in found.reason


def test_fields_that_robots_set() -> None:
    robots = """
        Auto-Submitted: auto-generated
        X-Auto-Response-Suppress: All
        X-Mailer: PHPMailer
        X-Campaign-Id: 7
        X-Mailgun-Sid: abc
        X-GitHub-Reason: mention
        X-GitLab-Project: weaktie
        X-LinkedIn-Class: inmail
        X-Cron-Env: <HOME=/root>
        X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent
        X-Loop: a
        Feedback-ID: 1:2:3
        X-Report-Abuse: here
    """
    mail = read(
        "From: a@b.example\nX-Spam-Score: 1\nX-Custom: 2\n" + dedent(robots).lstrip() + f"X-SG-EID: {'x' * 999}\n"
    )
    found = dict(mail.automation)
    assert len(found) == 14
    assert found["auto-submitted"] == "auto-generated"
    assert found["x-cron-env"] == "<HOME=/root>"
    assert len(found["x-sg-eid"]) == 200


def test_a_flood_of_robot_fields_is_cut() -> None:
    flood = split_header(b"".join(b"X-Campaign-%d: x\n" % number for number in range(900)))
    assert len(automation(flood)) == 40


def test_what_a_server_is_asked_for_is_fixed_and_plain() -> None:
    assert len({name.lower() for name in HEADER_FIELDS}) == len(HEADER_FIELDS) <= 60
    assert all(name.replace("-", "").isalnum() for name in HEADER_FIELDS)
    asked = {name.lower() for name in HEADER_FIELDS}
    assert {"return-path", "delivered-to", "x-original-to", "message-id", "x-microsoft-original-message-id"} <= asked
