"""When the weekly report is due: a day and a time where the owner is. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from cronsim import CronSim

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def next_report(now: datetime, weekday: str, time: str, zone: tzinfo) -> datetime:
    """The first time after `now` that it is `time` ("07:30") on `weekday` in `zone`; daylight saving is cronsim's."""
    hour, _, minute = time.partition(":")
    day = (WEEKDAYS.index(weekday) + 1) % 7
    moments = CronSim(f"{int(minute)} {int(hour)} * * {day}", now.astimezone(zone))
    return next(moments).astimezone(now.tzinfo)
