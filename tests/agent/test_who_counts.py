"""Who becomes a tie and who does not, from mail alone: robots that sign with nothing, mistakes, lists, desks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import ALICE, DANA

ME = f"Alice Lindqvist <{ALICE}>"
DAYS = [f"2026-01-{day:02}" for day in range(5, 15)]


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    made = Desk(tmp_path)
    made.exchange(f"Dana Reed <{DANA}>", "2026-01-06", "2026-01-20")
    return made


def ties(desk: Desk) -> set[str]:
    """Whom the list of ties names, one-way senders apart."""
    assert desk.weaktie("sync").code == 0
    return {address for address, tie in desk.ties().items() if tie["state"] != "one_way"}


def why(desk: Desk, who: str) -> str:
    return desk.weaktie("why", who).out


def test_a_robot_without_a_telling_field_answered_once_is_none(desk: Desk) -> None:
    for number, day in enumerate(DAYS):
        desk.letter(day, "Pumps & Parts <depot7@stock.example.com>", ALICE, subject=f"Stock level {number * 17}")
    desk.letter("2026-01-16", ME, "depot7@stock.example.com", subject="Re: Stock level 17")
    assert ties(desk) == {DANA}
    assert "10 mails on one subject only, and none answers anybody" in why(desk, "depot7@stock.example.com")


def test_a_newsletter_under_its_firms_name_answered_once_is_none(desk: Desk) -> None:
    for number, day in enumerate(DAYS[:6]):
        subject = ("Spring", "Soup", "Trains", "Rain", "Ink", "Owls")[number]
        desk.letter(day, "Sambuca Jazz <sambuca@sambucajazz.example>", ALICE, subject=subject)
    desk.letter("2026-01-16", ME, "sambuca@sambucajazz.example", subject="Re: Owls")
    assert ties(desk) == {DANA}
    assert "in the name of a firm" in why(desk, "sambuca@sambucajazz.example")


@pytest.mark.parametrize(
    "subject", ["unsubscribe", "Re: Unsubscribe", "UNSUBSCRIBE birds", "Please remove me from this list", "Abmelden"]
)
def test_a_lone_wish_to_be_left_out_is_no_exchange(desk: Desk, subject: str) -> None:
    desk.letter("2026-01-08", "Harper <harper@parts.example.com>", ALICE, subject="Our new parts")
    desk.letter("2026-01-09", ME, "harper@parts.example.com", subject=subject)
    assert ties(desk) == {DANA}
    assert "it only asks to be taken off a mailing" in why(desk, "harper@parts.example.com")


@pytest.mark.parametrize("subject", ["The unsubscribe page of ours", "Re: Remove the old pump", "Baja California"])
def test_who_speaks_of_leaving_lists_writes_to_people(desk: Desk, subject: str) -> None:
    desk.letter("2026-01-08", "Harper Lee <harper@parts.example.com>", ALICE, subject="Our new parts")
    desk.letter("2026-01-09", ME, "harper@parts.example.com", subject=subject)
    assert ties(desk) == {DANA, "harper@parts.example.com"}


def test_a_ticket_system_answers_and_is_none(desk: Desk) -> None:
    for number, day in enumerate(DAYS[:3]):
        desk.letter(day, ME, "Parts Support <support@parts.example.com>", subject=f"Pump {number}")
        desk.letter(
            f"{day} 12:00",
            "Parts Support <support@parts.example.com>",
            ALICE,
            subject=f"[Ticket #{number}] Pump {number}",
            Auto_Submitted="auto-generated",
        )
    assert ties(desk) == {DANA}


def test_a_desk_with_a_person_behind_it_is_one_and_one_with_many_is_none(desk: Desk) -> None:
    desk.exchange("Ines Duarte <info@duarte.example>", "2026-01-08", "2026-01-19")
    for day, name in zip(DAYS, ("Ann Low", "Bea Most", "Cleo Nash", "Dov Ost"), strict=False):
        desk.exchange(f"{name} <office@parts.example.com>", day)
    assert ties(desk) == {DANA, "info@duarte.example"}


def test_a_list_that_rewrites_its_writers_is_none_of_them(desk: Desk) -> None:
    for name in ("Ann Low", "Bea Most"):
        desk.letter("2026-01-08", f"{name} via Birds <birds@nature.example>", f"birds@nature.example, {ALICE}")
    desk.letter("2026-01-09", ME, "birds@nature.example")
    desk.letter("2026-01-12", ME, "birds@nature.example")
    assert ties(desk) == {DANA}
    assert "a list that rewrites senders" in why(desk, "birds@nature.example")


def test_who_shares_a_document_through_a_service_is_not_the_service(desk: Desk) -> None:
    share = "drive-shares-dm-noreply@google.com"
    for name in ("Ann Low", "Bea Most"):
        desk.letter("2026-01-08", f'"{name} (via Google Docs)" <{share}>', ALICE, subject="Plan")
    desk.letter("2026-01-09", ME, share)
    desk.letter("2026-01-12", ME, share)
    assert ties(desk) == {DANA}


def test_a_mail_with_two_senders_is_laid_to_nobodys_account(desk: Desk) -> None:
    place = desk.mail / "INBOX"
    head = f"To: {ALICE}\nDate: Tue, 20 Jan 2026 10:00:00 +0000\nMessage-ID: <two@x.example>\nSubject: Hi\n\nHi\n"
    (place / "two.eml").write_text(f"From: Ann Low <ann@low.example>\nFrom: Bea <bea@most.example>\n{head}")
    (place / "pair.eml").write_text(f"From: good@low.example <evil@most.example>\n{head.replace('two@', 'pair@')}")
    for who in ("ann@low.example", "bea@most.example", "good@low.example"):
        desk.letter("2026-01-21", ME, who)
    assert ties(desk) == {DANA}


def test_a_groups_name_and_the_name_of_an_old_exchange_mailbox_are_nobody(desk: Desk) -> None:
    for day in ("2026-01-08", "2026-01-15"):
        desk.letter(day, ME, "undisclosed-recipients:;")
        desk.letter(day, ME, "Birds: ann@low.example, bea@most.example;" if day == DAYS[3] else ALICE)
    place = desk.mail / "INBOX"
    head = f"To: {ALICE}\nDate: Tue, 20 Jan 2026 10:00:00 +0000\nMessage-ID: <o@x.example>\nSubject: Hi\n\nHi\n"
    (place / "old.eml").write_text(f"From: Smith, John </O=FIRM/OU=SITE/CN=RECIPIENTS/CN=JSMITH>\n{head}")
    assert ties(desk) == {DANA}


def test_notices_of_networks_and_answers_of_machines_are_no_exchange(desk: Desk) -> None:
    told = {
        "Ann Low <messages-noreply@linkedin.com>": {"X_LinkedIn_Class": "MBR-TO-MBR"},
        "Ann Low <notification+k@facebookmail.com>": {"X_Facebook_Notify": "msg"},
        "Ann Low (via X) <notify@x.com>": {},
        "XING <mailrobot@mail.xing.com>": {},
        "Ann Low <ann@low.example>": {"subject": "Abwesenheitsnotiz: Hallo"},
        "Bea Most <bea@most.example>": {"subject": "Réponse automatique : Bonjour", "Auto_Submitted": "auto-replied"},
        "Cleo Nash <cleo@nash.example>": {"subject": "自动回复: 你好"},
        "Dov Ost <dov@ost.example>": {
            "subject": "Accepted: Lunch @ Mon",
            "Content_class": "urn:content-classes:calendarmessage",
        },
        "Mail Delivery System <mailer-daemon@ost.example>": {"subject": "Undelivered Mail Returned to Sender"},
    }
    for sender, head in told.items():
        desk.letter("2026-01-09", sender, ALICE, **head)
        desk.letter("2026-01-08", ME, sender)
    assert ties(desk) == {DANA}


def test_a_name_inside_an_exchange_server_is_nobody_to_write_to(desk: Desk) -> None:
    inside = "IMCEAEX-_O=NORTHWIND_CN=RECIPIENTS_CN=EVALE@northwind.example.net"
    for day in DAYS[:3]:
        desk.letter(day, ME, f"Erin Vale <{inside}>", subject="Numbers")
    assert ties(desk) == {DANA}
    assert "a name inside an Exchange server" in why(desk, "imceaex")
