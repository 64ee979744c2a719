"""`ties` and `why`: who they are, and the reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import click

from agent.cli import wishing
from agent.cli.common import as_of_option, json_option, opened, print_json
from agent.cli.tables import clean, table

if TYPE_CHECKING:
    from agent.app import App
    from agent.ties.view import Tie
    from agent.ties.why import Answer, Why

SHOWN = 5
STATES = ["new", "active", "fading", "dormant", "one_way", "all"]


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice(STATES), help="Only ties in this state; one_way shows one-way senders.")
@click.option("--org", metavar="DOMAIN", help="Only people at this organization.")
@click.option("--private", is_flag=True, help="Show those you said are private, too.")
@as_of_option
@json_option
@click.pass_context
def ties(
    context: click.Context, state: str | None, org: str | None, as_of: datetime | None, private: bool, as_json: bool
) -> None:
    """List your ties, the strongest first. `set`, `triage` and `ics` say and show what you wish of them."""
    if context.invoked_subcommand is None:
        _list(lambda tie: _wanted(tie, state, org) and (private or tie.wish.standing != "private"), as_of, as_json)


def _list(wanted: Callable[[Tie], bool], as_of: datetime | None, as_json: bool) -> None:
    from agent.jobs import reading

    with opened() as app:
        found = reading.ties(app, as_of)
    chosen = [tie for tie in found if wanted(tie)]
    if as_json:
        moment = reading.judged_at(as_of)
        print_json(owner=app.config.owner.addresses[0], as_of=_iso(moment), ties=[tie.as_json() for tie in chosen])
        return
    if not chosen:
        click.echo("No such ties." if found else "No such ties yet. `weaktie sync` captures mail and meetings.")
        return
    show(chosen)


@click.command()
@click.argument("who", nargs=-1, required=True)
@click.option("--message", "files", is_flag=True, help="WHO are message files: say what each is, by itself.")
@click.option(
    "--lines", type=click.IntRange(0), default=15, show_default=True, help="How much of the timeline to show."
)
@as_of_option
@json_option
def why(who: tuple[str, ...], files: bool, lines: int, as_of: datetime | None, as_json: bool) -> None:
    """Say why WHO is among your ties, or is not. WHO: a name or an address."""
    if files:
        _messages(who, as_json)
    else:
        _people(" ".join(who), lines, as_of, as_json)


def _people(who: str, lines: int, as_of: datetime | None, as_json: bool) -> None:
    from agent import wishes
    from agent.errors import NotFound, UsageError
    from agent.jobs import reading

    if not who.strip():
        raise UsageError("Nobody was named.", hint="Give a name or a part of one, or an address.")
    with opened() as app:
        answer = reading.why(app, who, as_of, None if as_json else SHOWN)
        found = answer.people
        wished = [wishes.stand(app, item.tie, as_of) if item.tie else [] for item in found]
        words = [[] for _ in found] if as_of else draft_words(app, answer)
    if as_json:
        print_json(people=[item.as_json() | {"drafts": said} for item, said in zip(found, words, strict=True)])
        return
    if not found:
        hint = "Try a part of the name, or an address. `weaktie sync` captures what is new; what is excluded, never."
        raise NotFound(f"Nobody called {who!r} was seen on any message.", hint=hint)
    for item, wish, said in zip(found, wished, words, strict=True):
        _explain(item, lines, [*(f"» {phrase}" for phrase in wish), *(f"→ {phrase}" for phrase in said)])
    if answer.matching > len(found):
        click.echo(f"… and {answer.matching - len(found)} more match {who!r}; be more precise.")


def _messages(files: tuple[str, ...], as_json: bool) -> None:
    """Every file judged by itself; no configuration is read. Raises UsageError where there is no file among them."""
    from pathlib import Path

    from agent.capture.single import judge_file
    from agent.errors import UsageError

    found = [(name, judge_file(Path(name))) for name in files]
    if not any(Path(name).is_file() for name in files):
        told = "; ".join(f"{name}: {each.reasons[0]}" for name, each in found)
        raise UsageError(
            f"{told}.", hint="Name files with a message in each, such as .eml files or those of a Maildir."
        )
    if as_json:
        rows = [{"path": name, "kind": each.kind.value, "reasons": list(each.reasons)} for name, each in found]
        print_json(messages=rows)
        return
    for name, each in found:
        click.echo(clean(f"{each.kind.value:11} {name}: {'; '.join(each.reasons)}"))


def show(chosen: list[Tie]) -> None:
    """The table of ties."""
    from agent import wishes
    from agent.ties.words import span

    rows = [
        [
            tie.name,
            tie.organization or "",
            tie.reading.state.value,
            tie.reading.class_.value,
            f"{tie.reading.strength:.0f}",
            span(tie.reading.cadence_days) if tie.reading.episodes > 1 else "",
            span(tie.reading.silence_days),
            f"{tie.last_contact:%Y-%m-%d}",
            "; ".join(wishes.told(tie.wish)),
        ]
        for tie in chosen
    ]
    head = ["person", "organization", "state", "class", "str.", "usual gap", "silent", "last contact", "your wish"]
    if not any(row[-1] for row in rows):
        head, rows = head[:-1], [row[:-1] for row in rows]
    table(head, rows, flexible=0)


def _wanted(tie: Tie, state: str | None, org: str | None) -> bool:
    at_org = not org or (tie.organization or "").startswith(org.lower())
    if state is None:
        return at_org and tie.reading.state.value != "one_way"
    return at_org and state in {"all", tie.reading.state.value}


def draft_words(app: App, answer: Answer) -> list[list[str]]:
    """What was drafted to each of the people of an answer given now, and why nothing is at this moment."""
    from agent import clock, errands

    people = [item.tie.person_id for item in answer.people if item.tie]
    words: dict[int, list[str]] = {
        who: [
            f"draft {row.id} ({row.kind.value}): {row.state.value}{row.note and f', {row.note}'}"
            for row in errands.drafts_to(app, who)
        ]
        for who in people
    }
    for verdict in errands.not_written_to(app, people, answer.ties, clock.now()) if people else []:
        words[verdict.plan.person_id].append(f"no draft ({verdict.plan.kind.value}) now: {verdict.decision.words}")
    return [words[item.tie.person_id] if item.tie else [] for item in answer.people]


def _explain(item: Why, lines: int, notes: list[str]) -> None:
    addresses = ", ".join((*item.addresses, *item.known_by))
    click.echo(clean(f"{item.name} <{addresses}>" if item.name else addresses))
    if item.tie:
        click.echo(f"  {item.tie.reading.state.value}, {item.tie.reading.class_.value} tie")
        for reason in item.tie.reasons:
            click.echo(f"  · {clean(reason)}")
    else:
        click.echo(f"  not among your ties: judged a {item.role}" if item.role != "person" else "  no contact counted")
    for sentence in (*(f"! {signal}" for signal in item.signals), *notes):
        click.echo(clean(f"  {sentence}"))
    for reason in item.role_reasons:
        click.echo(f"  · {clean(reason)}")
    for reason, count in item.counts.items():
        click.echo(f"  {count:5} × {clean(reason)}")
    for line in item.timeline[max(len(item.timeline) - lines, 0) :]:
        mark = "+" if line.counted else "-"
        click.echo(clean(f"  {mark} {line.at:%Y-%m-%d}  {line.part}: {line.subject or '(no subject)'}"))
        if not line.counted:
            click.echo(f"      {clean(line.reason)}")


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


for command in wishing.COMMANDS:
    ties.add_command(command)
COMMANDS = [ties, why]
