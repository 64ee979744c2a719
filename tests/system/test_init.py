"""`weaktie init`: a few questions, a look at the mailbox before anything is written, a file nobody else can read."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import providers, weaktie
from agent.cli.providers import GOOGLE, MICROSOFT, Provider
from agent.config import Config, ImapSource, OutlookCalendarSource, load
from connectors.imap import session
from tests.servers import dovecot as dovecot_server
from tests.servers.process import reserved_port


def answer(path: Path, *lines: str, options: tuple[str, ...] = ()) -> Result:
    arguments = ["--config", str(path), "init", *options]
    return CliRunner().invoke(weaktie, arguments, input="\n".join([*lines, ""]))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, so that the default store lies there, without a name service or a mail server."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(providers, "_asked", lambda _name, _kind: [])
    with reserved_port() as nobodys:
        monkeypatch.setitem(session.PORTS, "tls", nobodys)
        yield tmp_path


WHO = ('Alice "Al" Lindqvist', "Alice@Lindqvist.example.com", "127.0.0.1", "alice", "Europe/Stockholm")
ANSWERS = (*WHO, "y", "hunter2", "y")


def test_the_answers_become_a_configuration_only_the_owner_can_read(home: Path) -> None:
    path = home / "conf" / "config.toml"
    told = answer(path, *ANSWERS)
    assert told.exception is None, told.output
    config = load(path)
    assert (config.owner.name, config.owner.addresses) == ('Alice "Al" Lindqvist', ("alice@lindqvist.example.com",))
    assert config.owner.timezone == "Europe/Stockholm"
    assert "hunter2" not in path.read_text()
    secret = path.with_name("imap-password")
    assert mail_of(config).reveal() == "hunter2"
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, secret)} == {0o600}
    assert "hunter2" not in told.output
    assert "Next: `weaktie sync`" in told.output


def test_an_existing_configuration_is_kept_unless_forced(home: Path) -> None:
    path = home / "config.toml"
    path.write_text("# mine\n")
    told = answer(path, *ANSWERS)
    assert "already" in str(told.exception)
    assert path.read_text() == "# mine\n"
    assert answer(path, *ANSWERS, options=("--force",)).exception is None
    assert load(path).owner.signature


def test_without_a_stored_password_the_environment_is_named(home: Path) -> None:
    path = home / "config.toml"
    answer(path, *WHO, "n")
    assert 'password_env = "WEAKTIE_IMAP_PASSWORD"' in path.read_text()
    assert not path.with_name("imap-password").exists()


def test_when_the_mailbox_cannot_be_looked_at_nothing_need_be_written(home: Path) -> None:
    path = home / "config.toml"
    told = answer(path, *WHO, "y", "hunter2", "n")
    assert "refused the connection" in told.output
    assert "Nothing was written." in told.output
    assert list(home.iterdir()) == []


@pytest.mark.server
def test_what_the_mailbox_holds_is_shown_before_anything_is_written(
    home: Path, dovecot: dovecot_server.Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.ca_file))
    dovecot.deliver(b"Subject: Hello\n\nHello\n")
    path = home / "config.toml"
    place = f"localhost:{dovecot.tls_port}"
    told = answer(path, WHO[0], WHO[1], place, dovecot.username, "UTC", "y", dovecot_server.PASSWORD)
    assert told.exception is None, told.output
    assert "1 message" in told.output
    assert told.output.index("1 message") < told.output.index("Written:")
    assert (mail_of(load(path)).host, mail_of(load(path)).port) == ("localhost", dovecot.tls_port)


def test_at_google_the_app_password_comes_first_and_both_ways_are_priced(home: Path) -> None:
    path = home / "config.toml"
    told = answer(path, "Alice", "alice@gmail.com", "", "", "", "UTC", "n")
    assert told.exception is None, told.output
    for words in ("it does not expire", "every 7 days", "myaccount.google.com/apppasswords", "[password]"):
        assert words in told.output
    assert mail_of(load(path)).host == "imap.gmail.com"
    assert "Secret address" in path.read_text()


def test_at_google_an_own_client_is_explained_step_by_step(home: Path) -> None:
    path = home / "config.toml"
    told = answer(path, "Alice", "alice@gmail.com", "oauth", "/home/alice/client.json", "y", "UTC")
    assert told.exception is None, told.output
    for words in ("Desktop app", "Publish app", "gmail.metadata", "gmail.compose", "calendar.events.readonly"):
        assert words in told.output
    assert [(source.name, source.kind) for source in load(path).sources] == [
        ("mail", "gmail"),
        ("calendar", "google_calendar"),
    ]
    assert "Next: `weaktie auth mail`" in told.output


def test_at_microsoft_there_is_one_way_in(home: Path) -> None:
    path = home / "config.toml"
    told = answer(path, "Alice", "alice@outlook.com", "1111-2222", "", "y", "UTC")
    assert told.exception is None, told.output
    for words in ("December 2026", "Allow public client flows", "IMAP.AccessAsUser.All", "90 days"):
        assert words in told.output
    config = load(path)
    calendar = config.sources[1]
    assert isinstance(calendar, OutlookCalendarSource)
    assert (mail_of(config).auth, mail_of(config).provider, mail_of(config).tenant) == (
        "oauth",
        "microsoft",
        "consumers",
    )
    assert (calendar.client_id, calendar.username) == ("1111-2222", "alice@outlook.com")
    for name in ("mail", "calendar"):
        assert f"`weaktie auth {name}`" in told.output


def test_a_firm_is_known_by_the_server_its_owner_names(home: Path) -> None:
    path = home / "config.toml"
    told = answer(path, "Alice", "alice@firm.example.com", "outlook.office365.com", "1111-2222", "", "n", "UTC")
    assert told.exception is None, told.output
    (mail,) = load(path).sources
    assert isinstance(mail, ImapSource)
    assert (mail.provider, mail.tenant, mail.username) == ("microsoft", "common", "alice@firm.example.com")


def test_it_can_be_scripted(home: Path) -> None:
    secret = home / "secret"
    secret.write_text("hunter2\n")
    secret.chmod(0o600)
    path = home / "config.toml"
    who = ("--non-interactive", "--name", "Alice", "--address", "alice@example.com", "--timezone", "UTC")
    options = (*who, "--host", "127.0.0.1", "--password-file", str(secret))
    refused = answer(path, options=options)
    assert "refused the connection" in str(refused.exception)
    assert not path.exists()
    told = answer(path, options=(*options, "--tls", "starttls", "--unchecked"))
    assert told.exception is None, told.output
    assert (mail_of(load(path)).reveal(), mail_of(load(path)).tls) == ("hunter2", "starttls")
    assert CliRunner().invoke(weaktie, ["--config", str(path), "config", "check"]).exit_code == 0


def test_a_password_that_is_yet_to_come_is_asked_for(home: Path) -> None:
    who = ("--non-interactive", "--name", "Alice", "--address", "alice@example.com", "--host", "h.example")
    told = answer(home / "config.toml", options=(*who, "--password-env", "MY_MAIL"))
    assert "was not looked at: put its password into the environment variable MY_MAIL." in told.output


def test_what_a_script_must_say_is_told(home: Path) -> None:
    told = answer(home / "config.toml", options=("--non-interactive", "--name", "Alice"))
    assert "--address" in str(told.exception)
    told = answer(home / "config.toml", options=("--non-interactive", "--name", "A", "--address", "a@outlook.com"))
    assert "--client-id" in str(told.exception)


@pytest.mark.parametrize("address", ["alice", "alice@", '"x"@y@z'])
def test_an_address_that_is_none_is_told_before_anything_is_written(home: Path, address: str) -> None:
    path = home / "config.toml"
    told = answer(path, options=("--non-interactive", "--name", "Alice", "--address", address, "--host", "h.example"))
    assert "problem" in str(told.exception)
    assert not path.exists()


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("gmail.com", "Google"),
        ("hotmail.co.uk", "Microsoft"),
        ("firm.onmicrosoft.com", "Microsoft"),
        ("yahoo.fr", "Yahoo"),
        ("gmx.de", "GMX"),
        ("web.de", "WEB.DE"),
        ("me.com", "iCloud"),
        ("proton.me", "Proton"),
        ("notgmail.com", ""),
        ("live", ""),
        ("yahoo.example.com", ""),
        ("", ""),
    ],
)
def test_well_known_domains_are_known(domain: str, name: str) -> None:
    provider = providers.of_domain(domain)
    assert (provider.name if provider else "") == name


class Record:
    """A record of the name service."""

    def __init__(self, **fields: object) -> None:
        self.__dict__.update(fields)


def test_other_domains_are_known_by_what_they_publish(monkeypatch: pytest.MonkeyPatch) -> None:
    service = {"priority": 1, "weight": 1, "port": 993}
    records = {
        ("_imaps._tcp.own.example", "SRV"): [Record(**service, target="Imap.Own.example.")],
        ("_imaps._tcp.gone.example", "SRV"): [Record(**service, target=".")],
        ("_imaps._tcp.g.example", "SRV"): [Record(**service, target="imap.gmail.com.")],
        ("firm.example", "MX"): [Record(preference=0, exchange="firm-example.mail.protection.outlook.com.")],
        ("club.example", "MX"): [Record(preference=1, exchange="aspmx.l.google.com.")],
        ("trap.example", "MX"): [Record(preference=1, exchange="mx.notgoogle.com.")],
    }
    monkeypatch.setattr(providers, "_asked", lambda name, kind: records.get((name, kind), []))
    assert providers.found("own.example") == Provider("", "imap.own.example")
    assert providers.found("g.example") == GOOGLE
    known = {
        domain: providers.found(domain) for domain in ("firm.example", "club.example", "trap.example", "gone.example")
    }
    assert {domain: one.name if one else "" for domain, one in known.items()} == {
        "firm.example": MICROSOFT.name,
        "club.example": GOOGLE.name,
        "trap.example": "",
        "gone.example": "",
    }


def mail_of(config: Config) -> ImapSource:
    """The mailbox of a configuration."""
    mail = config.sources[0]
    assert isinstance(mail, ImapSource)
    return mail
