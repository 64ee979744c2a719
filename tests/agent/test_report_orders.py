"""What a reply to a report orders: a strict grammar over the lines the owner wrote, in every mail program's habits."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.report.orders import MOST_ORDERS, Order, Word, duration, parse, wished
from agent.report.written import own_lines
from agent.types import NO_WISH, Standing, Wish
from tests.agent.test_report_render import shipped
from tests.conftest import START

WROTE = "On Mon, 3 Mar 2025 at 07:30, weaktie for Alice Martin <alice@example.com> wrote:"


def said(text: str) -> list[str]:
    """The orders in a text, as they would be written."""
    return [order.text for order in parse(text.splitlines()).orders]


def mail(plain: str = "", html: str = "", charset: str = "utf-8") -> bytes:
    """A reply with these parts."""
    made = EmailMessage()
    if plain or not html:
        made.set_content(plain, charset=charset)
        if html:
            made.add_alternative(html, subtype="html", charset=charset)
    else:
        made.set_content(html, subtype="html", charset=charset)
    return made.as_bytes()


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("2 draft, 3 snooze 60d, 5 drop, 7 private", ["2 draft", "3 snooze 60d", "5 drop", "7 private"]),
        ("2 draft\n3 snooze 60d\n\n5 drop", ["2 draft", "3 snooze 60d", "5 drop"]),
        ("2 DRAFT; 5 Drop.", ["2 draft", "5 drop"]),
        ("2: draft. 5) drop!", ["2 draft", "5 drop"]),
        ("2 5 7 drop", ["2 drop", "5 drop", "7 drop"]),
        ("2-4 keep", ["2 keep", "3 keep", "4 keep"]),
        ("2 and 5 drop", ["2 drop", "5 drop"]),
        ("2 draft and 5 drop", ["2 draft", "5 drop"]),
        ("- 2 draft\n* 5 drop", ["2 draft", "5 drop"]),
        ("3 snooze", ["3 snooze 30d"]),
        ("3 snooze 60", ["3 snooze 60d"]),
        ("3 snooze 2w, 4 snooze 3 months, 5 snooze 1y", ["3 snooze 14d", "4 snooze 90d", "5 snooze 365d"]),
        ("4 every 30d, 4 resume, 4 undo", ["4 every 30d", "4 resume", "4 undo"]),
        ("２ draft\u00a0, 5\u00a0drop", ["2 draft", "5 drop"]),
    ],
)
def test_what_is_understood(text: str, orders: list[str]) -> None:
    assert said(text) == orders
    assert parse(text.splitlines()).unclear == ()


@pytest.mark.parametrize(
    ("text", "shown", "why"),
    [
        ("9 dorp", "9 dorp", "there is no such word"),
        ("2, 5 drop", "2", "say a number and a word"),
        ("2 drop 60d", "2 drop", "takes no number of days"),
        ("2 every", "2 every", "say how many days"),
        ("2 snooze 0d", "2 snooze", "say how many days"),
        ("2 snooze 99y", "2 snooze", "say how many days"),
        ("5 kilos of apples for Dana's secret party", "5 kilos", "say a number and a word"),
        ("5 drop Dana", "5 drop", "say a number and a word"),
        ("3 private” as they say", "3 private”", "say a number and a word"),
        ("9-2 drop", "9-2 drop", "no numbers in a row"),
    ],
)
def test_what_is_not_is_told_with_a_reason_and_kept_short(text: str, shown: str, why: str) -> None:
    (unclear,) = parse(text.splitlines()).unclear
    assert unclear.text == shown
    assert why in unclear.reason


@pytest.mark.parametrize(
    "text", ["drop 5", "Thanks!", "please drop Dana", "2026 was a good year", "Sent from my phone"]
)
def test_talk_is_counted_and_not_read(text: str) -> None:
    parsed = parse([text])
    assert (parsed.orders, parsed.unclear, parsed.stray) == ((), (), 1)


@pytest.mark.parametrize(
    "tail",
    [
        f"{WROTE}\n> 5 drop\n> 1 private",
        "On Mon, 3 Mar 2025 at 07:30, weaktie for Alice Martin\n<alice@example.com> wrote:\n\n> 5 drop",
        "Am Montag schrieb weaktie:\n> 5 drop",
        "Maanantaina weaktie kirjoitti:\n\n> 5 drop",
        f"{WROTE}\n5 drop",
        "-----Original Message-----\nFrom: weaktie\n5 drop",
        "________________________________\n5 drop",
        "From: weaktie for Alice <alice@example.com>\nSent: Monday\n5 drop",
        "Von: weaktie\n5 drop",
        "-- \n5 drop",
        "weaktie · Monday 3 March 2025\n5 drop",
        ">5 drop\n> > 5 drop",
    ],
)
def test_quotations_and_signatures_order_nothing(tail: str) -> None:
    assert parse(own_lines(mail(f"2 draft\n\n{tail}\n"))).orders == (Order(2, Word.DRAFT),)


def test_answers_below_and_between_a_marked_quotation_count() -> None:
    text = f"{WROTE}\n> weaktie · Monday\n> 1  Bob\n2 draft\n> 3  Dana\n3 keep\n-- \n4 drop\n"
    assert parse(own_lines(mail(text))).orders == (Order(2, Word.DRAFT), Order(3, Word.KEEP))


@pytest.mark.parametrize("kind", ["fading_report", "first_report", "wished_report"])
@pytest.mark.parametrize("mark", ["> ", ""])
def test_the_report_itself_orders_nothing_however_it_is_quoted(kind: str, mark: str) -> None:
    quoted = "\n".join(mark + line for line in shipped(kind).text.splitlines())
    for head in (f"{WROTE}\n\n", "-----Original Message-----\n", ""):
        assert parse(own_lines(mail(f"2 draft\n\n{head}{quoted}\n"))).orders == (Order(2, Word.DRAFT),)
    for before in (
        '<div class="gmail_quote">',
        "<blockquote>",
        "<hr><div id='divRplyFwdMsg'><b>From:</b> weaktie<br></div>",
        "<hr>",
    ):
        html = f"<html><body><div>2 draft</div>{before}{shipped(kind).html}"
        assert parse(own_lines(mail(html=html))).orders == (Order(2, Word.DRAFT),)


@pytest.mark.parametrize(
    "html",
    [
        "<div>2 draft</div><div>5 drop</div>",
        "<p>2 draft<br>5 drop</p>",
        "<p>2&nbsp;draft, <b>5</b> drop</p><blockquote type='cite'><p>7 drop</p></blockquote>",
        "<div>2 draft</div><div>5 drop</div><div class='gmail_quote'><p>7 drop<br></div>",
        "<style>p{}</style><script>7 drop</script><ol><li>2 draft<li>5 drop</ol>",
        "<div>2 draft, 5 drop</div><div class='moz-cite-prefix'>On Monday weaktie wrote:</div>",
        "2 draft\n, 5\ndrop",
    ],
)
def test_a_reply_in_html_only_is_read_too(html: str) -> None:
    assert parse(own_lines(mail(html=html))).orders == (Order(2, Word.DRAFT), Order(5, Word.DROP))


def test_text_counts_before_html_and_attachments_not_at_all() -> None:
    assert said("\n".join(own_lines(mail("2 draft\n", "<p>5 drop</p>")))) == ["2 draft"]
    assert said("\n".join(own_lines(mail("\n", "<p>5 drop</p>")))) == ["5 drop"]
    made = EmailMessage()
    made.set_content("2 draft\n")
    made.add_attachment("5 drop\n", filename="list.txt")
    assert said("\n".join(own_lines(made.as_bytes()))) == ["2 draft"]


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"Content-Type: text/plain; charset=klingon\n\n2 draft", b"x" * 2**21]
)
def test_odd_bytes_are_no_trouble(content: bytes) -> None:
    assert said("\n".join(own_lines(content))) in ([], ["2 draft"])


@given(st.binary(max_size=400))
def test_no_bytes_raise(content: bytes) -> None:
    parse(own_lines(b"Content-Type: text/html\n\n" + content))
    parse(own_lines(content))


@given(st.text(max_size=200))
def test_no_text_raises_or_orders_without_end(text: str) -> None:
    parsed = parse(text.splitlines())
    assert len(parsed.orders) + len(parsed.unclear) <= MOST_ORDERS
    assert all(len(item.text) <= 24 for item in parsed.unclear)


@given(st.integers(1, 999), st.sampled_from(Word), st.integers(1, 3650))
def test_what_is_written_reads_back(number: int, word: Word, days: int) -> None:
    order = Order(number, word, days if word in (Word.SNOOZE, Word.EVERY) else 0)
    assert parse([order.text]).orders == (order,)


def test_words_become_wishes() -> None:
    day = timedelta(days=1)
    assert wished(NO_WISH, Word.DROP, 0, START) == Wish(Standing.DROPPED)
    assert wished(Wish(Standing.DROPPED), Word.KEEP, 0, START) == Wish(Standing.KEPT)
    asleep = wished(NO_WISH, Word.SNOOZE, 60, START)
    assert (asleep.sleeps(START), asleep.sleeps(START + 60 * day), asleep.sleeps(START - day)) == (True, False, False)
    assert wished(asleep, Word.RESUME, 0, START) == Wish(resumed_at=START)
    assert wished(NO_WISH, Word.EVERY, 30, START).every_days == 30
    assert wished(asleep, Word.DRAFT, 0, START) == asleep


@pytest.mark.parametrize(
    ("text", "days"), [("60d", 60), ("2w", 14), ("45", 45), ("1 y", 365), ("0d", None), ("soon", None)]
)
def test_durations(text: str, days: int | None) -> None:
    assert duration(text) == days
