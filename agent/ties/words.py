"""Spans of time, rhythms and chances in plain words, the same in reports, on the command line and in reasons."""

from __future__ import annotations

from math import floor

from connectors.base import counted

YEAR = 365.25
MONTH = YEAR / 12

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def number(value: int) -> str:
    """2 -> "two"; above twelve in digits."""
    return _NUMBERS[value] if 0 <= value < len(_NUMBERS) else str(value)


def span(days: float) -> str:
    """A length of time: 0.4 -> "less than a day", 47 -> "47 days", 100 -> "3 months", 1100 -> "3 years"."""
    if days < 1:
        return "less than a day"
    if days < 60:
        return counted(floor(days), "day")
    if days < 2 * YEAR:
        return counted(max(2, round(days / MONTH)), "month")
    halves = round(2 * days / YEAR)
    return f"{halves // 2}{'½' if halves % 2 else ''} years"


def every(cadence_days: float) -> str:
    """A rhythm: 7 -> "every week", 12 -> "every 12 days", 91 -> "every three months", 182 -> "every six months"."""
    if cadence_days < 1.5:
        return "every day"
    for days, slack, words in ((7, 0.5, "every week"), (14, 1, "every two weeks"), (30.4, 3, "every month")):
        if abs(cadence_days - days) <= slack:
            return words
    if cadence_days < 24:
        return f"every {number(round(cadence_days))} days"
    if cadence_days < 56:
        return f"every {number(round(cadence_days / 7))} weeks"
    months = round(cadence_days / MONTH)
    if months in (12, 24):
        return "every year" if months == 12 else "every two years"
    return f"every {number(months)} months" if months < 18 else f"every {span(months * MONTH)}"


def percent(chance: float) -> str:
    """0.182 -> "18 %"; never "0 %" or "100 %", which no estimate can promise."""
    return f"{min(99, max(1, round(100 * chance)))} %"


def one_in(chance: float) -> str:
    """0.1 -> "1 time in 10"; 0.72 -> "7 times in 10"; 0.004 -> "less than 1 time in 100"."""
    if chance < 0.01:
        return "less than 1 time in 100"
    if chance >= 0.4:
        return f"{min(9, round(10 * chance))} times in 10"
    whole = round(1 / chance)
    return f"1 time in {whole if whole <= 12 else round(whole, -1)}"
