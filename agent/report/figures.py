"""What the weekly report says: who is going quiet, who came back, who is new, the week in numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from agent.report import phrases
from agent.report.bars import months
from agent.report.capacity import REST
from agent.report.choose import QUIET, Choice, choose, nameable, paused, resting, triage
from agent.report.phrases import counted, names_joined
from agent.report.plain import clean, inert, whole
from agent.report.shape import DraftLine, Inputs, Note, Paused, Previous, ReportData, Row, SourceLine, Tally
from agent.report.wake import Wake, wakes
from agent.ties.model import Contact, fold
from agent.ties.programme import Suspension
from agent.ties.reading import read
from agent.ties.view import EPOCH, Tie, day_of
from agent.ties.words import number, span
from agent.types import TieState

WEEK = 7
STALE = timedelta(days=2)
TRIAGE_PEOPLE = 15
LISTED = 8
TALLIED = (TieState.ACTIVE, TieState.FADING, TieState.DORMANT, TieState.NEW)


@dataclass(frozen=True, slots=True)
class _Opening:
    """How a report begins, and the line under its list."""

    kind: str
    subject: str
    headline: str
    lead: str
    preheader: str
    more: str = ""


def iso_week(instant: datetime, zone: tzinfo) -> str:
    """The ISO 8601 week of an instant where the owner is, like `2025-W10`."""
    year, week, _ = instant.astimezone(zone).isocalendar()
    return f"{year}-W{week:02d}"


def weekly(inputs: Inputs) -> ReportData:
    """The weekly report: ties fading, or due by the owner's wish, at most `inputs.people` of them."""
    ended = wakes(nameable(inputs))
    over = {tie.person_id for wake in ended for tie in wake.ties if tie not in wake.keep}
    every = [choice for choice in choose(inputs) if choice.tie.person_id not in over]
    chosen = [choice for choice in every if not resting(inputs, choice)]
    told = len(every) - len(chosen)
    most = inputs.capacity.at_most(inputs.people)
    shown = chosen[:most]
    back = came_back(inputs)
    due = sum(not choice.fading for choice in shown)
    opening = _Opening(
        kind="weekly",
        subject=_subject(inputs, shown, back, told),
        headline=phrases.quiet_headline(len(shown) - due, due, told),
        lead=_lead(inputs, shown, told),
        preheader=_preheader(inputs, back),
        more=_lines(
            phrases.more_line(len(chosen) - len(shown), _what(chosen[most:]), inputs.capacity, most, inputs.people),
            phrases.rest_line(told),
        ),
    )
    silent = [stopped for stopped in paused(inputs) if stopped[0].person_id not in over]
    return _with_wakes(_report(inputs, opening, shown, back, silent), inputs, ended)


def first(inputs: Inputs) -> ReportData:
    """The first report, a short triage: at most fifteen quiet ties worth keeping, and what weaktie will do."""
    shown = triage(inputs)[:TRIAGE_PEOPLE]
    found = counted(len(shown), "name") + " worth keeping"
    known = nameable(inputs)
    stand = tally(known)
    apart = 0 if inputs.colleagues else sum(tie.colleague for tie in inputs.ties)
    beside = f", beside {counted(apart, 'colleague')}" if apart else ""
    lead = f"Your mail and calendars show {counted(len(known), 'person', 'people')} you were in touch with{beside}."
    if known:
        dormant = number(stand.dormant) if stand.dormant else "none"
        lead += f" {phrases.capital(phrases.of_them(stand.fading))} fading by their own rhythm and {dormant} dormant."
    opening = _Opening(
        kind="first",
        subject=f"Your first look: {found}" if shown else "Your first look: nobody has gone quiet",
        headline=phrases.capital(found) if shown else "Nobody has gone quiet",
        lead=lead,
        preheader="Who you might lose, and what weaktie will and will not do. One word for each name is enough.",
    )
    return _report(inputs, opening, shown, (), [])


def came_back(inputs: Inputs) -> tuple[Note, ...]:
    """Ties that stood fading or dormant, for a month or longer, when the contact of this week ended their silence.

    The worthiest first.
    """
    start = day_of(inputs.as_of) - WEEK
    notes = []
    for tie in _worthy(inputs):
        before = [day for day in tie.contact_days if day < start]
        since = [day for day in tie.contact_days if start <= day <= day_of(inputs.as_of)]
        long = bool(since and before) and min(since) - max(before) >= REST
        if long and tie.reading.two_sided and _was_quiet(before, min(since)):
            day = (EPOCH + timedelta(days=min(since))).date()
            notes.append(_note(tie, phrases.back_line(min(since) - max(before), day)))
    return _capped(notes)


