"""Who wrote to whom when: exchanges of mail, and now and then a meeting, laid out by each character's rhythm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from math import exp
from random import Random
from zoneinfo import ZoneInfo

from agent.trial.cast import BY_NAME, OWNER, ZONE, Character, Plays, playing
from agent.trial.sample_post import Letter
from agent.trial.sample_words import ANSWERS, OPENERS, SUBJECTS

SPREAD = 0.22
LENGTHS = (2, 2, 2, 2, 3, 4)
THEIR_SHARE = 0.55
MEETING_SHARE = 0.2
CIRCLE_SHARE = 0.4
PEOPLE = (Plays.CLOSE, Plays.IN_TOUCH, Plays.FADING, Plays.CAME_BACK, Plays.DORMANT)
MEETING_TITLES = ("Lunch", "Coffee", "Walk along the canal", "Workshop visit")


@dataclass(frozen=True, slots=True)
class Meeting:
    """A one-off event of the sample's calendar: its place in time, and who was there besides the owner."""

    title: str
    start: datetime
    hours: float
    guests: tuple[Character, ...]
    host: Character = OWNER
    status: str = "CONFIRMED"
    answer: str = "ACCEPTED"


@dataclass(frozen=True, slots=True)
class Days:
    """The sample's calendar, counted back from the owner's own day at `as_of`."""

    as_of: datetime

    @property
    def today(self) -> date:
        """The owner's date."""
        return self.as_of.astimezone(ZoneInfo(ZONE)).date()

    def ago(self, days: float, hour: float = 10.0) -> datetime:
        """That many whole days ago, at that hour of the owner's day."""
        midnight = datetime.combine(self.today - timedelta(days=int(days)), time(), ZoneInfo(ZONE))
        return midnight + timedelta(minutes=int(hour * 60))

    def workday(self, days: float, hour: float) -> datetime:
        """The same, on the Friday before where it would be a weekend."""
        at = self.ago(days, hour)
        return at - timedelta(days=max(0, at.weekday() - 4))


def luck(name: str) -> Random:
    """The same chances for the same name, on every day and machine."""
    return Random(f"weaktie sample: {name}")  # noqa: S311 - a script for a play, no secret


def exchanges(days: Days) -> tuple[list[Letter], list[Meeting]]:
    """All that passed between the owner and the people of the cast who have a rhythm."""
    letters: list[Letter] = []
    meetings: list[Meeting] = []
    for who in playing(*PEOPLE):
        chance = luck(who.name)
        for ago, subject, last in _occasions(who, chance):
            if who.meets and not last and chance.random() < MEETING_SHARE:
                meetings.append(_met(who, days, ago, chance))
            else:
                at = days.ago(ago, 9.5) if last else days.workday(ago, chance.uniform(8.5, 17.5))
                letters += _exchange(who, at, subject, chance)
    return letters, meetings


def _occasions(who: Character, chance: Random) -> Iterator[tuple[float, str, bool]]:
    """(days ago, subject, whether it is the last one), from the latest back to the first."""
    subjects = SUBJECTS[who.theme]
    if who.plays is Plays.CAME_BACK:
        yield 2, who.parting, True
    ago, count = who.last, chance.randrange(len(subjects))
    yield ago, (who.plays is Plays.FADING and who.parting) or subjects[count % len(subjects)], True
    while True:
        ago += max(1.0, who.every * exp(chance.gauss(0, SPREAD)))
        if ago > who.since:
            return
        count += 1
        yield ago, subjects[count % len(subjects)], False


def _exchange(who: Character, at: datetime, subject: str, chance: Random) -> Iterator[Letter]:
    """One thread, opened by either of the two, at most a day and a half long."""
    theirs = chance.random() < THEIR_SHARE or who.plays is Plays.CAME_BACK
    people = [who, OWNER] if theirs else [OWNER, who]
    cc = who.circle if people[0] is who and chance.random() < CIRCLE_SHARE else ()
    letter = Letter(people[0].box, (people[1].box,), subject, at, _text(OPENERS, people, chance), cc)
    yield letter
    for turn in range(1, chance.choice(LENGTHS)):
        pair = [people[turn % 2], people[1 - turn % 2]]
        at = _waking(at + timedelta(minutes=int(25 * exp(chance.uniform(0, 3.2)))))
        letter = letter.answered(pair[0].box, at, _text(ANSWERS, pair, chance))
        yield letter


