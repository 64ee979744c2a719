"""`people`: who is who, as you decide; every decision can be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from agent.cli.common import json_option, opened, print_json
from agent.cli.tables import clean

if TYPE_CHECKING:
    from agent.people.merging import Question
    from agent.store.merges import Entry
    from agent.store.people import Profile

UNDONE = {
    "merge": "The last merge is undone: they are two people again.",
    "split": "The last split is undone: they are one person again.",
    "refuse": "The last refusal is undone: the question will be asked again.",
}


@click.group("people")
def people_group() -> None:
    """Who is who: whose address is whose. One person may have several, and several people one name."""


@people_group.command()
@click.option("--accept", metavar="QUESTION", help="They are one person: merge them.")
@click.option("--refuse", metavar="QUESTION", help="They are two people: never ask again.")
@click.option("--undo", "undone", is_flag=True, help="Take the last merge, split or refusal back.")
@json_option
def review(accept: str | None, refuse: str | None, undone: bool, as_json: bool) -> None:
    """Show who may be one person, and why. Answer with --accept or --refuse."""
    from agent import clock, who_is_who
    from agent.errors import UsageError

    if sum(map(bool, (accept, refuse, undone))) > 1:
        raise UsageError("Give one of --accept, --refuse and --undo.")
    if accept or refuse:
        with opened(writes=True) as app:
            question = who_is_who.answer(app, accept or refuse or "", clock.now(), same=bool(accept))
        click.echo(clean(_answered(question, same=bool(accept))), err=as_json)
    if undone:
        with opened(writes=True) as app:
            kind = who_is_who.undo(app, clock.now())
        click.echo(UNDONE[kind], err=as_json)
    if as_json or not (accept or refuse or undone):
        with opened() as app:
            _show(who_is_who.review(app, clock.now()), as_json)


@people_group.command()
@click.argument("one")
@click.argument("other")
def merge(one: str, other: str) -> None:
    """ONE and OTHER (addresses or names) are one person."""
    from agent import clock, who_is_who

    with opened(writes=True) as app:
        merged = who_is_who.merge(app, one, other, clock.now())
    click.echo(clean(f"{_called(merged)} is one person now: {', '.join(merged.addresses)}."))
    click.echo("`weaktie people review --undo` takes it back.")


@people_group.command()
@click.argument("person")
@click.argument("address")
def split(person: str, address: str) -> None:
    """ADDRESS is not PERSON's but somebody else's."""
    from agent import clock, who_is_who

    with opened(writes=True) as app:
        stays, leaves = who_is_who.split(app, person, address, clock.now())
    click.echo(clean(f"{_called(leaves)} at {', '.join(leaves.addresses)} is somebody else now than {_called(stays)}."))
    click.echo("`weaktie people review --undo` takes it back.")


def _show(questions: list[Question], as_json: bool) -> None:
    if as_json:
        print_json(suggestions=[_json(question) for question in questions])
        return
    if not questions:
        click.echo("No open questions: nobody seems to be there twice.")
    for question in questions:
        click.echo(clean(f"{question.label}  {_entry(question.one)}  =  {_entry(question.other)} ?"))
        click.echo(clean(f"    {question.match.score:.2f}: {'; '.join(question.match.reasons)}"))
    if questions:
        first = questions[0].label
        click.echo(f"\nOne person: weaktie people review --accept {first}    Two: --refuse {first}    Back: --undo")


def _json(question: Question) -> dict[str, Any]:
    return {
        "id": question.label,
        "score": question.match.score,
        "reasons": list(question.match.reasons),
        "people": [
            {"person": entry.name, "addresses": list(entry.addresses), "organization": entry.organization}
            for entry in (question.one, question.other)
        ],
    }


def _entry(entry: Entry) -> str:
    return f"{entry.name} <{', '.join(entry.addresses)}>".strip()


def _called(profile: Profile) -> str:
    return profile.name or profile.addresses[0]


def _answered(question: Question, *, same: bool) -> str:
    pair = f"{_entry(question.one)} and {_entry(question.other)}"
    return f"{pair} are one person now." if same else f"{pair} are two people; that will not be asked again."


COMMANDS = [people_group]
