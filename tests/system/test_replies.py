"""The report is operated by replying to it: from Alice's own Sent alone, once, and never a mail goes out."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from typing import Any

import pytest

from agent.store import people, wishes
from agent.store.db import open_store
from agent.types import Standing, Wish
from tests.agent.report_mailbox import Killed
from tests.conftest import Clock
from tests.letters import ALICE
from tests.system.world import World

pytestmark = pytest.mark.server

DANA = "Dana Reed <dana@northwind.example>"
ERIK = "Erik Sund <erik@fjord.example>"
GWEN = "Gwen Ito <gwen@ito.example>"
MONTHLY = [f"2025-{month:02}-05" for month in range(1, 12)]


@pytest.fixture
def told(world: World, clock: Clock) -> World:
    """Alice has had her first report: three of hers are going quiet."""
    for person, topic in ((DANA, "The harbour study"), (ERIK, "Fjord"), (GWEN, "Choir")):
        world.exchange(person, *MONTHLY, subject=topic)
    assert world.weaktie("run", "--once").code == 0
    clock.advance(hours=1)
    return world


def report(world: World, number: int = -1) -> EmailMessage:
    """A report as it lies in the INBOX."""
    found = [raw for raw in world.mail.messages("INBOX") if b"X-Weaktie-Report" in raw]
    mail = message_from_bytes(found[number], policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def number_of(mail: EmailMessage, name: str) -> int:
    """The number somebody has in a report."""
    body = mail.get_body(("plain",))
    assert body is not None
    (line,) = [line for line in str(body.get_content()).splitlines() if f"  {name}" in line]
    return int(line.split()[0])


def answer(world: World, clock: Clock, body: str, **changed: str) -> bytes:
    """What Alice's mail program makes of a reply to the last report; keywords replace fields, an empty one drops it."""
    original = report(world)
    world.written += 1
    head = {
        "From": f"Alice Lindqvist <{ALICE}>",
        "To": f"Alice Lindqvist <{ALICE}>",
        "Subject": f"Re: {original['Subject']}",
        "Date": format_datetime(clock.now),
        "Message-ID": f"<reply-{world.written}@lindqvist.example.com>",
        "In-Reply-To": str(original["Message-ID"]),
        "References": str(original["Message-ID"]),
    }
    mail = EmailMessage()
    for name, value in (head | {key.replace("_", "-"): value for key, value in changed.items()}).items():
        if value:
            mail[name] = value
    plain = original.get_body(("plain",))
    assert plain is not None
    quoted = "".join(f"> {line}\n" for line in str(plain.get_content()).splitlines())
    mail.set_content(f"{body}\n\nOn Monday, weaktie for Alice Lindqvist wrote:\n{quoted}")
    return mail.as_bytes()


def say(world: World, clock: Clock, body: str, folder: str = "Sent", **changed: str) -> None:
    """Alice (or somebody) puts a reply there, and weaktie runs."""
    world.mail.deliver(answer(world, clock, body, **changed), folder, clock.now)
    clock.advance(minutes=20)
    ran = world.weaktie("run", "--once")
    assert (ran.code, ran.err) == (0, "")


def wish(world: World, person: str) -> Wish:
    """What is wished of somebody."""
    store = open_store(f"sqlite:///{world.database}")
    address = person.rpartition("<")[2].rstrip(">")
    with store.read() as connection:
        (_, who) = people.find(connection, 1, [address])[address]
        found = wishes.of(connection, 1, who)
    store.close()
    return found


