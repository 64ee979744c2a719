"""`weaktie auth`: signing in once, reading and sending with it, and what happens when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.config import ImapSource, load, parse
from connectors.errors import AuthFailed
from tests.conftest import Clock
from tests.letters import ALICE
from tests.servers import dovecot as dovecot_server
from tests.servers import microsoft as identity_server
from tests.servers.google import Google
from tests.servers.graph import Graph
from tests.servers.microsoft import CLIENT, USER, Microsoft
from tests.servers.radicale import Account
from tests.system.world import World, event

pytestmark = pytest.mark.server
BARE_BOB = "bob@else.example.net"
BOB = f"Bob Adeyemi <{BARE_BOB}>"


@pytest.fixture(scope="module")
def service() -> Iterator[Microsoft]:
    """Microsoft."""
    with identity_server.running() as service:
        yield service


@pytest.fixture(scope="module")
def server(service: Microsoft) -> Iterator[dovecot_server.Server]:
    """A Dovecot that asks Microsoft about tokens."""
    with dovecot_server.running(tokeninfo=f"{service.plain_url}/tokeninfo?access_token=") as server:
        yield server


@pytest.fixture
def world(
    service: Microsoft,
    server: dovecot_server.Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> Iterator[World]:
    """Alice, whose firm's mail is at Microsoft, with an old mailbox that takes a password."""
    assert USER == ALICE
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    service.identity = identity_server.Identity()
    old = server.account()
    world = World(old, tmp_path)
    world.configure(work=by_token(service, server), quiet="[report]\nenabled = false\n[drafts]\nenabled = false\n")
    yield world
    old.close()


def by_token(service: Microsoft, server: dovecot_server.Server, **changed: str) -> str:
    """The account at Microsoft, as the owner writes it down."""
    options = {
        "name": "work",
        "kind": "imap",
        "host": "127.0.0.1",
        "tls": "none",
        "username": USER,
        "auth": "oauth",
        "provider": "microsoft",
        "client_id": CLIENT,
        "authority": service.url,
        "ca_file": str(service.ca_file),
    } | changed
    lines = "".join(f'{name} = "{value}"\n' for name, value in options.items())
    return f"[[sources]]\nport = {server.port}\n{lines}"


def test_signed_in_once_the_mailbox_is_read(world: World, service: Microsoft, clock: Clock) -> None:
    world.receive(BOB, "2026-02-10 09:00")
    before = world.weaktie("sync")
    assert before.code == 3
    assert "weaktie auth work" in before.err
    told = world.weaktie("auth", "work")
    assert (told.code, told.err) == (0, "")
    assert "ABCD-1234" in told.out
    assert f"as {USER}" in told.out
    tokens = list((world.folder / "state" / "weaktie" / "tokens").glob("*.json"))
    assert [(path.name, path.stat().st_mode & 0o777) for path in tokens] == [("work.json", 0o600)]
    assert world.weaktie("run", "--once").code == 0
    clock.advance(days=2)
    assert f"sign-in of work: {USER}, renewed 2 days ago" in world.weaktie("doctor").out
    assert world.weaktie("run", "--once").code == 0


def test_a_revoked_sign_in_stops_this_account_alone_and_is_left_in_peace(
    world: World, service: Microsoft, clock: Clock
) -> None:
    world.weaktie("auth", "work")
    assert world.weaktie("run", "--once").code == 0
    service.identity.withdraw()
    service.identity.forget_access()
    service.identity.asked.clear()
    world.receive(BOB, "2026-03-02 08:00")
    clock.advance(hours=2)
    told = world.weaktie("run", "--once")
    assert told.code == 3
    assert "revoked" in told.err
    assert "weaktie auth work" in told.err
    for _ in range(3):
        clock.advance(minutes=15)
        assert world.weaktie("run", "--once").code == 0
    assert service.identity.asked == ["refresh_token"]
    doctor = world.weaktie("doctor")
    assert doctor.code == 5, doctor.out
    assert "weaktie auth work" in doctor.out
    assert "mail: Signed in" in doctor.out.replace("source mail (imap)", "mail")
    service.identity.revoked = None
    assert world.weaktie("auth", "work").code == 0
    assert world.weaktie("run", "--once").code == 0


