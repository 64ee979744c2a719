"""config.toml → frozen settings. Every problem is reported at once; secrets come from outside the file."""

from __future__ import annotations

import os
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from platformdirs import PlatformDirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from agent.errors import ConfigError

DIRS = PlatformDirs("weaktie", appauthor=False)
SECRET_SECONDS = 30
Tls = Literal["tls", "starttls", "none"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Secret(_Section):
    """A password by reference: exactly one of an environment variable, a file, or a command's first line."""

    password_env: str = ""
    password_file: str = ""
    password_command: tuple[str, ...] = ()

    @field_validator("password_command", mode="before")
    @classmethod
    def _argv(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _at_most_one(self) -> Secret:
        given = [name for name in ("password_env", "password_file", "password_command") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"give only one of {', '.join(given)}")
        return self

    def reveal(self) -> str:
        """The password itself, read at the moment it is needed. Raises ConfigError when it cannot be had."""
        if self.password_env:
            return _from_environment(self.password_env)
        if self.password_file:
            return _from_file(Path(self.password_file).expanduser())
        if self.password_command:
            return _from_command(self.password_command)
        raise ConfigError("No password is configured.", hint="Set password_env, password_file or password_command.")


class Owner(_Section):
    """Whose mailbox it is."""

    name: str = Field(min_length=1)
    addresses: tuple[str, ...] = Field(min_length=1)
    not_mine: tuple[str, ...] = ()
    timezone: str = "UTC"
    signature: str = ""

    @field_validator("addresses", "not_mine", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return tuple(str(item).strip().lower() for item in value) if isinstance(value, list | tuple) else value

    @field_validator("addresses")
    @classmethod
    def _plausible(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if address.count("@") != 1 or address.startswith("@") or address.endswith("@"):
                raise ValueError(f"{address!r} is not a mail address")
        return value

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not a time zone; use a name like 'Europe/Berlin'")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The owner's time zone."""
        return ZoneInfo(self.timezone)


class ImapSource(Secret):
    """A mailbox on an IMAP server."""

    kind: Literal["imap"]
    name: str
    host: str
    username: str
    port: int | None = None
    tls: Tls = "tls"
    ca_file: str = ""
    timeout: float = 60.0
    exclude_folders: tuple[str, ...] = ()
    drafts_folder: str = ""
    sent_folder: str = ""

    @field_validator("exclude_folders", mode="before")
    @classmethod
    def _folders(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class FileSource(_Section):
    """Mail that lies in files."""

    kind: Literal["mbox", "maildir", "folder"]
    name: str
    path: str
    exclude_folders: tuple[str, ...] = ()

    @field_validator("exclude_folders", mode="before")
    @classmethod
    def _folders(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class IcsSource(_Section):
    """A calendar as one file, a folder of files, or an https address."""

    kind: Literal["ics"]
    name: str
    path: str = ""
    url: str = ""

    @model_validator(mode="after")
    def _one(self) -> IcsSource:
        if bool(self.path) == bool(self.url):
            raise ValueError("give either path or url")
        return self


class CalDavSource(Secret):
    """Calendars on a CalDAV server."""

    kind: Literal["caldav"]
    name: str
    url: str
    username: str
    calendars: tuple[str, ...] = ()
    exclude_calendars: tuple[str, ...] = ()
    ca_file: str = ""
    timeout: float = 60.0

    @field_validator("calendars", "exclude_calendars", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


SourceSettings = Annotated[ImapSource | FileSource | IcsSource | CalDavSource, Field(discriminator="kind")]


class Database(_Section):
    """Where the ledger lives."""

    url: str = ""

    @property
    def address(self) -> str:
        """The URL, or the default SQLite file in the data folder."""
        return self.url or f"sqlite:///{Path(DIRS.user_data_dir) / 'weaktie.db'}"


class Capture(_Section):
    """What is looked at, and how often."""

    every_minutes: int = Field(default=15, ge=1)
    max_recipients: int = Field(default=10, ge=1)
    exclude: tuple[str, ...] = ()

    @field_validator("exclude", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return tuple(str(item).strip().lower() for item in value) if isinstance(value, list) else value


class Drafts(_Section):
    """What is written for the owner, and how little of it."""

    enabled: bool = True
    mailbox: str = ""
    max_new_per_week: int = Field(default=3, ge=0)
    max_unreviewed: int = Field(default=5, ge=0)
    days_between: int = Field(default=30, ge=1)
    start_after_hours: int = Field(default=24, ge=0)
    expire_days: int = Field(default=30, ge=1)
    templates: str = ""


class Report(_Section):
    """The weekly mail."""

    enabled: bool = True
    weekday: Weekday = "monday"
    time: str = "07:30"
    mailbox: str = ""
    people: int = Field(default=10, ge=1, le=50)
    colleagues: bool = False

    @field_validator("time")
    @classmethod
    def _clock_time(cls, value: str) -> str:
        hours, _, minutes = value.partition(":")
        if not (hours.isdigit() and minutes.isdigit() and int(hours) < 24 and int(minutes) < 60):
            raise ValueError(f"{value!r} is not a time of day; write it like '07:30'")
        return value


class Send(Secret):
    """Send mode: off unless the owner turns it on."""

    enabled: bool = False
    host: str = ""
    port: int = 465
    tls: Tls = "tls"
    ca_file: str = ""
    username: str = ""
    timeout: float = 60.0
    undo_minutes: int = Field(default=10, ge=0)
    max_per_day: int = Field(default=3, ge=0)
    quiet_from: str = "20:00"
    quiet_until: str = "07:00"
    file_sent_copy: bool = True

    @model_validator(mode="after")
    def _complete(self) -> Send:
        if self.enabled and not self.host:
            raise ValueError("send.enabled needs send.host")
        return self


class Config(_Section):
    """All of config.toml."""

    owner: Owner
    sources: tuple[SourceSettings, ...] = ()
    database: Database = Database()
    capture: Capture = Capture()
    drafts: Drafts = Drafts()
    report: Report = Report()
    send: Send = Send()

    @field_validator("sources", mode="before")
    @classmethod
    def _sequence(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @model_validator(mode="after")
    def _names(self) -> Config:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are called {', '.join(twice)}; names must differ")
        for option, wanted in (
            ("drafts.mailbox", self.drafts.mailbox),
            ("report.mailbox", self.report.mailbox),
        ):
            if wanted and wanted not in names:
                raise ValueError(f"{option} names {wanted!r}, which is not a source")
        return self


def default_path() -> Path:
    """$WEAKTIE_CONFIG, else config.toml in the user's configuration folder."""
    return Path(os.environ.get("WEAKTIE_CONFIG") or Path(DIRS.user_config_dir) / "config.toml")


def load(path: Path) -> Config:
    """Read and check one file. Raises ConfigError listing every problem in it."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"There is no configuration at {path}.", hint="Run `weaktie init`.") from error
    except OSError as error:
        hint = "Check its permissions, or name another file with --config."
        raise ConfigError(f"The configuration {path} cannot be read: {error.strerror}.", hint=hint) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration {path} is not valid TOML: {error}.") from error
    return parse(data, str(path))


def parse(data: dict[str, Any], origin: str) -> Config:
    """Settings from an already decoded table; `origin` names it in messages."""
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        problems = tuple(_problem(item, data) for item in error.errors())
        plural = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        hint = "Compare with config.example.toml; `weaktie config check` checks again."
        raise ConfigError(f"The configuration {origin} has {plural}.", problems, hint=hint) from error


def shown(config: Config) -> dict[str, Any]:
    """The settings in force, for `config show`: references to secrets stay, user information in URLs goes."""
    table = config.model_dump(mode="json")
    table["database"]["url"] = _redacted(config.database.address)
    for source in table["sources"]:
        if source.get("url"):
            source["url"] = _redacted(source["url"])
    return table


def _problem(item: Any, data: dict[str, Any]) -> str:
    place: list[str] = []
    here: Any = data
    for step in item["loc"]:
        if isinstance(here, dict) and here.get("kind") == step:
            continue  # the discriminator of a source is not part of the path the owner wrote
        place.append(f"[{step}]" if isinstance(step, int) else f".{step}")
        here = _inside(here, step)
    where = "".join(place).lstrip(".") or "the file"
    if item["type"] == "extra_forbidden":
        return f"{where}: there is no such option"
    return f"{where}: {item['msg'].removeprefix('Value error, ')}"


def _inside(here: Any, step: int | str) -> Any:
    try:
        return here[step]
    except (KeyError, IndexError, TypeError):
        return None


def _redacted(url: str) -> str:
    head, at, tail = url.rpartition("@")
    scheme, sep, _ = head.partition("://")
    bare, query, _ = (f"{scheme}{sep}***@{tail}" if at and sep else url).partition("?")
    return f"{bare}?***" if query else bare


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise ConfigError(f"The environment variable {name} holds no password.", hint=f"Set {name} and run again.")
    return value


def _from_file(path: Path) -> str:
    try:
        if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            raise ConfigError(f"The password file {path} can be read by others.", hint=f"chmod 600 {path}")
        return path.read_text("utf-8").splitlines()[0]
    except (OSError, IndexError, UnicodeDecodeError) as error:
        raise ConfigError(f"The password file {path} cannot be read: {error}.", hint="Check the path.") from error


def _from_command(argv: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, timeout=SECRET_SECONDS, check=True, text=True)
        return done.stdout.splitlines()[0]
    except (OSError, subprocess.SubprocessError, IndexError) as error:
        what = type(error).__name__
        raise ConfigError(
            f"The password command {argv[0]!r} gave no password ({what}).", hint="Run it by hand."
        ) from error