def drafts(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.weaktie("drafts", "list", "--json").json["drafts"]
    return found


def test_the_report_says_how_to_answer_it(told: World) -> None:
    mail = report(told)
    assert "Reply to this mail with a word for each number" in text(mail)
    assert {number_of(mail, name) for name in ("Dana Reed", "Erik Sund", "Gwen Ito")} == {1, 2, 3}
    assert str(mail["X-Weaktie-Report"]) in str(mail["Message-ID"])


def test_a_reply_is_done_once_and_confirmed_in_the_next_report(told: World, clock: Clock) -> None:
    dana, erik, gwen = (number_of(report(told), name) for name in ("Dana Reed", "Erik Sund", "Gwen Ito"))
    say(told, clock, f"{dana} draft, {dana} snooze 60d\n{erik} drop\n{gwen} private, 9 keep, {gwen} dorp\nThanks!")
    assert wish(told, DANA).sleeps(clock.now)
    assert [wish(told, who).standing for who in (ERIK, GWEN)] == [Standing.DROPPED, Standing.PRIVATE]
    assert [draft["person"] for draft in drafts(told)] == ["Dana Reed"]
    assert len(told.mail.messages("Drafts")) == 1
    assert len(told.mail.messages("Sent")) == 3 * len(MONTHLY) + 1
    told.weaktie("ties", "set", "erik@fjord.example", "--keep")
    told.weaktie("run", "--once")
    assert wish(told, ERIK).standing is Standing.KEPT
    clock.advance(days=7)
    told.weaktie("run", "--once")
    mail = report(told)
    confirmed = text(mail)
    assert f"Done: {dana} draft (Dana Reed), {dana} snooze 60d (Dana Reed)" in confirmed
    assert "not done: “9 keep”, there is nobody of that number in that report" in confirmed
    assert f"not understood: “{gwen} dorp”" in confirmed
    assert "one line was not understood" in confirmed
    assert "Gwen" not in confirmed
    assert "Gwen" not in str(mail)
    clock.advance(days=7)
    told.weaktie("run", "--once")
    assert "YOUR REPLIES" not in text(report(told))


def test_nothing_of_the_reply_is_kept_but_the_commands(told: World, clock: Clock) -> None:
    say(told, clock, "1 keep\nDana told me of her divorce, 2 draft\n3 marzipan for the party")
    stored = told.database.read_bytes()
    for log in told.database.parent.glob("*-wal"):
        stored += log.read_bytes()
    assert b"1 keep" in stored
    assert b"divorce" not in stored
    assert b"party" not in stored


def test_numbers_are_those_of_the_report_that_was_answered(told: World, clock: Clock) -> None:
    first = report(told)
    erik = number_of(first, "Erik Sund")
    kept = answer(told, clock, f"{erik} drop")
    other = "Dana Reed" if erik != number_of(first, "Dana Reed") else "Gwen Ito"
    say(told, clock, f"{number_of(first, other)} private")
    clock.advance(days=7)
    told.weaktie("run", "--once")
    assert f"  {other}" not in str(report(told))
    told.mail.deliver(kept, "Sent", clock.now)
    told.weaktie("run", "--once")
    assert wish(told, ERIK).standing is Standing.DROPPED


@pytest.mark.parametrize(
    ("folder", "changed"),
    [
        ("INBOX", {}),
        ("Archive", {}),
        ("Drafts", {}),
        ("Sent", {"From": "Erik Sund <erik@fjord.example>"}),
        ("Sent", {"From": f"{ALICE}, erik@fjord.example"}),
        ("Sent", {"To": "Erik Sund <erik@fjord.example>"}),
        ("Sent", {"Cc": "Erik Sund <erik@fjord.example>"}),
        ("Sent", {"Auto-Submitted": "auto-replied"}),
        ("Sent", {"In-Reply-To": "", "References": ""}),
        ("Sent", dict.fromkeys(("In-Reply-To", "References"), f"<report-2026-W10-{'0' * 32}@lindqvist.example.com>")),
    ],
)
def test_what_is_not_alices_own_word_does_nothing(
    told: World, clock: Clock, folder: str, changed: dict[str, str]
) -> None:
    say(told, clock, "1 drop\n2 draft\n3 private", folder, **changed)
    assert [wish(told, who) for who in (DANA, ERIK, GWEN)] == [Wish()] * 3
    assert drafts(told) == []


def test_a_copy_in_the_inbox_of_what_was_sent_does_not_change_what_was_said(told: World, clock: Clock) -> None:
    """Somebody who saw a reply of hers sends it back with other words, under the same id."""
    said, forged = answer(told, clock, "1 keep"), answer(told, clock, "1 drop")
    told.written -= 1
    told.mail.deliver(forged.replace(b"reply-68", b"reply-67"), "INBOX", clock.now)
    told.mail.deliver(said, "Sent", clock.now)
    told.weaktie("run", "--once")
    standings = {wish(told, who).standing for who in (DANA, ERIK, GWEN)}
    assert standings == {Standing.OPEN, Standing.KEPT}


def test_a_crash_between_the_steps_repeats_nothing(told: World, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    told.mail.deliver(answer(told, clock, "1 draft, 1 undo, 2 drop, 2 undo"), "Sent", clock.now)
    told.mail.deliver(answer(told, clock, "3 keep"), "Sent", clock.now)

    def die(*_: Any, **__: Any) -> Any:
        raise Killed

    for step in ("agent.jobs.replies.plan_drafts", "agent.store.replies.settle", "agent.jobs.drafts.push"):
        with monkeypatch.context() as broken:
            broken.setattr(step, die)
            with pytest.raises(Killed):
                told.weaktie("run", "--once")
    for _ in range(2):
        clock.advance(minutes=20)
        told.weaktie("run", "--once")
    assert len(drafts(told)) == len(told.mail.messages("Drafts")) == 1
    assert sorted(wish(told, who).standing for who in (DANA, ERIK, GWEN)) == ["", "", "kept"]


def test_a_dry_run_tells_and_does_nothing(told: World, clock: Clock) -> None:
    told.mail.deliver(answer(told, clock, "1 drop, 2 draft"), "Sent", clock.now)
    told.weaktie("sync")
    ran = told.weaktie("report", "--replies", "--dry-run")
    assert "1 drop" in ran.out
    assert "2 draft" in ran.out
    assert [wish(told, who) for who in (DANA, ERIK, GWEN)] == [Wish()] * 3
    assert "1 drop" in told.weaktie("report", "--replies").out
    assert {wish(told, who).standing for who in (DANA, ERIK, GWEN)} == {Standing.OPEN, Standing.DROPPED}
    assert told.weaktie("report", "--replies").out == "No reply waits.\n"
