"""The sections of config.toml besides the sources."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from platformdirs import PlatformDirs
from pydantic import Field, field_validator

from agent.config.secrets import Port, Seconds, Secret, Section, Text, Tls

DIRS = PlatformDirs("weaktie", appauthor=False)
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)?")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Owner(Section):
    """Whose mailbox it is."""

    name: Text
    addresses: tuple[str, ...] = Field(min_length=1)
    not_mine: tuple[str, ...] = ()
    formerly: str = ""
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


def _reachable(url: str) -> str:
    """The address of a server, if it can be taken apart: no part of its password may end up as the name of a host."""
    if url.partition("?")[0].count("@") > 1:
        raise ValueError("an @, / or : in the user name or the password is written %40, %2F or %3A")
    try:
        urlsplit(url).port  # noqa: B018 - asked for to see whether it is a number
    except ValueError as error:
        raise ValueError("it should have a number for the port, like 5432") from error
    return url


class Database(Section):
    """Where the ledger lives."""

    url: str = ""

    @field_validator("url")
    @classmethod
    def _known(cls, value: str) -> str:
        scheme, _, place = value.partition("://")
        if value and scheme not in ("sqlite", "postgresql", "postgresql+psycopg"):
            raise ValueError("it should begin with sqlite:/// or postgresql+psycopg://")
        if scheme != "sqlite":
            return _reachable(value)
        path = Path(place.removeprefix("/")).expanduser()
        if not path.is_absolute():
            raise ValueError("it should name the whole path of the file, like sqlite:////home/alice/weaktie.db")
        return f"sqlite:///{path}"

    @property
    def address(self) -> str:
        """The URL, or the default SQLite file in the data folder."""
        return self.url or f"sqlite:///{Path(DIRS.user_data_dir) / 'weaktie.db'}"


class Capture(Section):
    """What is looked at, and how often."""

    every_minutes: int = Field(default=15, ge=1)
    idle: bool = True
    max_recipients: int = Field(default=10, ge=1)
    exclude: tuple[str, ...] = ()

    @field_validator("exclude", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return tuple(str(item).strip().lower() for item in value) if isinstance(value, list) else value


class Drafts(Section):
    """What is written for the owner, and how little of it."""

    enabled: bool = True
    mailbox: str = ""
    max_new_per_week: int = Field(default=3, ge=0)
    max_unreviewed: int = Field(default=5, ge=0)
    days_between: int = Field(default=30, ge=1)
    days_between_at_firm: int = Field(default=14, ge=0)
    max_asks_per_month: int = Field(default=10, ge=0)
    days_between_asks: int = Field(default=90, ge=0)
    start_after_hours: int = Field(default=24, ge=0)
    expire_days: int = Field(default=30, ge=1)
    templates: str = ""
    language: str = ""
    languages: dict[str, str] = Field(default_factory=dict)
    html: bool = False

    @field_validator("language")
    @classmethod
    def _code(cls, value: str) -> str:
        if value and not LANGUAGE.fullmatch(value):
            raise ValueError(f"{value!r} is not a language code; write it like 'de' or 'pt-BR'")
        return value

    @field_validator("languages")
    @classmethod
    def _codes(cls, value: dict[str, str]) -> dict[str, str]:
        return {who.strip().lower(): cls._code(code) for who, code in value.items()}

    def language_for(self, address: str) -> str:
        """The language drafts to this address are written in: its own, its domain's or one above it, the usual one."""
        _, _, host = address.lower().rpartition("@")
        labels = host.split(".")
        names = [address.lower(), *(".".join(labels[start:]) for start in range(len(labels)))]
        return next((self.languages[name] for name in names if name in self.languages), self.language)


def _clock_time(value: str) -> str:
    hours, _, minutes = value.partition(":")
    if not (hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        raise ValueError(f"{value!r} is not a time of day; write it like '07:30'")
    return f"{int(hours):02}:{int(minutes):02}"


class Report(Section):
    """The weekly mail."""

    enabled: bool = True
    weekday: Weekday = "monday"
    time: str = "07:30"
    mailbox: str = ""
    people: int = Field(default=10, ge=1, le=50)
    colleagues: bool = False

    _time = field_validator("time")(_clock_time)


class Programme(Section):
    """Rhythms the owner wants, and where the due people are written for their calendar."""

    tags: dict[str, int] = Field(default_factory=dict)
    unanswered: int = Field(default=3, ge=0)
    ics: str = ""

    @field_validator("tags")
    @classmethod
    def _days(cls, value: dict[str, int]) -> dict[str, int]:
        for name, days in value.items():
            if not 1 <= days <= 3650:
                raise ValueError(f"{name} = {days}: a rhythm is 1 to 3650 days")
        return {name.strip().lower(): days for name, days in value.items()}


class Conversations(Section):
    """The morning mail of three people to talk to."""

    enabled: bool = False
    time: str = "08:00"
    days_between: int = Field(default=30, ge=1)

    _time = field_validator("time")(_clock_time)


class Run(Section):
    """How `weaktie run` tells that it is alive."""

    log: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "warning"
    ping: str = Field(default="", pattern="^(https?://.+)?$")


class Send(Secret):
    """Send mode: off unless the owner turns it on."""

    enabled: bool = False
    auth: Literal["password", "oauth"] = "password"
    account: str = ""
    host: str = ""
    port: Port = 465
    tls: Tls = "tls"
    ca_file: str = ""
    username: str = ""
    timeout: Seconds = 60.0
    undo_minutes: int = Field(default=10, ge=0)
    max_per_day: int = Field(default=3, ge=0)
    quiet_from: str = "20:00"
    quiet_until: str = "07:00"
    file_sent_copy: bool = True

    _times = field_validator("quiet_from", "quiet_until")(_clock_time)
