"""The IMAP source (RFC 9051, RFC 3501): reads headers with EXAMINE and BODY.PEEK, never changes anything."""

from __future__ import annotations

from connectors.imap.source import ImapSource

__all__ = ["ImapSource"]
