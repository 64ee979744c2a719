"""`drafts` and `hold`: what waits for you, and your word on it.

Your word is one compare-and-swap, so it needs no lock: it can be given and taken back while the daemon is at work.
"""

from __future__ import annotations

import getpass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import click

from agent.cli.common import json_option, opened, print_json
from agent.cli.tables import clean, table

if TYPE_CHECKING:
    from agent.jobs.drafts import Written
    from agent.outreach.planning import Verdict
    from agent.store.drafts import Draft, Event


NUMBER = click.IntRange(1, 2**31 - 1)
SHOWN = 20  # people in the list of whom is not written to now


@click.group()
def drafts() -> None:
    """Drafts weaktie wrote for you."""


@drafts.command("list")
@click.option("--all", "everything", is_flag=True, help="Closed and refused ones too, with the reason.")
@json_option
def list_(everything: bool, as_json: bool) -> None:
    """List the drafts that wait for you."""
    from agent import clock, errands

    with opened() as app:
        found = errands.drafts(app, everything=everything)
        not_now = errands.not_written(app, clock.now()) if everything else []
    if as_json:
        print_json(drafts=[_json(row) for row in found], not_now=[put_off_json(verdict) for verdict in not_now])
    elif not found:
        click.echo("No draft waits for you.")
    else:
        rows = [[str(row.id), row.name, row.kind.value, row.subject, _state(row), row.note] for row in found]
        table(["id", "to", "kind", "subject", "state", "note"], rows, flexible=3 if not everything else 5)
    if not_now and not as_json:
        click.echo("\nNot written now:")
        table(["to", "kind", "because"], [put_off(verdict) for verdict in not_now[:SHOWN]], flexible=2)
        click.echo(f"… and {len(not_now) - SHOWN} more." if len(not_now) > SHOWN else "", nl=len(not_now) > SHOWN)


@drafts.command()
@click.argument("draft_id", type=NUMBER, metavar="ID")
@json_option
def show(draft_id: int, as_json: bool) -> None:
    """Show a draft as it lies in your Drafts now. And why it was written, and what happened to it."""
    from agent import errands

    with opened() as app:
        sheet = errands.draft_sheet(app, draft_id)
    row, zone = sheet.row, app.config.owner.zone
    if as_json:
        print_json(draft=_json(row), events=[_event(event) for event in sheet.events], text=_text(sheet.written))
        return
    click.echo(clean(f"Draft {row.id}: {row.kind.value} to {row.name}, {_state(row)}"))
    for reason in row.reasons:
        click.echo(clean(f"  because: {reason}"))
    for event in sheet.events:
        click.echo(clean(f"  {event.at.astimezone(zone):%Y-%m-%d %H:%M}  {event.after}  {event.note}").rstrip())
    if sheet.written:
        click.echo("")
        letter(sheet.written)


@drafts.command()
@click.argument("who")
@click.option("--dry-run", is_flag=True, help="Show it, put nothing into Drafts.")
def write(who: str, dry_run: bool) -> None:
    """Draft a word to WHO, into your Drafts. WHO: a name or an address among your ties."""
    from agent import clock, errands

    with opened(writes=not dry_run) as app:
        written = errands.write_to(app, who, clock.now(), dry_run=dry_run)
    letter(written)
    click.echo("\n(not put into Drafts: dry run)" if dry_run else "\nIt waits in your Drafts; read it and press Send.")


