"""The things we do below IMAPClient's public face, and the gate in front of every argument."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import net
from connectors.errors import Refused, Unavailable, Unsupported
from connectors.imap import wire
from connectors.imap.folders import ITEMS
from connectors.imap.session import Dropped, Session
from connectors.imap.wire import entries, quoted
from connectors.net import Account, clean, crlf, is_loopback, plain
from tests.servers.dovecot import Account as Dovecot
from tests.servers.imap_script import Script, mail, scripted
from tests.servers.process import reserved_port


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as server:
        yield server


def session_on(port: int, **changed: Any) -> Session:
    usual = {"host": "127.0.0.1", "port": port, "tls": "none", "username": "alice", "timeout": 60.0}
    return Session(Account(**{**usual, "password": lambda: "secret", **changed}))


@pytest.mark.server
def test_list_brings_the_status_of_every_folder_in_one_round_trip(dovecot: Dovecot) -> None:
    dovecot.create("One", "Two")
    with closing(session_on(dovecot.port, username=dovecot.username, password=dovecot.password)) as session:
        wanted = f"STATUS ({ITEMS})"
        listed, counted, spaces = session.run("list", lambda client: client.list_status(wanted, namespace=True))
    assert len(listed) == len(counted) == 7
    assert spaces == [b'(("" "/")) NIL NIL']


def test_names_sent_as_literals_come_with_the_others(script: Script) -> None:
    odd = b'* LIST () "/" {3}\r\na"b\r\n* STATUS {3}\r\na"b (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 3)\r\n'
    plain_one = b'* LIST () "/" x\r\n* STATUS x (MESSAGES 4 UIDNEXT 5 UIDVALIDITY 6)\r\n'
    script.intercept = lambda command: plain_one + odd + b"TAG OK done\r\n" if "LIST" in command else None
    with closing(session_on(script.port)) as session:
        listed, counted, _ = session.run("list", lambda client: client.list_status(f"STATUS ({ITEMS})"))
    assert listed == [[b'() "/" x'], [(b'() "/" {3}', b'a"b'), b""]]
    assert counted == {b"x": (4, 5, 6), b'a"b': (1, 2, 3)}


def test_capabilities_told_in_the_greeting_are_not_asked_for(script: Script) -> None:
    script.greeting = b"* OK [CAPABILITY IMAP4rev1 SASL-IR] ready\r\n"
    with closing(session_on(script.port)) as session:
        session.connect()
        assert script.commands == ['LOGIN alice "secret"']
        assert session.capable("UIDPLUS")
        assert script.commands[1:] == ["CAPABILITY"]


def test_several_commands_go_out_in_one_round_trip(script: Script) -> None:
    with closing(session_on(script.port)) as session:
        answers = session.run("ask", lambda client: client.together([("NOOP",), ("NAMESPACE",), ("NOOP",)]))
    assert [kind for kind, _ in answers] == ["OK", "BAD", "OK"]


def test_responses_of_any_shape_between_usual_ones_are_read(script: Script) -> None:
    header = b"From: bob@example.net\r\n\r\n"
    usual = b"* %d FETCH (UID %d BODY[HEADER.FIELDS (FROM)] {25}\r\n" + header + b")\r\n"
    late = b"* 2 FETCH (BODY[HEADER.FIELDS (FROM)] {25}\r\n" + header + b" UID 2)\r\n"
    more = b"* 4 FETCH (RFC822.SIZE 9 BODY[HEADER.FIELDS (FROM)] {25}\r\n" + header + b" X-NOTE {1}\r\n) UID 4)\r\n"
    told = usual % (1, 1) + b"* 9 EXPUNGE\r\n" + late + more + b"* 7 FETCH (FLAGS ())\r\n" + usual % (3, 3)
    script.intercept = lambda command: told + b"TAG OK done\r\n" if "FETCH" in command else None
    with closing(session_on(script.port)) as session:
        session.open(b"INBOX")
        items = session.run("fetch", lambda client: client.fetch_items([1, 2, 3, 4], "UID"))
    assert {item[b"UID"]: item[b"BODY[HEADER.FIELDS (FROM)]"] for item in items if b"UID" in item} == dict.fromkeys(
        (1, 2, 3, 4), header
    )


@pytest.mark.server
def test_fetched_items_carry_their_own_uid_and_partial_headers_stop_in_time(dovecot: Dovecot) -> None:
    long = b"X-Filler: " + b"x" * 900 + b"\r\n"
    uid = dovecot.deliver(b"From: bob@example.net\r\n" + long * 100 + b"\r\nbody\r\n")
    with closing(session_on(dovecot.port, username=dovecot.username, password=dovecot.password)) as session:
        session.open(b"INBOX")
        items = "UID BODY.PEEK[HEADER]<0.65536>"
        (item,) = session.run("fetch", lambda client: client.fetch_items([uid], items))
    assert item[b"UID"] == uid
    assert len(item[b"BODY[HEADER]<0>"]) == 65_536


def test_a_reply_without_a_uid_is_nobodys(script: Script) -> None:
    script.boxes["INBOX"].fill(1, 2)
    script.spoil[2] = "nouid"
    with closing(session_on(script.port)) as session:
        session.open(b"INBOX")
        items = session.run("fetch", lambda client: client.fetch_items([1, 2], "UID"))
    assert [item.get(b"UID") for item in items] == [1, None]


def test_a_command_may_not_read_more_than_its_budget(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "BUDGET", 3 * len(mail(1)))
    script.boxes["INBOX"].fill(*range(1, 9))
    with closing(session_on(script.port)) as session:
        session.open(b"INBOX")
        with pytest.raises(Dropped, match="sends more than"):
            session.run("fetch", lambda client: client.fetch_items(list(range(1, 9)), "UID"))
        session.open(b"INBOX")
        assert len(session.run("fetch", lambda client: client.fetch_items([1], "UID"))) == 1


def test_no_header_and_no_password_reach_the_debug_log(script: Script, caplog: pytest.LogCaptureFixture) -> None:
    script.boxes["INBOX"].fill(1)
    caplog.set_level("DEBUG")
    with closing(session_on(script.port)) as session:
        session.open(b"INBOX")
        session.run("fetch", lambda client: client.fetch_items([1], "UID"))
    assert "secret" not in caplog.text
    assert "bob@example.net" not in caplog.text


@given(st.text())
def test_whatever_passes_the_gate_is_one_line(text: str) -> None:
    with suppress(Refused):
        passed = plain(text, "text")
        assert not set(passed) & {chr(code) for code in (*range(32), 127)}
        assert len(passed.encode("utf-8", "surrogatepass")) <= 998


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_a_quoted_string_holds_exactly_its_text(text: str) -> None:
    inside = quoted(text)[1:-1]
    assert inside.replace('\\"', "").replace("\\\\", "").count('"') == 0
    assert inside.replace('\\"', '"').replace("\\\\", "\\") == text or "\\" in text


@pytest.mark.parametrize("text", ['x"\r\nZ1 DELETE Victim', "a\nb", "nul\0", "é", "x" * 999])
def test_search_texts_with_line_ends_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        quoted(text)


@pytest.mark.server
def test_an_injected_command_is_never_sent(dovecot: Dovecot) -> None:
    dovecot.create("Victim")
    with closing(session_on(dovecot.port, username=dovecot.username, password=dovecot.password)) as session:
        session.open(b"INBOX")
        with pytest.raises(Refused):
            session.run("search", lambda client: client.search_uids('SUBJECT "x"\r\nZ1 DELETE Victim'))
        with pytest.raises(Refused):
            session.open(b'INBOX"\r\nZ1 DELETE Victim\r\n')
    assert dovecot.client.folder_exists("Victim")


@pytest.mark.parametrize(("username", "password"), [("al\nice", "secret"), ("alice", "sec\r\nret")])
def test_line_ends_in_name_or_password_never_reach_the_wire(script: Script, username: str, password: str) -> None:
    session = session_on(script.port, username=username, password=lambda: password)
    with pytest.raises(Refused) as caught:
        session.connect()
    assert password not in str(caught.value)
    assert not [command for command in script.commands if "LOGIN" in command]


def test_responses_with_literals_stay_together() -> None:
    flat = [b"one", (b"two {1}", b"x"), b"", None, (b"three {1}", b"y"), (b" {1}", b"z"), b")"]
    assert list(entries(flat)) == [
        [b"one"],
        [(b"two {1}", b"x"), b""],
        [(b"three {1}", b"y"), (b" {1}", b"z"), b")"],
    ]


@pytest.mark.parametrize("host", ["mail.example.org", "192.168.1.2", "10.0.0.1", "::2", "localhost.example.org", ""])
def test_plain_text_leaves_this_machine_for_nobody(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(Unsupported, match="in the clear"):
        Account(host=host, port=143, tls="none")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"])
def test_plain_text_to_this_machine_is_fine(host: str) -> None:
    assert is_loopback(host)


def test_a_name_for_this_machine_that_leads_away_is_cut(monkeypatch: pytest.MonkeyPatch, script: Script) -> None:
    monkeypatch.setattr(net, "is_loopback", lambda host: host == "localhost")
    with pytest.raises(Unavailable, match="leads away from this machine"):
        session_on(script.port, host="localhost").connect()
    assert script.commands == []


def test_an_unknown_way_of_tls_is_refused() -> None:
    with pytest.raises(Unsupported, match="unknown"):
        Account(host="localhost", port=1, tls="ssl3")  # type: ignore[arg-type]  # what a user might write


def test_certificates_and_names_are_always_checked() -> None:
    context = Account(host="mail.example.org", port=993).context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_missing_ca_file_is_named() -> None:
    with pytest.raises(Unsupported, match=r"/nowhere/ca\.pem"):
        Account(host="mail.example.org", port=993, ca_file="/nowhere/ca.pem").context()


def test_the_reason_for_no_connection_comes_with_a_hint() -> None:
    with reserved_port() as port, pytest.raises(Unavailable, match=f":{port} refused the connection") as caught:
        session_on(port).connect()
    assert "port" in caught.value.hint
    with pytest.raises(Unavailable, match="cannot be found") as caught:
        session_on(993, host="mail.example.invalid", tls="tls").connect()
    assert "spelling" in caught.value.hint


def test_a_servers_words_are_made_safe_to_show() -> None:
    assert clean(b"\x1b[31mred\x07 \xe2\x80\xaeesrever\r\nnext") == "[31mred   esrever next"
    assert len(clean("x" * 5_000)) == 200


@pytest.mark.parametrize("ends", [b"\r\n", b"\n", b"\r"])
def test_line_ends_are_made_one(ends: bytes) -> None:
    assert crlf(b"a" + ends + ends + b"b" + ends) == b"a\r\n\r\nb\r\n"
