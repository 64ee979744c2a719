"""The sentences of the report: numbers, dates and advice in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, tzinfo

from agent.report.capacity import FEW, Capacity
from agent.report.plain import clean, inert
from agent.report.shape import Answer, DraftLine, Note, Promise
from agent.report.wake import Wake
from agent.ties.programme import Due
from agent.ties.view import Tie
from agent.ties.words import number, span
from agent.types import DraftKind

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
SUBJECT = 60
TELLING = 6
BRIDGES = 2
PREFIX = re.compile(
    r"^(?:(?:(?:re|fwd?|aw|wg|sv|vs|antw|tr|ref)\s*(?:\[\d+\])?\s*:|\[[^\]]{1,60}\])\s*)+", re.IGNORECASE
)
LINKLIKE = re.compile(r"://|\bwww\.|\w\.\w{2,}/", re.IGNORECASE)
TWICE = "a name you know, from an address that is new; `weaktie people review` asks if they are one"
WAITING = {
    DraftKind.RECONNECT.value: "A note to pick up the thread",
    DraftKind.FOLLOW_UP.value: "A follow-up to your first meeting",
    DraftKind.INTRO_REQUEST.value: "A request for an introduction",
    DraftKind.THANK_YOU.value: "A thank-you",
}


def name_of(tie: Tie) -> str:
    """Somebody's name, else their address."""
    return inert(tie.name, 60) or inert(tie.addresses[0] if tie.addresses else "", 60) or "somebody without a name"


def called(tie: Tie) -> str:
    """What a subject line calls somebody: the name, else the address up to its at."""
    return clean(tie.name.partition("@")[0] or (tie.addresses or ("",))[0].partition("@")[0], 40) or "somebody"


def firm_of(tie: Tie) -> str:
    """The organization, but where an address stands for the name and says it already."""
    return "" if "@" in name_of(tie) else inert(tie.organization or "", 60)


def counted(value: int, one: str, many: str = "") -> str:
    """`three ties`, `one tie`, `no ties`."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def of_them(value: int) -> str:
    """`three of them are`, `one of them is`, `none of them is`."""
    return counted(value, "of them is", "of them are") if value else "none of them is"


def names_joined(names: Sequence[str], most: int = 2) -> str:
    """`Bob`, `Bob and Dana`, `Bob, Dana and three more`."""
    if len(names) <= max(most + 1, 1):
        head = ", ".join(names[:-1])
        return f"{head} and {names[-1]}" if head else "".join(names)
    return f"{', '.join(names[:most])} and {number(len(names) - most)} more"


def capital(text: str) -> str:
    """The first letter raised, the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Capital at the front, full stop at the end."""
    stripped = text.strip()
    return capital(stripped) + ("" if stripped.endswith((".", "!", "?", "…")) else ".") if stripped else ""


def short_date(day: date) -> str:
    """`2 Oct 2024`."""
    return f"{day.day} {MONTH_NAMES[day.month - 1][:3]} {day.year}"


def long_date(day: date) -> str:
    """`Monday 3 March 2025`."""
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def local_day(instant: datetime, zone: tzinfo) -> date:
    """The calendar day of an instant where the owner is."""
    return instant.astimezone(zone).date()


def utc_day(instant: datetime) -> date:
    """The calendar day of an instant in UTC: the day episodes are counted by."""
    return instant.astimezone(UTC).date()


def subject_of(text: str) -> str:
    """A subject fit to be quoted: without Re:, Fwd: and [tags]; empty when it tells nothing or has a web address."""
    bare = inert(PREFIX.sub("", clean(text, 4 * SUBJECT)), SUBJECT)
    return "" if len(bare) < TELLING or LINKLIKE.search(text) else bare


def reasons(tie: Tie, due: Due | None = None) -> tuple[str, ...]:
    """The first two reasons of the reading, the rhythm and the silence, as sentences; a wish stands for the silence."""
    rhythm, *rest = tie.reasons[:2]
    return tuple(sentence(inert(reason, 200)) for reason in (rhythm, *([due.why] if due else rest)))


def quiet_subject(names: Sequence[str], due: int) -> str:
    """The subject of a weekly report that names these, `due` of them by the owner's wish only."""
    verb = "is" if len(names) == 1 else "are"
    if due:
        return f"{names_joined(names)} {verb} {'due' if due == len(names) else 'quiet or due'}"
    return f"{names_joined(names)} {verb} going quiet"


def calm_subject(back: Sequence[str], new: Sequence[str], people: int, resting: int) -> str:
    """The subject of one that names nobody: what else the week brought; `people`: in touch in it."""
    nobody = f"Nobody{' else' if resting else ''} is going quiet"
    if back:
        return f"{names_joined(back)} came back; {nobody[:1].lower()}{nobody[1:]}"
    if new:
        return f"{nobody}; {names_joined(new)} {'is' if len(new) == 1 else 'are'} new"
    return (
        f"{nobody}; you were in touch with {counted(people, 'person', 'people')}" if people else f"{nobody} this week"
    )


def calm_lead(*, known: bool, resting: int) -> str:
    """The first sentence of a report that names nobody."""
    if not known:
        return "There is nobody yet of whom a rhythm is known: that takes mail both ways, or a meeting."
    if resting:
        return "Everybody else is within the rhythm you two have always had."
    return "Every acquaintance is within the rhythm you two have always had. Nothing to do."


def quiet_headline(quiet: int, due: int, resting: int = 0) -> str:
    """`Three ties are going quiet, one is due`."""
    parts = [f"{counted(quiet, 'tie is', 'ties are')} going quiet"] if quiet else []
    if due:
        noun = ("is", "are") if quiet else ("tie is", "ties are")
        parts.append(f"{counted(due, *noun)} due")
    return capital(", ".join(parts)) or f"Nobody{' else' if resting else ''} is going quiet"