@drafts.command()
@click.argument("draft_id", type=NUMBER, metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask; only for a draft you have not edited.")
def approve(draft_id: int, yes: bool) -> None:
    """Send mode only: give your word on the exact text of a draft."""
    from agent import clock, errands

    with opened() as app:
        errands.require_send_mode(app)
        sheet = errands.draft_sheet(app, draft_id)
        if not yes and sheet.written:
            letter(sheet.written)
            click.confirm("\nSend exactly this?", abort=True)
        seen = "" if yes else sheet.digest
        row = errands.approve(app, draft_id, getpass.getuser(), seen, clock.now())
    when = f"{row.not_before.astimezone(app.config.owner.zone):%H:%M}" if row.not_before else "now"
    click.echo(f"Approved. It goes out after {when}; until then `weaktie drafts revoke {draft_id}` stops it.")


@drafts.command()
@click.argument("draft_id", type=NUMBER, metavar="ID")
def revoke(draft_id: int) -> None:
    """Take your approval back, as long as it has not gone out."""
    from agent import clock, errands

    with opened() as app:
        errands.revoke(app, draft_id, clock.now())
    click.echo("Taken back: it stays in your Drafts and is not sent.")


@drafts.command("hold")
@click.argument("draft_id", type=NUMBER, metavar="ID")
@click.option("--off", is_flag=True, help="Let it go on; an approval has to be given anew.")
def hold_one(draft_id: int, off: bool) -> None:
    """Set one draft aside: it is neither written, sent nor removed."""
    from agent import clock, errands

    with opened() as app:
        row = errands.hold_draft(app, draft_id, clock.now(), off=off)
    click.echo(f"Draft {row.id} is {row.state.value} now.")


@drafts.command()
@click.argument("draft_id", type=NUMBER, metavar="ID")
def reject(draft_id: int) -> None:
    """Drop a draft. If you have not edited it, it leaves your Drafts folder."""
    from agent import clock, errands

    with opened() as app:
        errands.reject(app, draft_id, clock.now())
    click.echo("Dropped; nothing like it is written again soon.")


@drafts.command()
@click.argument("draft_id", type=NUMBER, metavar="ID")
@click.argument("answer", type=click.Choice(["went", "again", "leave"]))
def settle(draft_id: int, answer: Literal["went", "again", "leave"]) -> None:
    """Say what became of a mail whose sending was cut off. It went, send it again, or leave it."""
    from agent import clock, errands

    with opened() as app:
        row = errands.settle(app, draft_id, answer, getpass.getuser(), clock.now())
    click.echo(f"Draft {row.id} is {row.state.value} now.")


@click.command()
@click.option("--off", is_flag=True, help="Go on again.")
def hold(off: bool) -> None:
    """The kill switch: nothing is drafted, sent or removed. `weaktie hold --off` goes on."""
    from agent import clock, errands

    with opened() as app:
        errands.hold(app, clock.now(), off=off)
    click.echo("weaktie goes on." if off else "Held: nothing is drafted or sent. `weaktie hold --off` goes on.")


def letter(written: Written) -> None:
    """A mail as it would be read."""
    click.echo(clean(f"To: {written.to}"))
    click.echo(clean(f"Subject: {written.subject}"))
    click.echo("")
    click.echo("\n".join(clean(line) for line in written.text.splitlines()))


def put_off(verdict: Verdict) -> list[str]:
    """Whom a draft could go to, its kind, and why there is none."""
    return [verdict.plan.name, verdict.plan.kind.value, verdict.decision.words]


def put_off_json(verdict: Verdict) -> dict[str, object]:
    """The same, for programs."""
    kind, reasons = verdict.plan.kind.value, list(verdict.decision.reasons)
    return {"person": verdict.plan.name, "kind": kind, "reasons": reasons, "lasting": verdict.decision.lasting}


def _state(row: Draft) -> str:
    return f"{row.state.value} (edited)" if row.edited else row.state.value


def _json(row: Draft) -> dict[str, object]:
    return {
        "id": row.id,
        "person": row.name,
        "recipients": list(row.recipients),
        "kind": row.kind.value,
        "subject": row.subject,
        "state": row.state.value,
        "edited": row.edited,
        "reasons": list(row.reasons),
        "note": row.note,
        "created_at": _iso(row.created_at),
    }


def _event(event: Event) -> dict[str, object]:
    return {"at": _iso(event.at), "state": event.after, "note": event.note}


def _text(written: Written | None) -> dict[str, str] | None:
    return {"to": written.to, "subject": written.subject, "body": written.text} if written else None


def _iso(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


COMMANDS = [drafts, hold]
