"""Letting go: what is excluded, not written to, forgotten or handed over."""

from __future__ import annotations

import io
import json
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agent.store.schema import excluded, message, metadata, person
from tests.agent.desk import Desk
from tests.conftest import Clock
from tests.letters import ALICE, DANA, ERIK

MEETING = f"""BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tests//EN
BEGIN:VEVENT
UID:coffee
DTSTAMP:20260201T090000Z
DTSTART:20260210T100000Z
DURATION:PT1H
SUMMARY:Coffee
ORGANIZER:mailto:{ALICE}
ATTENDEE;PARTSTAT=ACCEPTED:mailto:{DANA}
ATTENDEE;PARTSTAT=DECLINED:mailto:{ERIK}
END:VEVENT
END:VCALENDAR
"""
DAYS = ("2025-10-07", "2025-12-02", "2026-02-03")


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Desk:
    """Dana and Erik write with Alice, now and then all three; a mail in Clients/Reed, too."""
    made = Desk(tmp_path)
    made.exchange(f"Dana Reed <{DANA}>", *DAYS, subject="Budget of Northwind")
    made.exchange(f"Erik Holm <{ERIK}>", *DAYS, subject="Fjord")
    made.letter("2026-01-13", f"Erik Holm <{ERIK}>", f"{ALICE}, Dana Reed <{DANA}>", subject="Lunch with Dana Reed")
    made.letter(
        "2026-01-14", f"Alice Lindqvist <{ALICE}>", f"Erik Holm <{ERIK}>, {DANA}", subject="Re: lunch, Reed, Dana"
    )
    made.letter("2026-01-15", f"Dana Reed <{DANA}>", f"{ALICE}, {ERIK}", subject="To both")
    made.letter("2026-01-16", "Gwen Ito <gwen@ito.example.org>", ALICE, folder="Private", subject="Secret")
    assert made.weaktie("sync").code == 0
    return made


def count(desk: Desk, table: object = message) -> int:
    store = desk.store()
    with store.read() as connection:
        found = connection.scalar(select(func.count()).select_from(table))  # type: ignore[arg-type]  # any table
    store.close()
    return int(found or 0)


def test_excluding_an_address_holds_from_now_on(desk: Desk) -> None:
    before = desk.ties()
    assert "not captured any more" in desk.weaktie("exclude", DANA).out
    assert desk.ties().keys() == before.keys()
    desk.exchange(f"Dana Reed <{DANA}>", "2026-02-24")
    desk.exchange(f"Erik Holm <{ERIK}>", "2026-02-24")
    desk.weaktie("sync")
    assert desk.ties()[DANA]["episodes"] == before[DANA]["episodes"]
    assert desk.ties()[ERIK]["episodes"] == before[ERIK]["episodes"] + 1
    assert desk.weaktie("exclude", "--remove", DANA).code == 0
    desk.exchange(f"Dana Reed <{DANA}>", "2026-02-26")
    desk.weaktie("sync")
    assert desk.ties()[DANA]["episodes"] == before[DANA]["episodes"] + 1


