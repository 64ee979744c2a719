"""Templates: who wins, what is refused and how fast, what a hostile value cannot do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from agent.templating import TemplateRefused, Templates, one_line
from agent.templating.worker import WORKER

Write = Callable[..., Templates]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write one template of the owner's and get the collection; nothing is shipped."""

    def make(source: str, part: str = "body.txt", kind: str = "hello", root: str = "own") -> Templates:
        folder = tmp_path / root / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / part).write_text(source, "utf-8")
        return Templates(tmp_path / "own", shipped=tmp_path / "shipped")

    return make


def refused(templates: Templates, context: dict[str, Any] | None = None) -> TemplateRefused:
    with pytest.raises(TemplateRefused) as caught:
        templates.text("hello", "body.txt", context or {})
    return caught.value


def test_the_owners_file_wins_and_the_rest_is_shipped(write: Write) -> None:
    write("shipped subject", "subject.txt", root="shipped")
    write("shipped body", root="shipped")
    templates = write("my own body")
    assert templates.text("hello", "body.txt", {}) == "my own body\n"
    assert templates.text("hello", "subject.txt", {}) == "shipped subject"
    assert templates.kinds() == ("hello",)
    assert templates.has("hello", "body.txt")
    assert not templates.has("hello", "body.html")
    assert not templates.has("../hello", "body.txt")


def test_a_language_is_used_whole_or_not_at_all(write: Write) -> None:
    write("Subject", "subject.txt")
    write("Body")
    templates = write("Hallo", root="own/de")
    assert templates.text("hello", "body.txt", {}, "de") == "Hallo\n"
    assert not templates.has("hello", "subject.txt", "de")
    assert templates.text("hello", "subject.txt", {}, "fr") == "Subject"
    assert templates.text("hello", "subject.txt", {}, "../de") == "Subject"
    assert templates.kinds() == ("hello",)


def test_an_edited_template_counts_at_once(write: Write) -> None:
    assert write("one").text("hello", "body.txt", {}) == "one\n"
    assert write("two, longer").text("hello", "body.txt", {}) == "two, longer\n"


def test_dates_lists_and_tables_arrive_as_they_are(write: Write) -> None:
    templates = write("{{ at.strftime('%H:%M') }} {{ day.month }} {{ names[1] }} {{ table.key }} {{ word }}")

    class Word(StrEnum):
        HELLO = "hello"

    context = {
        "at": datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
        "day": date(2026, 3, 4),
        "names": ("Bob", "Carol"),
        "table": {"key": 1.5},
        "word": Word.HELLO,
    }
    assert templates.text("hello", "body.txt", context) == "05:06 3 Carol 1.5 hello\n"


def test_anything_but_plain_values_stays_out(write: Write) -> None:
    class Account:
        secret = "hunter2"

    templates = write("{{ people[0].account.secret }}")
    with pytest.raises(TypeError, match=r"people\[0\]\.account is a Account"):
        templates.text("hello", "body.txt", {"people": [{"account": Account()}]})


@pytest.mark.parametrize(
    ("source", "context", "fault", "words"),
    [
        ("Hi {{ name }},", {"name": ""}, "value", "line 1: a value is missing or empty in 'Hi {{ name }},'"),
        ("Hi\n{{ name }},", {"name": None}, "value", "line 2: a value is missing"),
        ("Hi {{ name }},", {"name": "\u00a0 "}, "value", "missing or empty"),
        ("Hi {{ nmae }},", {"name": "Bob"}, "template", "'nmae' is undefined"),
        ("Hi {{ 'dear ' ~ name }},", {"name": None}, "template", "leaves 'None'"),
        ("Hi {{ name }}, TODO", {"name": "Bob"}, "template", "leaves 'TODO'"),
        ("Hi {{ '{{' }} name,", {"name": "Bob"}, "template", "leaves '{{'"),
        ("\n{% if name %}\n{{ name }", {"name": "Bob"}, "template", "line 3"),
        ("{% include 'hello/../../secret' %}", {}, "template", "which is not there"),
        ("{{ name.__class__.__mro__ }}", {"name": "Bob"}, "template", "unsafe"),
        ("{{ names.append(1) }}", {"names": [1]}, "template", "is unsafe"),
        ("{{ 1 / 0 }}", {}, "template", "division by zero"),
        ("{% if false %}x{% endif %}", {}, "template", "renders to nothing"),
        ("{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", {}, "template", "calls itself"),
    ],
)
def test_a_fault_is_told_with_its_place(
    write: Write, source: str, context: dict[str, Any], fault: str, words: str
) -> None:
    error = refused(write(source), context)
    assert words in str(error)
    assert error.fault == fault
    assert error.hint
    assert error.exit_code == 4


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10**9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 'a'.ljust(10**9) }}",
        "{{ 'a' * 10**6 }}",
        "{% for a in range(99999) %}aaaaaaaaaa{% endfor %}",
        "{% set x = namespace(s='aaaaaaaa') %}{% for a in range(99) %}{% set x.s = x.s ~ x.s %}{% endfor %}{{ x.s }}",
    ],
)
def test_a_huge_text_is_refused(write: Write, source: str) -> None:
    began = time.monotonic()
    assert "memory" in str(refused(write(source))) or "longer than 64 KB" in str(refused(write(source)))
    assert time.monotonic() - began < 30


