"""What the owner is shown of a draft before they say yes, whatever a mail program made of it."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from agent.errors import Conflict
from agent.jobs.drafts import as_written
from agent.outreach import outbox, reread
from agent.outreach.copies import digest_of
from agent.outreach.outbox import Word
from agent.outreach.page import in_words
from agent.store.db import Store
from agent.types import DraftState as S
from connectors.records import Role
from tests.agent.outreach_world import World
from tests.letters import ALICE, DANA

PAGE = "<html><style>p {}</style><p>Hi Dana,</p><p>send me <b>10,000</b> EUR<br>today.</p></html>"


def letter(text: str | None = "Hi Dana,\n\nhow are you?\n", page: str = "", **more: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = ALICE, f"Dana Reed <{DANA}>", "Re: Budget"
    for name, value in more.items():
        mail[name] = value
    if text is None:
        mail.set_content(page, subtype="html")
    else:
        mail.set_content(text)
        if page:
            mail.add_alternative(page, subtype="html")
    return mail


def with_file(mail: EmailMessage, payload: bytes) -> EmailMessage:
    mail.add_attachment(payload, maintype="application", subtype="pdf", filename="offer.pdf")
    return mail


def test_a_draft_that_has_only_html_by_now_is_shown_in_its_words() -> None:
    written = as_written(letter(None, PAGE).as_bytes())
    assert (written.to, written.subject) == (f"Dana Reed <{DANA}>", "Re: Budget")
    assert written.text == "Hi Dana,\n\nsend me 10,000 EUR\ntoday.\n"


def test_both_sides_are_shown_where_they_differ_and_one_where_they_do_not() -> None:
    assert as_written(letter(page="<p>Hi Dana,</p><p>how are you?</p>").as_bytes()).text == "Hi Dana,\n\nhow are you?\n"
    both = as_written(letter(page=PAGE).as_bytes()).text
    assert "how are you?" in both
    assert "HTML side says something else" in both
    assert "send me 10,000 EUR" in both


def test_whoever_else_gets_it_and_what_is_attached_are_shown() -> None:
    mail = with_file(letter(Cc="erik@example.org", Bcc="thief@evil.example"), b"an offer")
    mail.attach(letter("And one more thing.\n"))
    written = as_written(mail.as_bytes())
    assert written.to == f"Dana Reed <{DANA}>, erik@example.org, thief@evil.example"
    assert "Further: offer.pdf\n" in written.text
    assert "Further: And one more thing.\n" in written.text


def test_bytes_that_nobody_can_read_are_shown_as_they_are() -> None:
    raw = b"Content-Type: text/plain; charset=klingon\r\n\r\nnuqneH\r\n"
    assert as_written(raw).text == raw.decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (letter(page=PAGE), letter(page=PAGE.replace("10,000", "20,000"))),
        (letter(), letter(page=PAGE)),
        (letter(), letter(None, "<p>Hi Dana,</p><p>how are you?</p>")),
        (with_file(letter(), b"an offer"), with_file(letter(), b"another")),
    ],
)
def test_another_html_side_or_another_file_is_an_edit(before: EmailMessage, after: EmailMessage) -> None:
    assert reread.essence(before.as_bytes()) != reread.essence(after.as_bytes())


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("a\n\nb c\n", "<p>a</p>\n<p>b\nc</p>"),
        ("1 < 2\n", "<div>1 &lt; 2</div>"),
        ("word\n", "<p>wo<b>rd</b></p>"),
    ],
)
def test_the_same_words_marked_up_are_no_edit(text: str, page: str) -> None:
    assert reread.essence(letter(text).as_bytes()) == reread.essence(letter(text, page).as_bytes())


@pytest.mark.parametrize("html", ["", "<", "</style></style>x", "<p", "<style>a", "&#0;&bogus;", "<!-- x"])
def test_markup_that_is_none_is_read_too(html: str) -> None:
    assert isinstance(in_words(html), str)


def in_html(content: bytes) -> bytes:
    """As a program saves it that knows HTML alone."""
    head = content.partition(b"\r\nMIME-Version")[0]
    return head + b"\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + PAGE.encode() + b"\r\n"


def test_an_edit_in_html_needs_a_word_on_what_was_shown(store: Store) -> None:
    world = World(store)
    edited = in_html(world.drafted().content or b"")
    world.mailbox.copies.clear()
    world.mailbox.put_by_owner(Role.DRAFTS, edited)
    with pytest.raises(Conflict, match="You edited draft 1"):
        outbox.approve(world.store, world.owner_id, 1, world.mailbox, Word("alice", world.now), world.send)
    shown = as_written(outbox.present(world.store, world.owner_id, 1, world.mailbox)[1])
    assert "send me 10,000 EUR" in shown.text
    word = Word("alice", world.now, digest_of(edited))
    assert outbox.approve(world.store, world.owner_id, 1, world.mailbox, word, world.send).state is S.APPROVED