def guide(kind: str, rows: int) -> tuple[str, ...]:
    """How to answer a report with so many numbers; nothing where there is nobody to speak of."""
    if not rows:
        return ()
    if kind == "first":
        example = "1 keep" if rows == 1 else "1 keep, 2 drop" if rows == 2 else "1 keep, 2 drop, 3 private"
        return (
            f"Reply to this mail with a word for each number, such as “{example}”; leave out whom you like.",
            "Keep: tell me when they go quiet. Drop: never name them again. Private: nor show them anywhere else.",
        )
    example = "1 draft" if rows == 1 else "1 draft, 2 snooze 60d"
    return (
        f"Reply to this mail with numbers and words, such as “{example}”.",
        "The words are draft, keep, snooze, drop and private. Nothing is ever sent by a reply.",
    )


def answer_note(answer: Answer, zone: tzinfo) -> Note:
    """What came of a reply, in a line."""
    parts = [f"done: {', '.join(answer.done)}"] if answer.done else []
    parts += [inert(text, 160) for text in answer.refused]
    if answer.stray:
        parts.append(f"{counted(answer.stray, 'line was', 'lines were')} not understood")
    text = sentence("; ".join(parts)) or "Nothing in it was for weaktie."
    return Note(f"To the report of {short_date(local_day(answer.day, zone))}", "", text)


def bridge_line(tie: Tie) -> str:
    """What the owner sees through this person only; empty when nothing."""
    if tie.bridge < 1:
        return ""
    shown = [name for name in (inert(item, 90) for item in tie.bridge_evidence[:BRIDGES]) if name]
    link = ": " if tie.bridge <= len(shown) else ", among them "
    named = link + "; ".join(shown) if shown else ""
    return f"Your only way to {counted(tie.bridge, 'other', 'others')}{named}."


def draft_line(draft: DraftLine) -> str:
    """What waits in Drafts for one person."""
    subject = subject_of(draft.subject)
    what = WAITING.get(draft.kind, "A draft")
    return f"{what} waits in your Drafts: “{subject}”" if subject else f"{what} waits in your Drafts."


def advice(tie: Tie, draft: DraftLine | None) -> str:
    """The one thing to do about a quiet tie."""
    if draft is not None:
        return "Read it, make it yours, send it. Deleted, it does not come back."
    rhythm = tie.reading.rhythm
    subject = subject_of(tie.last_mail.subject) if tie.last_mail else ""
    if (rhythm.last_received or 0) > max(rhythm.last_sent or 0, rhythm.last_met or 0):
        about = f", about “{subject}”" if subject else ""
        return f"They wrote last{about}: even a late answer is a way back."
    if tie.meetings > tie.sent + tie.received:
        return "You mostly met in person: ask for half an hour."
    if subject:
        return f"Two lines are enough: your last mail was about “{subject}”."
    return "Two lines are enough: ask how they are."


def promise_lines(promise: Promise) -> tuple[str, ...]:
    """The three sentences of the first report: what weaktie will and will not do."""
    drafts = f"leave at most {counted(promise.drafts_a_week, 'draft')} a week in your Drafts folder"
    if promise.drafts_a_week < 1:
        drafts = "write no drafts, because you turned them off"
    sends = (
        "It sends only what you approved, word for word" if promise.sends else "It cannot send anything: only you can"
    )
    reads = "weaktie reads the headers of your mail and your calendars, and keeps count"
    return (
        f"{reads} of who you were really in touch with.",
        f"From now on it will tell you once a week who is going quiet by their own rhythm, and {drafts}.",
        f"{sends}; it stores no text of anybody's mail, tells nobody else, and has written no draft yet.",
    )


def wake_line(wake: Wake, zone: tzinfo) -> str:
    """What is told of an engagement that seems to have ended."""
    when = local_day(wake.ended, zone)
    keep = names_joined([inert(tie.name or tie.addresses[0], 60) for tie in wake.keep])
    rest = len(wake.ties) - len(wake.keep)
    others = f" The other {number(rest)} need no word." if rest > 1 else " The other needs no word."
    month = f"{MONTH_NAMES[when.month - 1]} {when.year}"
    return f"Your work with them seems to have ended in {month}. Keep {keep}.{others}"


def more_line(left: int, what: str, capacity: Capacity, most: int, wanted: int) -> str:
    """How many are not named, and why; empty when all are. `most`: named at most, where `wanted` were set."""
    if not left:
        return ""
    more = f"{capital(counted(left, 'more tie is', 'more ties are'))} {what}"
    if capacity.weekly is None or most >= wanted:
        return f"{more}; these come first."
    if capacity.weekly < FEW:
        return f"{more}; these are enough for a week."
    them = "it" if left == 1 else "they"
    return f"{more}. You take up {counted(capacity.weekly, 'tie')} again in a good week, so {them} can wait."


def rest_line(resting: int) -> str:
    """Who was named lately is left in peace; empty when nobody is."""
    if not resting:
        return ""
    one = resting == 1
    who = counted(resting, "tie", "ties")
    return f"{capital(who)} named in a report before {'rests' if one else 'rest'} for now."


def back_line(silence_days: float, day: date) -> str:
    """How somebody came back, after how long."""
    return f"in touch again on {WEEKDAYS[day.weekday()]} after {span(silence_days)}"


def listed(names: Iterable[str]) -> str:
    """`a, b and c`, all of them."""
    items = list(names)
    return names_joined(items, len(items))