def new_people(inputs: Inputs) -> tuple[Note, ...]:
    """People whose first contact lies in this week; a name known from elsewhere is asked about."""
    start = day_of(inputs.as_of) - WEEK
    fresh = [tie for tie in _worthy(inputs) if tie.contact_days and min(tie.contact_days) >= start]
    real = [tie for tie in fresh if tie.reading.state is not TieState.ONE_WAY]
    known = {tie.name.casefold() for tie in inputs.ties if tie not in fresh and " " in tie.name}
    return _capped([_note(tie, phrases.TWICE if tie.name.casefold() in known else _how_met(tie)) for tie in real])


def tally(ties: Iterable[Tie]) -> Tally:
    """How many ties stand where."""
    states = [tie.reading.state for tie in ties]
    active, fading, dormant, new = (states.count(state) for state in TALLIED)
    return Tally(active, fading, dormant, new)


def _report(
    inputs: Inputs,
    opening: _Opening,
    shown: list[Choice],
    back: tuple[Note, ...],
    silent: list[tuple[Tie, Suspension]],
) -> ReportData:
    rows = tuple(_row(inputs, position, choice) for position, choice in enumerate(shown, 1))
    counts = tally(nameable(inputs))
    alarms, sources = _sources(inputs)
    return ReportData(
        kind=opening.kind,
        owner=inert(inputs.owner),
        as_of=inputs.as_of,
        period=iso_week(inputs.as_of, inputs.zone),
        date=phrases.long_date(phrases.local_day(inputs.as_of, inputs.zone)),
        subject=opening.subject,
        preheader=opening.preheader,
        headline=opening.headline,
        lead=opening.lead,
        rows=rows,
        more=opening.more,
        drafts=_other_drafts(inputs, {row.person_id for row in rows}),
        came_back=back,
        new=new_people(inputs) if opening.kind == "weekly" else (),
        week=inputs.week,
        tally=counts,
        trend=_trend(counts, inputs.previous),
        sources=sources,
        alarms=alarms,
        promise=phrases.promise_lines(inputs.promise) if opening.kind == "first" else (),
        paused=_paused(silent[:LISTED], len(rows)),
        answers=tuple(phrases.answer_note(answer, inputs.zone) for answer in inputs.answers),
        guide=phrases.guide(opening.kind, len(rows)),
    )


def _paused(silent: list[tuple[Tie, Suspension]], before: int) -> tuple[Paused, ...]:
    return tuple(
        Paused(number, tie.person_id, phrases.name_of(tie), phrases.firm_of(tie), stop.why)
        for number, (tie, stop) in enumerate(silent, before + 1)
    )


def _worthy(inputs: Inputs) -> list[Tie]:
    return sorted(nameable(inputs), key=lambda tie: (-tie.reading.value, tie.person_id))


def _capped(notes: list[Note]) -> tuple[Note, ...]:
    """No list in the report is longer than eight lines; the last one says how many more there are."""
    if len(notes) <= LISTED:
        return tuple(notes)
    left = len(notes) - LISTED + 1
    return (*notes[: LISTED - 1], Note(f"and {number(left)} more", "", "left out here"))


def _row(inputs: Inputs, position: int, choice: Choice) -> Row:
    tie = choice.tie
    draft = next((line for line in inputs.drafts if line.person_id == tie.person_id), None)
    reading = tie.reading
    reasons = phrases.reasons(tie, choice.due)
    bars = months(tie.contact_days, inputs.as_of)
    return Row(
        number=position,
        person_id=tie.person_id,
        name=phrases.name_of(tie),
        organization=phrases.firm_of(tie),
        state=reading.state.value,
        again=inputs.previous is not None and tie.person_id in inputs.previous.people,
        why=" ".join(reasons),
        rhythm=phrases.reasons(tie)[0],
        usual=span(round(reading.cadence_days)) if reading.episodes > 1 else "",
        silent=span(reading.silence_days),
        last=phrases.short_date(phrases.local_day(tie.last_contact, inputs.zone)),
        months=bars,
        days_in_touch=sum(month.count for month in bars),
        draft=phrases.draft_line(draft) if draft else "",
        bridge=phrases.bridge_line(tie),
        goal=inert(tie.wish.goal, 160),
        advice=phrases.advice(tie, draft),
    )


def _was_quiet(before: list[int], contact: int) -> bool:
    """Judged by the days alone, as if each had gone both ways: the direction of old contact is not in them."""
    rhythm = fold(Contact(day, sent=1, received=1) for day in before)
    return rhythm is not None and read(rhythm, float(contact)).state in QUIET


def _first(tie: Tie) -> str:
    return clean((tie.first_name or tie.name).partition("@")[0], 24) or "somebody"


