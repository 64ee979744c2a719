"""Google's calendars: to be written."""

from __future__ import annotations


class Calendars:
    """None yet."""
