"""Where facts come from: the settings of each kind of source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from agent.config.secrets import Port, Seconds, Secret, Section, Text, Texts, Tls
from agent.config.signing_in import GoogleAccount, MicrosoftAccount, SigningIn


class ImapSource(SigningIn):
    """A mailbox on an IMAP server."""

    kind: Literal["imap"]
    host: Text
    username: str
    port: Port | None = None
    tls: Tls = "tls"
    exclude_folders: Texts = ()
    drafts_folder: str = ""
    sent_folder: str = ""


class FileSource(Section):
    """Mail that lies in files."""

    kind: Literal["mbox", "maildir", "folder"]
    name: Text
    path: Text
    exclude_folders: Texts = ()


class ContactsSource(Section):
    """Business cards and contact lists: a vCard or CSV file, or a folder they are dropped into."""

    kind: Literal["contacts"]
    name: Text
    path: Text


class IcsSource(Section):
    """A calendar as one file, a folder of files, or an https address."""

    kind: Literal["ics"]
    name: Text
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
    name: Text
    url: Text
    username: str
    calendars: Texts = ()
    exclude_calendars: Texts = ()
    ca_file: str = ""
    timeout: Seconds = 60.0


class OutlookCalendarSource(MicrosoftAccount):
    """Calendars of Microsoft 365 or Outlook.com."""

    kind: Literal["outlook_calendar"]
    client_id: Text
    graph: str = Field(default="https://graph.microsoft.com", pattern="^https://")
    calendars: Texts = ()
    exclude_calendars: Texts = ()

    @property
    def scope(self) -> str:
        """What is asked for: to read calendars."""
        return f"{self.graph.rstrip('/')}/Calendars.Read"


class GmailSource(GoogleAccount):
    """A mailbox of Gmail's, by Google's own API."""

    kind: Literal["gmail"]
    exclude_labels: Texts = ()


class GoogleCalendarSource(GoogleAccount):
    """Calendars of a Google account."""

    kind: Literal["google_calendar"]
    calendars: Texts = ()
    exclude_calendars: Texts = ()


SourceSettings = Annotated[
    GmailSource
    | GoogleCalendarSource
    | ImapSource
    | OutlookCalendarSource
    | FileSource
    | ContactsSource
    | IcsSource
    | CalDavSource,
    Field(discriminator="kind"),
]
