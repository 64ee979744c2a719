"""config.toml → frozen settings. Every problem is reported at once; secrets come from outside the file."""

from agent.config.loading import Config, default_path, load, parse, shown
from agent.config.secrets import Secret
from agent.config.sections import DIRS, Capture, Database, Drafts, Owner, Programme, Report, Send
from agent.config.signing_in import Keeping, MicrosoftAccount
from agent.config.sources import (
    CalDavSource,
    ContactsSource,
    FileSource,
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
    "IcsSource",
    "ImapSource",
    "Keeping",
    "MicrosoftAccount",
    "OutlookCalendarSource",
    "Owner",
    "Programme",
    "Report",
    "Secret",
    "Send",
    "SourceSettings",
    "default_path",
    "load",
    "parse",
    "shown",
]
