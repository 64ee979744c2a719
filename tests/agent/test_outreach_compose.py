"""Composition: what goes out reads as meant, and no name or subject of a stranger can add to it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.errors import NotAllowed
from agent.outreach import compose as composing
from agent.outreach import reread
from agent.outreach.compose import Letter, Order, Writer, compose
from agent.outreach.outgoing import outgoing
from agent.templating import TemplateRefused, Templates
from tests.agent.outreach_fakes import body_of
from tests.agent.outreach_world import WRITER, ZONE
from tests.letters import ALICE, DANA, at

GOLDENS = Path(__file__).with_name("goldens") / "outreach"
NOW = at("2026-03-04 08:00")
SHIPPED = Templates()
PERSON = {"first_name": "Dana", "name": "Dana Reed", "organization": "northwind.example.net"}
LAST = {"rfc_id": "m2@example.net", "subject": "Re: AW: Budget for the pilot", "references": ["m1@example.net"]}
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any] | None]] = {
    "reconnect": ("reconnect", {"topic": "Budget for the pilot", "when": "in November"}, LAST),
    "reconnect_bare": ("reconnect", {"topic": None, "when": None, "first_name": None}, None),
    "follow_up": ("follow_up", {"meeting": "Product roundtable", "when": "on Tuesday"}, None),
    "follow_up_bare": ("follow_up", {"meeting": None, "when": None, "first_name": None}, None),
    "intro_request": ("intro_request", {"target": "acme.example", "contact": "Carol Jones"}, None),
    "intro_request_bare": ("intro_request", {"target": "acme.example", "contact": None, "first_name": None}, None),
    "thank_you": ("thank_you", {"contact": "Carol Jones"}, LAST),
    "thank_you_bare": ("thank_you", {"contact": None, "first_name": None}, None),
}


def letter(
    kind: str = "reconnect",
    context: dict[str, Any] | None = None,
    reply: dict[str, Any] | None = None,
    name: str = "Dana Reed",
    writer: Writer = WRITER,
) -> Letter:
    base: dict[str, Any] = {"topic": None, "when": None}
    return compose(Order(kind, name, DANA, PERSON | base | (context or {}), reply), writer, SHIPPED, NOW)


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str) -> None:
    kind, context, reply = CASES[case]
    made = letter(kind, context, reply)
    head, _, _ = made.content.partition(b"\r\n\r\n")
    head = head.replace(made.rfc_id.encode(), b"ID@DOMAIN").replace(made.token.encode(), b"TOKEN")
    text = head.decode().replace("\r\n", "\n") + "\n\n" + body_of(made.content)
    golden = GOLDENS / f"{case}.txt"
    if os.environ.get("WEAKTIE_GOLDENS") == "write":
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8")
    assert body_of(made.content).rstrip("\n") == made.text.rstrip("\n")


@pytest.mark.parametrize("case", CASES)
def test_no_figure_reaches_the_recipient(case: str) -> None:
    kind, context, reply = CASES[case]
    made = letter(kind, context, reply)
    assert not re.search(r"\d|score|days|weeks ago|months", made.text)
    assert not re.search(r"Hi ,|Hello\n\n[^,]|None", made.text)


def test_it_joins_the_thread() -> None:
    made = letter(reply=LAST)
    message = message_from_bytes(made.content, policy=policy.default)
    assert message["Subject"] == "Re: Budget for the pilot"
    assert message["In-Reply-To"] == "<m2@example.net>"
    assert message["References"] == "<m1@example.net> <m2@example.net>"
    assert made.thread == "m1@example.net"
    assert parsedate_to_datetime(message["Date"]) == NOW
    assert message["Date"].endswith("+0100")


@pytest.mark.parametrize(
    "subject",
    [
        "Re: [EXTERNAL] Re: Vue branch",
        "[EXT] AW: Vue branch",
        "Re[2]: [External]: Vue branch",
        "Re: ***SPAM*** Re: Vue branch",
    ],
)
def test_marks_of_replies_and_of_gateways_do_not_pile_up(subject: str) -> None:
    assert letter(reply={**LAST, "subject": subject}).subject == "Re: Vue branch"


def test_a_new_thread_is_its_own() -> None:
    made = letter()
    assert made.thread == made.rfc_id
    assert b"In-Reply-To" not in made.content
    assert made.rfc_id.endswith("@lindqvist.example.com")


@pytest.mark.parametrize("rfc_id", ["", "a b@c", "x>\r\nBcc: a@b", "ü@example.org", "a" * 300])
def test_an_odd_message_id_is_not_answered(rfc_id: str) -> None:
    made = letter(reply={**LAST, "rfc_id": rfc_id})
    assert b"In-Reply-To" not in made.content
    assert made.subject == "How are things?"


def test_long_chains_are_cut_in_the_middle_and_folded() -> None:
    chain = [f"m{number}-{'x' * 60}@example.net" for number in range(60)]
    made = letter(reply={"rfc_id": "last@example.net", "subject": "Hello you", "references": chain})
    references = str(message_from_bytes(made.content)["References"]).split()
    assert references[0] == f"<{chain[0]}>"
    assert references[-1] == "<last@example.net>"
    assert len(references) == 21
    assert max(map(len, made.content.split(b"\r\n"))) < 100


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=190))
def test_a_subject_is_the_same_after_folding(subject: str) -> None:
    made = letter(reply={**LAST, "subject": f"A{subject}"})
    message = message_from_bytes(made.content, policy=policy.default)
    assert message["Subject"] == made.subject


def test_every_letter_has_an_id_and_token_of_its_own() -> None:
    made = [letter() for _ in range(20)]
    assert len({one.rfc_id for one in made}) == len({one.token for one in made}) == 20
    assert all(re.fullmatch(r"[0-9a-f]{32}", one.token) for one in made)


def test_text_of_any_language_survives() -> None:
    made = letter(context={"topic": "Größe – 日本語 & “quotes”", "when": "in März"})
    assert "“Größe – 日本語 & “quotes”” in März" in body_of(made.content)
    assert made.content.isascii()


def test_an_unknown_kind_is_told() -> None:
    with pytest.raises(TemplateRefused, match=r"no template birthday/subject\.txt"):
        letter("birthday")


PIECES = (
    *(
        "=?utf-8?q?",
        "=?utf-8?b?",
        "?=",
        "=0D=0A",
        "=3D=3F",
        "\r\n",
        "\n",
        "\r",
        "\x0b",
        "\x0c",
        "\x85",
        "\u2028",
        "\x00",
    ),
    *("\u202e", "Bcc: thief@evil.example", "Bcc:", " ", ",", "<thief@evil.example>", '"', "\\", "(", ")", ";", ":"),
    *("=?utf-8?q?x=0D=0ABcc:_thief=40evil.example?=", "thief@evil.example", "ü", "日本", "a" * 90),
)
HOSTILE = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
NESTED = "=?utf-8?q?=3D=3Futf-8=3Fq=3F=0D=0ABcc:=20thief=40evil.example=3F=3D?="


def only_dana(made: Letter) -> None:
    """No more header fields than ours, no more recipients than Dana, by three ways of reading."""
    raw = made.content.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0].lower() for line in raw.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert len(names) == len(set(names))
    assert set(names) <= OURS
    for parser in (policy.default, policy.compat32):
        message = message_from_bytes(made.content, policy=parser)
        assert not {"bcc", "cc"} & {name.lower() for name in message}
    assert reread.read(made.content).recipients == (DANA,)
    assert b"\n" not in made.content.replace(b"\r\n", b"")


OURS = {
    name.encode()
    for name in (
        *("from", "to", "subject", "date", "message-id", "in-reply-to", "references", "x-weaktie-draft"),
        *("mime-version", "content-type", "content-transfer-encoding"),
    )
}


@settings(max_examples=int(os.environ.get("WEAKTIE_SOAK", "1")) * 150, deadline=None)
@given(name=HOSTILE, subject=HOSTILE, owner=HOSTILE)
@example(name=NESTED, subject=NESTED, owner=NESTED)
@example(name='"', subject="=?utf-8?b?=", owner="\\")
def test_no_name_or_subject_adds_a_header_or_a_recipient(name: str, subject: str, owner: str) -> None:
    writer = Writer(f"A{owner}", ALICE, zone=ZONE)
    only_dana(
        letter(
            context={"topic": subject, "first_name": name}, reply={**LAST, "subject": subject}, name=name, writer=writer
        )
    )


@pytest.mark.parametrize(
    "name", ["Reed, Dana", "Dana (Work)", "dana@evil.example", 'Dana "D" Reed', "Dána Reéd", "a" * 300]
)
def test_names_are_shown_as_they_are_or_left_out(name: str) -> None:
    made = letter(name=name)
    only_dana(made)
    shown = str(make_header(decode_header(str(message_from_bytes(made.content)["To"]))))
    assert DANA in shown
    assert "evil" not in shown


def break_header(content: bytes) -> bytes:
    return content.replace(b"Subject: ", b"Bcc: thief@evil.example\r\nSubject: ")


@pytest.mark.parametrize(
    "spoil",
    [
        break_header,
        lambda content: content.replace(b"Subject: ", b"X-Evil: 1\r\nSubject: "),
        lambda content: content.replace(b"Subject: ", b"Subject: 2\r\nSubject: "),
        lambda content: content.replace(b"Date: ", b"X-Date: "),
        lambda content: content.replace(b"To: ", b"To: thief@evil.example, "),
        lambda content: content.replace(b"To: ", b"To: Dana Reed <dana@northwind.example.net>\r\nTo: "),
        lambda content: content.replace(ALICE.encode(), b"mallory@evil.example"),
        lambda content: content.replace(b"Subject: ", b"Subject: \n Bcc: x"),
        lambda content: content.replace(b"Subject: ", b"Subject: " + b"x" * 1200),
        lambda content: content.replace(b"Subject: ", b"Subject: \xc3\xa9"),
    ],
)
def test_the_second_reading_finds_what_was_not_meant(spoil: Callable[[bytes], bytes]) -> None:
    made = letter()
    fields = ("From", "To", "Subject", "Date", "Message-ID", "X-Weaktie-Draft")
    reread.check(made.content, ALICE, DANA, fields)
    with pytest.raises(NotAllowed):
        reread.check(spoil(made.content), ALICE, DANA, fields)


def test_what_was_serialised_is_read_again_before_anybody_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever lets a header line through one day, here our own folding, does not get past the second reading."""
    folded = composing._folded
    smuggled = "\r\nBcc: thief@evil.example"
    monkeypatch.setattr(composing, "_folded", lambda name, value: folded(name, value) + smuggled * (name == "Subject"))
    with pytest.raises(NotAllowed, match="header fields came out as"):
        letter()