def _note(tie: Tie, text: str) -> Note:
    return Note(phrases.name_of(tie), phrases.firm_of(tie), text)


def _how_met(tie: Tie) -> str:
    return "you met for the first time" if tie.meetings else "you wrote to each other for the first time"


def _with_wakes(data: ReportData, inputs: Inputs, ended: list[Wake]) -> ReportData:
    """Tell of an engagement once: those of the report before are known to the owner."""
    told = inputs.previous.tally.ended if inputs.previous else ()
    fresh = [wake for wake in ended if wake.organization not in told]
    notes = [Note(inert(wake.organization, 60), "", phrases.wake_line(wake, inputs.zone)) for wake in fresh]
    tally = replace(data.tally, ended=tuple(wake.organization for wake in ended))
    return replace(data, ended=_capped(notes), tally=tally)


def _lines(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _subject(inputs: Inputs, shown: list[Choice], back: tuple[Note, ...], told: int) -> str:
    if shown:
        return phrases.quiet_subject(
            [_first(choice.tie) for choice in shown], sum(not choice.fading for choice in shown)
        )
    returned, fresh = ([whole(note.name) for note in notes] for notes in (back, new_people(inputs)))
    return phrases.calm_subject(returned, fresh, inputs.week.people, told)


def _lead(inputs: Inputs, shown: list[Choice], told: int) -> str:
    if not shown:
        return phrases.calm_lead(known=bool(nameable(inputs)), resting=told)
    waiting = len(inputs.drafts)
    drafts = f"{phrases.capital(counted(waiting, 'draft waits', 'drafts wait'))} in your Drafts folder."
    measure = "the two of you usually are" if all(choice.fading for choice in shown) else "is usual or you wish"
    each = "Each has" if len(shown) > 1 else "They have"
    return _lines(
        f"{each} been silent for longer than {measure}.",
        "Those you would miss most come first." if len(shown) > 1 else "",
        drafts if waiting else "",
    )


def _what(left: list[Choice]) -> str:
    return "fading" if all(choice.fading for choice in left) else "fading or due"


def _preheader(inputs: Inputs, back: tuple[Note, ...]) -> str:
    parts = [counted(len(inputs.drafts), "draft waits", "drafts wait")] if inputs.drafts else []
    if back:
        parts.append(f"{names_joined([note.name for note in back])} came back")
    week = inputs.week
    parts.append(f"{counted(week.people, 'person', 'people')} in touch this week")
    return phrases.sentence("; ".join(parts))


def _other_drafts(inputs: Inputs, shown: set[int]) -> tuple[Note, ...]:
    names = {tie.person_id: tie for tie in inputs.ties}
    rest = [line for line in inputs.drafts if line.person_id not in shown]
    return _capped([_draft_note(line, names.get(line.person_id)) for line in rest])


def _draft_note(line: DraftLine, tie: Tie | None) -> Note:
    name = phrases.name_of(tie) if tie else inert(line.name, 60) or "somebody"
    subject = phrases.subject_of(line.subject)
    what = phrases.WAITING.get(line.kind, "A draft")
    return Note(name, phrases.firm_of(tie) if tie else "", f"{what}: “{subject}”" if subject else what)


def _trend(now: Tally, previous: Previous | None) -> str:
    if previous is None:
        return ""
    parts = []
    for state in ("active", "fading", "dormant"):
        step = getattr(now, state) - getattr(previous.tally, state)
        if step:
            parts.append(f"{number(abs(step))} {'more' if step > 0 else 'fewer'} {state}")
    return phrases.sentence(
        f"{phrases.listed(parts)} than in the last report" if parts else "no change since the last report"
    )


def _sources(inputs: Inputs) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
    alarms: list[Note] = []
    fine: list[Note] = []
    for source in inputs.sources:
        late = source.last_ok is None or inputs.as_of - source.last_ok > STALE
        (alarms if late or not source.ok else fine).append(_source_note(source, inputs.as_of))
    return tuple(alarms), tuple(fine)


def _source_note(source: SourceLine, as_of: datetime) -> Note:
    error = f": {inert(source.error, 160)}" if source.error else ""
    if source.last_ok is None:
        text = f"has never been read{error}"
    else:
        age = (as_of - source.last_ok) / timedelta(days=1)
        text = f"was last read {_ago(age)}{error}"
    return Note(inert(source.name, 40) or "a source", "", text + ("" if text.endswith(".") else "."))


def _ago(days: float) -> str:
    if days < 1 / 24:
        return "within the hour"
    return f"{number(round(days * 24))} hours ago" if days < 2 else f"{span(days)} ago"
