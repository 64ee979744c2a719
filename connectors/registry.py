"""Kind of source → the class that reads it, imported when first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from connectors.base import Source
from connectors.errors import Unsupported

SOURCES = {
    "imap": "connectors.imap:ImapSource",
    "mbox": "connectors.files.mbox:MboxSource",
    "maildir": "connectors.files.maildir:MaildirSource",
    "folder": "connectors.files.folder:FolderSource",
    "ics": "connectors.ics:IcsSource",
    "caldav": "connectors.caldav:CalDavSource",
    "outlook_calendar": "connectors.microsoft.calendar:OutlookCalendarSource",
    "gmail": "connectors.google.gmail:GmailSource",
    "google_calendar": "connectors.google.calendar:GoogleCalendarSource",
    "contacts": "connectors.files.contacts:ContactsSource",
}


def open_source(kind: str, **settings: Any) -> Source:
    """The source of this kind, built from keyword settings. Raises Unsupported for an unknown kind."""
    path = SOURCES.get(kind)
    if path is None:
        raise Unsupported(f"There is no source of kind {kind!r}.", hint=f"Known kinds: {', '.join(sorted(SOURCES))}.")
    module, _, name = path.partition(":")
    source: Source = getattr(import_module(module), name)(**settings)
    return source
