"""Event files as ties to judge: the protocol of `bench/fading/README.md`, beside the shared material.

A tie is an owner and somebody they were in touch with on at least three days before a cut; the label says whether no
contact came within the horizon after it. Everything a row holds is known at its cut, but for the label and `coming`.
"""

from __future__ import annotations

import csv
import gzip
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from agent.ties.bridge import Sight
from agent.ties.lives import Life, circles_of, lives_of
from agent.ties.model import Contact, Rhythm
from agent.ties.owner import Owner
from agent.ties.seen import UNSEEN, Seen, Sighting, seen, sightings_of

DAY = 86400
RECIPIENTS = 10
BUSY_HALF_LIFE = 80

Event = tuple[int, int, int]  # seconds, sender, recipient
Sightings = Mapping[int, list[Sighting]]


@dataclass(frozen=True, slots=True)
class Row:
    """One tie at one cut; days count from the file's first event."""

    owner: int
    cut: int
    horizon: int
    rhythm: Rhythm
    state: Owner
    seen: Seen
    days: tuple[Contact, ...]
    median_gap: float
    faded: bool
    coming: int  # days of contact in the 30 days after the cut
    active: bool
    slow: bool


@dataclass(frozen=True, slots=True)
class Company:
    """What one owner saw: person → sightings, and who was on each small message."""

    sightings: Sightings
    sights: list[Sight]


@dataclass(frozen=True, slots=True)
class Record:
    """One owner's record: the times of all their events, and each person's days of contact in order."""

    owner: int
    times: list[int]
    people: dict[int, list[Contact]]


def load(folder: Path) -> Iterator[tuple[str, list[Row]]]:
    """Every event file of a folder, as (name, rows)."""
    for path in sorted(folder.glob("*.csv.gz")):
        name = path.name.removesuffix(".csv.gz")
        listed = folder / f"{name}.egos.txt"
        owners = {int(word) for word in listed.read_text().split()} if listed.exists() else None
        yield name, rows_of(read_events(path), directed=not name.endswith("_undirected"), owners=owners)


def read_events(path: Path) -> list[Event]:
    """The events of one file, whatever the order of its columns; lines that are none are left out."""
    with gzip.open(path, "rt", newline="") as file:
        return [event for line in csv.DictReader(file) if (event := _event(line)) and event[1] != event[2]]


