"""Sixty people of Alice's for the report tests: three years of contact, made by code, the same every time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from agent.report.shape import Answer, DraftLine, Inputs, Previous, SourceLine, Tally, Week
from agent.ties.model import Contact, fold
from agent.ties.reading import read
from agent.ties.view import EPOCH, LastMail, Tie, day_of, fractional_day
from agent.types import Standing, Wish

AS_OF = datetime(2025, 3, 3, 6, 30, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
TODAY = day_of(AS_OF)


@dataclass(frozen=True)
class Person:
    """How one person of the sample behaves: usual gap, silence and length of the tie in days."""

    name: str
    firm: str | None
    gap: int
    silence: int
    length: int = 1000
    met: bool = False
    subject: str = ""
    colleague: bool = False
    bridge: tuple[str, ...] = ()
    talkative: float = 0.0


FADING = (
    Person(
        "Bob Hale",
        "Northwind Shipping",
        42,
        151,
        subject="Re: The harbour study",
        bridge=("Ida Lund (Northwind), seen together twice", "Northwind"),
    ),
    Person("Dana Fox", "Fox & Daughters", 91, 250, subject="Your talk in Lisbon"),
    Person("Ravi Subramanian", "Institute of Soil Science", 30, 88, bridge=("Institute of Soil Science",)),
    Person("Erin O’Neill", None, 60, 170, met=True),
    Person("Zoë Krüger-Łoś", "Müller Maschinenbau", 91, 300, subject="AW: Messe im Herbst"),
    Person("Tomás Herrera", "Puerto Analytics", 24, 100, talkative=0.7, subject="Fwd: dataset licence"),
    Person("Mei Lin Chen", "Harbour Bank", 45, 150, talkative=0.3, met=True),
    Person("Jonas Bergström", "Polar Research", 61, 178, subject="Sea ice figures, second try"),
    Person("Priya Nair", "Kestrel Energy", 35, 96, talkative=0.5, subject="Panel on Thursday"),
    Person("Samuel Adeyemi", "Lagos Grid", 75, 175, bridge=("Lagos Grid", "Ngozi Eze", "Tunde Ola", "Femi Ade")),
    Person("Greta Holm", "Holm Architects", 50, 140, subject="Re: Drawings for the annex"),
    Person("Luca Rossi", "Rossi Vini", 28, 80, subject="Re: Re: tasting in Verona"),
    Person("Hanna Weiss", None, 55, 160, subject="The choir in May"),
)
FIRST = ("Ada", "Ben", "Carla", "Dmitri", "Elif", "Farid", "Gwen", "Hugo", "Ines", "Jan", "Kofi", "Lena", "Marco")
LAST = ("Abbott", "Baker", "Costa", "Dietz", "Eriksen", "Farah", "Grant", "Haas", "Ito", "Jensen", "Kaya", "Lopez")


def tie(number: int, person: Person) -> Tie:
    """One person of the sample as a tie, judged at AS_OF by the real rules."""
    return judged(number, person, _days(number, person))


def _days(number: int, person: Person) -> list[int]:
    dice = Random(number)
    days = [TODAY - person.silence]
    while days[-1] > TODAY - person.length:
        days.append(days[-1] - max(1, round(person.gap * dice.uniform(0.6, 1.4))))
        if dice.random() < person.talkative:
            days.append(days[-1] - dice.randint(1, 4))
    return sorted(days)


def judged(number: int, person: Person, days: list[int]) -> Tie:
    """A tie with contact on these days."""
    rhythm = fold(_contact(day, person, turn) for turn, day in enumerate(days))
    assert rhythm is not None
    at = EPOCH + timedelta(days=rhythm.last, hours=9)
    return Tie(
        person_id=number,
        name=person.name,
        addresses=(f"person{number}@example.org",),
        organization=person.firm,
        colleague=person.colleague,
        reading=read(rhythm, fractional_day(AS_OF)),
        last_contact=at,
        sent=rhythm.sent,
        received=rhythm.received,
        meetings=rhythm.met,
        bridge=len(person.bridge),
        bridge_evidence=person.bridge,
        last_mail=LastMail(f"<{number}@example.org>", person.subject, at) if person.subject else None,
        contact_days=tuple(days),
    )


def _contact(day: int, person: Person, turn: int) -> Contact:
    if person.met and turn % 3:
        return Contact(day, met=1)
    return Contact(day, sent=1, received=turn % 2)


def crowd() -> tuple[Tie, ...]:
    """Sixty people: thirteen fading, then active, dormant, new, back this week, and three colleagues."""
    people = list(FADING)
    for number in range(60 - len(FADING)):
        name = f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}"
        people.append(_other(number, name))
    return tuple(tie(number, person) for number, person in enumerate(people, 1))


def _other(number: int, name: str) -> Person:
    if number < 3:
        return Person(name, "Own Company", 20, 60, colleague=True)
    if number < 6:
        return Person(name, f"{name.split()[1]} Labs", 1, number - 2, length=3, met=number == 4)
    if number < 20:
        return Person(name, f"{name.split()[1]} & Co", 60, 400 + 20 * number, length=1000)
    return Person(name, f"{name.split()[1]} AG", 10 + number, number % 9, length=900)


def back(number: int, name: str, quiet: int) -> Tie:
    """Somebody who wrote on Thursday after `quiet` days."""
    person = Person(name, "Atlas Books", 40, quiet + 4)
    return judged(number, person, [*_days(number, person), TODAY - 4])


DRAFTS = (
    DraftLine(1, "reconnect", "How did the harbour study end?", "drafted", AS_OF - timedelta(days=1)),
    DraftLine(4, "reconnect", "Lunch in March?", "drafted", AS_OF - timedelta(days=3)),
    DraftLine(18, "follow_up", "Good to meet you on Thursday", "drafted", AS_OF - timedelta(days=2)),
)


def sample(ties: Iterable[Tie] | None = None) -> Inputs:
    """Everything the weekly report of Monday 3 March 2025 is made from."""
    people = tuple(ties) if ties is not None else (*crowd(), back(61, "Yusuf Demir", 260), back(62, "Nora Quist", 190))
    return Inputs(
        owner="Alice Martin",
        as_of=AS_OF,
        zone=ZONE,
        ties=people,
        drafts=DRAFTS,
        week=Week(sent=31, received=44, meetings=6, people=27, left_out=182),
        sources=(
            SourceLine("work mail", True, AS_OF - timedelta(minutes=12)),
            SourceLine("calendar", False, AS_OF - timedelta(days=5), "the server refused the sign-in"),
        ),
        previous=Previous(people=(1, 2, 9), tally=Tally(active=24, fading=11, dormant=15, new=3)),
    )


def wished_sample() -> Inputs:
    """The same with wishes: a goal, one dropped, one snoozed, two due, one private, one who never answers."""
    ties = {tie.person_id: tie for tie in sample().ties}
    named = {
        2: Wish(goal="an invitation to speak in Lisbon"),
        3: Wish(Standing.DROPPED),
        4: Wish(snoozed_from=AS_OF - timedelta(days=9), snoozed_until=AS_OF + timedelta(days=9)),
        57: Wish(every_days=3, goal="a word on the thesis"),
        58: Wish(tags=("mentors",)),
        59: Wish(Standing.PRIVATE, every_days=1),
    }
    for who, wish in named.items():
        ties[who] = replace(ties[who], wish=wish)
    ties[8] = replace(ties[8], unanswered=(TODAY - 230, TODAY - 200, TODAY - 180))
    answer = Answer(
        AS_OF - timedelta(days=7),
        ("2 snooze 60d", "5 drop"),
        ("not understood: “9 dorp”", "3 draft: mail came back"),
        1,
    )
    return replace(sample(ties.values()), tags={"mentors": 2}, answers=(answer,))


def first_sample() -> Inputs:
    """The same right after the first sync: no draft, no report before."""
    return replace(sample(), drafts=(), previous=None)
