"""Time zones of calendars: IANA and Windows names, and definitions a calendar brings along. Worker process only."""

from __future__ import annotations

import re
from datetime import tzinfo
from zoneinfo import ZoneInfo

import icalendar
from icalendar.timezone import tzp
from icalendar.timezone.zoneinfo import ZONEINFO


class _Zones(ZONEINFO):
    """Time zones by name; a name that is no file name (`..`, a folder) is unknown instead of an error."""

    def timezone(self, name: str) -> tzinfo | None:
        try:
            found: tzinfo | None = super().timezone(name)
        except (OSError, ValueError, TypeError):
            return None
        return found


def load_zones(texts: list[str]) -> None:
    """Forget earlier calendars' time zones and learn these. A name the world knows keeps the world's meaning."""
    tzp.use(_Zones())
    for text in texts:
        named = re.search(r"(?im)^TZID[^:\r\n]*:(.+?)\s*$", text)
        if named and tzp.timezone(named.group(1)) is None and _harmless_zone(text):
            icalendar.Timezone.from_ical(text)


def zone_called(name: str) -> tzinfo | None:
    """A zone by IANA or Windows name, None when unknown."""
    return tzp.timezone(name) if name else None


def _harmless_zone(text: str) -> bool:
    """Real zones change by yearly rules; anything finer would be walked through from the year 1600."""
    rules = re.findall(r"(?im)^RRULE[^:\r\n]*:(.*)$", text)
    return all(
        "FREQ=YEARLY" in rule.upper() and not re.search(r"(?i)BY(?:HOUR|MINUTE|SECOND)=\d*,", rule) for rule in rules
    )


def owner_zone(name: str) -> tzinfo:
    """The owner's zone; UTC when the name is unknown, which configuration checks before."""
    return zone_called(name) or ZoneInfo("UTC")
