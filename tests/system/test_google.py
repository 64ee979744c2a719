"""The main job on a Google account: sign in, capture, drafts in Gmail, what Alice does with them, and what is sent."""

from __future__ import annotations

import json
import re
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

import pytest

from agent.config import load
from connectors.records import Answer
from tests.conftest import Clock
from tests.connectors.calendar_contract import Happening
from tests.connectors.test_calendar_contract import as_google
from tests.letters import ALICE, at
from tests.servers.google import Google
from tests.servers.google_mail import ADDRESS
from tests.system.test_whole_loop import DANA, FRANK, drafts, populate, read, states, until_drafted
from tests.system.world import World, event

LABELS = {"INBOX": ("INBOX", "UNREAD"), "Sent": ("SENT",), "Drafts": ("DRAFT",)}
SEND = "[send]\nenabled = true\nundo_minutes = 10\n"


class Gmail:
    """Alice's mailbox as World wants one: what arrives, what lies where."""

    port, username = 0, ADDRESS

    def __init__(self, google: Google) -> None:
        self.google = google

    def deliver(self, raw: bytes, folder: str, when: datetime) -> None:
        """A message is there."""
        self.google.mail.deliver(raw, *LABELS[folder], at=when)

    def messages(self, folder: str) -> list[bytes]:
        """What she sees there."""
        return [message.raw for message in self.google.mail.labelled(LABELS[folder][0])]


class Browser:
    """Alice's browser: she says yes, and it goes where it is sent."""

    def open(self, address: str, **_: Any) -> bool:
        Thread(target=lambda: urlopen(address, timeout=60).read(), daemon=True).start()
        return True