def test_meetings_at_microsoft_count_and_those_in_two_calendars_count_once(
    world: World, service: Microsoft, radicale: Account
) -> None:
    radicale.calendar("work", "Work")
    world.calendar = radicale
    radicale.put("work", "coffee.ics", event("coffee@example.com", "2026-02-10 09:00", BOB))
    graph = Graph(service)
    guests = [{"type": "required", "status": {"response": "accepted"}, "emailAddress": {"address": BARE_BOB}}]
    own = {"organizer": {"emailAddress": {"address": USER}}, "responseStatus": {"response": "organizer"}}
    calendar = graph.add("Calendar")
    for number, day in enumerate((10, 17)):
        start = datetime(2026, 2, day, 9, tzinfo=UTC)
        uid = "coffee@example.com" if number == 0 else "lunch@example.com"
        said = {"iCalUId": uid, "subject": "Coffee", "attendees": guests, **own}
        graph.put(calendar, uid, said, [(start, start + timedelta(hours=1))])
    world.configure(
        meetings='[[sources]]\nname = "meetings"\nkind = "outlook_calendar"\n'
        f'client_id = "{CLIENT}"\nauthority = "{service.url}"\ngraph = "{service.url}"\nca_file = "{service.ca_file}"\n'
    )
    assert world.weaktie("auth", "meetings").code == 0
    told = world.weaktie("sync")
    assert told.code == 0, told.err
    (tie,) = world.weaktie("ties", "--json").json["ties"]
    assert (tie["meetings"], tie["last_contact"]) == (2, "2026-02-17T09:00:00Z")


def test_gmail_by_imap_takes_its_tokens_from_google(
    google: Google, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    at_google = {"auth": "oauth", "provider": "google", "client_file": "client.json"}
    mail = {"kind": "imap", "name": "work", "host": "imap.gmail.com", "username": "alice@gmail.com", **at_google}
    settings = parse({"owner": {"name": "Alice", "addresses": [ALICE]}, "sources": [mail]}, "test").sources[0]
    assert isinstance(settings, ImapSource)
    token = settings.way_in()["token"]
    with pytest.raises(AuthFailed, match="work"):
        token(False)
    google.sign_in(settings.token_store(), "work", "https://mail.google.com/")
    first = token(False)
    assert token(False) == first
    second = token(True)
    assert second != first
    assert token(False) == second


def test_a_forgotten_sign_in_is_gone(world: World) -> None:
    world.weaktie("auth", "work")
    assert world.weaktie("auth", "work", "--forget").code == 0
    assert "sign-in of work: nobody has signed in yet" in world.weaktie("doctor").out
    told = world.weaktie("sync", "work")
    assert told.code == 5
    assert "not signed in" in told.err


def test_auth_is_for_sources_that_sign_in_so(world: World) -> None:
    for name, words in (("mail", "by password"), ("nobody", "no source called")):
        told = world.weaktie("auth", name)
        assert told.code == 2
        assert words in told.err
        assert "code: work" in told.err


def test_in_send_mode_the_permission_to_send_is_asked_for_too(
    world: World, service: Microsoft, server: dovecot_server.Server
) -> None:
    send = f'[send]\nenabled = true\nhost = "127.0.0.1"\ntls = "none"\nusername = "{USER}"\n'
    world.configure(work=by_token(service, server), send=f'{send}auth = "oauth"\naccount = "work"\n')
    assert world.weaktie("auth", "work").code == 0
    (scopes, _), *_ = service.identity.access.values()
    assert sorted(scope.rpartition("/")[2] for scope in scopes) == ["IMAP.AccessAsUser.All", "SMTP.Send"]
    assert set(load(world.config).way_out()) == {"token"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"provider": ""}, "needs provider"),
        ({"client_id": ""}, "needs client_id"),
        ({"provider": "google"}, "needs client_file"),
        ({"authority": "http://login.example.com"}, "https"),
    ],
)
def test_half_a_configuration_is_told(
    world: World, service: Microsoft, server: dovecot_server.Server, changed: dict[str, str], words: str
) -> None:
    world.configure(work=by_token(service, server, **changed))
    told = world.weaktie("config", "check")
    assert told.code == 4
    assert words in told.err


def test_sending_by_a_sign_in_that_is_not_there_is_told(world: World) -> None:
    world.configure(send='[send]\nhost = "smtp.example.com"\nauth = "oauth"\naccount = "mail"\n')
    told = world.weaktie("config", "check")
    assert told.code == 4
    assert "send.account" in told.err
