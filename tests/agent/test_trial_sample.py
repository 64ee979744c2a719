"""The sample mailbox tells the story it was scripted to tell, and the same one every time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from operator import attrgetter
from pathlib import Path

import pytest
from email_validator import validate_email

from agent.capture.judge import Judgement, judge
from agent.capture.records import Entry, of_mail, of_meeting
from agent.ties.explain import reasons
from agent.ties.model import Contact, Rhythm, fold
from agent.ties.reading import Reading, read
from agent.ties.view import day_of, fractional_day
from agent.trial.cast import CAST, OWNER, TARGETS, Character, Plays, playing
from agent.trial.sample import Sample, write_sample
from agent.trial.sample_machines import LIST
from agent.types import Direction, Kind, Outcome, TieClass, TieState
from connectors.files.roles import role_of
from connectors.ical import read_calendar
from connectors.mime import parse_headers
from connectors.records import MailRecord, MeetingRecord, Role

AS_OF = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
OWN = frozenset({OWNER.address})
LEFT_OUT = Outcome.LEFT_OUT
STATES = {
    Plays.CLOSE: TieState.ACTIVE,
    Plays.IN_TOUCH: TieState.ACTIVE,
    Plays.CAME_BACK: TieState.ACTIVE,
    Plays.FADING: TieState.FADING,
    Plays.DORMANT: TieState.DORMANT,
    Plays.NEW: TieState.NEW,
    Plays.COLD_CALLER: TieState.ONE_WAY,
    Plays.NO_ANSWER: TieState.ONE_WAY,
}


@dataclass(frozen=True)
class Told:
    """The sample as the product's own judgement reads it."""

    sample: Sample
    mails: tuple[MailRecord, ...]
    entries: dict[str, tuple[Entry, Judgement]]
    ties: dict[str, Reading]


def tell(folder: Path, as_of: datetime) -> Told:
    """Write the sample and read it by header parser, calendar reader, classifier and judge, without a store."""
    sample = write_sample(folder, as_of)
    mails = tuple(read_maildir(sample.mail))
    entries = [of_mail(mail, OWN, as_of) for mail in mails] + [of_meeting(one) for one in meetings(sample, as_of)]
    judged = {entry.key: (entry, judge(entry.facts, OWN, 10)) for entry in entries if entry.at <= as_of}
    return Told(sample, mails, judged, ties_of(judged.values(), as_of))