def _waking(at: datetime) -> datetime:
    """The same instant, or the next morning where people are asleep."""
    if 7 <= at.hour < 22:
        return at
    return at.replace(hour=8) + timedelta(days=at.hour >= 22)


def _text(sentences: tuple[str, ...], people: list[Character], chance: Random) -> str:
    writer, reader = people
    sign = "\n".join(filter(None, (writer.first_name, "", "-- ", writer.name, writer.firm))) if writer.firm else ""
    return f"Dear {reader.first_name},\n\n{chance.choice(sentences)}\n\n{sign or writer.first_name}"


def _met(who: Character, days: Days, ago: float, chance: Random) -> Meeting:
    title = f"{chance.choice(MEETING_TITLES)} with {who.first_name}"
    return Meeting(title, days.workday(ago, chance.choice((9.0, 12.5, 16.0))), 1.0, (who,))


def scenes(days: Days) -> tuple[list[Letter], list[Meeting]]:
    """What happened once: last evening's supper, an introduction, a fair, letters without an answer."""
    letters = [*_introduction(days), *_never_answered(days), *_after_the_fair(days)]
    return letters, _events(days)


def _introduction(days: Days) -> Iterator[Letter]:
    grace, zainab = BY_NAME["Grace Okonkwo"], BY_NAME["Zainab Yusuf"]
    body = (
        "Ines, Zainab: you both work on cheap sensors for old buildings, and neither of you knew of the other.\n"
        "I leave you to it.\n\nGrace"
    )
    opening = Letter(grace.box, (OWNER.box, zainab.box), "Introduction: Ines / Zainab", days.ago(9, 14.0), body)
    thanks = "Thank you, Grace, moved you to bcc. Zainab, shall we speak next week?\n\nInes"
    answer = replace(opening.answered(OWNER.box, days.ago(9, 16.2), thanks), to=(zainab.box,))
    yield opening
    yield answer
    yield answer.answered(zainab.box, days.ago(8, 9.2), "Gladly. Tuesday or Wednesday morning?\n\nZainab")


def _never_answered(days: Days) -> Iterator[Letter]:
    for who in playing(Plays.NO_ANSWER):
        body = _text(OPENERS, [OWNER, who], luck(who.name))
        yield Letter(OWNER.box, (who.box,), "A question on your study", days.workday(who.last, 11.0), body)


def _after_the_fair(days: Days) -> Iterator[Letter]:
    oliver = BY_NAME["Oliver Grant"]
    body = "It was good to meet you at the fair. Here is the data sheet I spoke of.\n\nInes"
    yield Letter(OWNER.box, (oliver.box,), "The data sheet, from the fair", days.ago(19, 11.5), body)


def _events(days: Days) -> list[Meeting]:
    jonas, noor, sofia, lars, rohan = (
        BY_NAME[name] for name in ("Jonas Weber", "Noor Haddad", "Sofia Marchetti", "Lars Eriksen", "Rohan Mehta")
    )
    strangers = tuple(BY_NAME[name] for name in ("Amara Diallo", "Henrik Solberg", "Lucía Ferrer"))
    oliver = BY_NAME["Oliver Grant"]
    return [
        Meeting("Supper: cities and energy", days.ago(1, 18.5), 3, (*strangers, noor), jonas),
        Meeting("Building technology fair: walk round the halls", days.ago(20, 14.0), 2, (oliver,), jonas),
        Meeting("Call about the cold-chain trial", days.workday(60, 15.0), 0.5, (lars,), lars, status="CANCELLED"),
        Meeting("Growth breakfast", days.workday(26, 8.0), 1, (rohan,), rohan, answer="DECLINED"),
        Meeting("Lunch with Sofia", days.ago(-6, 12.5), 1, (sofia,)),
    ]