@pytest.mark.parametrize("what", [DANA, "northwind.example.net", "@Northwind.example.net"])
def test_purging_leaves_what_would_be_there_had_the_rule_always_stood(
    desk: Desk, what: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert "9 messages removed" in desk.weaktie("exclude", what, "--purge").out
    assert count(desk, excluded) == 9
    assert desk.bytes_of("Dana Reed", "Budget of Northwind") == {"Dana Reed": 0, "Budget of Northwind": 0}
    other = Desk(tmp_path_factory.mktemp("always"))
    other.mail.rmdir()
    other.mail.symlink_to(desk.mail)
    other.weaktie("exclude", what)
    other.weaktie("sync")
    assert other.ties() == desk.ties()
    assert count(other) == count(desk)
    assert count(other, person) == count(desk, person)


def test_folders_are_excluded_by_name_and_backwards_too(desk: Desk) -> None:
    assert "gwen@ito.example.org" in desk.ties()
    assert "1 message removed" in desk.weaktie("exclude", "private", "--purge").out
    assert "gwen@ito.example.org" not in desk.ties()
    desk.letter("2026-02-16", "Gwen Ito <gwen@ito.example.org>", ALICE, folder="Private/2026")
    desk.weaktie("sync")
    assert "gwen@ito.example.org" not in desk.ties()
    assert desk.bytes_of("gwen@ito", "Gwen Ito") == {"gwen@ito": 0, "Gwen Ito": 0}


def test_an_excluded_folder_is_not_even_looked_into(desk: Desk) -> None:
    desk.weaktie("exclude", "Private")
    desk.letter("2026-02-16", "Gwen Ito <gwen@ito.example.org>", ALICE, folder="Private/2026")
    assert "excluded" not in desk.weaktie("sync").out
    audit = desk.weaktie("audit", "--json").json["sources"][0]
    assert (audit["missing"], audit["excluded"]) == ([], 0)
    desk.weaktie("exclude", "--remove", "Private")
    assert "1 new" in desk.weaktie("sync").out


def test_a_label_is_excluded_backwards_too(desk: Desk) -> None:
    box = desk.folder / "takeout.mbox"
    for name, labels in (("gwen", "Inbox,Private"), ("hugo", "Inbox")):
        head = f"From: {name}@ito.example.org\nTo: {ALICE}\nDate: Tue, 20 Jan 2026 10:00:00 +0000"
        first = f"From 1692351385186341234@xxx Tue Jan 20 10:00:00 +0000 2026\nX-Gmail-Labels: {labels}"
        mail = f"{first}\n{head}\nSubject: Hi {name}\n\nHi\n\n"
        box.write_text((box.read_text() if box.exists() else "") + mail)
    config = desk.folder / "config.toml"
    config.write_text(config.read_text() + f'[[sources]]\nname = "takeout"\nkind = "mbox"\npath = "{box}"\n')
    desk.weaktie("sync")
    assert {"hugo@ito.example.org", "gwen@ito.example.org"} <= desk.ties().keys()
    assert "2 messages removed" in desk.weaktie("exclude", "private", "--purge").out
    desk.weaktie("sync")
    assert "hugo@ito.example.org" in desk.ties()
    assert "gwen@ito.example.org" not in desk.ties()


def test_the_rules_are_listed_and_unknown_ones_refused(desk: Desk) -> None:
    desk.weaktie("exclude", DANA, "fjord.example.org", "Private")
    rules = desk.weaktie("exclude", "--list", "--json").json["exclusions"]
    assert [(rule["kind"], rule["value"]) for rule in rules] == [
        ("folder", "Private"),
        ("address", DANA),
        ("domain", "fjord.example.org"),
    ]
    assert desk.weaktie("exclude", "--remove", "nobody@example.com").code == 1
    assert desk.weaktie("exclude").code == 2
    assert desk.weaktie("exclude", ALICE).code == 2


def test_excluding_ones_own_firm_keeps_ones_own_mail(desk: Desk) -> None:
    before = desk.ties()
    desk.weaktie("exclude", "lindqvist.example.com", "--purge")
    assert desk.ties() == before


def test_suppressed_people_get_no_draft_until_that_is_taken_back(desk: Desk) -> None:
    assert desk.weaktie("suppress", "Dana Reed", "fjord.example.org").code == 0
    rules = desk.weaktie("suppress", "--list", "--json").json["suppressions"]
    assert {(rule["kind"], rule["value"]) for rule in rules} == {
        ("person", f"Dana Reed <{DANA}>"),
        ("domain", "fjord.example.org"),
    }
    assert desk.weaktie("suppress", "Dana Reed", "--remove").code == 0
    assert desk.weaktie("suppress", "Dana Reed", "--remove").code == 1
    assert desk.weaktie("suppress", "Nobody At All").code == 1


def test_who_must_not_be_written_to_must_not_be_after_a_purge_either(desk: Desk) -> None:
    desk.weaktie("suppress", "Dana Reed")
    desk.weaktie("exclude", DANA, "--purge")
    (rule,) = desk.weaktie("suppress", "--list", "--json").json["suppressions"]
    assert rule == {"kind": "address", "value": DANA}
    assert desk.weaktie("suppress", DANA, "--remove").code == 0


def test_suppressing_tells_who_was_meant_and_what_still_forbids_it(desk: Desk) -> None:
    assert desk.weaktie("suppress", "dana reed", DANA, "example.net").out.startswith(f"Dana Reed <{DANA}> is not ")
    assert "example.net must not be contacted" in desk.weaktie("suppress", "dana", "--remove").out
    rules = desk.weaktie("suppress", "--list", "--json").json["suppressions"]
    assert rules == [{"kind": "domain", "value": "example.net"}]
    desk.weaktie("suppress", "example.net", "--remove")
    desk.weaktie("suppress", DANA)
    assert desk.weaktie("suppress", "dana", "--remove").out == f"Dana Reed <{DANA}> may be written to again.\n"


def test_a_suppression_survives_a_merge_and_its_undoing(desk: Desk) -> None:
    desk.weaktie("suppress", "Dana Reed")
    desk.weaktie("people", "merge", ERIK, DANA)
    (rule,) = desk.weaktie("suppress", "--list", "--json").json["suppressions"]
    assert ERIK in rule["value"]
    desk.weaktie("people", "review", "--undo")
    (rule,) = desk.weaktie("suppress", "--list", "--json").json["suppressions"]
    assert rule["value"] == f"Dana Reed <{DANA}>"


def test_forgetting_leaves_no_byte_and_holds_through_another_sync(desk: Desk) -> None:
    needles = (DANA, "Dana Reed", "Reed, Dana", "Budget of Northwind", "To both")
    assert all(desk.bytes_of(*needles).values())
    before = desk.ties()
    desk.weaktie("targets", "add", DANA)
    desk.weaktie("suppress", DANA)
    done = desk.weaktie("forget", DANA, "--yes")
    assert done.code == 0
    assert "7 messages removed; 2 kept" in done.out
    nothing = dict.fromkeys(needles, 0)
    assert desk.bytes_of(*needles) == nothing
    for file in desk.mail.rglob("*.eml"):
        file.rename(file.with_name(f"again-{file.name}"))
    desk.letter("2026-02-26", f"Dana Reed <{DANA}>", ALICE, subject="Do you remember me?")
    desk.letter("2026-02-27", f"Alice Lindqvist <{ALICE}>", f"Dana Reed <{DANA}>", subject="No, Dana Reed")
    desk.letter("2026-02-28", f"Erik Holm <{ERIK}>", f"{ALICE}, Dana Reed <{DANA}>", subject="Where is Dana Reed?")
    assert desk.weaktie("sync").code == 0
    assert desk.bytes_of(*needles, "Do you remember") == nothing | {"Do you remember": 0}
    assert DANA not in desk.ties()
    assert desk.ties()[ERIK]["episodes"] == before[ERIK]["episodes"] + 1
    assert desk.weaktie("why", DANA).code == 1


def test_forgetting_holds_for_a_source_added_later(desk: Desk, tmp_path: Path) -> None:
    desk.weaktie("forget", DANA, "--yes")
    config = desk.folder / "config.toml"
    config.write_text(config.read_text() + f'[[sources]]\nname = "again"\nkind = "folder"\npath = "{desk.mail}"\n')
    left = count(desk)
    assert desk.weaktie("sync").code == 0
    assert count(desk) == left
    assert desk.bytes_of(DANA, "Dana Reed") == {DANA: 0, "Dana Reed": 0}


def test_forgetting_reaches_free_pages_and_the_log_while_others_read_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.store.forgetting.READERS_MS", 100)
    careless = sqlite3.connect(desk.database, isolation_level=None)
    careless.execute("PRAGMA secure_delete=OFF")
    careless.execute("CREATE TABLE note (text TEXT)")
    careless.execute("INSERT INTO note VALUES (?)", (f"{DANA} " * 2000,))
    careless.execute("DELETE FROM note")
    assert desk.bytes_of(DANA)[DANA] > 2000
    reader = desk.store()
    with reader.read() as connection:
        connection.scalar(select(func.count()).select_from(message))
    assert "Another process" not in desk.weaktie("forget", DANA, "--yes").out
    assert desk.bytes_of(DANA, "Dana Reed") == {DANA: 0, "Dana Reed": 0}
    with reader.read() as connection:
        connection.scalar(select(func.count()).select_from(message))
        assert "Another process reads the database" in desk.weaktie("forget", ERIK, "--yes").out
    careless.close()
    reader.close()


def test_a_meeting_stays_without_them_and_is_judged_anew(desk: Desk) -> None:
    calendar = desk.folder / "calendar.ics"
    calendar.write_text(MEETING)
    config = desk.folder / "config.toml"
    config.write_text(config.read_text() + f'[[sources]]\nname = "cal"\nkind = "ics"\npath = "{calendar}"\n')
    desk.weaktie("sync")
    assert desk.ties()[DANA]["meetings"] == 1
    desk.weaktie("forget", DANA, "--yes")
    assert coffee(desk) == (False, "nobody else was there", "Coffee")
    calendar.write_text(MEETING.replace("Coffee", "Coffee with Dana Reed"))
    desk.weaktie("sync")
    assert coffee(desk) == (False, "nobody else was there", "")
    assert desk.bytes_of(DANA, "Dana Reed") == {DANA: 0, "Dana Reed": 0}


def coffee(desk: Desk) -> tuple[bool, str, str]:
    """What is said of the meeting to Erik: whether it counts, why, and what it was about."""
    (told,) = desk.weaktie("why", ERIK, "--json").json["people"]
    (line,) = [line for line in told["timeline"] if line["at"] == "2026-02-10T10:00:00Z"]
    return line["counted"], line["reason"], line["subject"]


def test_what_one_owner_forgets_the_other_keeps(desk: Desk, tmp_path: Path) -> None:
    charlie = Desk(tmp_path / "charlie")
    charlie.mail.rmdir()
    charlie.mail.symlink_to(desk.mail)
    config = charlie.folder / "config.toml"
    text = config.read_text().replace("Alice Lindqvist", "Charlie Moreau").replace(ALICE, ALICE.replace("@", "+c@"))
    config.write_text(text.replace(str(charlie.database), str(desk.database)))
    charlie.weaktie("sync")
    before = charlie.ties()
    desk.weaktie("forget", DANA, "--yes")
    desk.weaktie("exclude", ERIK, "--purge")
    assert charlie.ties() == before
    assert "Lunch with Dana Reed" in charlie.weaktie("why", ERIK).out
    charlie.exchange(f"Dana Reed <{DANA}>", "2026-02-24")
    charlie.weaktie("sync")
    assert charlie.ties()[DANA]["episodes"] == before[DANA]["episodes"] + 1
    desk.weaktie("sync")
    assert DANA not in desk.ties()


def test_forgetting_asks_first_and_names_a_namesake(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.exchange("Dana Reed <other@elsewhere.example.org>", "2026-01-20")
    desk.weaktie("sync")
    assert desk.weaktie("forget", "Dana Reed", "--yes").code == 2
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert desk.weaktie("forget", DANA).code == 130
    assert DANA in desk.ties()
    assert "other@elsewhere.example.org" in desk.weaktie("forget", DANA, "--yes").out
    assert desk.ties()["other@elsewhere.example.org"]["person"] == "Dana Reed"


def test_the_owner_is_not_forgotten_by_accident(desk: Desk) -> None:
    assert desk.weaktie("forget", ALICE, "--yes").code == 2
    assert desk.weaktie("forget", "nobody@example.com", "--yes").code == 1


def test_the_export_of_a_person_holds_every_message_they_are_on_and_nothing_of_others(desk: Desk) -> None:
    told = desk.weaktie("export", DANA).json
    assert (told["version"], told["who"]) == (1, DANA)
    assert [row["value"] for row in told["identity"]] == [DANA]
    assert len(told["message"]) == 9
    assert {row["name"] for row in told["name_seen"]} == {"Dana Reed"}
    assert ERIK not in json.dumps(told)
    assert "Fjord" not in json.dumps(told)


def test_the_export_of_all_holds_every_table_into_a_file_only_the_owner_reads(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    assert desk.weaktie("export", "--file", str(file)).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text())
    assert {"version", "of", "who"} | set(metadata.tables) == set(told)
    assert len(told["message"]) == count(desk)
    assert "salt" not in told["owner"]
