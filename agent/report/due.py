"""When the weekly report is due: a day and a time where the owner is. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from cronsim import CronSim

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def next_report(now: datetime, weekday: str, time: str, zone: tzinfo) -> datetime:
    """The first time after `now` that it is `time` ("07:30") on `weekday` in `zone`; daylight saving is cronsim's."""
    day = (WEEKDAYS.index(weekday) + 1) % 7
    return _next(now, time, str(day), zone)


def next_morning(now: datetime, time: str, zone: tzinfo) -> datetime:
    """The first time after `now` that it is `time` ("08:00") on a working day, Monday to Friday, in `zone`."""
    return _next(now, time, "1-5", zone)


def _next(now: datetime, time: str, days: str, zone: tzinfo) -> datetime:
    hour, _, minute = time.partition(":")
    return next(CronSim(f"{int(minute)} {int(hour)} * * {days}", now.astimezone(zone))).astimezone(now.tzinfo)