@pytest.fixture
def world(google: Google, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Alice, whose mail and calendar are at Google, signed in for both."""
    assert ADDRESS == ALICE
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setattr(webbrowser, "get", lambda _: Browser())
    google.calendars.add(ALICE, "Work")
    (tmp_path / "client.json").write_text(json.dumps(google.client_file()))
    made = World(Gmail(google), tmp_path)  # type: ignore[arg-type]  # it does what is asked of it
    made.configure(mail=sources(google, tmp_path))
    for name in ("mail", "calendar"):
        assert made.weaktie("auth", name).code == 0
    return made


def sources(google: Google, folder: Path) -> str:
    """Both, as the owner writes them down."""
    common = f'client_file = "{folder / "client.json"}"\naccount = "{ALICE}"\n'
    mail = f'[[sources]]\nname = "mail"\nkind = "gmail"\n{common}endpoint = "{google.url}"\n'
    return mail + f'[[sources]]\nname = "calendar"\nkind = "google_calendar"\n{common}endpoint = "{google.url}"\n'


def with_html(raw: bytes, **changes: str) -> bytes:
    """As Gmail's web program stores a draft: another Message-ID, our own fields gone."""
    text = re.sub(rb"(?im)^(?:X-Weaktie-Draft|Message-ID):.*\r\n", b"", raw)
    text = b"Message-ID: <CAF+web@mail.gmail.com>\r\n" + text
    for old, new in changes.items():
        text = text.replace(old.encode(), new.encode())
    return text


def fate(world: World) -> list[str]:
    """What became of every draft."""
    return [draft["state"] for draft in drafts(world)]


def test_from_sync_to_the_draft_alice_sends_herself(google: Google, world: World, clock: Clock) -> None:
    populate(world)
    first = world.weaktie("sync", "mail", "--json").json["sources"][0]
    assert (first["new"], first["interactions"], first["left_out"]) == (46, 38, 8)
    assert states(world) == {"dana@northwind.example": "fading", "erik@fjord.example": "active"}
    until_drafted(world, clock)
    ((draft, ref),) = google.mail.drafts.items()
    assert str(read(google.mail.messages[ref].raw)["To"]).endswith("<dana@northwind.example>")
    assert google.mail.messages[ref].thread in {mail.thread for mail in google.mail.labelled("SENT")}
    google.mail.send(draft)
    clock.advance(minutes=30)
    assert world.weaktie("run", "--once").err == ""
    assert fate(world) == ["sent"]
    assert states(world)["dana@northwind.example"] == "active"
    (tie,) = (tie for tie in world.weaktie("ties", "--json").json["ties"] if "Dana" in tie["person"])
    assert (tie["sent"], tie["received"]) == (12, 11)
    audit = world.weaktie("audit", "mail")
    assert (audit.code, audit.err) == (0, "")


def test_a_draft_rewritten_in_the_web_program_is_hers_and_known_when_it_goes(
    google: Google, world: World, clock: Clock
) -> None:
    populate(world)
    until_drafted(world, clock)
    (draft,) = google.mail.drafts
    edited = with_html(google.mail.messages[google.mail.drafts[draft]].raw, Dana="Dearest Dana")
    google.mail.edit(draft, edited)
    clock.advance(days=3)
    world.weaktie("run", "--once")
    assert (fate(world), len(google.mail.drafts)) == (["drafted"], 1)
    assert drafts(world)[0]["edited"]
    google.mail.send(draft)
    for _ in range(2):
        clock.advance(minutes=30)
        world.weaktie("run", "--once")
    assert fate(world) == ["sent"]
    (tie,) = (tie for tie in world.weaktie("ties", "--json").json["ties"] if "Dana" in tie["person"])
    assert tie["sent"] == 12


def test_a_discarded_draft_is_dismissed(google: Google, world: World, clock: Clock) -> None:
    populate(world)
    until_drafted(world, clock)
    google.mail.discard(next(iter(google.mail.drafts)))
    for _ in range(2):
        clock.advance(hours=25)
        world.weaktie("run", "--once")
    assert fate(world) == ["dismissed"]
    assert google.mail.drafts == {}


def test_an_untouched_draft_is_withdrawn_when_they_write(google: Google, world: World, clock: Clock) -> None:
    populate(world)
    until_drafted(world, clock)
    clock.advance(hours=2)
    world.receive(DANA, "2026-03-04 10:30", "Long time")
    world.weaktie("run", "--once")
    assert (fate(world), google.mail.drafts) == (["withdrawn"], {})


def test_in_send_mode_gmail_sends_the_approved_draft_once(
    google: Google, world: World, clock: Clock, tmp_path: Path
) -> None:
    google.mail.renames = True
    populate(world)
    world.configure(mail=sources(google, tmp_path), send=SEND)
    until_drafted(world, clock)
    ((_, ref),) = google.mail.drafts.items()
    text = read(google.mail.messages[ref].raw).get_content()
    assert world.weaktie("drafts", "approve", "1", "--yes").code == 0
    for _ in range(3):
        clock.advance(minutes=11)
        assert world.weaktie("run", "--once").err == ""
    (sent,) = google.mail.outbox
    assert (read(sent).get_content(), str(read(sent)["To"])) == (text, "Dana Reed <dana@northwind.example>")
    assert (fate(world), google.mail.drafts) == (["sent"], {})
    assert len([one for one in world.mail.messages("Sent") if b"X-Weaktie-Draft" in one]) == 1
    (tie,) = (tie for tie in world.weaktie("ties", "--json").json["ties"] if "Dana" in tie["person"])
    assert tie["sent"] == 12


@pytest.mark.parametrize(("how", "went"), [("lost", 1), ("cut", 0)])
def test_a_sending_that_was_cut_off_is_looked_up_and_never_repeated(
    google: Google, world: World, clock: Clock, tmp_path: Path, how: str, went: int
) -> None:
    populate(world)
    world.configure(mail=sources(google, tmp_path), send=SEND)
    until_drafted(world, clock)
    world.weaktie("drafts", "approve", "1", "--yes")
    google.fail("gmail.users.drafts.send", how=how)
    clock.advance(minutes=11)
    assert "may have gone out" in world.weaktie("run", "--once").err
    for _ in range(4):
        clock.advance(hours=9)
        world.weaktie("run", "--once")
    assert (google.calls["gmail.users.drafts.send"], len(google.mail.outbox)) == (1, went)
    assert fate(world) == (["sent"] if went else ["ask"])


def test_a_meeting_in_googles_calendar_counts_once_beside_the_same_one_in_a_file(
    google: Google, world: World, clock: Clock, tmp_path: Path
) -> None:
    populate(world)
    frank = FRANK.rpartition("<")[2].rstrip(">")
    meeting = as_google(Happening("m1", "2026-02-26T17:00", "Harbour evening", ((frank, Answer.ACCEPTED),)))
    meeting["organizer"] = meeting["attendees"][0] = {"email": ALICE, "responseStatus": "accepted"}
    meeting["organizer"] = {"email": ALICE}
    google.calendars.held[ALICE].put(meeting)
    (tmp_path / "m1.ics").write_bytes(event("m1", "2026-02-26 16:00", FRANK, title="Harbour evening"))
    other = f'[[sources]]\nname = "file"\nkind = "ics"\npath = "{tmp_path / "m1.ics"}"\n'
    world.configure(mail=sources(google, tmp_path), extra=other)
    world.weaktie("sync")
    (tie,) = (tie for tie in world.weaktie("ties", "--json").json["ties"] if "Frank" in tie["person"])
    assert tie["meetings"] == 1


def test_a_permission_taken_back_pauses_one_account_and_leaves_the_others(
    google: Google, world: World, clock: Clock, tmp_path: Path
) -> None:
    """Row 29."""
    populate(world)
    world.configure(mail=sources(google, tmp_path), quiet="[report]\nenabled = false\n[drafts]\nenabled = false\n")
    world.weaktie("run", "--once")
    token = load(world.config).sources[0].token_store().load("mail")  # type: ignore[union-attr]  # it is Google's
    assert token is not None
    google.oauth.withdraw(token["refresh_token"])
    clock.advance(hours=2)
    world.receive(DANA, "2026-03-02 10:30", "Long time")
    ran = world.weaktie("run", "--once")
    assert (ran.code, "weaktie auth mail" in ran.err) == (3, True)
    refused = google.calls["/token"]
    clock.advance(minutes=20)
    world.weaktie("run", "--once")
    assert google.calls["/token"] == refused
    assert google.calls["calendar.events.list"] == 3
    assert world.weaktie("auth", "mail").code == 0
    world.weaktie("run", "--once")
    assert world.weaktie("sync", "mail", "--json").json["sources"][0]["new"] == 0
    assert states(world)["dana@northwind.example"] == "active"


def test_the_days_allowance_is_left_alone_until_googles_midnight(google: Google, world: World, clock: Clock) -> None:
    """Row 55."""
    populate(world)
    date = {"Date": clock.now.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")}
    google.fail("gmail.users.messages.get", status=403, reason="dailyLimitExceeded", times=99_999, headers=date)
    assert "allowance" in world.weaktie("run", "--once").err
    asked = google.calls["gmail.users.messages.get"]
    for moment, goes_on in (("2026-03-02 17:00", False), ("2026-03-03 07:55", False), ("2026-03-03 08:01", True)):
        clock.move_to(at(moment))
        world.weaktie("run", "--once")
        assert (google.calls["gmail.users.messages.get"] > asked) == goes_on


def test_doctor_tells_of_permissions_and_of_the_end_of_the_sign_in(
    google: Google, world: World, tmp_path: Path
) -> None:
    google.oauth.testing = True
    quiet = "[report]\nenabled = false\n[drafts]\nenabled = false\n"
    world.configure(mail=sources(google, tmp_path), quiet=quiet)
    told = world.weaktie("auth", "mail").out
    assert "gmail.metadata" in told
    assert "compose" not in told
    assert "ends on 2026-03-09" in world.weaktie("doctor").out
    world.configure(mail=sources(google, tmp_path))
    ran = world.weaktie("doctor")
    assert ran.code == 5
    assert "lacks gmail.readonly, gmail.compose, gmail.insert" in ran.out
    assert "`weaktie auth mail`" in ran.out


def test_secrets_stay_out_of_everything_that_is_shown(google: Google, world: World, clock: Clock) -> None:
    populate(world)
    google.fail("gmail.users.messages.list", status=500, times=99)
    shown = [world.weaktie(*command) for command in (("run", "--once"), ("doctor",), ("config", "show"))]
    assert not any("canary" in ran.out + ran.err for ran in shown)
    assert b"canary" not in world.database.read_bytes()
