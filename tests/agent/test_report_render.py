"""The report as it looks: golden files, no remote content, nothing of a stranger's that is not plain text."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.report.conversations import laid_out, today
from agent.report.figures import first, weekly
from agent.report.plain import inert, width
from agent.report.render import Rendered, render
from agent.report.shape import DraftLine, ReportData, SourceLine
from agent.templating import Templates
from tests.agent.report_sample import AS_OF, Person, back, first_sample, sample, tie, wished_sample
from tests.agent.test_report_conversations import FULL

KINDS = ("fading_report", "first_report", "wished_report")
MAILS = (*KINDS, "conversations")
GOLDENS = Path(__file__).parent / "goldens"
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "colgroup"),
    *("p", "h1", "h2", "span", "strong", "br"),
}
ATTRIBUTES = {
    *("lang", "dir", "charset", "name", "content", "class", "style", "role", "width", "height", "align", "valign"),
    *("cellspacing", "cellpadding", "border", "bgcolor", "colspan", "rowspan", "span"),
}
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</td></tr></table><a href='https://evil.example'>click</a>",
            "</style><style>*{background:url(//evil.example)}",
            "https://evil.example/pay-now",
            "{{ owner }} {% raw %} {{ 7*7 }} TODO None",
            "Bob\r\nBcc: thief@evil.example",
            "\u202eevil\u202c \u2066x\u2069 \x1b]8;;https://evil.example\x07",
            "=?utf-8?q?=0D=0ABcc:_thief=40evil.example?=",
            "<!--[if mso]><b>",
            "张" * 90,
        ]
    ),
)


class Page(HTMLParser):
    """Collects tags, attributes and text, and whether tags close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: Counter[str] = Counter()
        self.values: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes.update(name for name, _ in attrs)
        self.values += [value or "" for _, value in attrs]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "head"} & set(self.open):
            self.text.append(data)


@cache
def templates() -> Templates:
    """The shipped ones."""
    return Templates(shipped=Path(__file__).parents[2] / "templates")


@cache
def shipped(kind: str) -> Rendered:
    """The sample report of a kind, or the sample morning mail, laid out."""
    if kind == "conversations":
        return laid_out(today(FULL), templates())
    samples = {"fading_report": sample, "wished_report": wished_sample}
    data = weekly(samples[kind]()) if kind in samples else first(first_sample())
    return render(data, templates())


def parsed(html: str) -> Page:
    """The page, having checked that every tag closes."""
    page = Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


@pytest.mark.parametrize("kind", MAILS)
@pytest.mark.parametrize("part", ["txt", "html"])
def test_the_report_looks_as_it_did(kind: str, part: str) -> None:
    golden = GOLDENS / f"{kind}.{part}"
    made = shipped(kind).text if part == "txt" else shipped(kind).html
    if os.environ.get("UPDATE_GOLDENS"):
        golden.write_text(made, "utf-8")
    assert made == golden.read_text("utf-8"), f"read the difference, then UPDATE_GOLDENS=1 pytest {__file__}"


@pytest.mark.parametrize("kind", MAILS)
def test_nothing_is_fetched_and_nothing_runs(kind: str) -> None:
    html = shipped(kind).html
    page = parsed(html)
    assert set(page.tags) <= TAGS
    assert set(page.attributes) <= ATTRIBUTES
    assert not re.search(r"https?:|//|src=|href=|url\(|@import|javascript|<img|<script|<svg", html, re.IGNORECASE)
    assert len(html.encode()) < 100_000


@pytest.mark.parametrize("kind", MAILS)
def test_every_client_can_read_it(kind: str) -> None:
    html = shipped(kind).html
    tables = re.findall(r"<table[^>]*>", html)
    assert all('role="presentation"' in table for table in tables)
    assert '<html lang="en"' in html
    assert "max-width:600px" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme:dark)" in html
    assert html.index(shipped(kind).subject) < html.index("<h1")