def read_maildir(folder: Path) -> Iterator[MailRecord]:
    """Every mail in the Maildir, as the file sources would hand it over."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.parent.parent.relative_to(folder).name
            role = role_of(name) if name else Role.INBOX
            mail = parse_headers(path.read_bytes(), ref=path.name, folder=name, role=role, delivered=False)
            assert isinstance(mail, MailRecord), mail
            assert mail.defects == ()
            yield mail


def meetings(sample: Sample, as_of: datetime) -> Iterator[MeetingRecord]:
    """Every instance in the calendar."""
    window = (as_of - timedelta(days=1200), as_of + timedelta(days=60))
    found = read_calendar(
        sample.calendar.read_bytes(), calendar="sample", window=window, zone=sample.timezone, as_of=as_of
    )
    for record in found.records:
        assert isinstance(record, MeetingRecord), record
        yield record


def ties_of(judged: Iterable[tuple[Entry, Judgement]], as_of: datetime) -> dict[str, Reading]:
    """What the tie with each address comes to."""
    days: dict[str, Counter[tuple[int, Direction]]] = defaultdict(Counter)
    for entry, judgement in judged:
        for address, direction in judgement.contacts:
            days[address][day_of(entry.at), direction] += 1
    return {address: read(folded(counts), fractional_day(as_of)) for address, counts in days.items()}


def folded(counts: Counter[tuple[int, Direction]]) -> Rhythm:
    """The rhythm of one tie from its messages by day and direction."""
    contacts = [
        Contact(day, counts[day, Direction.SENT], counts[day, Direction.RECEIVED], counts[day, Direction.MET])
        for day in {day for day, _ in counts}
    ]
    rhythm = fold(contacts)
    assert rhythm is not None
    return rhythm


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return tell(tmp_path_factory.mktemp("sample"), AS_OF)


@pytest.mark.parametrize("who", [who for who in CAST if who.plays in STATES], ids=attrgetter("name"))
def test_everybody_plays_their_part(told: Told, who: Character) -> None:
    assert told.ties[who.address].state is STATES[who.plays], reasons(told.ties[who.address])


@pytest.mark.parametrize("days", [1, 5, 200])
def test_on_another_day_it_is_the_same_story(tmp_path: Path, days: int) -> None:
    told = tell(tmp_path, AS_OF + timedelta(days=days, hours=7))

    played = {who.name: told.ties[who.address].state for who in CAST if who.plays in STATES}
    assert played == {who.name: STATES[who.plays] for who in CAST if who.plays in STATES}


def test_who_was_only_seen_is_no_tie(told: Told) -> None:
    assert {who.address for who in playing(Plays.SEEN_ONLY)}.isdisjoint(told.ties)


def test_ties_are_people_of_the_cast_and_the_list_the_owner_posts_to(told: Told) -> None:
    assert set(told.ties) - {who.address for who in CAST} == {LIST[1]}


def test_the_close_ones_are_strong_and_the_vendor_is_worth_less_than_anyone_fading(told: Told) -> None:
    assert {told.ties[who.address].class_ for who in playing(Plays.CLOSE)} == {TieClass.STRONG}
    (vendor,) = playing(Plays.VENDOR)
    assert told.ties[vendor.address].value < min(told.ties[who.address].value for who in playing(Plays.FADING))


def test_robots_lists_and_letters_to_many_are_there_to_be_left_out(told: Told) -> None:
    kinds = Counter(entry.facts.kind for entry, judgement in told.entries.values() if judgement.outcome is LEFT_OUT)

    assert {Kind.BULK, Kind.AUTOMATED, Kind.LIST, Kind.CALENDAR, Kind.SOCIAL, Kind.BOUNCE, Kind.AUTO_REPLY} <= set(
        kinds
    )
    assert kinds[Kind.BULK] > 100


@pytest.mark.parametrize("target", TARGETS)
def test_each_target_is_seen_in_company_of_a_tie_and_never_wrote(told: Told, target: str) -> None:
    company = {
        box.address
        for mail in told.mails
        if any(box.address.endswith(f"@{target}") for box in mail.recipients)
        for box in mail.from_
    }

    assert company
    assert {told.ties[address].state for address in company} <= {TieState.ACTIVE, TieState.FADING}
    assert not any(address.endswith(f"@{target}") for address in told.ties)


def test_some_mails_lie_in_two_folders(told: Told) -> None:
    copies = Counter(mail.message_id for mail in told.mails)

    assert set(copies.values()) == {1, 2}


def test_no_mail_is_of_the_future_and_mail_goes_back_three_years(told: Told) -> None:
    dates = [mail.date for mail in told.mails if mail.date]

    assert len(dates) == len(told.mails)
    assert max(dates) < AS_OF
    assert timedelta(days=1050) < AS_OF - min(dates) < timedelta(days=1100)


def test_answers_name_the_mails_before_them(told: Told) -> None:
    known = {mail.message_id for mail in told.mails}
    answers = [mail for mail in told.mails if mail.in_reply_to]

    assert len(answers) > 500
    assert all(mail.references[-1] == mail.in_reply_to for mail in answers)
    assert all(set(mail.references) <= known for mail in answers)
    assert all(mail.subject.startswith("Re: ") for mail in answers)


def test_the_same_moment_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = digests(tmp_path / "a"), digests(tmp_path / "b")

    assert first == second
    assert len(first) > 2000


def digests(folder: Path) -> dict[str, str]:
    """Every file of a sample by its path within."""
    folder.mkdir()
    write_sample(folder, AS_OF)
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def test_no_address_can_reach_anyone_and_all_are_well_formed(told: Told) -> None:
    boxes = [box for mail in told.mails for box in (*mail.from_, *mail.recipients)]

    for address in {box.address for box in boxes}:
        assert validate_email(address, check_deliverability=False).normalized == address
        assert address.endswith((".example", "@linkedin.com"))


def test_the_cast_is_some_sixty_people_of_different_names() -> None:
    assert 55 <= len(CAST) <= 65
    assert len({who.address for who in CAST}) == len(CAST)
    assert len({who.first_name for who in (*CAST, OWNER)}) == len(CAST) + 1
