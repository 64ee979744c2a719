"""config.toml → frozen settings. Every problem is reported at once; secrets come from outside the file."""

from agent.config.loading import Config, MailboxSettings, default_path, load, parse, shown
from agent.config.secrets import Secret
from agent.config.sections import DIRS, Capture, Database, Drafts, Owner, Programme, Report, Send
from agent.config.signing_in import GoogleAccount, Keeping, MicrosoftAccount, google_sign_in
from agent.config.sources import (
    CalDavSource,
    ContactsSource,
    FileSource,
    GmailSource,
    GoogleCalendarSource,
    IcsSource,
    ImapSource,
    OutlookCalendarSource,
    SourceSettings,
)

__all__ = [
    "DIRS",
    "CalDavSource",
    "Capture",
    "Config",
    "ContactsSource",
    "Database",
    "Drafts",
    "FileSource",
    "GmailSource",
    "GoogleAccount",
    "GoogleCalendarSource",
    "IcsSource",
    "ImapSource",
    "Keeping",
    "MailboxSettings",
    "MicrosoftAccount",
    "OutlookCalendarSource",
    "Owner",
    "Programme",
    "Report",
    "Secret",
    "Send",
    "SourceSettings",
    "default_path",
    "google_sign_in",
    "load",
    "parse",
    "shown",
]