@pytest.mark.parametrize("kind", KINDS)
def test_both_parts_say_how_to_answer_it_and_number_everybody(kind: str) -> None:
    made, page = shipped(kind), " ".join("".join(parsed(shipped(kind).html).text).split())
    assert "Reply to this mail" in page
    assert "Reply to this mail" in " ".join(made.text.split())
    numbers = re.findall(r"^ ?(\d+)  \S", made.text, re.MULTILINE)
    assert numbers == [str(number + 1) for number in range(len(numbers))]
    assert len(numbers) >= 10


@pytest.mark.parametrize("kind", MAILS)
def test_plain_text_fits_a_terminal(kind: str) -> None:
    assert max(map(width, shipped(kind).text.splitlines())) <= 72


def test_every_figure_of_the_html_is_in_the_text_too() -> None:
    data = weekly(sample())
    text = " ".join(shipped("fading_report").text.split())
    for row in data.rows:
        for said in (row.name, row.organization, row.why, row.silent, row.last, row.draft, row.bridge, row.advice):
            assert said in text
    for note in (*data.drafts, *data.came_back, *data.new, *data.alarms, *data.sources):
        assert note.name in text
        assert note.text in text


def test_an_empty_report_renders_too() -> None:
    made = render(weekly(sample([])), templates())
    assert "NOBODY IS GOING QUIET" in made.text
    parsed(made.html)
    empty_first = render(first(replace(first_sample(), ties=(), sources=())), templates())
    assert "NOBODY HAS GONE QUIET" in empty_first.text
    parsed(empty_first.html)


def hostile_report(name: str, firm: str, subject: str) -> ReportData:
    """A report in which a stranger chose every text a stranger can choose."""
    bob = Person(name, firm, 42, 151, subject=subject, bridge=(firm, name))
    people = (tie(1, bob), tie(2, replace(bob, subject="")), replace(back(3, name, 260), organization=firm))
    inputs = replace(
        sample(people),
        drafts=(
            DraftLine(1, "reconnect", subject, "drafted", AS_OF),
            DraftLine(9, "intro_request", subject, "drafted", AS_OF, name),
        ),
        sources=(SourceLine(name, False, None, firm),),
    )
    return weekly(inputs)


@settings(max_examples=60)
@given(HOSTILE, HOSTILE, HOSTILE)
@example("<b>Bob</b>", "Fish & Chips", "a < b")
def test_strangers_cannot_add_markup_links_or_lines(name: str, firm: str, subject: str) -> None:
    made = render(hostile_report(name, firm, subject), templates())
    page = parsed(made.html)
    assert set(page.tags) <= TAGS
    assert set(page.attributes) <= ATTRIBUTES
    assert not [value for value in page.values if "//" in value or "url(" in value]
    seen = "".join(page.text)
    for shown in (seen, made.text):
        assert not re.search(r"://\w|evil\.example|[\u202a-\u202e\u2066-\u2069\x1b\x07]", shown)
        assert inert(name, 60).split() == [] or inert(name, 60).split()[0][:20] in shown
    assert "\n" not in made.subject
    assert "=?" not in made.subject


@settings(max_examples=30)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_nor_to_the_morning_mail(name: str, firm: str, subject: str) -> None:
    people = tuple(replace(one, name=name, organization=firm) for one in FULL.ties)
    owed = (replace(FULL.owed[0], subject=subject),)
    pairs = (replace(FULL.pairs[0], word=subject),)
    pool = replace(FULL, ties=people, owed=owed, pairs=pairs, signals={FULL.ties[1].person_id: (subject,)})
    made = laid_out(today(pool), templates())
    page = parsed(made.html)
    assert set(page.tags) <= TAGS
    assert set(page.attributes) <= ATTRIBUTES
    assert not [value for value in page.values if "//" in value or "url(" in value]
    for shown in ("".join(page.text), made.text):
        assert not re.search(r"://\w|evil\.example|[\u202a-\u202e\u2066-\u2069\x1b\x07]", shown)
    assert "\n" not in made.subject
    assert "=?" not in made.subject


def test_a_stranger_called_todo_or_none_cannot_stop_the_report() -> None:
    made = render(hostile_report("TODO {{ None }}", "Undefined {# #}", "%} TODO"), templates())
    assert "TODO {{ None }}" in made.text
