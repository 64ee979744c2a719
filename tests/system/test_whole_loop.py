"""The main job against real servers: capture → ties → report → drafts → what Alice does with them."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from tests.conftest import Clock
from tests.letters import ALICE, at
from tests.servers import dovecot as dovecot_server
from tests.system.world import World, event

pytestmark = pytest.mark.server

DANA = "Dana Reed <dana@northwind.example>"
ERIK = "Erik Sund <erik@fjord.example>"
FRANK = "Frank Osei <frank@harbour.example>"
MONTHLY = [f"2025-{month:02}-05" for month in range(1, 12)]
WEEKLY = [f"2026-0{month}-{day:02}" for month in (1, 2) for day in (5, 12, 19, 26)]


def populate(world: World) -> None:
    """Dana was in touch monthly until November; Erik is weekly; a shop writes every week."""
    world.exchange(DANA, *MONTHLY, subject="The harbour study")
    world.exchange(ERIK, *WEEKLY)
    for day in WEEKLY:
        unsubscribe = "<https://shop.example/leave>"
        world.receive("Shop <news@shop.example>", day, "Our offers", List_Unsubscribe=unsubscribe)


def states(world: World) -> dict[str, str]:
    """Address → state of every tie."""
    return {tie["addresses"][0]: tie["state"] for tie in world.weaktie("ties", "--json").json["ties"]}


def read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def drafts(world: World) -> list[dict[str, Any]]:
    """Every draft there ever was, as `drafts list` tells."""
    found: list[dict[str, Any]] = world.weaktie("drafts", "list", "--all", "--json").json["drafts"]
    return found


def until_drafted(world: World, clock: Clock) -> None:
    """The first report, and the first drafts two days after it."""
    assert world.weaktie("run", "--once").code == 0
    clock.advance(days=2)
    ran = world.weaktie("run", "--once")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_second_sync_finds_nothing_new_and_new_mail_alone_after_that(world: World) -> None:
    populate(world)
    first = world.weaktie("sync", "--json").json["sources"][0]
    again = world.weaktie("sync", "--json").json["sources"][0]
    world.receive(DANA, "2026-03-02 08:00", "Back again")
    then = world.weaktie("sync", "--json").json["sources"][0]
    assert (first["new"], first["interactions"], first["left_out"]) == (46, 38, 8)
    assert (again["seen"], again["new"]) == (0, 0)
    assert (then["seen"], then["new"], then["interactions"]) == (1, 1, 1)


def test_ties_are_judged_by_their_own_rhythm_and_robots_are_none(world: World) -> None:
    populate(world)
    world.weaktie("sync")
    assert states(world) == {"dana@northwind.example": "fading", "erik@fjord.example": "active"}
    why = world.weaktie("why", "news@shop.example")
    assert "List-Unsubscribe" in why.out
    assert "not among your ties" in why.out


def test_the_first_report_comes_before_any_draft(world: World, clock: Clock) -> None:
    populate(world)
    assert world.weaktie("run", "--once").code == 0
    inbox = [read(raw) for raw in world.mail.messages("INBOX")]
    reports = [mail for mail in inbox if mail["X-Weaktie-Report"]]
    assert len(reports) == 1
    assert "Dana Reed" in reports[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    assert reports[0]["To"].addresses[0].addr_spec == ALICE
    assert world.mail.messages("Drafts") == []
    clock.advance(hours=1)
    world.weaktie("run", "--once")
    assert len([raw for raw in world.mail.messages("INBOX") if b"X-Weaktie-Report" in raw]) == 1


def test_a_draft_waits_in_drafts_as_a_mail_program_shows_it(world: World, clock: Clock) -> None:
    populate(world)
    until_drafted(world, clock)
    (raw,) = world.mail.messages("Drafts")
    draft = read(raw)
    last = world.mail.messages("Sent")
    assert draft["From"].addresses[0].addr_spec == ALICE
    assert [box.addr_spec for box in draft["To"].addresses] == ["dana@northwind.example"]
    assert (draft["Cc"], draft["Bcc"]) == (None, None)
    assert draft["Subject"] == "Re: The harbour study"
    assert draft["In-Reply-To"] in {read(sent)["Message-ID"] for sent in last}
    assert draft.get_content().startswith("Hi Dana,")
    assert world.mail.flags("Drafts")[0] >= {"\\Draft"}
    world.weaktie("run", "--once")
    assert len(world.mail.messages("Drafts")) == 1


def test_the_draft_alice_sends_herself_is_recognised_and_counted_once(world: World, clock: Clock) -> None:
    populate(world)
    until_drafted(world, clock)
    (raw,) = world.mail.messages("Drafts")
    move_to_sent(world.mail, raw, clock)
    clock.advance(minutes=30)
    world.weaktie("run", "--once")
    assert [draft["state"] for draft in drafts(world)] == ["sent"]
    assert states(world)["dana@northwind.example"] == "active"
    (tie,) = (t for t in world.weaktie("ties", "--json").json["ties"] if "Dana" in t["person"])
    assert (tie["sent"], tie["received"]) == (12, 11)


def test_a_deleted_draft_is_dismissed_and_not_made_again(world: World, clock: Clock) -> None:
    populate(world)
    until_drafted(world, clock)
    empty(world.mail, "Drafts")
    for _ in range(4):
        clock.advance(hours=13)
        world.weaktie("run", "--once")
    assert [draft["state"] for draft in drafts(world)] == ["dismissed"]
    assert world.mail.messages("Drafts") == []


def test_an_edited_draft_is_left_alone(world: World, clock: Clock) -> None:
    populate(world)
    until_drafted(world, clock)
    (raw,) = world.mail.messages("Drafts")
    edited = raw.replace(b"Hi Dana,", b"Dear Dana,")
    empty(world.mail, "Drafts")
    world.mail.deliver(edited, "Drafts", clock.now, "\\Draft")
    clock.advance(hours=2)
    world.weaktie("run", "--once")
    (draft,) = drafts(world)
    assert (draft["state"], draft["edited"]) == ("drafted", True)
    assert world.mail.messages("Drafts") == [edited]


def test_an_answer_from_dana_withdraws_the_untouched_draft(world: World, clock: Clock) -> None:
    populate(world)
    until_drafted(world, clock)
    clock.advance(hours=2)
    world.receive(DANA, "2026-03-04 10:30", "Long time")
    world.weaktie("run", "--once")
    assert [draft["state"] for draft in drafts(world)] == ["withdrawn"]
    assert world.mail.messages("Drafts") == []


def test_without_send_mode_approving_tells_how_to_send(world: World, clock: Clock) -> None:
    populate(world)
    until_drafted(world, clock)
    ran = world.weaktie("drafts", "approve", "1", "--yes")
    assert ran.code == 1
    assert "Press Send in your own mail program" in ran.err


def test_a_meeting_with_someone_new_brings_a_follow_up_the_next_morning(full_world: World, clock: Clock) -> None:
    world = full_world
    populate(world)
    until_drafted(world, clock)
    assert world.calendar is not None
    world.calendar.put("work", "m1.ics", event("m1", "2026-03-05 16:00", FRANK, title="Harbour evening"))
    clock.move_to(at("2026-03-05 20:00"))
    world.weaktie("run", "--once")
    assert len(world.mail.messages("Drafts")) == 1
    clock.move_to(at("2026-03-06 08:30"))
    world.weaktie("run", "--once")
    mails = [read(raw) for raw in world.mail.messages("Drafts")]
    (follow_up,) = (mail for mail in mails if mail["To"].addresses[0].addr_spec == "frank@harbour.example")
    assert "Harbour evening" in follow_up.get_content()
    assert states(world)["frank@harbour.example"] == "new"


def test_in_send_mode_an_approved_draft_goes_out_once_as_it_was_read(full_world: World, clock: Clock) -> None:
    world = full_world
    populate(world)
    until_drafted(world, clock)
    assert world.smtp is not None
    (raw,) = world.mail.messages("Drafts")
    assert world.weaktie("drafts", "approve", "1", "--yes").code == 0
    world.weaktie("run", "--once")
    assert world.smtp.inbox == []
    for _ in range(3):
        clock.advance(minutes=11)
        assert world.weaktie("run", "--once").err == ""
    (accepted,) = world.smtp.inbox
    assert accepted.recipients == ("dana@northwind.example",)
    assert read(accepted.content).get_content() == read(raw).get_content()
    assert [draft["state"] for draft in drafts(world)] == ["sent"]
    assert world.mail.messages("Drafts") == []
    assert len([one for one in world.mail.messages("Sent") if b"X-Weaktie-Draft" in one]) == 1
    (tie,) = (t for t in world.weaktie("ties", "--json").json["ties"] if "Dana" in t["person"])
    assert tie["sent"] == 12


def test_the_weekly_report_comes_on_monday_once(world: World, clock: Clock) -> None:
    populate(world)
    until_drafted(world, clock)
    for hour in (7, 8, 9, 18):
        clock.move_to(at(f"2026-03-09 {hour:02}:45"))
        world.weaktie("run", "--once")
    reports = [read(raw) for raw in world.mail.messages("INBOX") if b"X-Weaktie-Report" in raw]
    assert len(reports) == 2
    assert "Dana" in reports[1]["Subject"]


def test_an_introduction_is_asked_for_by_itself_and_by_hand(world: World, clock: Clock) -> None:
    populate(world)
    world.receive(ERIK, "2026-02-20 10:00", "The quay", Cc="Grace Hill <grace@tidewater.example>")
    world.weaktie("sync")
    assert "Erik Sund" in world.weaktie("targets", "add", "tidewater.example").out
    (path,) = world.weaktie("paths", "tidewater.example", "--json").json["paths"]
    assert (path["introducer"], path["person"], path["together"]) == ("Erik Sund", "Grace Hill", 1)
    shown = world.weaktie("intro", "tidewater.example", "--via", "Erik Sund", "--dry-run")
    assert "Grace Hill" in shown.out
    assert world.mail.messages("Drafts") == []
    until_drafted(world, clock)
    subjects = sorted(str(read(raw)["Subject"]) for raw in world.mail.messages("Drafts"))
    assert len(subjects) == 2
    assert any("Grace Hill" in subject for subject in subjects)


def move_to_sent(account: dovecot_server.Account, raw: bytes, clock: Clock) -> None:
    """What a mail program does on Send: the draft goes, a copy without \\Draft lies in Sent."""
    empty(account, "Drafts")
    account.deliver(raw, "Sent", clock.now, "\\Seen")


def empty(account: dovecot_server.Account, folder: str) -> None:
    account.client.select_folder(folder)
    account.client.delete_messages(account.client.search(["ALL"]))
    account.client.expunge()
    account.client.unselect_folder()


def test_a_draft_is_written_on_request_whatever_the_rhythm(world: World) -> None:
    populate(world)
    world.weaktie("sync")
    shown = world.weaktie("drafts", "write", "Erik", "--dry-run")
    assert (shown.code, world.mail.messages("Drafts")) == (0, [])
    written = world.weaktie("drafts", "write", "erik@fjord.example")
    (raw,) = world.mail.messages("Drafts")
    assert read(raw)["To"].addresses[0].addr_spec == "erik@fjord.example"
    assert written.out.startswith("To: Erik Sund <erik@fjord.example>\n")


def test_the_backtest_replays_the_ledger(world: World) -> None:
    populate(world)
    world.weaktie("sync")
    told = world.weaktie("backtest", "--weeks", "52", "--json").json
    assert (told["version"], told["reports"], told["last"]) == (1, 52, "2026-03-02")
    assert told["named"] >= 1
    page = world.folder / "backtest.html"
    shown = world.weaktie("backtest", "--weeks", "52", "--html", str(page))
    assert "52 weekly reports" in shown.out
    assert "How far to trust it" in page.read_text()


def test_a_sending_that_was_cut_off_is_looked_for_and_then_asked_about(full_world: World, clock: Clock) -> None:
    world = full_world
    populate(world)
    until_drafted(world, clock)
    assert world.smtp is not None
    world.weaktie("drafts", "approve", "1", "--yes")
    world.smtp.line.cut(answer=rb"Taken as", how="fin")
    clock.advance(minutes=11)
    assert world.weaktie("run", "--once").code == 3
    assert [draft["state"] for draft in drafts(world)] == ["unknown"]
    for hours in (1, 25, 1):
        clock.advance(hours=hours)
        world.weaktie("run", "--once")
    assert [draft["state"] for draft in drafts(world)] == ["ask"]
    assert world.weaktie("drafts", "settle", "1", "went").code == 0
    assert [draft["state"] for draft in drafts(world)] == ["sent"]
    assert len(world.smtp.inbox) == 1