def _event(line: Mapping[str, str]) -> Event | None:
    try:
        return int(float(line["t"])), int(float(line["src"])), int(float(line["dst"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def rows_of(events: Sequence[Event], *, directed: bool, owners: set[int] | None) -> list[Row]:
    """All rows of one set; sets of under 250 days have their own, closer cuts."""
    if not events:
        return []
    short = (max(e[0] for e in events) - min(e[0] for e in events)) / DAY < 250
    start, step, horizon = (30, 10, 30) if short else (120, 30, 60)
    found: list[Row] = []
    company = seen_by(events, directed, owners)
    for record in records(small_messages(events, directed), directed, owners):
        first, last = record.times[0] // DAY, record.times[-1] // DAY
        cuts = [
            cut
            for cut in range(first + start, last - horizon + 1, step)
            if bisect_left(record.times, (cut + horizon) * DAY) - bisect_left(record.times, cut * DAY) >= 10
        ]
        if cuts:
            found.extend(_rows(record, company[record.owner], cuts, horizon))
    return found


def small_messages(events: Sequence[Event], directed: bool) -> list[Event]:
    """Events of messages with at most ten recipients."""
    sizes = recipients(events, directed)
    return [e for e in events if max(sizes[end] for end in senders(e, directed)) <= RECIPIENTS]


def recipients(events: Sequence[Event], directed: bool) -> Counter[tuple[int, int]]:
    """(time, sender) → number of recipients: a message is the events of one sender (unknown: either end) at a time."""
    return Counter(end for event in set(events) for end in senders(event, directed))


def senders(event: Event, directed: bool) -> list[tuple[int, int]]:
    """(time, sender) of an event: the end it comes from, or both where that is unknown."""
    t, src, dst = event
    return [(t, src)] if directed else [(t, src), (t, dst)]


def seen_by(events: Sequence[Event], directed: bool, owners: set[int] | None) -> dict[int, Company]:
    """Owner → what they saw: all on a small message see each other; on a large one, sender and recipients do."""
    messages: dict[tuple[int, int], set[int]] = defaultdict(set)
    sizes = recipients(events, directed)
    for event in events:
        t, sender = max(senders(event, directed), key=lambda end: sizes[end])
        messages[t, sender].update({*event[1:]} - {sender})
    things: dict[int, list[tuple[int, int, Iterable[int]]]] = defaultdict(list)
    sights: dict[int, list[Sight]] = defaultdict(list)
    for (t, sender), others in messages.items():
        size, on_it = len(others), others | {sender}
        for owner in on_it if owners is None else on_it & owners:
            noted = on_it - {owner} if size <= RECIPIENTS or owner == sender else (sender,)
            things[owner].append((t // DAY, size, noted))
            if size <= RECIPIENTS:
                sights[owner].append((t // DAY, frozenset(noted)))
    return {owner: Company(sightings_of(theirs), sights[owner]) for owner, theirs in things.items()}


def records(events: Sequence[Event], directed: bool, owners: set[int] | None) -> Iterator[Record]:
    """Each owner's record. Where direction is unknown, an event counts as sent and received."""
    each: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
    for t, src, dst in events:
        if owners is None or src in owners:
            each[src].append((t, dst, True))
        if owners is None or dst in owners:
            each[dst].append((t, src, False))
    for owner, contacts in each.items():
        counts: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        for t, person, out in contacts:
            day = counts[person][t // DAY]
            day[0] += out or not directed
            day[1] += not out or not directed
        people = {
            person: [Contact(day, *both) for day, both in sorted(days.items())] for person, days in counts.items()
        }
        yield Record(owner, sorted(t for t, _, _ in contacts), people)


def _rows(record: Record, company: Company, cuts: list[int], horizon: int) -> Iterator[Row]:
    since = record.times[0] // DAY
    all_days = sorted(c.day for days in record.people.values() for c in days)
    lives = lives_of(record.people, company.sightings)
    circles = circles_of(lives, company.sights)
    for cut in cuts:
        state = Owner(since, _decayed(all_days, cut))
        circles.live_until(cut - 1)
        for life in lives.values():
            life.live_until(cut - 1)
        known = {person: life.rhythm for person, life in lives.items() if life.rhythm is not None}
        alive = circles.around(known, cut)
        for person in known:
            yield from _row(record.owner, lives[person], cut, horizon, state, alive.get(person, UNSEEN.circle))


def _decayed(days: list[int], cut: int) -> float:
    return sum(2 ** ((day - cut) / BUSY_HALF_LIFE) for day in days[: bisect_left(days, cut)])


def _row(owner: int, life: Life, cut: int, horizon: int, state: Owner, circle: float) -> Iterator[Row]:
    rhythm = life.rhythm
    if rhythm is None or rhythm.n < 3 or not rhythm.sent:
        return
    silence, mean_gap = cut - rhythm.last, (rhythm.last - rhythm.first) / (rhythm.n - 1)
    active, slow = silence <= 90, silence <= 270 and mean_gap >= 30
    if active or slow:
        yield Row(
            owner=owner,
            cut=cut,
            horizon=horizon,
            rhythm=rhythm,
            state=state,
            seen=seen(life.sightings, rhythm.last, cut - 1, circle),
            days=tuple(life.contacts[: life.lived]),
            median_gap=median(b - a for a, b in pairwise(life.days[: life.lived])),
            faded=not life.came_within(cut - 1, horizon),
            coming=bisect_left(life.days, cut + 30) - life.lived,
            active=active,
            slow=slow,
        )
