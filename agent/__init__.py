"""weaktie, the inside: people, ties and drafts. Speaks no protocol."""

from __future__ import annotations

__version__ = "0.1.0"
