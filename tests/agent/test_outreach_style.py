"""How a draft is written for whom: the language, the HTML side, and the words for a day."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from agent import texts
from agent.config import Config, parse
from agent.outreach.compose import Order, Style, compose
from agent.outreach.review import Desk
from agent.store.db import Store
from agent.templating import Templates
from agent.types import DraftKind
from tests.agent.outreach_fakes import body_of
from tests.agent.outreach_world import WRITER, World
from tests.letters import ALICE, DANA, ERIK, at

NOW = at("2026-03-06 09:00")
PERSON = {"first_name": "Dana", "name": "Dana Reed", "organization": "northwind.example.net"}
ENGLISH = re.compile(r"\b(the|would|you|and|with|me|introduc\w+)\b", re.IGNORECASE)


def config(**drafts: Any) -> Config:
    return parse({"owner": {"name": "Alice Lindqvist", "addresses": [ALICE]}, "drafts": drafts}, "of this test")


def sides(content: bytes) -> tuple[list[str], str]:
    """The content types of a mail, and what its HTML side says."""
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    html = mail.get_body(("html",))
    return [part.get_content_type() for part in mail.walk()], html.get_content() if html else ""


@pytest.mark.parametrize("kind", DraftKind)
def test_every_kind_is_there_in_german(kind: DraftKind) -> None:
    (full, bare) = texts.preview(config(language="de"), kind.value, NOW)
    assert full[1].text.startswith("Hallo Robin,")
    assert bare[1].text.startswith("Guten Tag,")
    for written in (full[1], bare[1]):
        ours = written.text.replace("Drawings for the pier", "").replace("Harbour evening", "")
        assert ENGLISH.findall(ours) == []
        assert not re.search(r"\d|None|\b(Sie|Ihnen|Ihre?|du|dir|dein\w*)\b", written.text)


def test_every_shipped_language_renders_and_one_without_texts_is_told() -> None:
    assert texts.check(config(language="de", languages={"fjord.example": "de"}), NOW) == []
    faults = texts.check(config(languages={"fjord.example": "fr"}), NOW)
    assert [fault.occasion for fault in faults] == ["the language is fr"] * len(DraftKind)


def test_the_language_goes_by_the_address_then_the_domain() -> None:
    drafts = config(language="de", languages={DANA.upper(): "en", "example.org": "fr"}).drafts
    assert [drafts.language_for(who) for who in (DANA, ERIK, "x@example.org", "x@elsewhere.example")] == [
        *("en", "fr", "fr", "de")
    ]


def test_a_draft_is_written_in_the_language_of_its_tie(store: Store) -> None:
    style = {DANA: Style("de")}
    world = World(store, desk=Desk(WRITER, Templates(), lambda address: style[address]))
    when = {"month": "2025-11-03T10:00:00+00:00"}
    row = world.drafted(world.plan(context=PERSON | {"topic": "Budget for the pilot", "when": when}))
    assert "im November über „Budget for the pilot“ geschrieben" in body_of(row.content or b"")


def test_a_day_is_put_in_words_on_the_day_of_writing(store: Store) -> None:
    """Planned on a Monday, written a week later because the mailbox was away: "on Friday" would be wrong."""
    world = World(store)
    met = PERSON | {"meeting": None, "when": {"day": "2026-02-27T10:00:00+00:00"}}
    world.planned(world.plan(kind=DraftKind.FOLLOW_UP, context=met, reply_to=None))
    world.later(days=7)
    world.push()
    assert "It was good to meet you last week," in body_of(world.row().content or b"")


def test_the_owners_own_templates_in_another_language(tmp_path: Path) -> None:
    folder = tmp_path / "fr" / "reconnect"
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("Des nouvelles ?")
    (folder / "body.txt").write_text("Bonjour {{ first_name }},\n\ndepuis le {{ date.day }}/{{ date.month }} …\n")
    order = Order("reconnect", "Dana", DANA, PERSON | {"when": {"month": "2025-11-03T10:00:00+00:00"}})
    made = compose(order, WRITER, Templates(tmp_path), NOW, Style("fr"))
    assert made.text == "Bonjour Dana,\n\ndepuis le 3/11 …\n"


def test_plain_text_alone_unless_the_owner_wants_more(tmp_path: Path) -> None:
    order = Order("reconnect", "Dana", DANA, PERSON | {"topic": "<script> & co", "when": None})
    assert sides(compose(order, WRITER, Templates(), NOW).content)[0] == ["text/plain"]
    made = compose(order, WRITER, Templates(), NOW, Style(html=True))
    types, html = sides(made.content)
    assert types == ["multipart/alternative", "text/plain", "text/html"]
    assert "<p>Hi Dana,</p>" in html
    assert "&lt;script&gt; &amp; co" in html
    assert "<p>Best wishes,<br>Alice</p>" in html
    (tmp_path / "reconnect").mkdir()
    (tmp_path / "reconnect" / "body.html").write_text("<p>Hi {{ first_name }} <b>{{ topic }}</b></p>")
    _, own = sides(compose(order, WRITER, Templates(tmp_path), NOW, Style(html=True)).content)
    assert own.strip() == "<p>Hi Dana <b>&lt;script&gt; &amp; co</b></p>"
    assert sides(compose(order, WRITER, Templates(tmp_path), NOW).content)[0] == ["text/plain"]


@pytest.mark.parametrize("kind", DraftKind)
def test_nothing_is_said_that_the_ledger_does_not_prove(kind: DraftKind) -> None:
    """What the owner sells, or does not, and how well it went are not in any header."""
    for language in ("", "de"):
        for _, written in texts.preview(config(language=language), kind.value, NOW):
            assert not re.search(
                r"product|for sale|produkt|verkauf|enjoyed|great talk|news", written.text, re.IGNORECASE
            )