def test_an_endless_loop_is_refused_and_the_next_one_renders(write: Write) -> None:
    loop = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}x"
    assert "longer than 2 s" in str(refused(write(loop)))
    assert write("still here").text("hello", "body.txt", {}) == "still here\n"


def test_a_child_that_somebody_killed_is_replaced(write: Write) -> None:
    templates = write("still here")
    for _ in range(2):
        assert templates.text("hello", "body.txt", {}) == "still here\n"
        assert WORKER._process is not None
        WORKER._process.terminate()


def test_a_forked_copy_gets_a_child_of_its_own(write: Write) -> None:
    templates = write("still here")
    templates.text("hello", "body.txt", {})
    copy = os.fork()
    if copy == 0:
        right = templates.text("hello", "body.txt", {}) == "still here\n"
        os._exit(WORKER.stop() if right else 1)
    assert os.waitpid(copy, 0)[1] == 0
    assert templates.text("hello", "body.txt", {}) == "still here\n"


def test_html_escapes_every_value_and_may_be_longer(write: Write) -> None:
    templates = write("<b>{{ name }}</b>{{ nothing }}", "body.html")
    hostile = Markup("<script>alert(1)</script>{{ 7 * 7 }} None")
    html = templates.html("hello", "body.html", {"name": hostile, "nothing": None})
    assert html == "<b>&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }} None</b>"
    assert len(write("{{ 'a' * 400000 }}", "body.html").html("hello", "body.html", {})) == 400_000
    with pytest.raises(TemplateRefused, match="longer than 512 KB"):
        write("{{ 'a' * 600000 }}", "body.html").html("hello", "body.html", {})


@settings(deadline=None)
@given(st.text(max_size=80).filter(str.strip))
def test_a_strangers_words_are_never_program(text: str) -> None:
    shipped = Path(__file__).with_name("goldens") / "templating"
    rendered = Templates(None, shipped=shipped).text("echo", "subject.txt", {"value": "a" + text})
    assert rendered == one_line("a" + text.replace("\ue000", ""), 250)


@pytest.mark.parametrize("value", ["TODO", "None of the above", "{{ 7 * 7 }}", "{% x %}", "{# #}", "a Undefined b"])
def test_what_the_owner_or_a_stranger_wrote_is_not_a_leftover(write: Write, value: str) -> None:
    assert write("{{ value }}").text("hello", "body.txt", {"value": value}) == value + "\n"


def test_lines_are_tidied_but_not_the_signature_mark(write: Write) -> None:
    text = write("\ufeff\n\nHi  \n\n\n\nBye\n-- \nAlice\n\n").text("hello", "body.txt", {})
    assert text == "Hi\n\nBye\n-- \nAlice\n"


@given(st.text(max_size=200))
def test_one_line_is_one_printable_line_without_encoded_words(text: str) -> None:
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert "=?" not in line
    assert one_line(line) == line
    assert not any(0x202A <= ord(char) <= 0x202E or ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in line)


def test_a_long_line_is_cut() -> None:
    assert one_line("a" * 20, limit=10) == "a" * 9 + "…"


def test_the_shipped_templates_are_found() -> None:
    templates = Templates()
    assert {"reconnect", "follow_up", "intro_request", "thank_you"} <= set(templates.kinds())
    assert templates.text("reconnect", "subject.txt", {}) == "How are things?"
