"""The report as a mail: parsed back strictly it is what was meant, whatever the owner is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import WeaktieError
from agent.report.envelope import Stamp, message, stamp
from agent.report.render import Rendered
from tests.agent.report_sample import AS_OF, ZONE
from tests.agent.test_report_render import MAILS, shipped

MARKS = Stamp("<report-2025-W10-0123456789abcdef01234567@example.com>", "0" * 32)
AT: datetime = AS_OF.astimezone(ZONE)


def parsed(content: bytes) -> EmailMessage:
    """The mail, by a parser that refuses any defect."""
    mail = message_from_bytes(content, policy=default.clone(raise_on_defect=True), _class=EmailMessage)
    assert isinstance(mail, EmailMessage)
    return mail


def written(rendered: Rendered, owner: str = "Alice Martin", address: str = "alice@example.com") -> bytes:
    """The finished mail."""
    return message(rendered, owner=owner, address=address, marks=MARKS, at=AT)


def test_it_says_what_it_is() -> None:
    mail = parsed(written(shipped("fading_report")))
    assert dict(mail.items()) == {
        "Subject": "Bob, Greta and eight more are going quiet",
        "From": "weaktie for Alice Martin <alice@example.com>",
        "To": "Alice Martin <alice@example.com>",
        "Date": "Mon, 03 Mar 2025 07:30:00 +0100",
        "Message-ID": MARKS.rfc_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "bulk",
        "X-Weaktie-Report": MARKS.token,
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="=_weaktie_{MARKS.token}"',
    }


@pytest.mark.parametrize("kind", MAILS)
def test_both_parts_come_back_as_they_were(kind: str) -> None:
    rendered = shipped(kind)
    text, html = list(parsed(written(rendered)).iter_parts())
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == rendered.text
    assert html.get_content().replace("\r\n", "\n") == rendered.html


def test_lines_end_as_imap_wants_and_stay_short() -> None:
    content = written(shipped("fading_report"))
    lines = content.split(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 78
    assert content.isascii()
    assert len(content) < 150_000


@given(st.text(max_size=80), st.text(max_size=120))
def test_no_name_or_subject_adds_a_header(owner: str, subject: str) -> None:
    plain = Rendered(subject, "text\n", "<p>html</p>\n")
    mail = parsed(written(plain, owner=owner))
    assert len(mail.items()) == 11
    assert [one.addr_spec for one in (*mail["From"].addresses, *mail["To"].addresses)] == ["alice@example.com"] * 2


@pytest.mark.parametrize(
    "hostile",
    ["Alice\r\nBcc: thief@evil.example", "=?utf-8?q?=0D=0ABcc:=20thief=40evil.example?=", 'A" <thief@evil.example>, "'],
)
def test_the_known_ways_to_smuggle_a_recipient_fail(hostile: str) -> None:
    mail = parsed(written(replace(shipped("fading_report"), subject=hostile), owner=hostile))
    assert "Bcc" not in mail
    assert [one.addr_spec for one in mail["To"].addresses] == ["alice@example.com"]


def test_a_domain_with_umlauts_is_written_in_ascii() -> None:
    mail = parsed(written(shipped("fading_report"), address="alice@müller.example"))
    assert mail["To"].addresses[0].addr_spec == "alice@xn--mller-kva.example"


@pytest.mark.parametrize("address", ["älice@example.com", "alice@" + "x" * 80 + ".example", "a b@example.com"])
def test_an_address_no_header_can_hold_is_refused(address: str) -> None:
    with pytest.raises(WeaktieError, match="cannot be addressed"):
        written(shipped("fading_report"), address=address)


def test_marks_are_the_same_for_a_week_and_nobody_elses() -> None:
    one, two = stamp(b"salt", "alice@example.com", "2025-W10"), stamp(b"salt", "alice@example.com", "2025-W10")
    assert one == two
    assert len(one.token) == 32
    assert one.token in one.rfc_id
    assert one.rfc_id.startswith("<report-2025-W10-")
    assert one.rfc_id.endswith("@example.com>")
    assert stamp(b"other", "alice@example.com", "2025-W10").rfc_id != one.rfc_id
    assert stamp(b"salt", "alice@example.com", "2025-W11").rfc_id != one.rfc_id
