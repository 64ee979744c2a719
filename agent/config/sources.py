"""Where facts come from: the settings of each kind of source."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from agent.config.secrets import Secret, Section, Tls


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


class FileSource(Section):
    """Mail that lies in files."""

    kind: Literal["mbox", "maildir", "folder"]
    name: str
    path: str
    exclude_folders: tuple[str, ...] = ()

    @field_validator("exclude_folders", mode="before")
    @classmethod
    def _folders(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class ContactsSource(Section):
    """Business cards and contact lists: a vCard or CSV file, or a folder they are dropped into."""

    kind: Literal["contacts"]
    name: str
    path: str


class IcsSource(Section):
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


SourceSettings = Annotated[
    ImapSource | FileSource | ContactsSource | IcsSource | CalDavSource, Field(discriminator="kind")
]
