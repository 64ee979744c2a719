"""`why --message`: anybody can check the judgement on mail of their own, without a configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.agent.desk import run

HEAD = b"Date: Mon, 2 Mar 2026 09:00:00 +0000\nMessage-ID: <1@example.com>\nTo: alice@lindqvist.example.com\n"
PERSON = b"From: Dana Reed <dana@northwind.example.net>\nSubject: Lunch\n" + HEAD
KINDS = {
    "person": PERSON,
    "automated": b"From: Northwind <no-reply@northwind.example.net>\nSubject: Invoice\n" + HEAD,
    "bulk": b"From: Northwind <news@northwind.example.net>\nList-Unsubscribe: <https://x.example/u>\n" + HEAD,
    "list": b"From: Dana Reed <dana@northwind.example.net>\nList-Id: <l.example.org>\n"
    b"List-Post: <mailto:l@example.org>\n" + HEAD,
    "bounce": b"From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\nContent-Type: multipart/report;"
    b' report-type="delivery-status"; boundary=x\n' + HEAD,
    "auto_reply": b"From: Dana Reed <dana@northwind.example.net>\nAuto-Submitted: auto-replied\n" + HEAD,
    "calendar": b"From: Dana Reed <dana@northwind.example.net>\nContent-Type: text/calendar; method=REQUEST\n" + HEAD,
    "social": b"From: LinkedIn <messages-noreply@linkedin.com>\nX-LinkedIn-Class: MBR-TO-MBR\n" + HEAD,
}


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WEAKTIE_CONFIG", str(tmp_path / "there-is-none.toml"))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_told_with_its_reasons(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "message"
    file.write_bytes(KINDS[kind] + b"\nHello\n")
    ran = run("why", "--message", str(file), "--json")
    assert ran.code == 0
    assert ran.json["version"] == 1
    (told,) = ran.json["messages"]
    assert (told["path"], told["kind"]) == (str(file), kind)
    assert all(told["reasons"])
    assert told["reasons"]


@pytest.mark.parametrize(
    "before", [b"From dana@northwind.example.net Mon Mar  2 09:00:00 2026\n", b">From x\n", b"", b"\xef\xbb\xbf"]
)
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_what_other_programs_put_before_a_message_does_not_matter(
    tmp_path: Path, before: bytes, newline: bytes
) -> None:
    file = tmp_path / "1"
    file.write_bytes((before + PERSON + b"\nHello\n\nFrom now on we meet on Mondays.\n").replace(b"\n", newline))
    (told,) = run("why", "--message", "--json", str(file)).json["messages"]
    assert told["kind"] == "person"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0\1\2" * 500, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"Hello."])
def test_what_is_no_message_is_unreadable_and_no_failure(tmp_path: Path, content: bytes) -> None:
    odd, good = tmp_path / "odd", tmp_path / "good"
    odd.write_bytes(content)
    good.write_bytes(PERSON)
    ran = run("why", "--message", str(odd), str(tmp_path / "absent"), str(tmp_path), str(good), "--json")
    assert ran.code == 0
    assert [told["kind"] for told in ran.json["messages"]] == ["unreadable", "unreadable", "unreadable", "person"]
    assert all(told["reasons"] for told in ran.json["messages"])


def test_of_a_mailbox_file_the_first_message_is_judged_and_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "box"
    separator = b"From dana@northwind.example.net Mon Mar  2 09:00:00 2026\n"
    file.write_bytes(separator + PERSON + b"\nHello\n\n" + separator + KINDS["bulk"] + b"\nNews\n")
    (told,) = run("why", "--message", "--json", str(file)).json["messages"]
    assert told["kind"] == "person"
    assert "several messages" in told["reasons"][-1]


@pytest.mark.parametrize(("name", "wrong"), [("folder", "a folder"), ("pipe", "a pipe"), ("absent", "No such file")])
def test_what_is_no_file_is_a_mistake_that_is_told_at_once(tmp_path: Path, name: str, wrong: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    ran = run("why", "--message", f"{tmp_path}/{name}")
    assert (ran.code, ran.out) == (2, "")
    assert wrong in ran.err


def test_it_reads_well_without_json(tmp_path: Path) -> None:
    file = tmp_path / "m.eml"
    file.write_bytes(KINDS["automated"])
    ran = run("why", "--message", str(file))
    assert ran.code == 0
    assert ran.out.startswith("automated")
    assert "m.eml" in ran.out