def test_the_essence_is_what_it_says_not_how() -> None:
    made = letter(reply=LAST)
    respelt = made.content.replace(b"MIME-Version", b"X-Server: 1\r\nMIME-Version").replace(b"\r\n", b"\n")
    assert reread.essence(respelt) == reread.essence(made.content)
    for old, new in (
        (b"Best wishes", b"Warmly"),
        (b"Re: Budget", b"Re: Budgets"),
        (DANA.encode(), b"erik@example.org"),
    ):
        assert reread.essence(made.content.replace(old, new)) != reread.essence(made.content)


@given(st.binary(max_size=300))
def test_anything_can_be_read_back(content: bytes) -> None:
    assert len(reread.essence(content)) == 64
    assert all(isinstance(part, str) for part in reread.shown(content))


@given(st.binary(max_size=200))
def test_what_goes_out_has_only_kept_fields(head: bytes) -> None:
    content = outgoing(b"X-Private: 1\r\n" + head + b"\r\nSubject: Hi\r\n\r\nBody\r\n", "id@example.org", NOW)
    names = message_from_bytes(content).keys()
    assert "X-Private" not in names
    assert [name for name in names if name.lower() == "date"] == ["Date"]


def test_what_goes_out_is_dated_when_it_is_approved() -> None:
    made = letter()
    when: datetime = at("2026-03-09 12:00")
    message = message_from_bytes(outgoing(made.content, made.rfc_id, when))
    assert parsedate_to_datetime(message["Date"]) == when
    assert message["Message-ID"] == f"<{made.rfc_id}>"
    assert message["X-Weaktie-Draft"] == made.token
